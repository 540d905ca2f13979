// "Rehearse" on the form of Medusa Settings.

frappe.ui.form.on("Medusa Settings", {
	refresh(frm) {
		if (!frappe.user.has_role("System Manager")) return;
		const button = frm.add_custom_button(__("Rehearse"), () => open_rehearsal(frm, button));
	},
});

const STATE_COLORS = { ok: "green", warning: "orange", refused: "red", not_tried: "gray" };

function open_rehearsal(frm, button) {
	if (frm.is_dirty()) {
		frappe.msgprint(__("Please save the settings first."));
		return;
	}
	const dialog = new frappe.ui.Dialog({
		title: __("Rehearse"),
		size: "large",
		fields: [{ fieldtype: "HTML", fieldname: "report" }],
		primary_action_label: __("Rehearse Again"),
		primary_action: () => rehearse(dialog),
	});
	// Frappe disables a button for a second; while it is disabled it cannot have the focus
	dialog.$wrapper.on("hidden.bs.modal", () => button.prop("disabled", false).trigger("focus"));
	dialog.show();
	rehearse(dialog);
}

function rehearse(dialog) {
	// only the summary is read aloud by itself
	const status = $(`<div role="status" aria-busy="true"></div>`);
	const list = $("<div></div>");
	dialog.fields_dict.report.$wrapper.empty().append(status, list);
	status.html(`<p>${__(
		"A made-up customer signs up, requests a quotation and orders. Everything is undone. This takes some seconds."
	)}</p>
		<div class="progress" aria-hidden="true">
			<div class="progress-bar progress-bar-striped progress-bar-animated" style="width: 100%"></div>
		</div>`);
	const again = dialog.get_primary_btn().prop("disabled", true);
	frappe
		.call({ method: "medusa_integration.desk.rehearse" })
		.then(
			({ message: steps }) => {
				status.html(summary_of(steps));
				list.html(list_of(steps));
			},
			() => status.html(`<p>${__("The site could not be rehearsed.")}</p>`)
		)
		.always(() => {
			status.attr("aria-busy", "false");
			again.prop("disabled", false);
		});
}

function summary_of(steps) {
	const count = (state) => steps.filter((step) => step.state === state).length;
	const [refused, warnings] = [count("refused"), count("warning")];
	if (refused) {
		return `<p><strong>${__("This site would refuse the shop. Steps refused: {0}", [
			refused,
		])}</strong></p>`;
	}
	const accepted = __("This site accepts what the shop does, from sign-up to order.");
	const more = warnings ? __("Warnings: {0}", [warnings]) : "";
	return `<p><strong>${accepted}</strong> ${more}</p>`;
}

function list_of(steps) {
	return `<ol class="list-unstyled mb-0" style="padding: 0">${steps.map(item_of).join("")}</ol>`;
}

function item_of(step) {
	const [label, title, reason, advice] = [step.label, step.title, step.reason, step.advice].map(
		frappe.utils.escape_html
	);
	const lines = [reason, advice, step.link && link_to(step.link)].filter(Boolean);
	return `<li class="d-flex py-2 border-top" data-state="${step.state}" style="gap: var(--margin-md)">
		<div style="flex: 0 0 7rem">
			<span class="indicator-pill no-indicator-dot ${STATE_COLORS[step.state]}">${label}</span>
		</div>
		<div style="min-width: 0; overflow-wrap: anywhere">
			<div>${title}</div>
			${lines.map((line) => `<div class="text-muted small">${line}</div>`).join("")}
		</div>
	</li>`;
}

function link_to({ label, route, options }) {
	const url = frappe.router.make_url(frappe.router.convert_from_standard_route(route));
	const query = new URLSearchParams(options).toString();
	const href = frappe.utils.escape_html(query ? `${url}?${query}` : url);
	return `<a style="text-decoration: underline" href="${href}" target="_blank" rel="noopener">${frappe.utils.escape_html(label)}</a>`;
}
