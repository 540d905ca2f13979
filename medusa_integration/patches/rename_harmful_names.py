"""Contacts, Addresses and Customers of the shop were named by what a stranger typed: a quotation mark in a
name runs script on Frappe 16's forms.
"""

import frappe
from frappe.model.document import Document

from medusa_integration.selling import saving

HARMFUL = ('"', "'", "`")


def execute() -> None:
	"""Rename them as they would be named today; what links to them follows, and a Customer's
	`customer_name` where Customers are named by it.
	"""
	for doctype in ("Customer", "Contact", "Address"):
		for name in sorted(harmful_names(doctype)):
			doc = frappe.get_doc(doctype, name)
			if saving.comes_from_shop(doc):
				rename(doc)


def harmful_names(doctype: str) -> set[str]:
	"""Return the names of a DocType that hold a sign which ends an attribute."""
	filters = [["name", "like", f"%{sign}%"] for sign in HARMFUL]
	return set(frappe.get_all(doctype, or_filters=filters, pluck="name", limit=0))


def rename(doc: Document) -> None:
	"""Give a record a harmless name that is free."""
	new = saving.free_name(doc.doctype, doc.name)
	frappe.rename_doc(doc.doctype, doc.name, new, force=True, show_alert=False, rebuild_search=False)
