"""Differences between the Medusa ids of Leads, Customers and Contacts, found in a part of the records.

Each function looks at the records of one part, and joins others to them by an index. The user's permissions
are not checked.
"""

from typing import Any, NamedTuple

import frappe
from frappe import _
from pypika import Order

from medusa_integration.medusa_integration.doctype.medusa_sync_log import medusa_sync_log as sync_log
from medusa_integration.selling import matching, shop_accounts
from medusa_integration.selling.matching_pages import fields, likely_customers_of

LIKELY, LACKING, DISAGREEING = "likely", "lacking", "disagreeing"
MISSING, DELETED = "missing", "deleted"
# the calls that create the Lead of a customer
CREATING = (*sync_log.ACCEPTED_METHODS, "update_customer")
PAGE = 200  # Leads that are matched at once
BEST = 5  # likely Customers of a Lead that are shown


class Part(NamedTuple):
	"""Some records of a DocType with a Medusa id: those with given `names`, or else those between two ids.

	`below` and `down_to` are the two ids, without the first and with the last; "" is no bound. With `names`,
	`down_to` is the last of them, or "" if no others follow.
	"""

	names: tuple[str, ...] = ()
	below: str = ""
	down_to: str = ""

	def contains(self, table: Any) -> Any:
		"""Return the condition that a record belongs to the part."""
		condition = table.medusa_id > ""
		if self.names:
			return condition & table.name.isin(self.names)
		if self.below:
			condition &= table.medusa_id < self.below
		return condition & (table.medusa_id >= self.down_to) if self.down_to else condition


class Difference(NamedTuple):
	"""A difference: its kind, the records, the Medusa id in question, the reasons in words, and what to do.

	`others` are the DocType and name of more records that the reasons name. `email` is the customer's, if
	there is no Lead that has it.
	"""

	kind: str
	medusa_id: str
	reasons: list[str]
	advice: str
	customer: str = ""
	lead: str = ""
	others: tuple[tuple[str, str], ...] = ()
	email: str = ""


class Findings(NamedTuple):
	"""The differences in a part, and the id at which the search in it stopped ("" if it reached the end)."""

	differences: list[Difference]
	stopped_at: str = ""


# Customers without an id that have a likely Lead


def find_likely(part: Part, with_similar: bool) -> Findings:
	"""Find the likely Customers of the Leads that no Customer is linked to, at most PAGE of them.

	`with_similar` says whether a similar name is a reason.
	"""
	leads = free_leads(part)
	if not leads:
		return Findings([])
	matches = likely_customers_of(leads, with_similar=with_similar)
	names = {match.name for found in matches.values() for match in found}
	without_id = customers_without_id(sorted(names))
	advice = _("Compare the two, and link them if they are the same.")
	found = []
	for lead in leads:
		for match in [match for match in matches[lead.name] if match.name in without_id][:BEST]:
			reasons = [matching.describe(reason) for reason in match.reasons]
			found.append(Difference(LIKELY, lead.medusa_id, reasons, advice, match.name, lead.name))
	return Findings(found, leads[-1].medusa_id if len(leads) == PAGE else "")


def free_leads(part: Part) -> list[Any]:
	"""Return the Leads of a part whose account belongs to no Customer, and that no Customer names."""
	lead, contact, link = (frappe.qb.DocType(name) for name in ("Lead", "Contact", "Dynamic Link"))
	own, naming = (frappe.qb.DocType("Customer").as_(alias) for alias in ("own", "naming"))
	query = (
		frappe.qb.from_(lead)
		.left_join(own)
		.on(own.medusa_id == lead.medusa_id)
		.left_join(naming)
		.on(naming.lead_name == lead.name)
		.left_join(contact)
		.on(contact.medusa_id == lead.medusa_id)
		.left_join(link)
		.on(is_link(link, contact.name, "Customer"))
		.select(lead.medusa_id, *(lead[field] for field in fields()))
		.where(part.contains(lead) & own.name.isnull() & naming.name.isnull() & link.name.isnull())
		.orderby(lead.medusa_id, order=Order.desc)
		.limit(PAGE)
	)
	return query.run(as_dict=True)


def customers_without_id(names: list[str]) -> set[str]:
	"""Return those of some Customers that have no Medusa id."""
	if not names:
		return set()
	filters = {"name": ("in", names), "medusa_id": ("is", "not set")}
	return set(frappe.get_all("Customer", filters, pluck="name", limit=0))


