"""The indexes that the app's calls need and neither ERPNext nor a field of the app's brings.

Each is on two columns. Frappe drops an index on one column whenever it brings a table up to date (a
migration, a new custom field, Customize Form), unless the field itself says that it is indexed. It leaves one
on several columns alone.
"""

import frappe

INDEXES = (
	# Customers without a Medusa id by name, for `find_unlinked`
	("Customer", ["medusa_id", "customer_name"]),
	# the Customer that a Lead became; ERPNext asks for it, too, whenever a Lead is saved
	("Customer", ["lead_name", "creation"]),
	# ERPNext asks for these whenever an Address is saved
	("Customer", ["customer_primary_address", "name"]),
	# what a person has to look at, and what is old enough to be deleted
	("Medusa Sync Log", ["status", "creation"]),
)
# the types of fields that MariaDB can index as they are; a field made by hand may have another one
INDEXABLE = {"Data", "Link", "Select"}


def make_indexes() -> None:
	"""Create the indexes that are missing."""
	for doctype, fields in INDEXES:
		if all(can_be_indexed(doctype, field) for field in fields):
			frappe.db.add_index(doctype, fields)


def can_be_indexed(doctype: str, fieldname: str) -> bool:
	"""Return whether a field is there and its type lets it be part of an index."""
	field = frappe.get_meta(doctype).get_field(fieldname)
	return fieldname in ("name", "creation") or bool(field and field.fieldtype in INDEXABLE)


def remove_indexes() -> None:
	"""Drop the indexes again, whether they are there or not."""
	for doctype, fields in INDEXES:
		index = frappe.db.get_index_name(fields)
		frappe.db.sql_ddl(f"ALTER TABLE `tab{doctype}` DROP INDEX IF EXISTS `{index}`")
