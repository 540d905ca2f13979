"""Give Contacts, Addresses and Customers of the shop safe names.

Before, their names were what a stranger had sent. A quotation mark in a name can run a script on the forms of
Frappe 16.
"""

import frappe
from frappe.model.document import Document

from medusa_integration.selling import saving

HARMFUL = ('"', "'", "`")


def execute() -> None:
	"""Rename the documents as they would be named today.

	Frappe updates the links to them, and the `customer_name` of Customers if these are named by it.
	"""
	for doctype in ("Customer", "Contact", "Address"):
		for name in sorted(harmful_names(doctype)):
			doc = frappe.get_doc(doctype, name)
			if saving.comes_from_shop(doc):
				rename(doc)


def harmful_names(doctype: str) -> set[str]:
	"""Return the names of a DocType that contain a character that ends an HTML attribute."""
	filters = [["name", "like", f"%{character}%"] for character in HARMFUL]
	return set(frappe.get_all(doctype, or_filters=filters, pluck="name", limit=0))


def rename(doc: Document) -> None:
	"""Rename a document to a safe and unique name."""
	new = saving.to_unique_name(doc.doctype, doc.name)
	frappe.rename_doc(doc.doctype, doc.name, new, force=True, show_alert=False, rebuild_search=False)
