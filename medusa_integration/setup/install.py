"""The hooks of install and migration."""

import click

from medusa_integration.setup import duplicate_ids
from medusa_integration.setup.custom_fields import make_custom_fields
from medusa_integration.setup.indexes import make_indexes
from medusa_integration.setup.keys import fill_keys
from medusa_integration.setup.masters import make_masters
from medusa_integration.setup.notifications import make_notifications
from medusa_integration.setup.settings import clear_frappes_defaults
from medusa_integration.setup.take_over import reminder


def after_install() -> None:
	"""Create the fields, indexes and masters, print the problems found, and fill the keys of records."""
	clear_frappes_defaults()
	after_migrate()
	fill_keys()


def after_migrate() -> None:
	"""Update the fields, indexes and masters, and print the problems that are not solved yet."""
	for problem in make_custom_fields():
		click.secho(problem, fg="yellow")
	make_indexes()
	make_masters()
	make_notifications()
	duplicate_ids.make_rows()
	message = reminder()
	if message:
		click.secho(message, fg="yellow")
