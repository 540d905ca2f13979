"""Users by their roles."""

import frappe


def get_system_managers(only_name: bool = False) -> list[str]:
	return frappe.get_all("Has Role", {"role": "System Manager", "parenttype": "User"}, pluck="parent")
