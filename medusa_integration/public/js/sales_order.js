// The headline of a Sales Order from the shop.

frappe.ui.form.on("Sales Order", {
	async refresh(frm) {
		const { name, from_ecommerce } = frm.doc;
		if (frm.is_new() || !from_ecommerce) return;
		const found = await frappe.xcall("medusa_integration.desk.order_state", { order: name });
		// the clerk may have gone on to another one meanwhile
		if (frm.doc.name === name) frm.set_intro(describe_order(found), "blue");
	},
});

function describe_order({ state, order_id, told }) {
	const states = {
		placed: __("placed"),
		partly_delivered: __("partly delivered"),
		delivered: __("delivered"),
		closed: __("closed"),
		cancelled: __("cancelled"),
	};
	const parts = [
		order_id
			? __("Order {0} of the shop.", [frappe.utils.escape_html(order_id).bold()])
			: __("Order of the shop."),
		__("The customer sees it as {0}.", [states[state].bold()]),
		medusa_integration.describe_told(told),
	];
	return parts.join(" ");
}
