"""Trees. Their left and right numbers are not kept here."""

from frappe.context import db


def get_root_of(doctype: str) -> str | None:
	parent = f"parent_{doctype.lower().replace(' ', '_')}"
	return next(iter(db.get_all(doctype, {parent: ("is", "not set")}, pluck="name")), None)
