"""What happens when the app is uninstalled: what install brought goes, the records stay."""

import click

from medusa_integration.setup.custom_fields import remove_custom_fields
from medusa_integration.setup.masters import remove_masters


def before_uninstall() -> None:
	"""Remove the fields and the masters that the app made; Frappe removes the DocTypes."""
	for name in remove_masters():
		click.secho(f"{name} is in use and stays.", fg="yellow")
	remove_custom_fields()
