"""Rename the DocType "Medusa Quotation" to "Medusa Quotation Key": its records are keys, not quotations."""

import frappe

OLD, NEW = "Medusa Quotation", "Medusa Quotation Key"


def execute() -> None:
	"""Rename the DocType and its table, before the migration creates the new DocType with an empty table."""
	if frappe.db.exists("DocType", OLD) and not frappe.db.exists("DocType", NEW):
		frappe.rename_doc("DocType", OLD, NEW, force=True, show_alert=False)
		frappe.reload_doc("medusa_integration", "doctype", "medusa_quotation_key", force=True)
