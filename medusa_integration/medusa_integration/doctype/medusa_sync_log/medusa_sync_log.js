frappe.ui.form.on("Medusa Sync Log", {
	refresh(frm) {
		if (frm.doc.status === "Success" || !frappe.user.has_role("System Manager")) return;
		add_button(frm, __("Retry"), "medusa_integration.desk.retry_log");
		if (frm.doc.error?.startsWith("LeadAdoptionError")) {
			add_button(frm, __("Adopt Lead"), "medusa_integration.desk.adopt_lead");
		}
	},
});

function add_button(frm, label, method) {
	frm.add_custom_button(label, () =>
		frappe.call({
			method,
			args: { name: frm.doc.name },
			freeze: true,
			callback: () => frm.reload_doc(),
		})
	);
}
