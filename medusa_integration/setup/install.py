"""What happens when the app is installed or migrated."""

import click

from medusa_integration.setup.custom_fields import make_custom_fields
from medusa_integration.setup.masters import make_masters


def after_install() -> None:
	"""Add the fields and the masters, and say what stood in the way."""
	for problem in make_custom_fields():
		click.secho(problem, fg="yellow")
	make_masters()


def after_migrate() -> None:
	"""Bring fields and masters up to date; what stood in the way before may be gone by now."""
	after_install()
