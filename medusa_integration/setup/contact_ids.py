"""The Medusa ids of Contacts that an earlier version, or an earlier app, has created without them."""

from collections.abc import Iterator
from typing import Any

import frappe

from medusa_integration.selling.leads import is_email
from medusa_integration.setup.keys import set_values

PAGE = 1000  # Leads or Customers that are read at once


def give_ids(doctype: str) -> list[str]:
	"""Give ids to the Contacts of all Leads, or of all Customers, with a Medusa id; return those in doubt."""
	doubtful = []
	for certain, others in find_contacts(doctype):
		set_values("Contact", "medusa_id", {contact: medusa_id for medusa_id, contact in certain.items()})
		doubtful += others
	return doubtful


def find_contacts(doctype: str) -> Iterator[tuple[dict[str, str], list[str]]]:
	"""Yield the Contacts that certainly belong to accounts, under their ids, and the accounts in doubt.

	Accounts whose Contact has the id already are left out. PAGE accounts are read at once.
	"""
	for parties in pages(doctype):
		owned = set(
			frappe.get_all("Contact", {"medusa_id": ("in", list(parties))}, pluck="medusa_id", limit=0)
		)
		missing = {medusa_id: row for medusa_id, row in parties.items() if medusa_id not in owned}
		contacts = contacts_of(doctype, missing)
		certain, doubtful = {}, []
		for medusa_id, row in missing.items():
			candidates = contacts.get(row.name, [])
			contact = certain_one(candidates, row.email_id)
			if contact:
				certain[medusa_id] = contact
			elif candidates:
				doubtful.append(f"{doctype} {row.name}")
		yield certain, doubtful


def pages(doctype: str) -> Iterator[dict[str, Any]]:
	"""Yield all Leads or Customers with a Medusa id, under their ids, PAGE at a time."""
	party, last = frappe.qb.DocType(doctype), ""
	while True:
		query = frappe.qb.from_(party).select(party.name, party.medusa_id, party.email_id)
		query = query.where(party.medusa_id > last).orderby(party.medusa_id).limit(PAGE)
		rows = query.run(as_dict=True)
		if not rows:
			return
		yield {row.medusa_id: row for row in rows}
		last = rows[-1].medusa_id


def contacts_of(doctype: str, parties: dict[str, Any]) -> dict[str, list[Any]]:
	"""Return the Contacts of Leads or Customers, under the names of these.

	Each has `is_free`: it has no id, and belongs to no other Customer than the one with the id.
	"""
	if not parties:
		return {}
	link, contact = frappe.qb.DocType("Dynamic Link"), frappe.qb.DocType("Contact")
	names = [row.name for row in parties.values()]
	is_theirs = (link.parenttype == "Contact") & (link.link_doctype == doctype) & link.link_name.isin(names)
	query = frappe.qb.from_(link).join(contact).on(contact.name == link.parent)
	query = query.select(contact.name, contact.email_id, contact.medusa_id, link.link_name).where(is_theirs)
	rows = query.distinct().run(as_dict=True)
	owners = owners_of([row.name for row in rows])
	ids = {row.name: medusa_id for medusa_id, row in parties.items()}
	found: dict[str, list[Any]] = {}
	for row in rows:
		row.is_free = not row.medusa_id and owners.get(row.name, set()) <= {ids[row.link_name]}
		found.setdefault(row.link_name, []).append(row)
	return found


def owners_of(contacts: list[str]) -> dict[str, set[str | None]]:
	"""Return the Medusa ids of the Customers of Contacts; None for a Customer without an id."""
	if not contacts:
		return {}
	link, customer = frappe.qb.DocType("Dynamic Link"), frappe.qb.DocType("Customer")
	query = (
		frappe.qb.from_(link)
		.join(customer)
		.on(customer.name == link.link_name)
		.select(link.parent, customer.medusa_id)
		.where(
			(link.parenttype == "Contact") & (link.link_doctype == "Customer") & link.parent.isin(contacts)
		)
	)
	owners: dict[str, set[str | None]] = {}
	for contact, medusa_id in query.run():
		owners.setdefault(contact, set()).add(medusa_id or None)
	return owners


def certain_one(candidates: list[Any], email: str | None) -> str | None:
	"""Return the Contact of an account: the only one, or the only one with its e-mail. None if in doubt."""
	if len(candidates) > 1:
		candidates = [row for row in candidates if email and is_email(row.email_id, email.lower())]
	return candidates[0].name if len(candidates) == 1 and candidates[0].is_free else None
