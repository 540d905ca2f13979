"""Users by their roles."""

from frappe.context import db


def get_system_managers(only_name: bool = False) -> list[str]:
	return db.get_all("Has Role", {"role": "System Manager", "parenttype": "User"}, pluck="parent")
