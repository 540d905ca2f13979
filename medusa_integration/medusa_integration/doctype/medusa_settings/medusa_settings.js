frappe.ui.form.on("Medusa Settings", {
	refresh(frm) {
		if (frm.doc.event_url) {
			frm.add_custom_button(__("Send Test Event"), () => send_test_event(frm));
		}
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

function send_test_event(frm) {
	if (frm.is_dirty()) {
		frappe.msgprint(__("Please save the settings first."));
		return;
	}
	frappe.call({
		method: "medusa_integration.desk.send_test_event",
		freeze: true,
		callback({ message: { status, text, problem } }) {
			const is_accepted = status >= 200 && status < 300;
			const answer = problem || __("The shop answered with HTTP status {0}.", [status]);
			frappe.msgprint({
				title: is_accepted
					? __("The event was accepted")
					: __("The event was not accepted"),
				indicator: is_accepted ? "green" : "red",
				message: `<p>${answer}</p><pre>${frappe.utils.escape_html(text)}</pre>`,
			});
		},
	});
}
