"""What the first public app for this job leaves on a site.

That app has the same name and the same module as this one. So its code is replaced, not uninstalled, and the
next migration deletes its DocTypes. Frappe keeps their tables, the values of its settings and all passwords.
"""

import re
from importlib import import_module

import frappe
from frappe import _
from frappe.query_builder.functions import Count

from medusa_integration.constants import APP

SETTINGS = "Medusa Configuration"
# with data of customers or of the company
DOCTYPES = (
	"Medusa Request Log",
	"Email OTP",
	"Opportunity Contact",
	"Product Suggestions",
	"Website Coupon Code",
)
PASSWORDS = (SETTINGS, "Email OTP")
PASSWORD_TABLE = "__Auth"
# the fields that both apps have
FIELDS = {
	"Lead": ("medusa_id", "t_c_acceptance"),
	"Customer": ("medusa_id",),
	"Quotation": ("from_ecommerce", "medusa_quotation_id", "medusa_draft_order_id", "medusa_order_id"),
	"Sales Order": ("from_ecommerce", "medusa_order_id"),
	"Item": ("medusa_variant_id",),
}
BUTTON = "Link Medusa Lead"
APPROVED, REJECTED = "Approved", "Rejected"  # of a Quotation's `workflow_state`
PATH = re.compile(rf"\b{APP}(?:\.\w+)+")


def is_left_behind() -> bool:
	"""Return whether the first app was used on this site."""
	return bool(frappe.db.exists("DocType", SETTINGS) or stored_settings())


def stored_settings() -> dict[str, str]:
	"""Return the values of the first app's settings; its passwords are not among them."""
	return frappe.db.get_singles_dict(SETTINGS)


def check_replaced() -> None:
	"""Raise frappe.ValidationError if the first app is still installed, or the site is not migrated."""
	module = frappe.db.get_value("DocType", SETTINGS, "module")
	app = module and frappe.db.get_value("Module Def", module, "app_name")
	if app and app != APP:
		message = _("The earlier app is still installed, under the name {0}. Uninstall it first.")
		frappe.throw(message.format(app))
	if app or not frappe.db.exists("DocType", "Medusa Quotation Key"):
		frappe.throw(
			_("This site is not migrated yet. Run: bench --site {0} migrate").format(frappe.local.site)
		)


def rows_left() -> dict[str, int]:
	"""Return the DocTypes of the first app whose tables still contain rows, and how many."""
	counts = {}
	for doctype in DOCTYPES:
		if frappe.db.table_exists(doctype):
			table = frappe.qb.DocType(doctype)
			counts[doctype] = frappe.qb.from_(table).select(Count("*")).run(pluck=True)[0]
	return {doctype: count for doctype, count in counts.items() if count}


def passwords_left() -> int:
	"""Return how many passwords the first app has stored."""
	table = frappe.qb.Table(PASSWORD_TABLE)
	query = frappe.qb.from_(table).select(Count("*")).where(table.doctype.isin(PASSWORDS))
	return query.run(pluck=True)[0]


def missing_methods(script: str) -> list[str]:
	"""Return the methods of the app that a script names and that this code does not have."""
	return sorted(path for path in named_methods(script) if not exists(path))


def named_methods(script: str) -> set[str]:
	"""Return the dotted paths in a script that begin with the name of the app."""
	return set(PATH.findall(script))


def exists(path: str) -> bool:
	"""Return whether a dotted path names something in this code."""
	module, _dot, name = path.rpartition(".")
	try:
		return hasattr(import_module(module), name)
	except ImportError:
		return False
