"""The Contact of a shop account: it has the Medusa id of the person who buys."""

import frappe
from frappe.contacts.doctype.contact.contact import get_default_contact
from frappe.model.document import Document

from medusa_integration import exact
from medusa_integration.selling import saving


def set_contact_id(contact: str, medusa_id: str) -> None:
	"""Give a Contact a Medusa id, unless another Contact has it."""
	if not exact.find_name("Contact", "medusa_id", medusa_id):
		frappe.db.set_value("Contact", contact, "medusa_id", medusa_id, update_modified=False)


def is_of_customer(contact: str) -> bool:
	"""Return whether a Contact is linked to a Customer: who has its account buys for this Customer."""
	link = {"parenttype": "Contact", "parent": contact, "link_doctype": "Customer"}
	return bool(frappe.db.exists("Dynamic Link", link))


def give_contact_account(lead: Document) -> str:
	"""Give the Medusa id of a Lead to its Contact; return the Contact's name.

	It is the Contact that has the id, else the Lead's default Contact, unless that one has another id; else
	a new one, which ERPNext creates.
	"""
	found = exact.find_name("Contact", "medusa_id", lead.medusa_id)
	if found:
		return found
	contact = get_default_contact("Lead", lead.name)
	if not contact or frappe.db.get_value("Contact", contact, "medusa_id"):
		contact = make_contact(lead)
	frappe.db.set_value("Contact", contact, "medusa_id", lead.medusa_id)
	return contact


def make_contact(lead: Document) -> str:
	"""Create a Contact of a Lead, as ERPNext does when it creates the Lead; return its name."""
	with saving.saving_from_medusa():
		lead.contact_doc = lead.create_contact()
		lead.contact_doc.flags.ignore_permissions = True
		lead.link_to_contact()
	return lead.contact_doc.name
