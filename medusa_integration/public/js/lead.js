// On the form of a Lead with a shop account: its Customer, or "Link to a Customer" and "Convert to Customer".

frappe.provide("medusa_integration");

frappe.ui.form.on("Lead", {
	refresh(frm) {
		medusa_integration.set_headline(frm, "");
		if (!frm.is_new() && frm.doc.medusa_id) medusa_integration.show_account(frm);
	},
});

medusa_integration.show_account = async (frm) => {
	const turn = (frm.medusa_turn = {}); // the form may be refreshed before the answer comes
	const lead = await frappe.xcall("medusa_integration.desk.describe_lead", {
		lead: frm.doc.name,
	});
	if (turn !== frm.medusa_turn) return;
	if (lead.linked) medusa_integration.show_customer(frm, lead);
	else medusa_integration.add_lead_buttons(frm, lead);
};

// Show the Customer of a linked Lead on top of the form.
medusa_integration.show_customer = (frm, lead) => {
	const { customer } = lead;
	if (!customer) {
		const text = __("This person buys in the shop for a Customer that you may not read.");
		medusa_integration.set_headline(frm, text);
		return;
	}
	const link = medusa_integration.link("Customer", customer);
	const text = __("This person buys in the shop for the Customer {0}.", [link]);
	const button = medusa_integration.may_unlink() ? medusa_integration.unlink_button(lead) : "";
	const headline = medusa_integration.set_headline(frm, `${text} ${button}`);
	const account = { ...lead, lead: lead.name };
	headline.on("click", ".medusa-unlink", () =>
		medusa_integration.unlink(frm, customer, account)
	);
};

medusa_integration.add_lead_buttons = (frm, lead) => {
	const { add_button, confirm_conversion, FindCustomer } = medusa_integration;
	if (frappe.model.can_write("Customer")) {
		add_button(frm, __("Link to a Customer"), () => {
			new FindCustomer(frm, lead);
		});
	}
	if (frappe.model.can_create("Customer")) {
		add_button(frm, __("Convert to Customer"), () => {
			confirm_conversion(frm, lead);
		});
	}
};

// The dialog in which the clerk chooses the Customer that a Lead buys for.
medusa_integration.FindCustomer = class FindCustomer extends medusa_integration.FindParty {
	get title() {
		return __("Link to a Customer");
	}

	get search_label() {
		return __("Name, e-mail or id of the Customer");
	}

	get method() {
		return "medusa_integration.desk.find_customers";
	}

	get args() {
		return { lead: this.frm.doc.name };
	}

	get hints() {
		return {
			likely: __("These Customers look like this Lead:"),
			unlikely: __("No Customer looks like this Lead. Type to search among all Customers."),
			none: __(
				"No Customer begins with {0}. Only the beginnings of names, e-mails and ids are compared."
			),
		};
	}

	is_free() {
		return true;
	}

	states({ medusa_id }) {
		return medusa_id ? [__("has a buyer already")] : [];
	}

	question(row) {
		const names = [medusa_integration.bold(row.company), medusa_integration.who(this.lead)];
		if (row.medusa_id) return __("Add {1} as a further buyer of Customer {0}?", names);
		return __("Link Customer {0} to {1}?", names);
	}

	consequences(row) {
		const own = [medusa_integration.code(this.lead.medusa_id)];
		const id = row.medusa_id
			? __("The Customer keeps its Medusa ID; the Contact of this person gets {0}.", own)
			: __("The Customer gets the Medusa ID {0}.", own);
		return [id, ...this.lead_consequences(this.lead)];
	}

	action_label({ medusa_id }) {
		return medusa_id ? __("Add Further Buyer") : __("Link");
	}

	link(row) {
		this.link_both({
			customer: row.name,
			lead: this.lead.name,
			as_further_buyer: row.medusa_id,
			other: { doctype: "Customer", name: row.name },
		});
	}
};

// Ask, and convert the Lead to a new Customer. Likely Customers are shown before, as it may be one of them.
medusa_integration.confirm_conversion = async (frm, lead) => {
	const opener = document.activeElement;
	const likely = frappe.model.can_write("Customer")
		? await frappe.xcall("medusa_integration.desk.find_customers", { lead: lead.name })
		: [];
	opener?.focus();
	const dialog = new frappe.ui.Dialog({
		title: __("Convert to Customer"),
		fields: [
			{
				fieldtype: "HTML",
				options: medusa_integration.describe_conversion(lead, likely),
			},
		],
		primary_action_label: __("Convert to Customer"),
		primary_action: () => medusa_integration.convert(frm, lead, dialog),
	});
	if (likely.length) {
		dialog.set_secondary_action_label(__("Link to a Customer"));
		dialog.set_secondary_action(() => {
			dialog.hide();
			new medusa_integration.FindCustomer(frm, lead);
		});
	}
	medusa_integration.return_focus(frm, dialog);
	dialog.show();
};

medusa_integration.describe_conversion = (lead, likely) => {
	const { code, link, list, who } = medusa_integration;
	const question = __("Make a new Customer of {0}?", [who(lead)]);
	const sentences = [
		__("The Customer gets the Medusa ID {0}.", [code(lead.medusa_id)]),
		...medusa_integration.FindParty.prototype.lead_consequences(lead),
	];
	const customers = likely.map(({ name, company, reasons }) => {
		const customer = link("Customer", name, { new_tab: true, label: company });
		return `${customer} (${reasons.map(frappe.utils.escape_html).join(", ")})`;
	});
	const warning = customers.length
		? `<div class="alert alert-warning">${__("These Customers look like this Lead:")}
			${list(customers)}</div>`
		: "";
	return `<p>${question}</p>${list(sentences)}${warning}`;
};

medusa_integration.convert = (frm, lead, dialog) =>
	frappe.call({
		method: "medusa_integration.desk.convert_lead",
		args: { lead: lead.name },
		btn: dialog.get_primary_btn(),
		callback({ message: { customer } }) {
			dialog.hide();
			frappe.show_alert({ message: __("Lead converted"), indicator: "green" });
			frappe.model.clear_doc("Lead", lead.name);
			frappe.set_route("Form", "Customer", customer);
		},
	});
