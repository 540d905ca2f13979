"""Give the Contacts of existing accounts their Medusa ids, where it is certain whose they are."""

import click
import frappe
from frappe import _

from medusa_integration.setup.contact_ids import give_ids
from medusa_integration.setup.custom_fields import make_custom_fields

NAMED = 50  # of the accounts in doubt


def execute() -> None:
	"""Set the ids; print the accounts in doubt, and add them to Medusa Settings as a Comment."""
	make_custom_fields()  # Frappe runs this only after the patches
	doubtful = [account for doctype in ("Lead", "Customer") for account in give_ids(doctype)]
	if not doubtful:
		return
	message = _(
		"{0} shop accounts have several Contacts, or the Contact of another Customer. Whose id it is, is not "
		"certain: {1}"
	).format(len(doubtful), ", ".join(doubtful[:NAMED]))
	frappe.get_doc("Medusa Settings").add_comment("Comment", message)
	click.secho(message, fg="yellow")
