"""Find records by the words of a caller, and compare them exactly.

To MariaDB's collation more texts are equal than to people: "x@held.example" and "x@held.exämple", "ss" and
"ß", "cus_1" and "cus_1 ". An e-mail, id or name that is equal only to the collation is a different one. Every
lookup by a value that a caller sent goes through here.
"""

from typing import Any

import frappe


def key(text: str) -> tuple[str, str]:
	"""Return a key that is equal for texts that differ in letter case only.

	It holds both cases, because "K" (the sign for Kelvin) is "k" in lower case and a long s is "S" in upper
	case.
	"""
	return text.lower(), text.upper()


def is_same(one: str | None, other: str | None) -> bool:
	"""Return whether two texts are equal, apart from letter case."""
	return key(one or "") == key(other or "")


def find_all(doctype: str, field: str, value: str, fields: tuple[str, ...] = (), **options: Any) -> list:
	"""Return the rows (`name`, `field`, `fields`) whose `field` is `value`, apart from letter case.

	`options` are those of `frappe.get_all`; its `filters` are further conditions.
	"""
	filters = {**options.pop("filters", {}), field: value}
	columns = ["*"] if "*" in fields else list(dict.fromkeys(("name", field, *fields)))
	rows = frappe.get_all(doctype, filters, columns, limit=0, **options)
	return [row for row in rows if is_same(row[field], value)]


def find(doctype: str, field: str, value: str, fields: tuple[str, ...] = ()) -> Any:
	"""Return the row (`name`, `field`, `fields`) whose `field` is `value`, or None."""
	rows = find_all(doctype, field, value, fields)
	return rows[0] if rows else None


def find_name(doctype: str, field: str, value: str) -> str | None:
	"""Return the name of the record whose `field` is `value`, or None."""
	row = find(doctype, field, value)
	return row.name if row else None
