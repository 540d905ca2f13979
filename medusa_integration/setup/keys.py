"""The keys of records that existed before the app: `selling/keys.py` says what they are."""

from collections.abc import Iterator
from typing import Any

import frappe
from pypika import Case

from medusa_integration.selling.keys import keys_of

PAGE = 1000  # records that are read and written at once
# what the keys of a record are made of
SOURCES = {
	"Lead": ("company_name", "lead_name", "mobile_no", "phone", "whatsapp_no"),
	"Customer": ("customer_name",),
	"Contact Phone": ("phone",),
}


def fill_keys() -> None:
	"""Set the keys of all records. Their `modified` stays."""
	for doctype, fields in SOURCES.items():
		for rows in pages(doctype, fields):
			keys = {row.name: keys_of(doctype, row) for row in rows}
			for field in next(iter(keys.values())):
				set_values(doctype, field, {name: values[field] for name, values in keys.items()})


def pages(doctype: str, fields: tuple[str, ...]) -> Iterator[list[Any]]:
	"""Yield the rows of all records, PAGE at a time."""
	last = ""
	while True:
		table = frappe.qb.DocType(doctype)
		query = frappe.qb.from_(table).select(table.name, *(table[field] for field in fields))
		rows = query.where(table.name > last).orderby(table.name).limit(PAGE).run(as_dict=True)
		if not rows:
			return
		yield rows
		last = rows[-1].name


def set_values(doctype: str, field: str, values: dict[str, str | None]) -> None:
	"""Set a field of several records with one statement."""
	values = {name: value for name, value in values.items() if value is not None}
	if not values:
		return
	table = frappe.qb.DocType(doctype)
	case = Case()
	for name, value in values.items():
		case = case.when(table.name == name, value)
	frappe.qb.update(table).set(table[field], case).where(table.name.isin(list(values))).run()
