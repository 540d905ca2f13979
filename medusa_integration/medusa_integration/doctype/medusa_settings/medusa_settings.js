frappe.ui.form.on("Medusa Settings", {
	refresh(frm) {
		frm.dashboard.clear_headline();
		if (frm.doc.guest_access) {
			frm.dashboard.set_headline_alert(
				__(
					"Guests are let in: anyone who can reach this site can call the storefront's methods."
				),
				"red"
			);
		} else if (frm.doc.integration_user === "Administrator") {
			frm.dashboard.set_headline_alert(
				__(
					"The Integration User is Administrator: what the shop orders passes credit limits, frozen Customers, Authorization Rules and workflows."
				),
				"orange"
			);
		}
	},
});
