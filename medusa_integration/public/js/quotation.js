// "Offer to Customer" on the form of a draft Quotation from the shop.

frappe.ui.form.on("Quotation", {
	refresh(frm) {
		const { doc } = frm;
		const is_draft = !frm.is_new() && doc.docstatus === 0;
		if (!is_draft || !doc.medusa_quotation_id || doc.medusa_offered_on) return;
		if (!frm.perm[0]?.write) return;
		frm.add_custom_button(__("Offer to Customer"), () => offer(frm));
	},
});

function offer(frm) {
	if (frm.is_dirty()) {
		frappe.msgprint(__("Please save the Quotation first."));
		return;
	}
	const total = format_currency(frm.doc.grand_total, frm.doc.currency);
	const question = frappe.confirm(
		__("Offer {0} for {1} to the customer in the shop? They can then accept it.", [
			frm.doc.name.bold(),
			total.bold(),
		]),
		() =>
			frappe.call({
				method: "medusa_integration.desk.offer_quotation",
				args: { quotation: frm.doc.name, modified: frm.doc.modified },
				freeze: true,
				callback() {
					frappe.show_alert({ message: __("Offered in the shop"), indicator: "green" });
					frm.reload_doc();
				},
			})
	);
	// otherwise Enter would mean Yes on any button, and Yes twice on Yes
	question.confirm_dialog = false;
}
