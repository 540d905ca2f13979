// The filters of the report Medusa Items.

frappe.query_reports["Medusa Items"] = {
	filters: [
		{
			fieldname: "missing",
			label: __("Missing"),
			fieldtype: "Select",
			options: [
				{ value: "", label: __("Variant ID or Price") },
				{ value: "Variant ID", label: __("Variant ID") },
				{ value: "Price", label: __("Price") },
			],
		},
		{
			fieldname: "item_group",
			label: __("Item Group"),
			fieldtype: "Link",
			options: "Item Group",
		},
	],
};
