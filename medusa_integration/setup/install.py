"""The hooks of install and migration."""

import click

from medusa_integration.setup.custom_fields import make_custom_fields
from medusa_integration.setup.indexes import make_indexes
from medusa_integration.setup.masters import make_masters


def after_install() -> None:
	"""Create the custom fields, the indexes and the masters, and print the problems found."""
	for problem in make_custom_fields():
		click.secho(problem, fg="yellow")
	make_indexes()
	make_masters()


def after_migrate() -> None:
	"""Update the fields, indexes and masters, and print the problems that are not solved yet."""
	after_install()
