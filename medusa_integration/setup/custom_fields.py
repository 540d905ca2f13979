"""The fields that the app adds to ERPNext's DocTypes."""

from collections.abc import Iterator
from typing import Any

import frappe
from frappe import _

from medusa_integration.setup.checks import (
	TEXT_TYPES,
	check_duplicates,
	check_emails,
	check_spaces,
	get_fieldtype,
)
from medusa_integration.setup.settings import get_settings_to_migrate

MODULE = "Medusa Integration"  # the module of the fields that the app created


def N_(text: str) -> str:
	"""Mark a text for translators; the desk translates it when it shows it."""
	return text


_MEDUSA_ID = {
	"fieldname": "medusa_id",
	"label": N_("Medusa ID"),
	"fieldtype": "Data",
	"unique": 1,
	"read_only": 1,
	"no_copy": 1,
	"print_hide": 1,
	"in_standard_filter": 1,
	"in_global_search": 1,
	"translatable": 0,
}
_ORDER_ID = {
	"fieldname": "medusa_order_id",
	"label": N_("Medusa Order ID"),
	"fieldtype": "Data",
	"search_index": 1,
	"read_only": 1,
	"no_copy": 1,
	"print_hide": 1,
	"translatable": 0,
}
_CUSTOMER_ID = {
	**_ORDER_ID,
	"fieldname": "medusa_customer_id",
	"label": N_("Medusa Customer ID"),
	"search_index": 0,  # setup/indexes.py has one with `creation`
}
# keys that only programs read: selling/keys.py; setup/indexes.py has their indexes
_KEY = {"fieldtype": "Data", "hidden": 1, "read_only": 1, "no_copy": 1, "print_hide": 1, "translatable": 0}
_NAME_KEY = {**_KEY, "fieldname": "medusa_name_key", "label": "Key of the Name"}
_PHONE_KEY = {**_KEY, "fieldname": "medusa_phone_key", "label": "Key of the Phone Number"}
_FROM_ECOMMERCE = {
	"fieldname": "from_ecommerce",
	"label": N_("From E-commerce"),
	"fieldtype": "Check",
	"read_only": 1,
	"no_copy": 1,
	"print_hide": 1,
	"in_standard_filter": 1,
}

# with no_copy, Amend copies the value, but Duplicate does not
CUSTOM_FIELDS: dict[str, list[dict[str, Any]]] = {
	"Lead": [
		{**_MEDUSA_ID, "insert_after": "status"},
		{
			"fieldname": "t_c_acceptance",
			"label": N_("Terms and Conditions Accepted"),
			"fieldtype": "Check",
			"read_only": 1,
			"no_copy": 1,
			"insert_after": "medusa_id",
		},
		{**_NAME_KEY, "insert_after": "t_c_acceptance"},
		{**_PHONE_KEY, "insert_after": "medusa_name_key"},
	],
	"Customer": [
		{**_MEDUSA_ID, "insert_after": "customer_group"},
		{**_NAME_KEY, "insert_after": "medusa_id"},
	],
	"Contact": [{**_MEDUSA_ID, "insert_after": "status"}],
	"Address": [
		{
			**_MEDUSA_ID,
			"fieldname": "medusa_address_id",
			"label": N_("Medusa Address ID"),
			"in_standard_filter": 0,
			"in_global_search": 0,
			"insert_after": "fax",
		}
	],
	"Contact Phone": [{**_PHONE_KEY, "insert_after": "phone"}],
	"Quotation": [
		{**_FROM_ECOMMERCE, "insert_after": "order_type"},
		{
			**_ORDER_ID,
			"fieldname": "medusa_quotation_id",
			"label": N_("Medusa Quotation ID"),
			"in_standard_filter": 1,
			"insert_after": "from_ecommerce",
		},
		{
			**_ORDER_ID,
			"fieldname": "medusa_draft_order_id",
			"label": N_("Medusa Draft Order ID"),
			"insert_after": "medusa_quotation_id",
		},
		{**_ORDER_ID, "insert_after": "medusa_draft_order_id"},
		{**_CUSTOMER_ID, "insert_after": "medusa_order_id"},
		{
			"fieldname": "po_no",
			"label": N_("Customer's Purchase Order"),
			"fieldtype": "Data",
			# as in Sales Order; ERPNext copies it to the order that a clerk makes
			"allow_on_submit": 1,
			"translatable": 0,
			"insert_after": "medusa_customer_id",
		},
		{
			"fieldname": "medusa_offered_total",
			"label": N_("Total Offered in the Shop"),
			"fieldtype": "Currency",
			"options": "currency",
			"read_only": 1,
			"depends_on": "eval:doc.medusa_offered_on",
			"no_copy": 1,
			"print_hide": 1,
			"insert_after": "po_no",
		},
		{
			"fieldname": "medusa_offered_on",
			"label": N_("Offered in the Shop On"),
			"fieldtype": "Datetime",
			"read_only": 1,
			"no_copy": 1,
			"print_hide": 1,
			"insert_after": "medusa_offered_total",
		},
		{
			"fieldname": "medusa_decision",
			"label": N_("Decision in the Shop"),
			"fieldtype": "Select",
			"options": "\n".join(("", N_("Approved"), N_("Rejected"))),
			"read_only": 1,
			"no_copy": 1,
			"print_hide": 1,
			"translatable": 0,
			"insert_after": "medusa_offered_on",
		},
	],
	"Sales Order": [
		{**_FROM_ECOMMERCE, "insert_after": "order_type"},
		{**_ORDER_ID, "in_standard_filter": 1, "insert_after": "from_ecommerce"},
		{**_CUSTOMER_ID, "insert_after": "medusa_order_id"},
	],
	"Item": [
		{
			"fieldname": "medusa_variant_id",
			"label": N_("Medusa Variant ID"),
			"fieldtype": "Data",
			"unique": 1,
			"no_copy": 1,
			"print_hide": 1,
			"in_standard_filter": 1,
			"translatable": 0,
			"insert_after": "stock_uom",
		}
	],
}


