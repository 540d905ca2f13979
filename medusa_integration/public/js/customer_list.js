// The list of Customers: which have an account in the shop.

medusa_integration.extend_list("Customer", {
	field: "medusa_id",
	filters: [
		{
			label: __("With an Account"),
			get: () => [["Customer", "medusa_id", "is", "set"]],
		},
		{
			label: __("Without an Account"),
			get: () => [["Customer", "medusa_id", "is", "not set"]],
		},
	],
});
