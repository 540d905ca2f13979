"""Replace Administrator as the Integration User: Administrator passes every control of the company."""

import click
import frappe
from frappe import _

from medusa_integration.constants import INTEGRATION_USER


def execute() -> None:
	"""Empty the setting, so that `make_masters` sets the app's own user; print a message and add it to the
	settings as a Comment.
	"""
	if frappe.db.get_single_value("Medusa Settings", "integration_user") != "Administrator":
		return
	frappe.db.set_single_value("Medusa Settings", "integration_user", None)
	message = _(
		"The Integration User is now {0}, no longer Administrator. So credit limits, frozen Customers, "
		"Authorization Rules and workflows apply to orders of the shop. A call that they refuse is answered "
		"with 409."
	).format(INTEGRATION_USER)
	frappe.get_doc("Medusa Settings").add_comment("Comment", message)
	click.secho(message, fg="yellow")