def make_custom_fields() -> list[str]:
	"""Create missing fields and update those that the app created; return the problems found.

	A field with the same name that the app did not create keeps its type and its module. If it cannot contain
	ids, the integration is switched off. A field that should be unique is made unique when it has no
	duplicates. Until then each duplicate value is reported, with the names of its records.
	"""
	problems = []
	for doctype, definition in _each_field():
		problems += _make_field(doctype, definition)
		fieldtype = get_fieldtype(doctype, definition["fieldname"])
		if fieldtype and _is_unsafe(fieldtype, definition["fieldtype"]):
			switch_off()
	problems += check_emails()
	frappe.clear_cache()
	return problems


def remove_custom_fields() -> None:
	"""Delete the fields that the app created, and no others.

	Frappe keeps their columns, with the data in them.
	"""
	for doctype, definition in _each_field():
		filters = {"dt": doctype, "fieldname": definition["fieldname"], "module": MODULE}
		for name in frappe.get_all("Custom Field", filters=filters, pluck="name"):
			frappe.delete_doc("Custom Field", name, force=True)


def switch_off() -> None:
	"""Switch the integration off in Medusa Settings."""
	settings = get_settings_to_migrate()
	settings.enabled = 0
	settings.save(ignore_permissions=True)


def _each_field() -> Iterator[tuple[str, dict[str, Any]]]:
	for doctype, definitions in CUSTOM_FIELDS.items():
		for definition in definitions:
			yield doctype, definition


def _make_field(doctype: str, definition: dict[str, Any]) -> list[str]:
	fieldname = definition["fieldname"]
	field = frappe.db.get_value("Custom Field", {"dt": doctype, "fieldname": fieldname}, "name")
	if not field and frappe.get_meta(doctype).has_field(fieldname):
		return [_("{0} already has a standard field {1}; it is not changed.").format(doctype, fieldname)]
	custom_field = frappe.get_doc("Custom Field", field) if field else frappe.new_doc("Custom Field")
	expected_type = definition["fieldtype"]
	is_text = not field or custom_field.fieldtype in TEXT_TYPES
	duplicates, problems = [], []
	if definition.get("unique") and is_text and frappe.db.has_column(doctype, fieldname):
		duplicates = check_duplicates(doctype, fieldname)
		problems = duplicates + check_spaces(doctype, fieldname)
	if field and custom_field.fieldtype != expected_type:
		return [_type_message(custom_field, expected_type), *problems]
	if definition.get("unique") and frappe.db.has_column(doctype, fieldname):
		_set_empty_to_null(doctype, fieldname)
	if field and custom_field.module != MODULE:
		_add_indexes(custom_field, definition, is_unique=not duplicates)
		return problems
	values = {**definition, "dt": doctype, "module": MODULE, "is_system_generated": 1}
	if duplicates:
		values["unique"] = 0
	if any(custom_field.get(key) != value for key, value in values.items()):
		custom_field.update(values)
		custom_field.save(ignore_permissions=True)
	return problems


def _is_unsafe(fieldtype: str, expected_type: str) -> bool:
	"""Return whether a field for ids has a type that cannot hold text.

	MariaDB compares a column of numbers with a text as numbers, and the number of an id like `cus_...` is 0:
	every id would match every record.
	"""
	return expected_type == "Data" and fieldtype not in TEXT_TYPES


def _type_message(custom_field: Any, expected_type: str) -> str:
	"""Return the message about a custom field with another type, which the app did not create."""
	message = _("{0}: the field {1} has the type {2} instead of {3}; it is not changed.")
	values = (custom_field.dt, custom_field.fieldname, custom_field.fieldtype, expected_type)
	message = message.format(*values)
	if not _is_unsafe(custom_field.fieldtype, expected_type):
		return message
	return f"{message} {_('The Medusa integration is switched off: every id would match every record.')}"


def _add_indexes(custom_field: Any, definition: dict[str, Any], *, is_unique: bool) -> None:
	"""Make a field that the app did not create unique or indexed, as the definition says."""
	indexes = {
		"search_index": definition.get("search_index"),
		"unique": definition.get("unique") and is_unique,
	}
	changes = {key: 1 for key, value in indexes.items() if value and not custom_field.get(key)}
	if changes:
		custom_field.update(changes)
		custom_field.save(ignore_permissions=True)


def _set_empty_to_null(doctype: str, fieldname: str) -> None:
	"""Set empty texts to NULL: a unique column may contain many NULLs, but only one empty text."""
	table = frappe.qb.DocType(doctype)
	frappe.qb.update(table).set(table[fieldname], None).where(table[fieldname] == "").run()
