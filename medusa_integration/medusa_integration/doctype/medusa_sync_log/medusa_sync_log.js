// What a row waits for, what can be done, and the decision about a conflict.

const CONFLICTS = [
	"LeadConflictError",
	"LeadAdoptionError",
	"CustomerLikelyError",
	"duplicate_id",
];
const POLLS = 10; // how often the form looks whether a retried row is done
const escape_html = (text) => frappe.utils.escape_html(text || "");

frappe.ui.form.on("Medusa Sync Log", {
	refresh(frm) {
		frm.disable_save();
		show_state(frm);
		const { status, error_type } = frm.doc;
		if (status === "Success") return;
		// a duplicate id is nobody's call
		if (frm.doc.method !== "duplicate_id")
			frm.add_custom_button(__("Retry"), () => retry(frm));
		frm.add_custom_button(__("Settled"), () => settle(frm));
		if (status === "Failed" && CONFLICTS.includes(error_type)) show_conflict(frm);
	},
});

function show_state(frm) {
	const [text, color] = state_of(frm.doc);
	frm.dashboard.clear_headline();
	frm.dashboard.set_headline_alert(text, color);
}

function state_of(doc) {
	if (doc.settled_reason) return [__("Settled: {0}", [escape_html(doc.settled_reason)]), "gray"];
	if (doc.status === "Success") return [__("Done."), "green"];
	if (doc.status === "Queued") return [__("Waits for a background job."), "blue"];
	if (doc.waits_for === "Next attempt") {
		const time = frappe.datetime.str_to_user(doc.next_attempt);
		const text = __("Failed {0} times. The next attempt is on {1}.", [doc.attempts, time]);
		return [text, "orange"];
	}
	if (doc.waits_for === "Shop") {
		const text = __("Nothing has to be done here: the customer, or the shop, can try again.");
		return [text, "gray"];
	}
	return [what_to_do(doc), "red"];
}

function what_to_do(doc) {
	if (CONFLICTS.includes(doc.error_type)) {
		return __("Waits for a person: please decide below who this customer is.");
	}
	if (doc.direction === "Out") {
		return __(
			"Waits for a person: the shop did not accept this event. Press Retry when it does."
		);
	}
	return __(
		"Waits for a person: please correct the cause, then press Retry; or press Settled if nothing has to be done."
	);
}

// buttons

function retry(frm) {
	call(frm, "medusa_integration.desk.retry_log", {}).then(() => wait_for_result(frm, POLLS));
}

function wait_for_result(frm, polls) {
	return frm.reload_doc().then(() => {
		focus_headline(frm);
		if (frm.doc.status !== "Queued" || !polls) return show_result(frm);
		setTimeout(() => wait_for_result(frm, polls - 1), 1000);
	});
}

function show_result(frm) {
	const [message, indicator] = {
		Success: [__("Done."), "green"],
		Queued: [__("It still waits for a background job."), "blue"],
		Failed: [__("It failed again: {0}", [escape_html(frm.doc.error)]), "red"],
	}[frm.doc.status];
	frappe.show_alert({ message, indicator });
}

function settle(frm) {
	const field = {
		fieldname: "reason",
		fieldtype: "Small Text",
		label: __("Why does nothing have to be done?"),
		reqd: 1,
	};
	const opener = document.activeElement;
	const dialog = frappe.prompt(
		field,
		({ reason }) =>
			call(frm, "medusa_integration.desk.settle_log", { reason })
				.then(() => frm.reload_doc())
				.then(() => focus_headline(frm)),
		__("Settled"),
		__("Settle")
	);
	return_focus(dialog, opener);
}

function call(frm, method, args) {
	return frappe.call({ method, args: { name: frm.doc.name, ...args }, freeze: true });
}

// focus

// Give the focus back, when a dialog closes, to what opened it.
function return_focus({ $wrapper }, opener) {
	$wrapper.on("hidden.bs.modal", () => opener?.isConnected && opener.focus());
}

