// Among the Connections of a Lead and a Customer: also the rows of the sync log that conflict with the record.
//
// Frappe counts and lists the rows of one field only, and that names the record that a row is about.

(() => {
	const LOG = "Medusa Sync Log";
	const form = { dashboard_update: add_conflicts };
	frappe.ui.form.on("Lead", form);
	frappe.ui.form.on("Customer", form);

	async function add_conflicts(frm) {
		if (!frappe.model.can_read(LOG)) return;
		const { doctype, docname, dashboard } = frm;
		const conflicts = await names_of({ conflict_doctype: doctype, conflict_name: docname });
		if (!conflicts.length) return;
		const rows = await names_of({ reference_doctype: doctype, reference_name: docname });
		if (frm.docname !== docname) return;
		const names = [...new Set([...conflicts, ...rows])];
		dashboard.internal_links_found = [...dashboard.internal_links_found, { doctype: LOG }];
		dashboard.set_badge_count_for_internal_link(LOG, 0, names.length, names);
	}

	async function names_of(filters) {
		const rows = await frappe.db.get_list(LOG, { filters, fields: ["name"], limit: 100 });
		return rows.map(({ name }) => name);
	}
})();
