"""The Leads, Customers, Contacts and shop accounts that concern one Customer, or the Leads of one company.

The report Medusa Reconciliation compares these if the user asks for one Customer or company. The user's
permissions are not checked.
"""

import frappe

from medusa_integration.medusa_integration.doctype.medusa_sync_log import medusa_sync_log as sync_log
from medusa_integration.selling import accounts, matching, shop_accounts
from medusa_integration.selling.finding import escape
from medusa_integration.selling.keys import NAME_KEY
from medusa_integration.selling.matching_pages import all_names, contacts_of_leads

LEADS = 1000  # of one company, at most


def about_customer(doctype: str, customer: str) -> set[str]:
	"""Return the records of a DocType that may differ from a Customer, and the Customer itself."""
	if doctype == "Customer":
		return {customer}
	if doctype == shop_accounts.DOCTYPE:
		return set(accounts.ids_of([("Customer", customer)]))
	if doctype == sync_log.DOCTYPE:
		return set()  # of customers who are no Customer yet
	medusa_id, lead = frappe.db.get_value("Customer", customer, ["medusa_id", "lead_name"])
	contacts = contacts_of_customer(customer)
	if doctype == "Contact":
		return {*contacts, *with_ids("Contact", [medusa_id])}
	likely = matching.likely_leads(frappe.get_doc("Customer", customer))
	found = {match.name for match in likely} | {lead or ""} | set(leads_of_contacts(contacts))
	return {*found, *with_ids("Lead", [medusa_id, *accounts.ids_of([("Customer", customer)])])} - {""}


def about_company(doctype: str, key: str) -> set[str]:
	"""Return the records of a DocType that may differ from the Leads whose key of the name begins so.

	At most LEADS Leads are read.
	"""
	leads = leads_beginning(key)
	if doctype == "Lead":
		return set(leads)
	if doctype == shop_accounts.DOCTYPE:
		return set(leads.values())
	if doctype == sync_log.DOCTYPE:
		return set()  # of customers who are no Lead yet
	if doctype == "Contact":
		return {*all_names(contacts_of_leads(list(leads))), *with_ids("Contact", list(leads.values()))}
	naming = frappe.get_all("Customer", {"lead_name": ("in", list(leads))}, pluck="name", limit=0)
	return {*naming, *with_ids("Customer", list(leads.values()))}


def leads_beginning(key: str) -> dict[str, str]:
	"""Return name and Medusa id of the Leads whose key of the name begins so."""
	table = frappe.qb.DocType("Lead")
	query = frappe.qb.from_(table).select(table.name, table.medusa_id)
	rows = query.where(table[NAME_KEY].like(f"{escape(key)}%")).limit(LEADS).run()
	return {name: medusa_id for name, medusa_id in rows if medusa_id}


def contacts_of_customer(customer: str) -> list[str]:
	"""Return the Contacts of a Customer."""
	link = {"parenttype": "Contact", "link_doctype": "Customer", "link_name": customer}
	return frappe.get_all("Dynamic Link", link, pluck="parent", limit=0)


def leads_of_contacts(contacts: list[str]) -> list[str]:
	"""Return the Leads of some Contacts."""
	if not contacts:
		return []
	link = {"parenttype": "Contact", "link_doctype": "Lead", "parent": ("in", contacts)}
	return frappe.get_all("Dynamic Link", link, pluck="link_name", limit=0)


def with_ids(doctype: str, ids: list[str | None]) -> list[str]:
	"""Return the records with one of some Medusa ids."""
	known = [medusa_id for medusa_id in ids if medusa_id]
	return frappe.get_all(doctype, {"medusa_id": ("in", known)}, pluck="name", limit=0) if known else []
