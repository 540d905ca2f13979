// What the forms of Customer and Lead share: how a person is described, whose account it is, and Unlink.
//
// Both forms evaluate this file, so everything is on a namespace.

frappe.provide("medusa_integration");

// Return a text that somebody typed as HTML. <bdi> keeps it whole among text of the other direction.
medusa_integration.text = (value) => `<bdi>${frappe.utils.escape_html(String(value))}</bdi>`;

medusa_integration.bold = (value) => `<strong>${medusa_integration.text(value)}</strong>`;

// Return an e-mail, phone number or id as HTML: they are written from left to right everywhere.
medusa_integration.code = (value) =>
	`<bdi dir="ltr">${frappe.utils.escape_html(String(value))}</bdi>`;

// Return a link to a record as HTML. In a dialog it opens a new tab, so that the dialog stays.
medusa_integration.link = (doctype, name, { new_tab = false, label = name } = {}) => {
	const target = new_tab ? ` target="_blank" rel="noopener"` : "";
	const address = frappe.utils.get_form_link(doctype, name);
	return `<a href="${address}"${target} style="text-decoration: underline">${medusa_integration.text(
		label
	)}</a>`;
};

// Return who a person is as HTML: "Aisha Said of Palm Trading (aisha@example.com)".
medusa_integration.who = ({ name, person, company, email }) => {
	const { bold, code } = medusa_integration;
	const parts = [person, company].filter(Boolean).map(bold);
	const known =
		parts.length === 2
			? __("{0} of {1}", parts, "a person of a company")
			: parts[0] || bold(name);
	return email ? `${known} (${code(email)})` : known;
};

// Return the sentences of what an action does as an HTML list.
medusa_integration.list = (sentences) =>
	`<ul>${sentences.map((sentence) => `<li>${sentence}</li>`).join("")}</ul>`;

// Add a button to a form. The handler gets nothing to wait for: Frappe would disable the button meanwhile, and
// a disabled button cannot have the focus back.
medusa_integration.add_button = (frm, label, open) => {
	const action = () => {
		if (medusa_integration.is_saved(frm)) open();
	};
	const button = frm.add_custom_button(label, action).addClass("medusa-button");
	if (frm.medusa_focus !== frm.docname) return;
	frm.medusa_focus = null;
	button.trigger("focus");
};

// Give the focus back, when a dialog closes, to what had it before, and remove the dialog. If the form was
// loaded again, its buttons are new ones.
medusa_integration.return_focus = (frm, dialog) => {
	const opener = document.activeElement;
	dialog.$wrapper.on("hidden.bs.modal", () => {
		dialog.$wrapper.remove();
		const button = frm.page.inner_toolbar.find(".medusa-button").first();
		if (opener?.isConnected) opener.focus();
		else button.trigger("focus");
	});
};

medusa_integration.is_saved = (frm) => {
	if (!frm.is_dirty()) return true;
	frappe.msgprint(__("Please save the document first."));
	return false;
};

// Show a green alert and load the form again. `other` is the record on the other side: a form of it that
// was opened before must not show what it was.
medusa_integration.show_result = (frm, message, other) => {
	frappe.show_alert({ message, indicator: "green" });
	if (other.name) frappe.model.clear_doc(other.doctype, other.name);
	frm.medusa_focus = frm.docname; // its next button gets the focus
	frm.reload_doc();
};

// Show a line on top of a form in place of the one that this app showed there before; "" removes it.
medusa_integration.set_headline = (frm, html) => {
	const { message } = frm.layout;
	const earlier = message.find(".medusa-headline");
	// Frappe 16 puts each line into a box of its own, Frappe 15 all of them into one
	const box = earlier.closest(".form-message").not(message);
	(box.length ? box : earlier).remove();
	if (html) frm.dashboard.set_headline(`<div class="medusa-headline">${html}</div>`, "blue");
	else if (earlier.length && !message.text().trim()) message.addClass("hidden");
	return message.find(".medusa-headline");
};

medusa_integration.may_unlink = () =>
	frappe.user.has_role("System Manager") && frappe.model.can_write("Customer");

// Return the button Unlink of an account as HTML.
medusa_integration.unlink_button = ({ medusa_id, person }) => {
	const escape = frappe.utils.escape_html;
	const label = person ? __("Unlink {0}", [escape(person)]) : __("Unlink");
	return `<button type="button" class="btn btn-xs btn-default medusa-unlink"
		data-medusa-id="${escape(medusa_id)}" aria-label="${label}">${__("Unlink")}</button>`;
};

// Ask why, and take a shop account (`medusa_id`, `person`, `lead`) from a Customer.
medusa_integration.unlink = (frm, customer, account) => {
	if (!medusa_integration.is_saved(frm)) return;
	const dialog = new frappe.ui.Dialog({
		title: __("Unlink Shop Account"),
		fields: [
			{ fieldtype: "HTML", options: medusa_integration.describe_unlink(customer, account) },
			{
				fieldname: "reason",
				fieldtype: "Small Text",
				label: __("Reason"),
				description: __("It is kept in a Comment on both records."),
				reqd: 1,
			},
		],
		primary_action_label: __("Unlink"),
		primary_action({ reason }) {
			frappe.call({
				method: "medusa_integration.desk.unlink_account",
				args: { customer, medusa_id: account.medusa_id, reason },
				btn: dialog.get_primary_btn(),
				callback({ message: { lead } }) {
					dialog.hide();
					const other =
						frm.doctype === "Lead"
							? { doctype: "Customer", name: customer }
							: { doctype: "Lead", name: lead };
					medusa_integration.show_result(frm, __("Shop account unlinked"), other);
				},
			});
		},
	});
	dialog.get_primary_btn().removeClass("btn-primary").addClass("btn-danger");
	dialog.on_page_show = () => dialog.get_field("reason").set_focus();
	medusa_integration.return_focus(frm, dialog);
	dialog.show();
};

medusa_integration.describe_unlink = (customer, { medusa_id, person, lead }) => {
	const { bold, code, list, text } = medusa_integration;
	const who = person ? `${bold(person)} (${code(medusa_id)})` : code(medusa_id);
	const sentences = [
		__("{0} no longer buys for this Customer in the shop.", [who]),
		lead &&
			__("The Lead {0} is open again, and the drafts of this account move back to it.", [
				text(lead),
			]),
		__("Contacts and addresses that came with the account stay with the Customer."),
	];
	const question = __("Take the shop account of {0} from Customer {1}?", [who, bold(customer)]);
	return `<p>${question}</p>${list(sentences.filter(Boolean))}`;
};