# Leads whose Customer lacks the id


def find_lacking(part: Part) -> Findings:
	"""Find the Customers without an id that name a Lead with one, or that its Contact belongs to.

	Leads whose id another Customer has are left out.
	"""
	advice = _("Link them: the Customer gets the Medusa ID of the Lead.")
	found: dict[tuple[str, str], Difference] = {}
	for lead, medusa_id, customer in customers_that_name(part):
		reasons = [_("the Customer names this Lead")]
		found[customer, lead] = Difference(LACKING, medusa_id, reasons, advice, customer, lead)
	for lead, medusa_id, customer, contact in (*with_contact_of_lead(part), *with_contact_of_id(part)):
		reason = _("the Contact {0} belongs to both").format(contact)
		values = (LACKING, medusa_id, [reason], advice, customer, lead, (("Contact", contact),))
		found.setdefault((customer, lead), Difference(*values))
	return Findings(list(found.values()))


def customers_that_name(part: Part) -> list[tuple[str, ...]]:
	"""Return name and id of the Leads of a part, and the Customer without an id that names the Lead."""
	lead, customer = frappe.qb.DocType("Lead"), frappe.qb.DocType("Customer")
	query = frappe.qb.from_(lead).join(customer).on(customer.lead_name == lead.name)
	return lacking(query, part, lead, customer).run()


def with_contact_of_lead(part: Part) -> list[tuple[str, ...]]:
	"""Return name and id of the Leads of a part, the Customer without an id of its Contact, and the Contact.

	The Contact has the id of the Lead, or none.
	"""
	lead, customer, contact = (frappe.qb.DocType(name) for name in ("Lead", "Customer", "Contact"))
	link = frappe.qb.DocType("Dynamic Link")
	own = frappe.qb.DocType("Dynamic Link").as_("own_link")
	query = (
		frappe.qb.from_(lead)
		.join(own)
		.on((own.link_doctype == "Lead") & (own.link_name == lead.name) & (own.parenttype == "Contact"))
		.join(contact)
		.on(contact.name == own.parent)
		.join(link)
		.on(is_link(link, own.parent, "Customer"))
		.join(customer)
		.on(customer.name == link.link_name)
		# the Contact of a Lead that was unlinked stays the Customer's: it does not say that they are the same
		.where(
			(contact.medusa_id.isnull() & (lead.status == "Converted"))
			| (contact.medusa_id == lead.medusa_id)
		)
	)
	return lacking(query, part, lead, customer).select(contact.name).run()


def with_contact_of_id(part: Part) -> list[tuple[str, ...]]:
	"""Return name and id of the Leads of a part, the Customer of the Contact with the id, and the Contact.

	The Customer has no id.
	"""
	lead, customer, contact = (frappe.qb.DocType(name) for name in ("Lead", "Customer", "Contact"))
	link = frappe.qb.DocType("Dynamic Link")
	query = (
		frappe.qb.from_(lead)
		.join(contact)
		.on(contact.medusa_id == lead.medusa_id)
		.join(link)
		.on(is_link(link, contact.name, "Customer"))
		.join(customer)
		.on(customer.name == link.link_name)
	)
	return lacking(query, part, lead, customer).select(contact.name).run()


def lacking(query: Any, part: Part, lead: Any, customer: Any) -> Any:
	"""Limit a query of Leads and Customers: no Customer has the Lead's id, and this one has none."""
	owner = frappe.qb.DocType("Customer").as_("owner_of_id")
	return (
		query.left_join(owner)
		.on(owner.medusa_id == lead.medusa_id)
		.select(lead.name, lead.medusa_id, customer.name)
		.where(part.contains(lead) & owner.name.isnull())
		.where(customer.medusa_id.isnull() | (customer.medusa_id == ""))
		.orderby(lead.medusa_id, order=Order.desc)
	)


# ids that disagree


def find_disagreeing_customers(part: Part) -> Findings:
	"""Find the Customers that have another id than the Lead that they name.

	A Lead with the id of a further buyer is left out.
	"""
	rows = customers_of_other_leads(part)
	buyers = buyers_among(rows)
	found = []
	for row in rows:
		if row.lead and row.lead != row.lead_name:
			found.append(names_another_lead(row))
		elif (row.name, row.named_id) not in buyers:
			found.append(has_another_id(row))
	return Findings(found)


