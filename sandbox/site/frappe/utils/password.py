"""Passwords of documents. There are none here: no test needs the secret key."""


def delete_all_passwords_for(doctype: str, name: str) -> None:
	"""There is nothing to delete."""
