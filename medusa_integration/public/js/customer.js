// On the Customer form: its shop accounts, and "Link Medusa Lead" or "Add Further Buyer".

frappe.provide("medusa_integration");

frappe.ui.form.on("Customer", {
	refresh(frm) {
		medusa_integration.set_headline(frm, "");
		if (frm.is_new()) return;
		medusa_integration.show_buyers(frm);
		if (!frm.perm[0]?.write || !frappe.model.can_read("Lead")) return;
		const label = frm.doc.medusa_id ? __("Add Further Buyer") : __("Link Medusa Lead");
		medusa_integration.add_button(frm, label, () => {
			new medusa_integration.FindLead(frm);
		});
	},
});

// Show the shop accounts of the Customer on top of the form.
medusa_integration.show_buyers = async (frm) => {
	const turn = (frm.medusa_turn = {}); // the form may be refreshed before the answer comes
	const customer = frm.doc.name;
	const buyers = await frappe.xcall("medusa_integration.desk.buyers_of", { customer });
	if (turn !== frm.medusa_turn || !buyers.length) return;
	const items = buyers.map((buyer) => medusa_integration.describe_buyer(buyer));
	const html = `${__("Buys in the shop:")} ${medusa_integration.list(items)}`;
	const headline = medusa_integration.set_headline(frm, html);
	headline.find("ul").css({ marginBlockEnd: 0, paddingInlineStart: "20px" });
	headline.on("click", ".medusa-unlink", ({ currentTarget }) => {
		const id = currentTarget.dataset.medusaId;
		const buyer = buyers.find(({ medusa_id }) => medusa_id === id);
		medusa_integration.unlink(frm, customer, buyer);
	});
};

medusa_integration.describe_buyer = (buyer) => {
	const { bold, code, link, may_unlink, unlink_button } = medusa_integration;
	const { person, medusa_id, lead } = buyer;
	const parts = [person && bold(person), code(medusa_id), lead && link("Lead", lead)];
	return `${parts.filter(Boolean).join(" · ")} ${may_unlink() ? unlink_button(buyer) : ""}`;
};

// The dialog in which the clerk chooses the Lead whose shop account the Customer gets.
medusa_integration.FindLead = class FindLead extends medusa_integration.FindParty {
	get is_further() {
		return Boolean(this.frm.doc.medusa_id);
	}

	get title() {
		return this.is_further ? __("Add Further Buyer") : __("Link Medusa Lead");
	}

	get search_label() {
		return __("Name, company, e-mail, phone number or id of the Lead");
	}

	get method() {
		return "medusa_integration.desk.find_leads";
	}

	get args() {
		return { customer: this.frm.doc.name };
	}

	get hints() {
		return {
			likely: __("These Leads look like this Customer:"),
			unlikely: __(
				"No Lead looks like this Customer. Type to search among all Leads from the shop."
			),
			none: __(
				"No Lead from the shop begins with {0}. Only the beginnings of names, e-mails, phone numbers and ids are compared."
			),
			linked: __("All that were found are linked to a Customer already."),
		};
	}

	// A Lead that is linked to this Customer is free while the Customer has no id: it may have lost it.
	is_free({ linked, customer }) {
		if (customer === this.frm.doc.name) return !this.is_further;
		return !linked && !customer;
	}

	question(row) {
		const names = [
			medusa_integration.bold(this.frm.doc.customer_name),
			medusa_integration.who(row),
		];
		if (this.is_further) return __("Add {1} as a further buyer of Customer {0}?", names);
		return __("Link Customer {0} to {1}?", names);
	}

	consequences(row) {
		const { code } = medusa_integration;
		const id = this.is_further
			? __("The Customer keeps its Medusa ID; the Contact of this person gets {0}.", [
					code(row.medusa_id),
				])
			: __("The Customer gets the Medusa ID {0}.", [code(row.medusa_id)]);
		return [id, ...this.lead_consequences(row)];
	}

	action_label() {
		return this.is_further ? __("Add Further Buyer") : __("Link");
	}

	link(row) {
		this.link_both({
			customer: this.frm.doc.name,
			lead: row.name,
			as_further_buyer: this.is_further,
			other: { doctype: "Lead", name: row.name },
		});
	}
};
