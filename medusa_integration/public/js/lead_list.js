// The list of Leads: which have an account in the shop, and which of them are not converted yet.

medusa_integration.extend_list("Lead", {
	field: "medusa_id",
	filters: [
		{
			label: __("With an Account"),
			get: () => [["Lead", "medusa_id", "is", "set"]],
		},
		{
			label: __("With an Account, Not Converted"),
			get: () => [
				["Lead", "medusa_id", "is", "set"],
				["Lead", "status", "!=", "Converted"],
			],
		},
	],
});
