"""doc_events for documents that the app saves, or that belong to a customer of the shop.

Documents get a unique and safe name. ERPNext names Contacts, Addresses and Customers after people and
companies, and strangers choose these names. Frappe 16 prints the name of a document unescaped in the sidebar
of its form, so a quotation mark in it could run a stranger's script on the desk. Only the name is changed:
the fields keep what was sent. Also, ERPNext does not always find a unique name. "José" and "Jose" are equal
for MariaDB, but not for ERPNext's search for the last number, so every retry would collide again.

The app also prevents a request to the internet: for each Lead and Contact that is saved, ERPNext and Frappe
would request a picture from gravatar.com, and wait up to 5 s. The app saves them under locks that every new
Lead, or every repeated call, waits for.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import frappe
from frappe.model.document import Document

from medusa_integration.compat import one_transaction

# printed unescaped, these characters would end an attribute or begin a tag
SAFE = str.maketrans({'"': "\u201d", "'": "\u2019", "`": "\u2019", "<": "", ">": "", "\\": "/"})
ENTITY = re.compile(r"&(?=[#\w])")
# the desk's router does not open documents with these names
ROUTES = {"view", "new", ".", ".."}


@contextmanager
def saving_from_medusa() -> Iterator[None]:
	"""Mark the documents saved in this block as saved by the app, for the doc_events below.

	This includes the Contacts and Addresses that ERPNext creates for them. Nothing in the block commits.
	"""
	before = frappe.flags.medusa_saving
	frappe.flags.medusa_saving = True
	try:
		with one_transaction():
			yield
	finally:
		frappe.flags.medusa_saving = before
		stop_skipping_gravatar()


def set_unique_name(doc: Document, method: str | None = None) -> None:
	"""Make the name of a Contact, Address or Customer unique, and safe on the desk.

	The hook runs after ERPNext has named the document. It changes only documents that come from the shop, and
	those that a clerk made for a customer of the shop.
	"""
	if not doc.name or not comes_from_shop(doc):
		return
	doc.name = to_unique_name(doc.doctype, doc.name)


def comes_from_shop(doc: Document) -> bool:
	"""Return whether a document is saved by the app, or belongs to a Lead or Customer with a Medusa id."""
	if frappe.flags.medusa_saving or doc.get("medusa_id"):
		return True
	parties = [(link.link_doctype, link.link_name) for link in doc.get("links") or []]
	if doc.get("lead_name"):
		parties.append(("Lead", doc.lead_name))
	return any(
		doctype in ("Lead", "Customer") and frappe.db.get_value(doctype, name, "medusa_id")
		for doctype, name in parties
	)


def to_unique_name(doctype: str, name: str) -> str:
	"""Return a safe name, with a random suffix if the name is taken or the desk could not open it."""
	name = to_safe_name(name)
	if is_route(name) or frappe.db.exists(doctype, name):
		return f"{name[:130]}-{frappe.generate_hash(length=8)}"
	return name


def to_safe_name(name: str) -> str:
	"""Return the name of a document with the characters and entities of HTML replaced or removed."""
	return ENTITY.sub("+", name.translate(SAFE)).strip() or frappe.generate_hash(length=8)


def is_route(name: str) -> bool:
	"""Return whether the desk cannot open a document with this name, because it is a route."""
	return name.lower() in ROUTES or name.lower().startswith("new-")


def skip_gravatar(doc: Document, method: str | None = None) -> None:
	"""Set Frappe's import flag, so that Frappe does not request a picture.

	The hook runs before `validate` of a Lead or Contact that the app saves. `stop_skipping_gravatar` resets
	the flag after `validate`: if it were set longer, it would suppress notifications, webhooks and
	assignments.
	"""
	if frappe.flags.medusa_saving and frappe.flags.medusa_import_flag is None:
		frappe.flags.medusa_import_flag = bool(frappe.flags.in_import)
		frappe.flags.in_import = True


def stop_skipping_gravatar(doc: Document | None = None, method: str | None = None) -> None:
	"""Reset the import flag to what it was before `skip_gravatar`.

	The hook runs after `validate` of a Lead or Contact.
	"""
	if frappe.flags.medusa_import_flag is not None:
		frappe.flags.in_import = frappe.flags.medusa_import_flag
		frappe.flags.medusa_import_flag = None
