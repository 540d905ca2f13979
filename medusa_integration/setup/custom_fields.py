"""The fields that the app adds to ERPNext's DocTypes."""

from collections.abc import Iterator
from typing import Any

import frappe
from frappe import _
from frappe.query_builder.functions import Count

from medusa_integration.setup.settings import get_settings_to_migrate

MODULE = "Medusa Integration"  # marks the fields that are ours

_MEDUSA_ID = {
	"fieldname": "medusa_id",
	"label": "Medusa ID",
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
	"label": "Medusa Order ID",
	"fieldtype": "Data",
	"search_index": 1,
	"read_only": 1,
	"no_copy": 1,
	"print_hide": 1,
	"translatable": 0,
}
_FROM_ECOMMERCE = {
	"fieldname": "from_ecommerce",
	"label": "From E-commerce",
	"fieldtype": "Check",
	"read_only": 1,
	"no_copy": 1,
	"print_hide": 1,
	"in_standard_filter": 1,
}

TEXT_TYPES = {"Data", "Small Text", "Text", "Long Text", "Text Editor", "Code", "Select", "Link", "Read Only"}

# no_copy: Amend keeps such a field, Duplicate does not
CUSTOM_FIELDS: dict[str, list[dict[str, Any]]] = {
	"Lead": [
		{**_MEDUSA_ID, "insert_after": "status"},
		{
			"fieldname": "t_c_acceptance",
			"label": "Terms and Conditions Accepted",
			"fieldtype": "Check",
			"read_only": 1,
			"no_copy": 1,
			"insert_after": "medusa_id",
		},
	],
	"Customer": [{**_MEDUSA_ID, "insert_after": "customer_group"}],
	"Quotation": [
		{**_FROM_ECOMMERCE, "insert_after": "order_type"},
		{
			**_ORDER_ID,
			"fieldname": "medusa_quotation_id",
			"label": "Medusa Quotation ID",
			"in_standard_filter": 1,
			"insert_after": "from_ecommerce",
		},
		{
			**_ORDER_ID,
			"fieldname": "medusa_draft_order_id",
			"label": "Medusa Draft Order ID",
			"insert_after": "medusa_quotation_id",
		},
		{**_ORDER_ID, "insert_after": "medusa_draft_order_id"},
	],
	"Sales Order": [
		{**_FROM_ECOMMERCE, "insert_after": "order_type"},
		{**_ORDER_ID, "in_standard_filter": 1, "insert_after": "from_ecommerce"},
	],
	"Item": [
		{
			"fieldname": "medusa_variant_id",
			"label": "Medusa Variant ID",
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

# Customers without a Medusa id by name, for `customers.find_unlinked`
UNLINKED_INDEX = ("Customer", ["medusa_id", "customer_name"])


def make_custom_fields() -> list[str]:
	"""Create the fields that are missing, renew our own, leave others' data alone; return what is in the way.

	A field of the same name that the app did not make keeps its type and its owner. A field that must be
	unique becomes so once its values are; until then every doubled value is reported, with the records that
	hold it.
	"""
	problems = []
	for doctype, definition in _each_field():
		problems += _make_field(doctype, definition)
	problems += _leads_without_email()
	frappe.clear_cache()
	field = frappe.get_meta("Customer").get_field("medusa_id")
	if field and field.fieldtype == _MEDUSA_ID["fieldtype"]:
		frappe.db.add_index(*UNLINKED_INDEX)
	return problems


def remove_custom_fields() -> None:
	"""Delete the fields that the app made, and no others. The columns and what is in them stay, as Frappe
	leaves them.
	"""
	for doctype, definition in _each_field():
		filters = {"dt": doctype, "fieldname": definition["fieldname"], "module": MODULE}
		for name in frappe.get_all("Custom Field", filters=filters, pluck="name"):
			frappe.delete_doc("Custom Field", name, force=True)


def _each_field() -> Iterator[tuple[str, dict[str, Any]]]:
	for doctype, definitions in CUSTOM_FIELDS.items():
		for definition in definitions:
			yield doctype, definition


def _make_field(doctype: str, definition: dict[str, Any]) -> list[str]:
	fieldname = definition["fieldname"]
	field = frappe.db.get_value("Custom Field", {"dt": doctype, "fieldname": fieldname}, "name")
	if not field and frappe.get_meta(doctype).has_field(fieldname):
		return [_("{0} has a standard field {1} of its own; it is left as it is.").format(doctype, fieldname)]
	custom_field = frappe.get_doc("Custom Field", field) if field else frappe.new_doc("Custom Field")
	wanted = definition["fieldtype"]
	is_text = not field or custom_field.fieldtype in TEXT_TYPES
	doubled, problems = [], []
	if definition.get("unique") and is_text and frappe.db.has_column(doctype, fieldname):
		doubled = _doubled_values(doctype, fieldname)
		problems = doubled + _values_with_spaces(doctype, fieldname)
	if field and custom_field.fieldtype != wanted:
		return [_other_type(custom_field, wanted), *problems]
	if definition.get("unique") and frappe.db.has_column(doctype, fieldname):
		_empty_to_null(doctype, fieldname)
	if field and custom_field.module != MODULE:
		_adopt(custom_field, definition, is_unique=not doubled)
		return problems
	values = {**definition, "dt": doctype, "module": MODULE, "is_system_generated": 1}
	if doubled:
		values["unique"] = 0
	if any(custom_field.get(key) != value for key, value in values.items()):
		custom_field.update(values)
		custom_field.save(ignore_permissions=True)
	return problems


def _other_type(custom_field: Any, wanted: str) -> str:
	"""Say that a field made by hand has another type; switch the integration off where it would be
	dangerous.

	MariaDB compares a column of numbers with a text as numbers, and an id like `cus_...` is 0 to it: every
	record would be found.
	"""
	message = _("{0} has a field {1} of type {2} where {3} is needed; it is left as it is.")
	said = message.format(custom_field.dt, custom_field.fieldname, custom_field.fieldtype, wanted)
	if wanted != "Data" or custom_field.fieldtype in TEXT_TYPES:
		return said
	settings = get_settings_to_migrate()
	settings.enabled = 0
	settings.save(ignore_permissions=True)
	return f"{said} {_('The Medusa integration is switched off: no record could be told from another.')}"


def _values_with_spaces(doctype: str, fieldname: str) -> list[str]:
	"""Ids that Medusa did not give, since its ids have no spaces."""
	# not by the ORM, nor below: a column can be there before its field is
	table = frappe.qb.DocType(doctype)
	names = frappe.qb.from_(table).select(table.name).where(table[fieldname].like("% %")).run(pluck=True)
	message = _("{0}: {1} has spaces in it in {2}. No id of Medusa's has; mend it, or it will not be found.")
	return [message.format(doctype, fieldname, ", ".join(names))] if names else []


def _leads_without_email() -> list[str]:
	"""Leads of Medusa customers that nobody can write to, nor find by what Medusa knows them by."""
	field = frappe.db.get_value("Custom Field", {"dt": "Lead", "fieldname": "medusa_id"}, "fieldtype")
	if field not in TEXT_TYPES or not frappe.db.has_column("Lead", "medusa_id"):
		return []
	lead = frappe.qb.DocType("Lead")
	has_id = lead.medusa_id.isnotnull() & (lead.medusa_id != "")
	has_no_email = lead.email_id.isnull() | (lead.email_id == "")
	names = frappe.qb.from_(lead).select(lead.name).where(has_id & has_no_email).run(pluck=True)
	message = _("Lead: {0} has a Medusa ID and no e-mail address. It is found by the id alone.")
	return [message.format(", ".join(names))] if names else []


def _adopt(custom_field: Any, definition: dict[str, Any], *, is_unique: bool) -> None:
	"""Make a field that is not ours unique or indexed where ours would be."""
	wanted = {
		"search_index": definition.get("search_index"),
		"unique": definition.get("unique") and is_unique,
	}
	changes = {key: 1 for key, value in wanted.items() if value and not custom_field.get(key)}
	if changes:
		custom_field.update(changes)
		custom_field.save(ignore_permissions=True)


def _doubled_values(doctype: str, fieldname: str) -> list[str]:
	"""What stands in the way of a unique index."""
	table = frappe.qb.DocType(doctype)
	column = table[fieldname]
	rows = frappe.qb.from_(table).select(column).where(column != "").groupby(column)
	problems = []
	for (value,) in rows.having(Count(table.name) > 1).run():
		names = ", ".join(frappe.qb.from_(table).select(table.name).where(column == value).run(pluck=True))
		message = _(
			"{0}: {1} {2} stands more than once, in {3}. Until this is mended the field is not unique."
		)
		problems.append(message.format(doctype, fieldname, value, names))
	return problems


def _empty_to_null(doctype: str, fieldname: str) -> None:
	"""Of a unique column NULL may repeat, the empty text may not."""
	table = frappe.qb.DocType(doctype)
	frappe.qb.update(table).set(table[fieldname], None).where(table[fieldname] == "").run()
