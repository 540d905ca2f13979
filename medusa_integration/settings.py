"""Medusa Settings, as the rest of the app reads them."""

from typing import TYPE_CHECKING

import frappe
from frappe import _

from medusa_integration.constants import INTEGRATION_USER
from medusa_integration.exceptions import ConflictError

if TYPE_CHECKING:
	from medusa_integration.medusa_integration.doctype.medusa_settings.medusa_settings import MedusaSettings


def get_settings() -> "MedusaSettings":
	"""Return Medusa Settings from Frappe's cache."""
	return frappe.get_cached_doc("Medusa Settings")


def get_integration_user() -> str:
	"""Return the user who does the storefront's work and owns the documents that it creates."""
	return get_settings().integration_user or INTEGRATION_USER


def get_company() -> str:
	"""Return the company that sells: the one of the settings, else ERPNext's default.

	Raises ConflictError if there is none.
	"""
	company = get_settings().company or frappe.defaults.get_global_default("company")
	if not company:
		frappe.throw(_("Neither Medusa Settings nor ERPNext name a company to sell for."), ConflictError)
	return company
