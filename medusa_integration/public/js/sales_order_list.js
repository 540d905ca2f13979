// The list of Sales Orders: which come from the shop.

medusa_integration.extend_list("Sales Order", {
	field: "from_ecommerce",
	filters: [
		{
			label: __("From the Shop"),
			get: () => [["Sales Order", "from_ecommerce", "=", 1]],
		},
	],
});
