"""Finding the Lead or the Customer that a clerk means: what the dialogs of the desk show as the clerk types.

Only the beginnings of names, e-mails, ids and phone numbers are compared, because an index finds them at once
among a million. Of each, at most SCANNED records are read.
"""

from collections.abc import Iterable
from typing import Any

import frappe
from frappe.query_builder.functions import Count

from medusa_integration.selling import accounts, matching
from medusa_integration.selling.keys import NAME_KEY, PHONE_KEY, words_of

SCANNED = 500
SHOWN = 20  # records in an answer
CONVERTED = "Converted"
NO_CUSTOMER = {"linked": False, "customer": ""}
# the fields whose beginning is compared with the text, as it was typed
TYPED = {
	"Lead": ("name", "lead_name", "email_id", "medusa_id"),
	"Customer": ("name", "customer_name", "medusa_id"),
}
FIELDS = {
	"Lead": (
		"name",
		"lead_name",
		"company_name",
		"email_id",
		"mobile_no",
		"creation",
		"medusa_id",
		"status",
	),
	"Customer": ("name", "customer_name", "email_id", "mobile_no", "creation", "medusa_id"),
}


def search(doctype: str, text: str) -> list[dict[str, Any]]:
	"""Return the Leads with a Medusa id, or the Customers, that begin like a text, as `describe_all` does.

	Leads that are not converted come first.
	"""
	found = customers_of_emails(text) if doctype == "Customer" else []
	for only_open in (True, False) if doctype == "Lead" else (False,):
		for field, beginning in beginnings(doctype, text):
			found += names_beginning(doctype, field, beginning, only_open)
			if len(set(found)) >= SHOWN:
				return describe_all(doctype, dict.fromkeys(found))
	return describe_all(doctype, dict.fromkeys(found))


def likely(doctype: str, matches: Iterable[matching.Match]) -> list[dict[str, Any]]:
	"""Return likely matches as `describe_all` does, with the `reasons` in words."""
	reasons = {match.name: [matching.describe(reason) for reason in match.reasons] for match in matches}
	found = describe_all(doctype, reasons)
	return [{**row, "reasons": reasons[row["name"]]} for row in found]


def beginnings(doctype: str, text: str) -> list[tuple[str, str]]:
	"""Return the fields to compare, each with the beginning that it must have."""
	found = [(field, text) for field in TYPED[doctype]]
	key = "".join(words_of(text))
	if key:
		found.append((NAME_KEY, key))
	digits = "".join(letter for letter in text if letter.isdecimal())
	if doctype == "Lead" and len(digits) >= 4:
		found.append((PHONE_KEY, digits[-8:]))
	return found


def names_beginning(doctype: str, field: str, beginning: str, only_open: bool) -> list[str]:
	"""Return the records whose `field` begins with a text. `only_open` leaves converted Leads out."""
	table = frappe.qb.DocType(doctype)
	query = frappe.qb.from_(table).select(table.name).where(table[field].like(f"{escape(beginning)}%"))
	if doctype == "Customer":
		return query.limit(SHOWN).run(pluck=True)
	# first the beginning, by its index, and only then the rest: otherwise all converted ones would be read
	scanned = query.select(table.medusa_id, table.status).limit(SCANNED).as_("scanned")
	wanted = frappe.qb.from_(scanned).select(scanned.name).where(scanned.medusa_id.isnotnull())
	if only_open:
		wanted = wanted.where(scanned.status != CONVERTED)
	return wanted.limit(SHOWN).run(pluck=True)


def escape(text: str) -> str:
	"""Return a text in which the wildcards of LIKE mean themselves."""
	return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def customers_of_emails(text: str) -> list[str]:
	"""Return the Customers of Contacts whose e-mail begins with a text."""
	if "@" not in text:
		return []
	contact = frappe.qb.DocType("Contact Email")
	query = frappe.qb.from_(contact).select(contact.parent).where(contact.email_id.like(f"{escape(text)}%"))
	return matching.owners_of(query.limit(SHOWN).run(pluck=True), "Customer")