def names_another_lead(row: Any) -> Difference:
	"""Return the difference that a Lead has the Customer's id, but the Customer names another Lead."""
	reason = _("both have this Medusa ID, but the Customer names the Lead {0}").format(row.lead_name)
	advice = _("Link them: then the Customer names the Lead with its Medusa ID.")
	others = (("Lead", row.lead_name),) if row.named else ()
	return Difference(DISAGREEING, row.medusa_id, [reason], advice, row.name, row.lead, others)


def has_another_id(row: Any) -> Difference:
	"""Return the difference that a Customer has another id than the Lead that it names."""
	reason = _("the Customer names this Lead, but has the Medusa ID {0}").format(row.medusa_id)
	advice = _("Link the Lead as a further buyer. Or unlink the Customer's account, then link the Lead.")
	return Difference(DISAGREEING, row.named_id, [reason], advice, row.name, row.lead_name)


def customers_of_other_leads(part: Part) -> list[Any]:
	"""Return the Customers of a part where the named Lead has another id, or another Lead has the id.

	Rows: `name`, `medusa_id`, `lead_name`, `named` and `named_id` (the named Lead, if it exists, and its id),
	`lead` (that with the Customer's id).
	"""
	customer = frappe.qb.DocType("Customer")
	named, lead = (frappe.qb.DocType("Lead").as_(alias) for alias in ("named", "owner_of_id"))
	has_other_id = (named.medusa_id > "") & (named.medusa_id != customer.medusa_id)
	query = (
		frappe.qb.from_(customer)
		.left_join(named)
		.on(named.name == customer.lead_name)
		.left_join(lead)
		.on(lead.medusa_id == customer.medusa_id)
		.select(customer.name, customer.medusa_id, customer.lead_name)
		.select(named.name.as_("named"), named.medusa_id.as_("named_id"), lead.name.as_("lead"))
		.where(part.contains(customer) & (customer.lead_name > ""))
		.where(has_other_id | (lead.name != customer.lead_name))
		.orderby(customer.medusa_id, order=Order.desc)
	)
	return query.run(as_dict=True)


def buyers_among(rows: list[Any]) -> set[tuple[str, str]]:
	"""Return Customer and id for those `named_id` of rows that a Contact of the Customer has."""
	ids = [row.named_id for row in rows if row.named_id]
	if not ids:
		return set()
	contact, link = frappe.qb.DocType("Contact"), frappe.qb.DocType("Dynamic Link")
	query = frappe.qb.from_(contact).join(link).on(is_link(link, contact.name, "Customer"))
	return set(query.select(link.link_name, contact.medusa_id).where(contact.medusa_id.isin(ids)).run())


def find_disagreeing_contacts(part: Part) -> Findings:
	"""Find the Contacts whose id is not that of their Lead, or is that of a Customer which is not theirs."""
	advice = _("Open the Contact, and remove the record that is not this person's.")
	found = []
	for contact, medusa_id, lead, lead_id in contacts_of_other_leads(part):
		reason = _("its Contact {0} has the Medusa ID {1}, the Lead has {2}")
		reason = reason.format(contact, medusa_id, lead_id)
		values = (DISAGREEING, medusa_id, [reason], advice, "", lead, (("Contact", contact),))
		found.append(Difference(*values))
	for contact, medusa_id, customer, owner in contacts_of_other_customers(part):
		reason = _("its Contact {0} has the Medusa ID of the Customer {1}")
		reason = reason.format(contact, owner)
		others = (("Contact", contact), ("Customer", owner))
		found.append(Difference(DISAGREEING, medusa_id, [reason], advice, customer, "", others))
	return Findings(found)


def contacts_of_other_leads(part: Part) -> list[tuple[str, ...]]:
	"""Return name and id of the Contacts of a part, and the name and the other id of their Lead."""
	contact, link, lead = (frappe.qb.DocType(name) for name in ("Contact", "Dynamic Link", "Lead"))
	query = (
		frappe.qb.from_(contact)
		.join(link)
		.on(is_link(link, contact.name, "Lead"))
		.join(lead)
		.on(lead.name == link.link_name)
		.select(contact.name, contact.medusa_id, lead.name, lead.medusa_id)
		.where(part.contains(contact) & (lead.medusa_id > "") & (lead.medusa_id != contact.medusa_id))
		.orderby(contact.medusa_id, order=Order.desc)
	)
	return query.run()


