// "Link Medusa Lead" on the Customer form.

frappe.ui.form.on("Customer", {
	refresh(frm) {
		if (frm.is_new() || frm.doc.medusa_id || !frm.perm[0]?.write) return;
		frm.add_custom_button(__("Link Medusa Lead"), () => ask_for_lead(frm));
	},
});

function ask_for_lead(frm) {
	const dialog = new frappe.ui.Dialog({
		title: __("Link Medusa Lead"),
		fields: [
			{
				fieldname: "lead",
				fieldtype: "Link",
				options: "Lead",
				label: __("Lead"),
				reqd: 1,
				only_select: 1,
				get_query: () => ({ query: "medusa_integration.desk.search_leads_to_link" }),
			},
		],
		primary_action_label: __("Link"),
		primary_action({ lead }) {
			dialog.hide();
			confirm_link(frm, lead);
		},
	});
	dialog.show();
}

function confirm_link(frm, lead) {
	const names = [frm.doc.customer_name, lead].map((name) =>
		frappe.utils.escape_html(name).bold()
	);
	frappe.confirm(__("Link Customer {0} to the Medusa customer of Lead {1}?", names), () =>
		frappe.call({
			method: "medusa_integration.api.link_medusa_lead",
			args: { customer: frm.doc.name, lead },
			freeze: true,
			callback({ message }) {
				frappe.show_alert({
					message: __("Linked to Medusa customer {0}", [
						frappe.utils.escape_html(message.medusa_id),
					]),
					indicator: "green",
				});
				frm.reload_doc();
			},
		})
	);
}