def describe_all(doctype: str, names: Iterable[str]) -> list[dict[str, Any]]:
	"""Return what a clerk needs to know about records: those that the user may read, at most SHOWN.

	Each has `name`, `person`, `company`, `email`, `phone`, `since` (a date, "2026-11-28"), `medusa_id`,
	`quotations` (how many are drafts or open), `drafts` (how many of them are drafts), `linked`: whether the
	account of a Lead belongs to a Customer, and `customer`: the Customer that it belongs to or that names
	the Lead, "" without one and if the user may not read it. Leads of a Customer come last.
	"""
	names = list(names)[: 2 * SHOWN]
	if not names:
		return []
	rows = frappe.get_list(doctype, filters={"name": ("in", names)}, fields=list(FIELDS[doctype]), limit=0)
	rows.sort(key=lambda row: names.index(row.name))
	counts = open_quotations(doctype, names)
	customers = customers_of_leads(rows) if doctype == "Lead" else {}
	shown = [
		{**describe(doctype, row), **counts_of(row.name, counts), **customers.get(row.name, NO_CUSTOMER)}
		for row in rows
	]
	return sorted(shown, key=lambda row: bool(row["linked"] or row["customer"]))[:SHOWN]


def describe(doctype: str, row: Any) -> dict[str, Any]:
	"""Return what a record itself says about who it is."""
	is_lead = doctype == "Lead"
	return {
		"name": row.name,
		"person": row.lead_name if is_lead else "",
		"company": (row.company_name or "") if is_lead else row.customer_name,
		"email": row.email_id or "",
		"phone": row.mobile_no or "",
		"since": str(row.creation)[:10],
		"medusa_id": row.medusa_id or "",
	}


def counts_of(name: str, counts: dict[tuple[str, int], int]) -> dict[str, int]:
	"""Return how many Quotations a record has, from what `open_quotations` returned."""
	drafts, submitted = counts.get((name, 0), 0), counts.get((name, 1), 0)
	return {"quotations": drafts + submitted, "drafts": drafts}


def customers_of_leads(rows: list[Any]) -> dict[str, dict[str, Any]]:
	"""Return `linked` and `customer`, as in `describe_all`, of the Leads that have a Customer."""
	linked = accounts.customers_of_ids([row.medusa_id for row in rows if row.medusa_id])
	leads = ("in", [row.name for row in rows])
	naming = frappe.get_all("Customer", {"lead_name": leads}, ["lead_name", "name"], limit=0)
	naming = {row.lead_name: row.name for row in naming}
	names = {*linked.values(), *naming.values()}
	readable = set()
	if names and frappe.has_permission("Customer", "read"):
		readable = set(frappe.get_list("Customer", {"name": ("in", names)}, pluck="name", limit=0))
	found = {}
	for row in rows:
		customer = linked.get(row.medusa_id) or naming.get(row.name)
		if customer:
			shown = customer if customer in readable else ""
			found[row.name] = {"linked": row.medusa_id in linked, "customer": shown}
	return found


def open_quotations(doctype: str, names: list[str]) -> dict[tuple[str, int], int]:
	"""Return how many Quotations of each party are drafts (docstatus 0), and how many are open (docstatus 1).

	Returns none if the user may not read Quotations.
	"""
	if not frappe.has_permission("Quotation", "read"):
		return {}
	quotation = frappe.qb.DocType("Quotation")
	query = (
		frappe.qb.from_(quotation)
		.select(quotation.party_name, quotation.docstatus, Count("*"))
		.where((quotation.quotation_to == doctype) & quotation.party_name.isin(names))
		.where((quotation.docstatus == 0) | ((quotation.docstatus == 1) & (quotation.status == "Open")))
		.groupby(quotation.party_name, quotation.docstatus)
	)
	return {(party, docstatus): count for party, docstatus, count in query.run()}
