"""Whose account a Medusa id is: the Customer's with the id, else that of the Customer of the Contact with it,
else the Lead's.

A Customer may have several buyers, each with an account of their own: the first has the id on the Customer,
the others have it on their Contacts.
"""

import frappe
from frappe.query_builder import Order

from medusa_integration import exact


def find_party(medusa_id: str) -> tuple[str, str] | None:
	"""Return the DocType ("Customer", else "Lead") and name of the party with this Medusa id, or None."""
	customer = find_customer(medusa_id)
	if customer:
		return "Customer", customer
	lead = exact.find_name("Lead", "medusa_id", medusa_id)
	return ("Lead", lead) if lead else None


def find_customer(medusa_id: str) -> str | None:
	"""Return the Customer whose account this is: by its own id, else by its Contact's; else None."""
	name = exact.find_name("Customer", "medusa_id", medusa_id)
	return name or next(iter(customers_of_contact(medusa_id)), None)


def customers_of_contact(medusa_id: str) -> list[str]:
	"""Return the Customers of the Contact with this Medusa id, the one linked first comes first."""
	contact, link = frappe.qb.DocType("Contact"), frappe.qb.DocType("Dynamic Link")
	is_link = (
		(link.parent == contact.name) & (link.parenttype == "Contact") & (link.link_doctype == "Customer")
	)
	query = (
		frappe.qb.from_(contact)
		.join(link)
		.on(is_link)
		.select(contact.medusa_id, link.link_name)
		.where((contact.medusa_id == medusa_id) & (link.link_doctype == "Customer"))
		.orderby(link.creation, link.idx)
	)
	return [name for stored, name in query.run() if exact.is_same(stored, medusa_id)]


def parties_of(medusa_id: str) -> list[tuple[str, str]]:
	"""Return DocType and name of every Customer and Lead that a Medusa customer's Quotations may be for."""
	customer = exact.find_name("Customer", "medusa_id", medusa_id)
	lead = exact.find_name("Lead", "medusa_id", medusa_id)
	names = [name for name in (customer, *customers_of_contact(medusa_id)) if name]
	found = [("Customer", name) for name in dict.fromkeys(names)]
	return [*found, ("Lead", lead)] if lead else found


def ids_of(found: list[tuple[str, str]]) -> list[str]:
	"""Return the Medusa ids of all buyers of some Customers: their own, and those of their Contacts."""
	customers = [name for doctype, name in found if doctype == "Customer"]
	if not customers:
		return []
	contact, link = frappe.qb.DocType("Contact"), frappe.qb.DocType("Dynamic Link")
	is_link = (link.parent == contact.name) & (link.parenttype == "Contact")
	query = (
		frappe.qb.from_(link)
		.join(contact)
		.on(is_link)
		.select(contact.medusa_id)
		.where((link.link_doctype == "Customer") & link.link_name.isin(customers))
	)
	own = frappe.get_all("Customer", {"name": ("in", customers)}, pluck="medusa_id", limit=0)
	return [medusa_id for medusa_id in (*own, *query.run(pluck=True)) if medusa_id]


def medusa_id_of(doctype: str, name: str) -> str:
	"""Return the Medusa id of a Lead or Customer, or "" if it has none."""
	return frappe.db.get_value(doctype, name, "medusa_id") or ""


def buyers_of(customer: str) -> list[dict[str, str]]:
	"""Return the accounts of a Customer, its own first: `medusa_id`, `person` and `lead` ("" without one)."""
	ids = list(dict.fromkeys(ids_of([("Customer", customer)])))
	leads = frappe.get_all("Lead", {"medusa_id": ("in", ids)}, ["name", "lead_name", "medusa_id"], limit=0)
	people = frappe.get_all("Contact", {"medusa_id": ("in", ids)}, ["first_name", "last_name", "medusa_id"])
	names = {row.medusa_id: " ".join(filter(None, (row.first_name, row.last_name))) for row in people}
	names |= {row.medusa_id: row.lead_name for row in leads if row.medusa_id not in names}
	lead_of = {row.medusa_id: row.name for row in leads}
	return [
		{"medusa_id": medusa_id, "person": names.get(medusa_id, ""), "lead": lead_of.get(medusa_id, "")}
		for medusa_id in ids
	]


def customers_of_ids(ids: list[str]) -> dict[str, str]:
	"""Return the Customer of each of some Medusa ids; ids of no Customer are left out.

	As in `find_customer`, a Customer's own id comes before that of its Contact.
	"""
	if not ids:
		return {}
	contact, link = frappe.qb.DocType("Contact"), frappe.qb.DocType("Dynamic Link")
	is_link = (link.parent == contact.name) & (link.parenttype == "Contact")
	buyers = frappe.qb.from_(contact).join(link).on(is_link).select(contact.medusa_id, link.link_name)
	buyers = buyers.where(contact.medusa_id.isin(ids) & (link.link_doctype == "Customer"))
	# in a dict the last of a key wins: that is the Contact's link which is the oldest, or the own id
	found = dict(buyers.orderby(link.creation, link.idx, order=Order.desc).run())
	own = frappe.get_all("Customer", {"medusa_id": ("in", ids)}, ["medusa_id", "name"], limit=0)
	return found | {row.medusa_id: row.name for row in own}


def unlinked(leads: list[str]) -> set[str]:
	"""Return those of some Leads whose accounts belong to no Customer."""
	if not leads:
		return set()
	rows = frappe.get_all("Lead", {"name": ("in", leads)}, ["name", "medusa_id"], limit=0)
	linked = customers_of_ids([row.medusa_id for row in rows if row.medusa_id])
	return {row.name for row in rows if row.medusa_id not in linked}
