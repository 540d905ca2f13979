// Filters and pages of the report, and linking of the rows that are selected.

(() => {
	const COLOURS = {
		likely: "blue",
		lacking: "orange",
		disagreeing: "red",
		missing: "purple",
		deleted: "gray",
	};
	let is_loaded = false;
	const LINK = "/api/method/medusa_integration.api.link_medusa_lead";

	frappe.query_reports["Medusa Reconciliation"] = {
		filters: [
			{
				fieldname: "kind",
				label: __("Difference"),
				fieldtype: "Select",
				options: [
					{ value: "", label: __("All Differences") },
					{ value: "likely", label: __("Customer with a likely Lead") },
					{ value: "lacking", label: __("Customer lacks the ID") },
					{ value: "disagreeing", label: __("IDs disagree") },
					{ value: "missing", label: __("In Medusa only") },
					{ value: "deleted", label: __("Deleted in Medusa") },
				],
				on_change: show_first_page,
			},
			{
				fieldname: "customer",
				label: __("Customer"),
				fieldtype: "Link",
				options: "Customer",
				on_change: show_first_page,
			},
			{
				fieldname: "company_name",
				label: __("Company of the Lead"),
				fieldtype: "Data",
				on_change: show_first_page,
			},
			{
				fieldname: "territory",
				label: __("Territory of the Customer"),
				fieldtype: "Link",
				options: "Territory",
				on_change: show_first_page,
			},
			{
				fieldname: "customer_group",
				label: __("Customer Group"),
				fieldtype: "Link",
				options: "Customer Group",
				on_change: show_first_page,
			},
			{
				fieldname: "with_similar",
				label: __("Similar Names Too"),
				fieldtype: "Check",
				on_change: show_first_page,
			},
			{ fieldname: "start", label: __("Page"), fieldtype: "Data", hidden: 1 },
		],

		onload(report) {
			is_loaded = true;
			report.page.wrapper
				.off("click.medusa")
				.on("click.medusa", "[data-medusa-start]", (event) => {
					keep_focus(report);
					report.set_filter_value("start", event.currentTarget.dataset.medusaStart);
				});
			if (!frappe.model.can_write("Customer")) return;
			const $button = report.page.add_inner_button(
				__("Link Selected"),
				() => link_selected(report, () => $button.trigger("focus")),
				null,
				"primary"
			);
		},

		get_datatable_options: (options) => ({ ...options, checkboxColumn: true }),

		after_datatable_render(datatable) {
			// the rows are others now
			datatable.rowmanager.checkAll(false);
		},

		formatter(value, row, column, data, default_formatter) {
			if (column.fieldtype === "Link") return default_formatter(value, row, column, data);
			const text = frappe.utils.escape_html(value || "");
			if (column.fieldname !== "difference" || !data) return text;
			return `<span class="indicator-pill ${COLOURS[data.kind]}">${text}</span>`;
		},
	};

	function show_first_page(report) {
		// Frappe sets the filters of the address first, and then shows the page that they ask for
		if (!is_loaded) return;
		if (report.get_filter_value("start")) report.set_filter_value("start", "");
		else report.refresh(true);
	}

	// Each load replaces the line, and the button that was pressed. As long as the focus is nowhere else, it
	// returns to the line. The promise of `refresh` is of no use: Frappe may return that of an earlier load.
	function keep_focus({ $status }) {
		const observer = new MutationObserver(() => {
			if (document.activeElement !== document.body) return observer.disconnect();
			const $button = $status.find("[data-medusa-start]").first();
			($button.length ? $button : $status.attr("tabindex", -1)).trigger("focus");
		});
		observer.observe($status[0], { childList: true });
	}

	// `return_focus` is called when the dialog is closed: it has what opened it focused again.
	function link_selected(report, return_focus) {
		const rows = report.get_checked_items();
		if (!rows.length) {
			const message = frappe.msgprint(__("First select the rows to link."));
			message.$wrapper.one("hidden.bs.modal", return_focus);
			return;
		}
		const state = { is_started: false, is_open: true };
		const dialog = new frappe.ui.Dialog({
			title: __("Link Selected"),
			size: "extra-large",
			fields: [{ fieldname: "rows", fieldtype: "HTML", options: table_of(rows) }],
			primary_action_label: __("Link"),
			primary_action() {
				if (state.is_started) return dialog.hide();
				state.is_started = true;
				link_all(dialog, rows, state);
			},
			onhide() {
				state.is_open = false;
				if (state.is_started) report.refresh();
			},
		});
		dialog.$wrapper.on("hidden.bs.modal", return_focus);
		dialog.show();
	}

	function table_of(rows) {
		const escape = frappe.utils.escape_html;
		// a Customer is often named after its company, and a Lead after its person
		const lines_of = (texts) => [...new Set(texts.filter(Boolean))].map(escape).join("<br>");
		const cell = (...texts) => `<td>${lines_of(texts)}</td>`;
		const headings = [__("Customer"), __("Lead"), __("Email"), __("Reasons"), __("Result")];
		const lines = rows.map(
			(row) => `<tr>
				${cell(row.customer_name, row.customer)}
				${cell(row.company, row.person, row.lead)}
				${cell(row.email)}
				${cell(row.reasons)}
				<td class="result text-muted">${__("Not linked yet")}</td>
			</tr>`
		);
		return `<p>${__("Each Customer gets the Medusa ID and the draft Quotations of the Lead beside it.")}</p>
			<div class="progress hidden"><div class="progress-bar" role="progressbar"></div></div>
			<p class="summary" role="status"></p>
			<table class="table table-bordered">
				<thead><tr>${headings.map((heading) => `<th>${heading}</th>`).join("")}</tr></thead>
				<tbody>${lines.join("")}</tbody>
			</table>`;
	}

	// Link one row after the other, until all are done or the dialog is closed.
	async function link_all(dialog, rows, state) {
		dialog.disable_primary_action();
		dialog.$wrapper.find(".progress").removeClass("hidden");
		let linked = 0;
		for (const [index, row] of rows.entries()) {
			if (!state.is_open) return;
			show_result(dialog, index, __("Linking..."), "text-muted");
			const problem = await link(row);
			if (!problem) linked += 1;
			show_result(
				dialog,
				index,
				problem || __("Linked"),
				problem ? "text-danger" : "text-success"
			);
			show_progress(dialog, index + 1, rows.length, linked);
		}
		dialog.set_primary_action(__("Close"), () => dialog.hide());
		dialog.enable_primary_action();
		dialog.get_primary_btn().trigger("focus");
	}

	// Link one row; return why that was refused, or "". Not with frappe.call, which shows each refusal in a dialog.
	async function link({ kind, customer, lead, advice }) {
		if (!customer || !lead || kind === "deleted")
			return __("This cannot be linked here. {0}", [advice]);
		try {
			const answer = await fetch(LINK, {
				method: "POST",
				headers: {
					"Content-Type": "application/json",
					"X-Frappe-CSRF-Token": frappe.csrf_token,
				},
				body: JSON.stringify({ customer, lead }),
			});
			if (answer.ok) return "";
			return (await answer.json()).error?.message || __("Not permitted");
		} catch {
			return __("The server could not be reached.");
		}
	}

	function show_result(dialog, index, text, colour) {
		const cell = dialog.$wrapper.find(".result").eq(index);
		cell.text(text).attr("class", `result ${colour}`);
	}

	function show_progress(dialog, done, all, linked) {
		dialog.$wrapper
			.find(".progress-bar")
			.css("width", `${(100 * done) / all}%`)
			.attr({ "aria-valuenow": done, "aria-valuemax": all });
		dialog.$wrapper
			.find(".summary")
			.text(__("{0} of {1} done, {2} linked", [done, all, linked]));
	}
})();
