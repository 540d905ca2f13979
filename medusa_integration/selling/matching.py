"""Likely matches: which Customers may be the company of a Lead, and which Leads may be people of a Customer.

All are found by indexed keys, at most FOUND for each, so the time does not grow with the number of records.
Names that are only similar are searched among those that begin alike.
"""

from collections.abc import Iterable
from typing import NamedTuple

import frappe
from frappe import _
from frappe.model.document import Document
from rapidfuzz import fuzz

from medusa_integration import exact
from medusa_integration.arguments import spellings, to_ascii_email
from medusa_integration.selling import accounts
from medusa_integration.selling.keys import NAME_KEY, PHONE_KEY, name_key, phone_key

FOUND = 50  # records that are read for one reason
ALIKE = 200  # names that are compared
BEGINNING = 5  # characters of the key that similar names share
SIMILARITY = 88  # percent
# the reasons, and how much each counts; the first four are strong
TAX_ID, EMAIL, PHONE, COMPANY, SIMILAR = "tax_id", "email", "phone", "company", "similar"
WEIGHTS = {TAX_ID: 16, EMAIL: 8, PHONE: 4, COMPANY: 2, SIMILAR: 1}
STRONG = (TAX_ID, EMAIL, PHONE, COMPANY)


class Person(NamedTuple):
	"""What a Lead or Customer is known by: e-mails, phone keys, tax ids, and at most one key of a name."""

	emails: set[str]
	phones: set[str]
	tax_ids: set[str]
	names: set[str]


class Match(NamedTuple):
	"""A likely match: the name of the record, and the reasons, the strongest first."""

	name: str
	reasons: tuple[str, ...]


def likely_customers(lead: Document, reasons: Iterable[str] = WEIGHTS) -> list[Match]:
	"""Return the Customers that a Lead may belong to, the most likely first.

	`reasons` are those that count. The user's permissions are not checked.
	"""
	person = person_of("Lead", lead)
	finders = {
		TAX_ID: lambda: customers_where("tax_id", person.tax_ids),
		EMAIL: lambda: owners_of(contacts_with_emails(person.emails), "Customer"),
		PHONE: lambda: owners_of(contacts_with_phones(person.phones), "Customer"),
		COMPANY: lambda: customers_where(NAME_KEY, person.names),
		SIMILAR: lambda: similar("Customer", person.names),
	}
	return ranked({reason: finders[reason]() for reason in reasons})


def likely_leads(customer: Document) -> list[Match]:
	"""Return the Leads with a Medusa id that may belong to a Customer and are not linked to one.

	The most likely come first. The user's permissions are not checked.
	"""
	person = person_of("Customer", customer)
	found = ranked(
		{
			TAX_ID: leads_where("tax_id", person.tax_ids) if has_tax_id("Lead") else [],
			EMAIL: [
				*leads_with_emails(person.emails),
				*owners_of(contacts_with_emails(person.emails), "Lead"),
			],
			PHONE: [
				*leads_where(PHONE_KEY, person.phones),
				*owners_of(contacts_with_phones(person.phones), "Lead"),
			],
			COMPANY: leads_where(NAME_KEY, person.names),
			SIMILAR: similar("Lead", person.names),
		}
	)
	free = accounts.unlinked([match.name for match in found])
	return [match for match in found if match.name in free]


def describe(reason: str) -> str:
	"""Return a reason in words."""
	return {
		TAX_ID: _("same tax id"),
		EMAIL: _("same e-mail"),
		PHONE: _("same phone number"),
		COMPANY: _("same name"),
		SIMILAR: _("similar name"),
	}[reason]


def ranked(found: dict[str, list[str]]) -> list[Match]:
	"""Return the records that were found for each reason as matches, the most likely first.

	The same name is not also a similar name.
	"""
	reasons: dict[str, list[str]] = {}
	for reason in sorted(found, key=WEIGHTS.__getitem__, reverse=True):
		for name in dict.fromkeys(found[reason]):
			if not (reason == SIMILAR and COMPANY in reasons.get(name, [])):
				reasons.setdefault(name, []).append(reason)
	matches = [Match(name, tuple(given)) for name, given in reasons.items()]
	return sorted(matches, key=lambda match: -sum(map(WEIGHTS.__getitem__, match.reasons)))


# what a record is known by


def person_of(doctype: str, doc: Document) -> Person:
	"""Return what a Lead or Customer is known by: its own fields, and those of its Contacts."""
	emails, phones = details_of_contacts(doctype, doc.name)
	emails = {*emails, doc.email_id}
	phones = {*phones, phone_key(doc.mobile_no)}
	if doctype == "Lead":
		phones |= {phone_key(doc.phone), phone_key(doc.whatsapp_no)}
		name = name_key(doc.company_name or doc.lead_name)
	else:
		name = name_key(doc.customer_name)
	tax_ids = {doc.get("tax_id")} if has_tax_id(doctype) else set()
	known = {address for email in emails if email and (address := to_ascii_email(email.strip()))}
	return Person(known, without_blanks(phones), without_blanks(tax_ids), without_blanks({name}))


