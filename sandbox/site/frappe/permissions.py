"""Roles, and what DocType permissions they give. No user permissions, no sharing, no permission levels."""

from typing import Any

import frappe


def get_roles(user: str) -> list[str]:
	if user == "Guest":
		return ["Guest"]
	if user == "Administrator":
		return frappe.get_all("Role", pluck="name")
	roles = frappe.get_all("Has Role", {"parent": user, "parenttype": "User"}, pluck="role")
	return [*roles, "All", "Guest"]


def has_permission(doctype: str, ptype: str = "read", doc: Any = None) -> bool:
	user = frappe.session.user
	if user == "Administrator":
		return True
	roles = set(get_roles(user))
	added = frappe.get_all("Custom DocPerm", {"parent": doctype}, ["role", "read", "write"])
	return any(
		row["role"] in roles and row.get(ptype) for row in [*frappe.get_meta(doctype).permissions, *added]
	)


def update_permission_property(
	doctype: str, role: str, permlevel: int, ptype: str, value: int, validate: bool = True
) -> None:
	"""Let a role that was added do more."""
	name = frappe.db.get_value(
		"Custom DocPerm", {"parent": doctype, "role": role, "permlevel": permlevel}, "name"
	)
	frappe.db.set_value("Custom DocPerm", name, ptype, value)


def add_permission(doctype: str, role: str, permlevel: int = 0) -> None:
	"""Let a role read a DocType."""
	values = {"doctype": "Custom DocPerm", "parent": doctype, "role": role, "permlevel": permlevel, "read": 1}
	frappe.get_doc(values).insert(ignore_permissions=True)
