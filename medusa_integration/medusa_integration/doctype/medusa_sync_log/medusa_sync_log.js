frappe.ui.form.on("Medusa Sync Log", {
	refresh(frm) {
		if (frm.doc.status === "Success" || !frappe.user.has_role("System Manager")) return;
		frm.add_custom_button(__("Retry"), () =>
			frappe.call({
				method: "medusa_integration.retries.retry",
				args: { name: frm.doc.name },
				freeze: true,
				callback: () => frm.reload_doc(),
			})
		);
	},
});