def without_blanks(values: set[str | None]) -> set[str]:
	"""Return the values that are not blank."""
	return {value for value in values if value}


def details_of_contacts(doctype: str, name: str | None) -> tuple[set[str], set[str]]:
	"""Return the e-mails, and the keys of the phone numbers, of the Contacts of a record."""
	link = {"parenttype": "Contact", "link_doctype": doctype, "link_name": name}
	# Frappe 15 leaves a filter by None out: a record without a name would get everybody's
	contacts = frappe.get_all("Dynamic Link", link, pluck="parent", limit=FOUND) if name else []
	if not contacts:
		return set(), set()
	of_contacts = {"parent": ("in", contacts)}
	emails = frappe.get_all("Contact Email", of_contacts, pluck="email_id", limit=FOUND)
	phones = frappe.get_all("Contact Phone", of_contacts, pluck=PHONE_KEY, limit=FOUND)
	return set(emails), set(phones)


def has_tax_id(doctype: str) -> bool:
	"""Return whether a DocType has a tax id. Of Leads, only sites with a field of their own have it."""
	return frappe.get_meta(doctype).has_field("tax_id")


# finding records: in the order of the index that finds them, because Frappe would sort them by `modified`,
# and MariaDB might then read the index on that field


def customers_where(field: str, values: set[str]) -> list[str]:
	"""Return the Customers with one of some values."""
	if not values:
		return []
	filters = {field: ("in", values)}
	return frappe.get_all("Customer", filters, pluck="name", order_by=f"{field} asc", limit=FOUND)


def leads_where(field: str, values: set[str]) -> list[str]:
	"""Return the Leads with a Medusa id and one of some values."""
	if not values:
		return []
	filters = {field: ("in", values), "medusa_id": ("is", "set")}
	return frappe.get_all("Lead", filters, pluck="name", order_by=f"{field} asc", limit=FOUND)


def leads_with_emails(emails: set[str]) -> list[str]:
	"""Return the Leads with a Medusa id and one of some e-mails."""
	if not emails:
		return []
	filters = {"email_id": ("in", all_spellings(emails)), "medusa_id": ("is", "set")}
	rows = frappe.get_all("Lead", filters, ["name", "email_id"], order_by="email_id asc", limit=FOUND)
	return [row.name for row in rows if to_ascii_email(row.email_id.strip()) in emails]


def contacts_with_emails(emails: set[str]) -> list[str]:
	"""Return the Contacts with one of some e-mails."""
	if not emails:
		return []
	filters = {"email_id": ("in", all_spellings(emails)), "parenttype": "Contact"}
	fields = ["parent", "email_id"]
	rows = frappe.get_all("Contact Email", filters, fields, order_by="email_id asc", limit=FOUND)
	return [row.parent for row in rows if to_ascii_email(row.email_id.strip()) in emails]


def all_spellings(emails: set[str]) -> list[str]:
	"""Return all spellings of some e-mails."""
	return [spelling for email in emails for spelling in spellings(email)]


def contacts_with_phones(phones: set[str]) -> list[str]:
	"""Return the Contacts with one of some phone numbers."""
	if not phones:
		return []
	filters = {PHONE_KEY: ("in", phones), "parenttype": "Contact"}
	return frappe.get_all("Contact Phone", filters, pluck="parent", order_by=f"{PHONE_KEY} asc", limit=FOUND)


def owners_of(contacts: list[str], doctype: str) -> list[str]:
	"""Return the Customers, or the Leads, of some Contacts."""
	if not contacts:
		return []
	link = {"parenttype": "Contact", "parent": ("in", contacts), "link_doctype": doctype}
	names = frappe.get_all("Dynamic Link", link, pluck="link_name", order_by="parent asc", limit=FOUND)
	if doctype == "Customer" or not names:
		return names
	return frappe.get_all("Lead", {"name": ("in", names), "medusa_id": ("is", "set")}, pluck="name")


def similar(doctype: str, names: set[str]) -> list[str]:
	"""Return the records whose name is similar to that of a person, the most similar first."""
	key = next(iter(names), "")
	if len(key) < BEGINNING:
		return []
	filters = [[NAME_KEY, "like", f"{key[:BEGINNING]}%"]]
	if doctype == "Lead":
		filters.append(["medusa_id", "is", "set"])
	fields = ["name", NAME_KEY]
	rows = frappe.get_all(doctype, filters, fields, order_by=f"{NAME_KEY} asc", limit=ALIKE)
	scores = {
		row.name: fuzz.ratio(key, row[NAME_KEY]) for row in rows if not exact.is_same(row[NAME_KEY], key)
	}
	alike = [name for name, score in scores.items() if score >= SIMILARITY]
	return sorted(alike, key=lambda name: -scores[name])[:FOUND]
