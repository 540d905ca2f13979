// The list of Quotations: drafts from the shop say what they wait for.

(() => {
	const INDICATORS = {
		to_price: [__("To Price"), "orange"],
		to_offer: [__("To Offer"), "orange"],
		offered: [__("Offered"), "blue"],
		expired: [__("Expired"), "gray"],
	};
	const DRAFT = [__("Draft"), "red", "docstatus,=,0"];
	const settings = medusa_integration.extend_list("Quotation", {
		field: "from_ecommerce",
		filters: [
			{
				label: __("From the Shop"),
				get: () => [["Quotation", "from_ecommerce", "=", 1]],
			},
			{
				label: __("To Price or Offer"),
				get: get_requested,
			},
		],
	});
	const { get_indicator, has_indicator_for_draft, onload } = settings;

	// Frappe asks for the indicators of drafts only then
	settings.has_indicator_for_draft = true;
	settings.get_indicator = function (doc) {
		if (doc.docstatus !== 0) return get_indicator?.call(this, doc);
		const found = INDICATORS[doc.shop_state];
		if (found) return [...found, "from_ecommerce,=,1|docstatus,=,0"];
		return (has_indicator_for_draft && get_indicator?.call(this, doc)) || DRAFT;
	};

	// the states of a page come in one call, after the page is shown
	settings.onload = function (listview) {
		onload.call(this, listview);
		const { render_list } = listview;
		listview.render_list = function () {
			render_list.call(listview);
			add_states(listview, render_list);
		};
	};

	async function add_states(listview, render_list) {
		const is_unknown = (doc) =>
			doc.from_ecommerce && doc.docstatus === 0 && doc.shop_state === undefined;
		const unknown = listview.data.filter(is_unknown);
		if (!unknown.length) return;
		for (const doc of unknown) doc.shop_state = "";
		const names = unknown.map((doc) => doc.name);
		const states = await frappe.xcall("medusa_integration.desk.shop_states", { names });
		for (const doc of unknown) doc.shop_state = states[doc.name] || "";
		render_list.call(listview);
		listview.set_rows_as_checked();
	}

	async function get_requested() {
		const answer = await frappe.xcall("medusa_integration.desk.quotations_to_price");
		return Object.entries(answer.route_options).map(([field, condition]) => [
			...field.split("."),
			...condition,
		]);
	}
})();