def contacts_of_other_customers(part: Part) -> list[tuple[str, ...]]:
	"""Return name and id of the Contacts of a part, their Customer, and the other Customer that has the id.

	A Contact that belongs to both Customers is left out.
	"""
	contact, link, owner = (frappe.qb.DocType(name) for name in ("Contact", "Dynamic Link", "Customer"))
	owners_link = frappe.qb.DocType("Dynamic Link").as_("owners_link")
	query = (
		frappe.qb.from_(contact)
		.join(owner)
		.on(owner.medusa_id == contact.medusa_id)
		.join(link)
		.on(is_link(link, contact.name, "Customer"))
		.left_join(owners_link)
		.on(is_link(owners_link, contact.name, "Customer") & (owners_link.link_name == owner.name))
		.select(contact.name, contact.medusa_id, link.link_name, owner.name)
		.where(part.contains(contact) & owners_link.name.isnull())
		.orderby(contact.medusa_id, order=Order.desc)
	)
	return query.run()


# customers who are in Medusa, or in ERPNext, alone


def find_missing(part: Part) -> Findings:
	"""Find the customers without a Lead whose row of the log waits for a person, or for the customer."""
	advice = _("Open the row of Medusa Sync Log, and decide there.")
	found: dict[str, Difference] = {}
	for row in rows_without_party(part):
		others = ((sync_log.DOCTYPE, row.name),)
		values = (MISSING, row.medusa_id, [row.error or ""], advice, "", "", others, row.email or "")
		found.setdefault(row.medusa_id, Difference(*values))
	return Findings(list(found.values()))


def rows_without_party(part: Part) -> list[Any]:
	"""Return the open rows of a part whose customer is no Lead and no Customer; of an id the newest first."""
	row = frappe.qb.DocType(sync_log.DOCTYPE)
	lead, customer, contact = (frappe.qb.DocType(name) for name in ("Lead", "Customer", "Contact"))
	query = frappe.qb.from_(row).select(row.name, row.medusa_id, row.email, row.error)
	for table in (lead, customer, contact):
		query = query.left_join(table).on(table.medusa_id == row.medusa_id).where(table.name.isnull())
	waits = row.waits_for.isin((sync_log.PERSON, sync_log.SHOP)) & row.method.isin(CREATING)
	query = query.where(part.contains(row) & waits)
	return query.orderby(row.medusa_id, row.creation, order=Order.desc).run(as_dict=True)


def find_deleted(part: Part) -> Findings:
	"""Find the Leads and Customers whose account was deleted in Medusa."""
	reason = _("the shop account of this customer was deleted")
	advice = _("Nothing has to be done. If the customer registers again, unlink this account first.")
	return Findings(
		[
			Difference(
				DELETED, row.medusa_id, [reason], advice, row.customer or row.company or "", row.lead or ""
			)
			for row in deleted_accounts(part)
			if row.customer or row.company or row.lead
		]
	)


def deleted_accounts(part: Part) -> list[Any]:
	"""Return the ids of a part whose account was deleted, with what has the id.

	Rows: `medusa_id`, `lead`, `customer`, and `company`, the Customer of the Contact with the id.
	"""
	account, lead, customer, contact, link = (
		frappe.qb.DocType(name)
		for name in (shop_accounts.DOCTYPE, "Lead", "Customer", "Contact", "Dynamic Link")
	)
	query = frappe.qb.from_(account)
	for table in (lead, customer, contact):
		query = query.left_join(table).on(table.medusa_id == account.medusa_id)
	query = query.left_join(link).on(is_link(link, contact.name, "Customer"))
	query = query.select(account.medusa_id, lead.name.as_("lead"), customer.name.as_("customer"))
	query = query.select(link.link_name.as_("company"))
	query = query.where(part.contains(account) & (account.is_deleted == 1))
	return query.orderby(account.medusa_id, order=Order.desc).run(as_dict=True)


def is_link(link: Any, contact: Any, doctype: str) -> Any:
	"""Return the condition that a link leads from a Contact to a record of `doctype`."""
	return (link.parent == contact) & (link.parenttype == "Contact") & (link.link_doctype == doctype)
