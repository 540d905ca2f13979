"""Find records by a value that a caller sent, and compare it exactly.

MariaDB's collation treats different texts as equal: "x@held.example" and "x@held.exämple", "ss" and "ß",
"cus_1" and "cus_1 ". For the app, ids, names and e-mails that are equal only for the collation are different.
Ids and names that a storefront sends are looked up with this module.
"""

from typing import Any

import frappe


def key(text: str) -> tuple[str, str]:
	"""Return a key that is equal for texts that differ only in letter case.

	The key contains both cases, because one is not enough: in lower case the Kelvin sign becomes "k", and in
	upper case the long s becomes "S".
	"""
	return text.lower(), text.upper()


def is_same(one: str | None, other: str | None) -> bool:
	"""Return whether two texts are equal; letter case does not matter."""
	return key(one or "") == key(other or "")


def find_all(doctype: str, field: str, value: str, fields: tuple[str, ...] = (), **options: Any) -> list:
	"""Return the rows (`name`, `field`, `fields`) whose `field` is `value`; letter case does not matter.

	`options` are those of `frappe.get_all`; its `filters` are further conditions.
	"""
	filters = {**options.pop("filters", {}), field: value}
	rows = frappe.get_all(doctype, filters, columns(field, fields), limit=0, **options)
	return [row for row in rows if is_same(row[field], value)]


def find(doctype: str, field: str, value: str, fields: tuple[str, ...] = ()) -> Any:
	"""Return the row (`name`, `field`, `fields`) whose `field` is `value`, or None.

	`get_all` would load the definition of the DocType first, which takes longer than this query.
	"""
	rows = frappe.db.get_values(doctype, {field: value}, columns(field, fields), as_dict=True)
	return next((row for row in rows if is_same(row[field], value)), None)


def columns(field: str, fields: tuple[str, ...]) -> list[str]:
	"""Return the columns of a query for `name`, `field` and `fields`, each once."""
	return ["*"] if "*" in fields else list(dict.fromkeys(("name", field, *fields)))


def find_name(doctype: str, field: str, value: str) -> str | None:
	"""Return the name of the record whose `field` is `value`, or None."""
	row = find(doctype, field, value)
	return row.name if row else None
