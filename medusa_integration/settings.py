"""The settings as the rest of the app reads them."""

from typing import TYPE_CHECKING

import frappe
from frappe import _

from medusa_integration.exceptions import ConflictError

if TYPE_CHECKING:
	from medusa_integration.medusa_integration.doctype.medusa_settings.medusa_settings import MedusaSettings

# the names that the system this app follows had in its code
CUSTOMER_GROUP = "Ecommerce Customer"
SALES_PERSON = "Website Sales"
LEAD_SOURCE = "Alfarsi Website"
# does the storefront's work; `.invalid` because nobody reads its mail (RFC 2606)
INTEGRATION_USER = "medusa.integration@app.invalid"


def get_settings() -> "MedusaSettings":
	"""Medusa Settings, from Frappe's cache."""
	return frappe.get_cached_doc("Medusa Settings")


def get_integration_user() -> str:
	"""The user who does the storefront's work and owns what it makes."""
	return get_settings().integration_user or INTEGRATION_USER


def get_settings_to_migrate() -> "MedusaSettings":
	"""Medusa Settings to change and save at install or migration.

	Those that came with an update have their defaults. One that went bad since (a user was disabled, a price
	list deleted) does not keep them from being saved.
	"""
	settings, stored = frappe.get_single("Medusa Settings"), frappe.db.get_singles_dict("Medusa Settings")
	for fieldname in settings.meta.get_fieldnames_with_value():
		if stored.get(fieldname) is None:  # in `settings`, a number is 0 by now
			settings.set(fieldname, settings.meta.get_field(fieldname).default)
	settings.flags.ignore_validate = True
	settings.flags.ignore_links = True
	return settings


def get_retry_pauses() -> list[int]:
	"""Minutes to wait before each new attempt at accepted work; as many attempts as there are pauses."""
	words = (get_settings().retry_pauses or "").split(",")
	return [int(word) for word in words if word.strip().isdecimal()]


def get_company() -> str:
	"""The company that sells: the settings', else ERPNext's default. Raises ConflictError where there is
	none.
	"""
	company = get_settings().company or frappe.defaults.get_global_default("company")
	if not company:
		frappe.throw(_("Neither Medusa Settings nor ERPNext name a company to sell for."), ConflictError)
	return company
