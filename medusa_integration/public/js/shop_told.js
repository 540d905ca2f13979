// In words: when the shop was last told of a record. This file comes before the form script that uses it.

frappe.provide("medusa_integration");

medusa_integration.describe_told = ({ on, open, is_off }) => {
	const moment = on && frappe.utils.escape_html(frappe.datetime.str_to_user(on));
	if (open === "Failed") return __("The shop could not be told of the last change.");
	if (open) return __("The shop is being told of the last change.");
	if (moment) return __("The shop was last told on {0}.", [moment]);
	if (is_off) return __("The shop is not told of changes (see Medusa Settings).");
	return __("The shop has not been told of a change yet.");
};
