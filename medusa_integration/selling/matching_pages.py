"""Likely Customers of many Leads at once: what `matching.likely_customers` finds for one Lead.

A page of Leads takes as many queries as one Lead. Where very many records have the values that are searched,
at most EACH are read for one value, so that a value of very many records hides no others.
"""

from collections import defaultdict
from collections.abc import Iterable
from functools import reduce
from typing import Any

import frappe
from pypika import Table
from rapidfuzz import fuzz, process

from medusa_integration import exact
from medusa_integration.arguments import spellings, to_ascii_email
from medusa_integration.selling.keys import NAME_KEY, PHONE_KEY, keys_of, phone_key
from medusa_integration.selling.matching import (
	ALIKE,
	BEGINNING,
	COMPANY,
	EMAIL,
	PHONE,
	SIMILAR,
	SIMILARITY,
	TAX_ID,
	Match,
	Person,
	has_tax_id,
	ranked,
	without_blanks,
)

MANY, EACH = 2000, 20
Names = dict[str, list[str]]  # names of records, by the value or the record that they were found by


def likely_customers_of(leads: list[Any], *, with_similar: bool) -> dict[str, list[Match]]:
	"""Return the Customers that each of some Leads may belong to, by the Lead's name, the most likely first.

	`leads` are rows with the fields of `fields`. The Customers of a Lead's own Contacts are left out: they
	are not only likely. `with_similar` says whether a similar name is a reason, which takes longer. The
	user's permissions are not checked.
	"""
	contacts = contacts_of_leads([lead.name for lead in leads])
	people = people_of(leads, contacts)
	emails = contacts_with_emails({email for person in people.values() for email in person.emails})
	phones = contacts_with_phones({phone for person in people.values() for phone in person.phones})
	customers = customers_of_contacts({*all_names(contacts), *all_names(emails), *all_names(phones)})
	tax_ids = customers_where("tax_id", {tax_id for person in people.values() for tax_id in person.tax_ids})
	keys = {key for person in people.values() for key in person.names}
	companies = customers_where(NAME_KEY, keys)
	alike = similar_customers(keys) if with_similar else {}

	def match(lead: str, person: Person) -> list[Match]:
		own = set(gather(customers, contacts.get(lead, ())))
		reasons = {
			TAX_ID: gather(tax_ids, person.tax_ids),
			EMAIL: gather(customers, gather(emails, person.emails)),
			PHONE: gather(customers, gather(phones, person.phones)),
			COMPANY: gather(companies, person.names),
			SIMILAR: gather(alike, person.names),
		}
		return [match for match in ranked(reasons) if match.name not in own]

	return {lead: match(lead, person) for lead, person in people.items()}


def gather(names: Names, values: Iterable[str]) -> list[str]:
	"""Return the names that were found by some values."""
	return [name for value in values for name in names.get(value, ())]


def all_names(names: Names) -> list[str]:
	"""Return the names that were found by any value."""
	return gather(names, names)


# what the Leads are known by


def fields() -> list[str]:
	"""Return the fields by which a Lead is known."""
	names = ["name", "lead_name", "company_name", "email_id", "mobile_no", "phone", "whatsapp_no"]
	return [*names, "tax_id"] if has_tax_id("Lead") else names


def people_of(leads: list[Any], contacts: Names) -> dict[str, Person]:
	"""Return what each Lead is known by: its own fields, and those of its Contacts."""
	emails = values_of_contacts("Contact Email", "email_id", all_names(contacts))
	phones = values_of_contacts("Contact Phone", PHONE_KEY, all_names(contacts))
	own = {lead.name: contacts.get(lead.name, []) for lead in leads}
	return {
		lead.name: person_of(lead, gather(emails, own[lead.name]), gather(phones, own[lead.name]))
		for lead in leads
	}


def person_of(lead: Any, emails: list[str], phones: list[str]) -> Person:
	"""Return what a Lead is known by. `emails` and `phones` are those of its Contacts."""
	numbers = {phone_key(number) for number in (lead.mobile_no, lead.phone, lead.whatsapp_no)}
	return Person(
		without_blanks({ascii_email(email) for email in (lead.email_id, *emails) if email}),
		without_blanks({*phones, *numbers}),
		without_blanks({lead.get("tax_id")}),
		without_blanks({keys_of("Lead", lead)[NAME_KEY]}),
	)


