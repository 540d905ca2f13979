"""The indexes that the app's calls need and that neither ERPNext nor the app's fields create.

Each has two columns. When Frappe updates a table (a migration, a new custom field, Customize Form), it drops
an index on one column, unless the field itself is marked as indexed. It does not change an index on several
columns.
"""

import frappe

INDEXES = (
	# Customers without a Medusa id by name, for `find_unlinked`
	("Customer", ["medusa_id", "customer_name"]),
	# the Customer that a Lead was converted to; ERPNext queries it, too, whenever a Lead is saved
	("Customer", ["lead_name", "creation"]),
	# ERPNext queries these whenever an Address is saved
	("Customer", ["customer_primary_address", "name"]),
	# likely Customers and Leads, for `matching`
	("Customer", ["medusa_name_key", "name"]),
	("Customer", ["tax_id", "name"]),
	("Lead", ["medusa_name_key", "medusa_id"]),
	("Lead", ["medusa_phone_key", "medusa_id"]),
	("Contact Phone", ["medusa_phone_key", "parent"]),
	("Contact Email", ["email_id", "parent"]),
	# a buyer's Quotations, the newest first, for `list_quotations`
	("Quotation", ["medusa_customer_id", "creation"]),
	# the shop's Quotations that expired, for the daily job
	("Quotation", ["from_ecommerce", "valid_till"]),
	# the workspace: Leads that are not linked, and what came on each day; Frappe 16 sorts what it counts by
	# `creation`, and would read all rows if that were not in the index
	("Lead", ["status", "medusa_id", "creation"]),
	("Lead", ["creation", "medusa_id"]),
	("Quotation", ["from_ecommerce", "transaction_date", "docstatus"]),
	("Sales Order", ["from_ecommerce", "transaction_date", "docstatus"]),
	# rows that need a person, and rows that are old enough to be deleted
	("Medusa Sync Log", ["status", "creation"]),
	("Medusa Sync Log", ["waits_for", "creation"]),
	# the rows about a record, on its form
	("Medusa Sync Log", ["reference_name", "reference_doctype"]),
	("Medusa Sync Log", ["conflict_name", "conflict_doctype"]),
)
# the types of fields that MariaDB can index without a length; a field made by hand may have another type
INDEXABLE = {"Data", "Link", "Dynamic Link", "Select", "Check", "Date"}
# in every table, but no fields of the DocType
COLUMNS = ("name", "creation", "parent", "docstatus")


def make_indexes() -> None:
	"""Create the indexes that are missing."""
	for doctype, fields in INDEXES:
		if all(can_be_indexed(doctype, field) for field in fields):
			frappe.db.add_index(doctype, fields)


def can_be_indexed(doctype: str, fieldname: str) -> bool:
	"""Return whether a field exists and has a type that can be part of an index."""
	field = frappe.get_meta(doctype).get_field(fieldname)
	return fieldname in COLUMNS or bool(field and field.fieldtype in INDEXABLE)


def remove_indexes() -> None:
	"""Drop the indexes that exist."""
	for doctype, fields in INDEXES:
		index = frappe.db.get_index_name(fields)
		frappe.db.sql_ddl(f"ALTER TABLE `tab{doctype}` DROP INDEX IF EXISTS `{index}`")
