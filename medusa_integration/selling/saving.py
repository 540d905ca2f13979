"""What is different while records of ours are saved, ERPNext's own Contacts and Addresses with them.

They get a free and harmless name. ERPNext names Contacts, Addresses and Customers after people and companies,
whose names a stranger chose. Frappe 16 prints a record's name unescaped in the sidebar of its form, so a
quotation mark in it would run a stranger's script on the desk; the fields keep what was sent. And ERPNext
does not always find a free name: MariaDB takes "José" and "Jose" for the same, the search for the last number
does not. Tried again, such a name collides for ever.

The internet is kept out. ERPNext and Frappe ask gravatar.com, for up to 5 s, for a picture of every Lead and
Contact that is saved; ours are saved under locks that every new Lead, or every repeated call, waits for.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import frappe
from frappe.model.document import Document

# printed unescaped these would end an attribute or begin a tag
HARMLESS = str.maketrans({'"': "\u201d", "'": "\u2019", "`": "\u2019", "<": "", ">": "", "\\": "/"})
ENTITY = re.compile(r"&(?=[#\w])")
# the desk's router takes these for something else than a record's name
ROUTES = {"view", "new", ".", ".."}


@contextmanager
def saving_from_medusa() -> Iterator[None]:
	"""Whatever is saved in the block is ours."""
	before = frappe.flags.medusa_saving
	frappe.flags.medusa_saving = True
	try:
		yield
	finally:
		frappe.flags.medusa_saving = before
		stop_skipping_gravatar()


def set_unique_name(doc: Document, method: str | None = None) -> None:
	"""After ERPNext named a Contact, Address or Customer that comes from the shop, also one that a clerk
	makes: give it a name that is harmless on the desk, and free.
	"""
	if not doc.name or not comes_from_shop(doc):
		return
	doc.name = free_name(doc.doctype, doc.name)


def comes_from_shop(doc: Document) -> bool:
	"""Return whether a record is ours, or one of a Lead or Customer with a Medusa id."""
	if frappe.flags.medusa_saving or doc.get("medusa_id"):
		return True
	parties = [(link.link_doctype, link.link_name) for link in doc.get("links") or []]
	if doc.get("lead_name"):
		parties.append(("Lead", doc.lead_name))
	return any(
		doctype in ("Lead", "Customer") and frappe.db.get_value(doctype, name, "medusa_id")
		for doctype, name in parties
	)


def free_name(doctype: str, name: str) -> str:
	"""Return a name without what is harmful in it, and with a random end where it is taken or cannot be
	opened.
	"""
	name = harmless(name)
	if is_route(name) or frappe.db.exists(doctype, name):
		return f"{name[:130]}-{frappe.generate_hash(length=8)}"
	return name


def harmless(name: str) -> str:
	"""Return a record's name without what a browser takes for markup."""
	return ENTITY.sub("+", name.translate(HARMLESS)).strip() or frappe.generate_hash(length=8)


def is_route(name: str) -> bool:
	"""Return whether the desk cannot open a record of this name."""
	return name.lower() in ROUTES or name.lower().startswith("new-")


def skip_gravatar(doc: Document, method: str | None = None) -> None:
	"""Before `validate` of a Lead or Contact of ours: pretend an import, during which Frappe asks for no
	picture.

	Only for as long as `validate` runs: elsewhere the flag would leave out notifications, webhooks and
	assignments.
	"""
	if frappe.flags.medusa_saving and frappe.flags.medusa_import_flag is None:
		frappe.flags.medusa_import_flag = bool(frappe.flags.in_import)
		frappe.flags.in_import = True


def stop_skipping_gravatar(doc: Document | None = None, method: str | None = None) -> None:
	"""After `validate` of a Lead or Contact: the import flag is again what it was."""
	if frappe.flags.medusa_import_flag is not None:
		frappe.flags.in_import = frappe.flags.medusa_import_flag
		frappe.flags.medusa_import_flag = None
