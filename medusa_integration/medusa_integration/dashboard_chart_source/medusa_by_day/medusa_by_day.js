// Where the chart of the workspace Medusa gets its numbers from.

frappe.provide("frappe.dashboards.chart_sources");

frappe.dashboards.chart_sources["Medusa by Day"] = {
	method: "medusa_integration.desk.shop_activity",
	filters: [],
};
