"""Defaults of the site: those that ERPNext sets from its settings."""

from typing import Any

from frappe.context import db

FROM_SINGLES = {
	"cust_master_name": ("Selling Settings", "cust_master_name"),
	"lang": ("System Settings", "language"),
	"float_precision": ("System Settings", "float_precision"),
}


def get_global_default(key: str) -> Any:
	if key in FROM_SINGLES:
		return db.get_single_value(*FROM_SINGLES[key])
	if key == "company":
		return next(iter(db.get_all("Company", pluck="name")), None)
	raise NotImplementedError(f"The sandbox has no default {key}")
