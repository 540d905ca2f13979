"""Set the keys by which likely matches are found."""

from medusa_integration.setup.custom_fields import make_custom_fields
from medusa_integration.setup.keys import fill_keys


def execute() -> None:
	"""Create the fields, and fill them."""
	make_custom_fields()  # Frappe runs this only after the patches
	fill_keys()
