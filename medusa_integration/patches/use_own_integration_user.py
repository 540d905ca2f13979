"""The storefront's work was done as Administrator, who passes every control of the company."""

import click
import frappe
from frappe import _

from medusa_integration.constants import INTEGRATION_USER


def execute() -> None:
	"""Leave the Integration User to `make_masters`, which enters the app's own, and tell System Managers."""
	if frappe.db.get_single_value("Medusa Settings", "integration_user") != "Administrator":
		return
	frappe.db.set_single_value("Medusa Settings", "integration_user", None)
	message = _(
		"The Integration User is {0} from now on, and no longer Administrator: credit limits, frozen "
		"Customers, Authorization Rules and workflows hold for what the shop orders. What they refuse is "
		"answered 409."
	).format(INTEGRATION_USER)
	frappe.get_doc("Medusa Settings").add_comment("Comment", message)
	click.secho(message, fg="yellow")
