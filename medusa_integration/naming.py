"""Free names for the records that come of a call.

ERPNext names Contacts, Addresses and Customers after people and companies and puts a number behind a name
that is taken. It does not always find a free one: MariaDB takes "José" and "Jose" for the same, the search
for the last number does not. Tried again, such a name collides for ever.
"""

import frappe
from frappe.model.document import Document


def take_free_name(doc: Document, method: str | None = None) -> None:
	"""After ERPNext named a Contact, Address or Customer of ours: another name, where this one is taken."""
	is_ours = doc.flags.medusa or frappe.flags.medusa_lead
	if is_ours and doc.name and frappe.db.exists(doc.doctype, doc.name):
		doc.name = f"{doc.name[:130]}-{frappe.generate_hash(length=8)}"
