"""Make the embedded site: its tables, what the setup wizard leaves behind, the app installed on it."""

import secrets
from pathlib import Path

import sandbox  # noqa: F401  (puts the sandbox's frappe on the path)

# isort: split
import frappe
from frappe.model.meta import definitions, recorded

from medusa_integration.tests import base

COMPANY = "Palm Trading LLC"
CURRENCY = "AED"
COUNTRY = "United Arab Emirates"
TIME_ZONE = "Asia/Dubai"
PRICE_LIST = "Standard Selling"
ROLES = ["All", "Guest", "Sales Manager", "Sales Master Manager", "Sales User", "System Manager"]


def make_site(path: Path) -> None:
	"""Make a new site in the file `path`, and connect to it as Administrator."""
	for suffix in ("", "-wal", "-shm"):
		Path(f"{path}{suffix}").unlink(missing_ok=True)
	frappe.init(path)
	frappe.connect()
	frappe.clear_cache()
	frappe.db.sql("CREATE TABLE tabSingles (doctype TEXT, field TEXT, value TEXT)")
	frappe.db.sql("CREATE TABLE tabSeries (name TEXT PRIMARY KEY, current INTEGER)")
	frappe.db.sync("Custom Field")
	for doctype in definitions():
		frappe.db.sync(doctype)
	for doctype in definitions():
		frappe.db.insert("DocType", {"name": doctype})
	frappe.db.insert("Module Def", {"name": "Medusa Integration", "module_name": "Medusa Integration"})
	make_records()
	frappe.get_attr(frappe.get_hooks("after_install", app_name="medusa_integration")[0])()
	frappe.db.commit()


def make_records() -> None:
	"""What the setup wizard makes."""
	frappe.db.set_single_value("System Settings", {"float_precision": "3", "time_zone": TIME_ZONE})
	for name in ("Administrator", "Guest"):
		frappe.db.insert("User", {"name": name, "enabled": 1, "email": f"{name.lower()}@example.com"})
	for role in ROLES:
		frappe.db.insert("Role", {"name": role, "role_name": role})
	for doctype, rows in recorded()["records"].items():
		for row in rows:
			frappe.db.insert(doctype, row)
	frappe.db.insert("Currency", {"name": CURRENCY, "currency_name": CURRENCY})
	values = {"name": COMPANY, "company_name": COMPANY, "default_currency": CURRENCY, "abbr": "PT"}
	frappe.db.insert("Company", {**values, "country": COUNTRY})
	price_list = {"name": PRICE_LIST, "price_list_name": PRICE_LIST, "currency": CURRENCY}
	frappe.db.insert("Price List", {**price_list, "enabled": 1, "selling": 1})
	frappe.db.set_single_value("CRM Settings", "auto_creation_of_contact", 1)
	settings = {"cust_master_name": "Customer Name", "selling_price_list": PRICE_LIST}
	frappe.db.set_single_value("Selling Settings", {**settings, "customer_group": "Individual"})


def make_user(email: str, *roles: str, token: str = "") -> str:
	"""Make an enabled user with these roles and this token, or a new one; return it (`key:secret`)."""
	key, _colon, secret = (token or f"{secrets.token_hex(8)}:{secrets.token_hex(8)}").partition(":")
	name = email.split("@")[0]
	base.make_user(*roles, email=email, first_name=name, enabled=1, api_key=key, api_secret=secret)
	return f"{key}:{secret}"


def make_item(code: str, variant_id: str, rate: float | None, description: str = "") -> str:
	"""Make an Item for sale at `rate` in the company's currency, or without a price; return its code."""
	values = {"item_code": code, "item_name": description or code, "medusa_variant_id": variant_id}
	return base.make_item(rate, PRICE_LIST, **values).name
