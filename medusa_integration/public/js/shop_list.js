// What the lists of Lead, Customer, Quotation and Sales Order show of the shop. This file comes before the
// list script of each DocType.

frappe.provide("medusa_integration");

// Extends the list of a DocType; what ERPNext and other apps have set there is kept. `field` is filled in
// records of the shop, `filters` are the choices of the menu Shop: each has a `label`, and `get`, which
// returns filters or a promise of them.
medusa_integration.extend_list = (doctype, { field, fields = [], filters }) => {
	frappe.listview_settings[doctype] = frappe.listview_settings[doctype] || {};
	const settings = frappe.listview_settings[doctype];
	const { add_fields = [], onload } = settings;
	settings.add_fields = [...add_fields, field, ...fields];
	settings.onload = function (listview) {
		onload?.call(this, listview);
		add_badges(listview, field);
		for (const { label, get } of filters) {
			listview.page.add_inner_button(label, () => apply(listview, get), __("Shop"));
		}
	};
	return settings;

	function add_badges(listview, field) {
		const make_subject = listview.get_subject_element;
		if (!make_subject) return;
		listview.get_subject_element = (doc, ...others) => {
			const subject = make_subject.call(listview, doc, ...others);
			if (doc[field]) subject.lastElementChild.before(make_badge());
			return subject;
		};
	}

	function make_badge() {
		const badge = document.createElement("span");
		badge.className = "medusa-badge mr-2";
		badge.title = __("From the shop");
		badge.innerHTML = frappe.utils.icon("retail", "sm");
		// for screen readers; and Frappe 16 makes the column as wide as its text
		const text = document.createElement("span");
		text.className = "sr-only";
		text.textContent = __("Shop");
		badge.append(text);
		return badge;
	}

	async function apply(listview, get) {
		const found = await get();
		await listview.filter_area.clear(false);
		listview.filter_area.add(found);
	}
};