// What had the focus is gone since the form was loaded again: the line on top says how the row is now.
function focus_headline({ layout }) {
	const has_focus = document.activeElement !== document.body;
	if (!has_focus) layout.message.attr("tabindex", -1).trigger("focus");
}

// the conflict

function show_conflict(frm) {
	const $section = frm.fields_dict.conflict_html.$wrapper;
	$section.html(`<p class="text-muted">${__("Loading...")}</p>`);
	const args = { name: frm.doc.name };
	frappe.call({ method: "medusa_integration.desk.conflict_of", args, silent: true }).then(
		({ message }) => render_conflict(frm, $section, message),
		(response) => {
			const { error } = response.responseJSON || {};
			$section.html(
				`<p>${escape_html(error?.message || __("Please reload the page."))}</p>`
			);
		}
	);
}

function render_conflict(frm, $section, { sent, claims, choices }) {
	const columns = [card(title_of_sent(frm), sent, "")];
	for (const { doctype, record, choices } of claims) {
		const link = frappe.utils.get_form_link(
			doctype,
			record.name,
			true,
			escape_html(record.name)
		);
		columns.push(card(`${__(doctype)} ${link}`, record, buttons(choices, record.name)));
	}
	if (!claims.length && frm.doc.method !== "duplicate_id")
		columns.push(`<p>${__("No other record has this e-mail now. Press Retry.")}</p>`);
	if (choices.length) columns.push(card(__("None of these"), {}, buttons(choices, "")));
	$section.html(`<div class="row">${columns.join("")}</div>`);
	$section.find("button[data-action]").on("click", (event) => {
		const { action, record, effect } = event.currentTarget.dataset;
		const opener = event.currentTarget;
		const question = frappe.confirm(`${escape_html(effect)}<br>${__("Do this?")}`, () =>
			call(frm, "medusa_integration.desk.resolve_conflict", { action, record }).then(() =>
				wait_for_result(frm, POLLS)
			)
		);
		// otherwise Enter would mean Yes on any button, and Yes twice on Yes
		question.confirm_dialog = false;
		// a second Enter must not confirm what was only chosen
		question.$wrapper.one("shown.bs.modal", () =>
			question.$wrapper.find(".btn-modal-secondary").trigger("focus")
		);
		return_focus(question, opener);
	});
}

function title_of_sent(frm) {
	return frm.doc.method === "duplicate_id" ? __("Medusa ID") : __("Asked for in the shop");
}

function card(title, record, footer) {
	const facts = [
		[__("Person"), record.person],
		[__("Company"), record.company],
		[__("E-mail"), record.email],
		[__("Phone"), record.phone, "ltr"],
		[__("Since"), record.since && frappe.datetime.str_to_user(record.since)],
		[__("Medusa ID"), record.medusa_id],
		[__("Customer"), record.customer],
		[__("Open Quotations"), record.quotations],
		[__("Why"), (record.reasons || []).join(", ")],
	];
	const rows = facts
		.filter(([, value]) => value)
		// each value in its own direction: a phone number in an Arabic form begins with its plus
		.map(
			([label, value, dir = "auto"]) =>
				`<dt>${label}</dt><dd><bdi dir="${dir}">${escape_html(String(value))}</bdi></dd>`
		);
	return `<div class="col-sm-4"><div class="frappe-card" style="padding: 15px; margin-block-end: 15px; overflow-wrap: anywhere">
		<h5>${title}</h5><dl>${rows.join("")}</dl>${footer}</div></div>`;
}

function buttons(choices, record) {
	return choices
		.map(
			({ action, label, effect, lacks }) => `<p>
				<button class="btn btn-default btn-sm" data-action="${escape_html(action)}"
					data-record="${escape_html(record)}" data-effect="${escape_html(effect)}"
					${lacks ? "disabled" : ""}>
					${escape_html(label)}</button>
				<span class="text-muted small">${escape_html(effect)}</span>
				<span class="text-danger small">${escape_html(lacks)}</span></p>`
		)
		.join("");
}
