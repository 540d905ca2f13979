"""Medusa Settings, for changes at install and migration."""

from typing import TYPE_CHECKING

import frappe

if TYPE_CHECKING:
	from medusa_integration.medusa_integration.doctype.medusa_settings.medusa_settings import MedusaSettings


def get_settings_to_migrate() -> "MedusaSettings":
	"""Return Medusa Settings to change and save at install or migration.

	Fields added by an update get their defaults. Validation and link checks are off, so that a setting that
	became invalid (a disabled user, a deleted price list) does not stop the migration.
	"""
	settings, stored = frappe.get_single("Medusa Settings"), frappe.db.get_singles_dict("Medusa Settings")
	for fieldname in settings.meta.get_fieldnames_with_value():
		if stored.get(fieldname) is None:  # in `settings`, a number is 0 by now
			settings.set(fieldname, settings.meta.get_field(fieldname).default)
	settings.flags.ignore_validate = True
	settings.flags.ignore_links = True
	return settings


def clear_frappes_defaults() -> None:
	"""Empty the settings that name a record, at the first installation.

	When Frappe installs an app, it enters today's defaults of the site in such fields of a Single, such as
	the company. Left there, a later change of the default would not count.
	"""
	if frappe.db.get_single_value("Medusa Settings", "created_masters"):
		return
	meta = frappe.get_meta("Medusa Settings")
	links = [name for name in meta.get_fieldnames_with_value() if meta.get_field(name).fieldtype == "Link"]
	frappe.db.set_single_value("Medusa Settings", dict.fromkeys(links))
