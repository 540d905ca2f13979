"""The hook of uninstall: it removes what install created. Customers' documents are kept."""

import click
import frappe

from medusa_integration.constants import APP
from medusa_integration.setup.custom_fields import remove_custom_fields
from medusa_integration.setup.indexes import remove_indexes
from medusa_integration.setup.masters import remove_masters


def before_uninstall() -> None:
	"""Remove indexes, fields, masters, scheduled jobs and icons of the app; Frappe removes the DocTypes."""
	for name in remove_masters():
		click.secho(f"{name} is in use and was not deleted.", fg="yellow")
	remove_indexes()
	remove_custom_fields()
	remove_scheduled_jobs()
	remove_icons()


def remove_icons() -> None:
	"""Delete the icons and the sidebar of the desk in Frappe 16.

	Frappe looks for the icons under another name, and does not commit that it has deleted the sidebar.
	"""
	for doctype in ("Desktop Icon", "Workspace Sidebar"):
		if frappe.db.exists("DocType", doctype):  # Frappe 15 has no sidebars
			for name in frappe.get_all(doctype, filters={"app": APP}, pluck="name"):
				frappe.delete_doc(doctype, name, force=True)


def remove_scheduled_jobs() -> None:
	"""Delete the scheduled jobs: otherwise Frappe would call them until the next migration."""
	filters = {"method": ("like", "medusa_integration.%")}
	for name in frappe.get_all("Scheduled Job Type", filters=filters, pluck="name"):
		frappe.delete_doc("Scheduled Job Type", name, force=True)
