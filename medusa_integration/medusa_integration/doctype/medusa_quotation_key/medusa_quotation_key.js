// Copyright (c) 2026, Medusa Integration contributors and contributors
// For license information, please see license.txt

// frappe.ui.form.on("Medusa Quotation Key", {
// 	refresh(frm) {

// 	},
// });
