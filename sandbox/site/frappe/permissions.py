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
	return any(row["role"] in roles and row.get(ptype) for row in frappe.get_meta(doctype).permissions)
