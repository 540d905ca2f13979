// What each row waits for, and Retry and Settled for several rows at once.

frappe.listview_settings["Medusa Sync Log"] = {
	add_fields: ["status", "waits_for", "settled_reason"],
	hide_name_column: true,
	get_indicator({ status, waits_for, settled_reason }) {
		if (status === "Success") {
			return settled_reason
				? [__("Settled"), "gray", "settled_reason,is,set"]
				: [__("Done"), "green", "status,=,Success"];
		}
		if (status === "Queued") return [__("Queued"), "blue", "status,=,Queued"];
		const [label, color] = {
			"Next attempt": [__("Will Be Retried"), "orange"],
			Shop: [__("Up to the Shop"), "gray"],
		}[waits_for] || [__("Waits for a Person"), "red"];
		return [label, color, `waits_for,=,${waits_for || "Person"}`];
	},
	onload(listview) {
		listview.page.add_actions_menu_item(__("Retry"), () =>
			for_each_row(listview, "medusa_integration.desk.retry_log", {}, __("Queued"))
		);
		listview.page.add_actions_menu_item(__("Settled"), () => {
			const label = __("Why does nothing have to be done?");
			const field = { fieldname: "reason", fieldtype: "Small Text", label, reqd: 1 };
			const method = "medusa_integration.desk.settle_log";
			frappe.prompt(field, (args) => for_each_row(listview, method, args, __("Settled")));
		});
	},
};

// Call `method` for one row after another, with progress; then show what came of each.
async function for_each_row(listview, method, args, done) {
	const rows = listview.get_checked_items();
	const results = [];
	for (const [index, { name, title }] of rows.entries()) {
		frappe.show_progress(__("Medusa Sync Log"), index + 1, rows.length, "", true);
		results.push([title || name, await result_of(method, { ...args, name }, done)]);
	}
	frappe.hide_progress();
	const lines = results.map((cells) => {
		const texts = cells.map((text) => `<td>${frappe.utils.escape_html(text)}</td>`);
		return `<tr>${texts.join("")}</tr>`;
	});
	frappe.msgprint({
		title: __("Medusa Sync Log"),
		message: `<table class="table">${lines.join("")}</table>`,
	});
	listview.clear_checked_items();
	listview.refresh();
}

function result_of(method, args, done) {
	return frappe.call({ method, args, silent: true }).then(
		() => done,
		(response) => response.responseJSON?.error?.message || __("It failed.")
	);
}
