// The headline of a Quotation from the shop: what the customer sees, and who has to act.

frappe.ui.form.on("Quotation", {
	async refresh(frm) {
		const { name, medusa_quotation_id } = frm.doc;
		if (frm.is_new() || !medusa_quotation_id) return;
		const found = await frappe.xcall("medusa_integration.desk.shop_state", {
			quotation: name,
		});
		// the clerk may have gone on to another one meanwhile
		if (frm.doc.name !== name || !found.state) return;
		const colors = { clerk: "orange", customer: "blue" };
		frm.set_intro(describe_quotation(frm, found), colors[found.waits_for] || "green");
	},
});

function describe_quotation(frm, found) {
	const lines = [
		[who_asked(found), what_customer_sees(found)],
		[what_to_do(found).bold()],
		[what_submit_means(frm, found), medusa_integration.describe_told(found.told)],
	];
	const texts = lines.map((parts) => parts.filter(Boolean).join(" "));
	return texts.filter(Boolean).join("<br>");
}

function who_asked({ person }) {
	if (!person) return __("Asked for in the shop.");
	return __("Asked for in the shop by {0}.", [frappe.utils.escape_html(person)]);
}

function what_customer_sees({ state, total, currency, shown_instead }) {
	if (shown_instead) {
		const link = frappe.utils.get_form_link("Quotation", shown_instead, true);
		return __("The customer sees {0} instead.", [link]);
	}
	const money = format_currency(total, currency).bold();
	return {
		to_price: __("The customer sees it as requested, not as an offer."),
		to_offer: __("The customer sees it as requested, not as an offer."),
		offered: __("The customer sees it as offered, for {0}.", [money]),
		accepted: __("The customer accepted it, for {0}.", [money]),
		ordered: __("The customer sees it as ordered, for {0}.", [money]),
		rejected: __("The customer sees it as rejected."),
		expired: __("The customer sees it as expired."),
		cancelled: __("The customer sees it as cancelled."),
	}[state];
}

function what_to_do({ state, shown_instead }) {
	if (shown_instead) return "";
	return (
		{
			to_price: __(
				"It waits for you: a line has no price. Enter one, or offer the Quotation as it is."
			),
			to_offer: __("It waits for you: offer it to the customer."),
			offered: __("It waits for the customer, who can accept or reject it."),
			accepted: __("It waits for you: create the Sales Order."),
			expired: __("It waits for nobody. Set Valid Till to offer it again."),
		}[state] || __("It waits for nobody.")
	);
}

function what_submit_means(frm, { state }) {
	if (frm.doc.docstatus !== 0 || state === "expired") return "";
	return __("Submit offers it as it is; that is not the customer's approval.");
}
