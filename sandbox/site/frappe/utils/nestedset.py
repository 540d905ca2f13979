"""Trees. Their left and right numbers are not kept here."""

import frappe


def get_root_of(doctype: str) -> str | None:
	parent = f"parent_{doctype.lower().replace(' ', '_')}"
	return next(iter(frappe.get_all(doctype, {parent: ("is", "not set")}, pluck="name")), None)
