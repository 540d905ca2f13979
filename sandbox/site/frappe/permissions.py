"""Roles, and what DocType permissions they give. No user permissions, no sharing, no permission levels."""

from typing import Any

from frappe.context import db, generate_hash, session
from frappe.exceptions import PermissionError
from frappe.model.meta import get_meta
from frappe.utils.data import now_datetime


def get_roles(username: str | None = None) -> list[str]:
	user = username or session.user
	if user == "Guest":
		return ["Guest"]
	if user == "Administrator":
		return db.get_all("Role", pluck="name")
	roles = db.get_all("Has Role", {"parent": user, "parenttype": "User"}, pluck="role")
	return [*roles, "All", "Guest"]


def has_permission(doctype: str, ptype: str = "read", doc: Any = None, throw: bool = False) -> bool:
	if session.user == "Administrator":
		return True
	roles = set(get_roles())
	added = db.get_all("Custom DocPerm", {"parent": doctype}, ["role", "read", "write"])
	rules = [*get_meta(doctype).permissions, *added]
	allowed = any(row["role"] in roles and row.get(ptype) for row in rules)
	if throw and not allowed:
		raise PermissionError(f"No {ptype} permission for {doctype}")
	return allowed


def get_doctype_roles(doctype: str, access_type: str = "read") -> list[str]:
	return [row["role"] for row in get_meta(doctype).permissions if row.get(access_type)]


def update_permission_property(
	doctype: str, role: str, permlevel: int, ptype: str, value: int, validate: bool = True
) -> None:
	"""Let a role that was added do more."""
	name = db.get_value("Custom DocPerm", {"parent": doctype, "role": role, "permlevel": permlevel}, "name")
	db.set_value("Custom DocPerm", name, ptype, value)


def add_permission(doctype: str, role: str, permlevel: int = 0) -> None:
	"""Let a role read a DocType."""
	values = {"parent": doctype, "role": role, "permlevel": permlevel, "read": 1}
	db.insert("Custom DocPerm", {**values, "name": generate_hash(), "modified": now_datetime()})
