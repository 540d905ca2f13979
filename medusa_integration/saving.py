"""What is different while records of ours are saved, ERPNext's own Contacts and Addresses with them.

They get a free name. ERPNext names Contacts, Addresses and Customers after people and companies and puts a
number behind a name that is taken. It does not always find a free one: MariaDB takes "José" and "Jose" for
the same, the search for the last number does not. Tried again, such a name collides for ever.

The internet is kept out. ERPNext and Frappe ask gravatar.com, for up to 5 s, for a picture of every Lead and
Contact that is saved; ours are saved under locks that every new Lead, or every repeated call, waits for.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import frappe
from frappe.model.document import Document


@contextmanager
def ours() -> Iterator[None]:
	"""Whatever is saved in the block is ours."""
	before = frappe.flags.medusa_saving
	frappe.flags.medusa_saving = True
	try:
		yield
	finally:
		frappe.flags.medusa_saving = before
		end_leaving_out_picture()


def take_free_name(doc: Document, method: str | None = None) -> None:
	"""After ERPNext named a Contact, Address or Customer of ours: another name, where this one is taken."""
	if frappe.flags.medusa_saving and doc.name and frappe.db.exists(doc.doctype, doc.name):
		doc.name = f"{doc.name[:130]}-{frappe.generate_hash(length=8)}"


def leave_out_picture(doc: Document, method: str | None = None) -> None:
	"""Before `validate` of a Lead or Contact of ours: pretend an import, during which Frappe asks for no
	picture.

	Only for as long as `validate` runs: elsewhere the flag would leave out notifications, webhooks and
	assignments.
	"""
	if frappe.flags.medusa_saving and frappe.flags.medusa_import_flag is None:
		frappe.flags.medusa_import_flag = bool(frappe.flags.in_import)
		frappe.flags.in_import = True


def end_leaving_out_picture(doc: Document | None = None, method: str | None = None) -> None:
	"""After `validate` of a Lead or Contact: the import flag is again what it was."""
	if frappe.flags.medusa_import_flag is not None:
		frappe.flags.in_import = frappe.flags.medusa_import_flag
		frappe.flags.medusa_import_flag = None