def ascii_email(stored: str) -> str:
	"""Return an e-mail of a document as `to_ascii_email` does, or "" if it is not valid."""
	return to_ascii_email(stored.strip()) or ""


def contacts_of_leads(leads: list[str]) -> Names:
	"""Return the Contacts of some Leads."""
	link = {"parenttype": "Contact", "link_doctype": "Lead", "link_name": ("in", leads)}
	return grouped(frappe.get_all("Dynamic Link", link, ["link_name", "parent"], as_list=True, limit=0))


def customers_of_contacts(contacts: set[str]) -> Names:
	"""Return the Customers of some Contacts."""
	if not contacts:
		return {}
	link = {"parenttype": "Contact", "parent": ("in", sorted(contacts)), "link_doctype": "Customer"}
	return grouped(frappe.get_all("Dynamic Link", link, ["parent", "link_name"], as_list=True, limit=0))


def values_of_contacts(doctype: str, field: str, contacts: list[str]) -> Names:
	"""Return the e-mails, or the keys of the phone numbers, of some Contacts."""
	if not contacts:
		return {}
	filters = {"parenttype": "Contact", "parent": ("in", contacts), field: ("is", "set")}
	return grouped(frappe.get_all(doctype, filters, ["parent", field], as_list=True, limit=0))


def grouped(pairs: Iterable[Iterable[str]]) -> Names:
	"""Return the second of each pair by the first."""
	names: Names = defaultdict(list)
	for value, name in pairs:
		names[value].append(name)
	return names


# finding records


def contacts_with_emails(emails: set[str]) -> Names:
	"""Return the Contacts with each of some e-mails."""
	stored = {spelling for email in emails for spelling in spellings(email)}
	rows = rows_with("Contact Email", "email_id", stored, "parent")
	return grouped((ascii_email(email), contact) for email, contact in rows)


def contacts_with_phones(phones: set[str]) -> Names:
	"""Return the Contacts with each of some phone numbers."""
	return grouped(rows_with("Contact Phone", PHONE_KEY, phones, "parent"))


def customers_where(field: str, values: set[str]) -> Names:
	"""Return the Customers with each of some values."""
	return grouped(rows_with("Customer", field, values, "name"))


def rows_with(doctype: str, field: str, values: set[str], target: str) -> list[tuple[str, str]]:
	"""Return `field` and `target` of the records with one of some values.

	If there are very many, a second query reads at most EACH for each value.
	"""
	if not values:
		return []
	table = frappe.qb.DocType(doctype)
	query = frappe.qb.from_(table).select(table[field], table[target])
	rows = query.where(table[field].isin(sorted(values))).limit(MANY).run()
	if len(rows) < MANY:
		return rows
	return rows_of_each([query.where(table[field] == value).limit(EACH) for value in sorted(values)])


def similar_customers(keys: set[str]) -> Names:
	"""Return the Customers whose key is similar to each of `keys`, the most similar first."""
	table = frappe.qb.DocType("Customer")
	query = frappe.qb.from_(table).select(table[NAME_KEY], table.name)
	beginnings = sorted({key[:BEGINNING] for key in keys if len(key) >= BEGINNING})
	rows = rows_of_each([query.where(table[NAME_KEY].like(f"{text}%")).limit(ALIKE) for text in beginnings])
	alike: dict[str, dict[str, str]] = defaultdict(dict)
	for key, name in rows:
		alike[key[:BEGINNING]][name] = key
	return {key: most_similar(key, alike[key[:BEGINNING]]) for key in keys}


def most_similar(key: str, others: dict[str, str]) -> list[str]:
	"""Return the names of those of `others` (keys by name) that are similar to a key, but not the same."""
	options = {"processor": None, "score_cutoff": SIMILARITY, "limit": None}
	found = process.extract(key, others, scorer=fuzz.ratio, **options)
	return [name for other, _score, name in found if not exact.is_same(other, key)]


def rows_of_each(queries: list[Any]) -> list[tuple[str, str]]:
	"""Return the rows of several queries, each with a limit of its own, by one statement."""
	parts = [frappe.qb.from_(query.as_("part")).select(Table("part").star) for query in queries]
	return reduce(lambda union, part: union.union_all(part), parts[1:], parts[0]).run() if parts else []
