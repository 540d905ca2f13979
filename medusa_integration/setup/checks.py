"""Checks of existing data in the app's fields at install and migration.

Each check returns messages for the administrator. Columns are read with the query builder, not the ORM: a
column may exist before its field does.
"""

import frappe
from frappe import _
from frappe.query_builder.functions import Count

TEXT_TYPES = {"Data", "Small Text", "Text", "Long Text", "Text Editor", "Code", "Select", "Link", "Read Only"}


def get_fieldtype(doctype: str, fieldname: str) -> str | None:
	"""Return the type of a custom field, or None if there is no such custom field."""
	return frappe.db.get_value("Custom Field", {"dt": doctype, "fieldname": fieldname}, "fieldtype")


def find_duplicates(doctype: str, fieldname: str) -> dict[str, list[str]]:
	"""Return each value that several records have, with their names. The column must exist."""
	table = frappe.qb.DocType(doctype)
	column = table[fieldname]
	rows = frappe.qb.from_(table).select(column).where(column != "").groupby(column)
	values = rows.having(Count(table.name) > 1).run(pluck=True)
	named = frappe.qb.from_(table).select(table.name).orderby(table.creation)
	return {value: named.where(column == value).run(pluck=True) for value in values}


def check_duplicates(doctype: str, fieldname: str) -> list[str]:
	"""Report each value that several records have, because then the field cannot be unique."""
	message = _("{0}: duplicate {1} {2} in {3}. The field becomes unique once the duplicates are removed.")
	duplicates = find_duplicates(doctype, fieldname)
	return [
		message.format(doctype, fieldname, value, ", ".join(names)) for value, names in duplicates.items()
	]


def check_spaces(doctype: str, fieldname: str) -> list[str]:
	"""Report ids with spaces: they are not from Medusa, whose ids contain no spaces."""
	table = frappe.qb.DocType(doctype)
	names = frappe.qb.from_(table).select(table.name).where(table[fieldname].like("% %")).run(pluck=True)
	message = _(
		"{0}: {1} contains spaces in {2}. Ids of Medusa have none. Correct them, or they will not be found."
	)
	return [message.format(doctype, fieldname, ", ".join(names))] if names else []


def check_emails() -> list[str]:
	"""Report Leads with a Medusa id and no e-mail: they can be found only by the id."""
	if get_fieldtype("Lead", "medusa_id") not in TEXT_TYPES or not frappe.db.has_column("Lead", "medusa_id"):
		return []
	lead = frappe.qb.DocType("Lead")
	has_id = lead.medusa_id.isnotnull() & (lead.medusa_id != "")
	has_no_email = lead.email_id.isnull() | (lead.email_id == "")
	names = frappe.qb.from_(lead).select(lead.name).where(has_id & has_no_email).run(pluck=True)
	message = _("Lead: {0} has a Medusa ID, but no e-mail address. It can be found only by the id.")
	return [message.format(", ".join(names))] if names else []
