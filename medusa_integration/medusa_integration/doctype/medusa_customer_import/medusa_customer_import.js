// How far an import is, what it did with how many customers, and the import after a dry run.

const RESULT = "Medusa Import Result";
const EXAMPLES = 5;
const PAUSE = 2000; // milliseconds until the form looks again
const escape_html = (text) => frappe.utils.escape_html(text || "");

frappe.ui.form.on("Medusa Customer Import", {
	refresh(frm) {
		frm.disable_save();
		show_state(frm);
		show_results(frm);
		if (frm.doc.status === "Running") watch(frm);
		if (frm.doc.status === "Done" && frm.doc.is_dry_run) {
			frm.add_custom_button(__("Import These Customers"), () => import_now(frm)).addClass(
				"btn-primary"
			);
		}
	},
});

function show_state(frm) {
	const { status, processed, total, error, is_dry_run } = frm.doc;
	frm.dashboard.clear_headline();
	frm.dashboard.hide_progress?.();
	if (status === "Running") {
		const percent = total ? Math.min((processed / total) * 100, 100) : 100;
		const text = __("{0} of {1} customers", [processed, total]);
		frm.dashboard.show_progress(__("Customers"), percent, text);
		if (error) {
			const again = __("It continues by itself: {0}", [escape_html(error)]);
			frm.dashboard.set_headline_alert(again, "orange");
		}
	} else if (status === "Done") {
		const text = is_dry_run
			? __("Nothing was changed. This is what an import would do.")
			: __("Done.");
		frm.dashboard.set_headline_alert(text, is_dry_run ? "blue" : "green");
	}
}

function watch(frm) {
	clearTimeout(frm.medusa_timer);
	frm.medusa_timer = setTimeout(() => {
		// only while somebody looks at it
		if (cur_frm === frm && frm.doc.status === "Running") frm.reload_doc();
	}, PAUSE);
}

function results_of({ is_dry_run }) {
	return [
		["created", is_dry_run ? __("New Leads to create") : __("New Leads")],
		["adopted", __("Leads with the same e-mail, which get the account")],
		["updated", __("Leads and Customers that were updated")],
		["unchanged", __("Known Already")],
		["deleted", __("Deleted in Medusa")],
		["waiting", __("Wait for a person: the e-mail is another Lead's")],
		["failed", __("Cannot be taken over")],
	];
}

function show_results(frm) {
	const turn = (frm.medusa_turn = {}); // the form may be refreshed before the answer comes
	const shown = results_of(frm.doc).filter(([result]) => frm.doc[result]);
	Promise.all(shown.map(([result]) => examples(frm, { result }))).then((found) => {
		if (turn !== frm.medusa_turn) return;
		const rows = shown.map(([result, label], index) =>
			row_of(frm, { result }, label, frm.doc[result], found[index])
		);
		if (frm.doc.likely) {
			const label = __("Of the new ones, perhaps an existing Customer");
			rows.push(row_of(frm, { likely: 1 }, label, frm.doc.likely, []));
		}
		const body = rows.join("") || `<tr><td class="text-muted">${__("None yet.")}</td></tr>`;
		frm.fields_dict.results_html.$wrapper.html(
			`<table class="table table-bordered"><tbody>${body}</tbody></table>`
		);
		frm.fields_dict.results_html.$wrapper.find("a[data-filters]").on("click", (event) => {
			event.preventDefault();
			frappe.set_route("List", RESULT, JSON.parse(event.currentTarget.dataset.filters));
		});
	});
}

function examples(frm, filters) {
	return frappe.db.get_list(RESULT, {
		fields: ["email", "message", "reference_doctype", "reference_name"],
		filters: { customer_import: frm.doc.name, ...filters },
		limit: EXAMPLES,
	});
}

function row_of(frm, filters, label, count, found) {
	const lines = found.map(({ email, message, reference_doctype, reference_name }) => {
		const record = reference_name
			? frappe.utils.get_form_link(
					reference_doctype,
					reference_name,
					true,
					escape_html(reference_name)
				)
			: "";
		return `<div class="small">${escape_html(email)} ${record} <span class="text-muted">${escape_html(
			message
		)}</span></div>`;
	});
	const all = escape_html(JSON.stringify({ customer_import: frm.doc.name, ...filters }));
	return `<tr><td>${escape_html(label)}</td><td style="text-align: end">
		<a href="#" data-filters="${all}">${count}</a></td><td>${lines.join("")}</td></tr>`;
}

function import_now(frm) {
	const text = __("{0} Leads will be created, and {1} adopted. Begin?", [
		frm.doc.created,
		frm.doc.adopted,
	]);
	const question = frappe.confirm(text, () =>
		frappe
			.call({
				method: "medusa_integration.desk.start_import",
				args: { is_dry_run: 0 },
				freeze: true,
			})
			.then(({ message }) => frappe.set_route("Form", frm.doctype, message.name))
	);
	// otherwise Enter would mean Yes on any button, and Yes twice on Yes
	question.confirm_dialog = false;
}
