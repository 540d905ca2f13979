// What each row waits for, and Retry and Settled for several rows at once.

(() => {
	const LOG = "Medusa Sync Log";
	const PATIENCE = 15000; // milliseconds that the list waits for the jobs of all retried rows
	const PAUSE = 1000;

	frappe.listview_settings[LOG] = {
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
				for_each_row(
					listview,
					"medusa_integration.desk.retry_log",
					{},
					__("Queued"),
					outcomes_of
				)
			);
			listview.page.add_actions_menu_item(__("Settled"), () => {
				const label = __("Why does nothing have to be done?");
				const field = { fieldname: "reason", fieldtype: "Small Text", label, reqd: 1 };
				const method = "medusa_integration.desk.settle_log";
				frappe.prompt(field, (args) =>
					for_each_row(listview, method, args, __("Settled"))
				);
			});
		},
	};

	// Call `method` for one row after another, with progress; then show what came of each. `complete` may replace
	// the results of the rows for which it succeeded.
	async function for_each_row(listview, method, args, done, complete = () => ({})) {
		const rows = listview.get_checked_items();
		const results = {};
		for (const [index, { name }] of rows.entries()) {
			frappe.show_progress(__("Medusa Sync Log"), index + 1, rows.length, "", true);
			results[name] = await result_of(method, { ...args, name }, done);
		}
		Object.assign(
			results,
			await complete(Object.keys(results).filter((name) => results[name] === done))
		);
		frappe.hide_progress();
		const lines = rows.map(({ name, title }) => {
			const texts = [title || name, results[name]].map(
				(text) => `<td>${frappe.utils.escape_html(text)}</td>`
			);
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

	// What became of retried rows whose jobs end within PATIENCE.
	async function outcomes_of(names) {
		const outcomes = {};
		const end = Date.now() + PATIENCE;
		for (const name of names) {
			for (;;) {
				const { status, error } = await frappe.db.get_doc(LOG, name);
				if (status === "Success") outcomes[name] = __("Done");
				if (status === "Failed") outcomes[name] = __("It failed again: {0}", [error]);
				if (status !== "Queued" || Date.now() > end) break;
				await new Promise((resolve) => setTimeout(resolve, PAUSE));
			}
		}
		return outcomes;
	}
})();
