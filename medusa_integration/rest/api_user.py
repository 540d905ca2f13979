"""The user of the shop's server, with its token."""

import frappe
from frappe import _
from frappe.model.document import Document

from medusa_integration.constants import ROLE
from medusa_integration.exceptions import ConflictError

KEY_LENGTH = 15  # characters, as Frappe's own


def create_api_user(email: str) -> str:
	"""Create a user with no other role than that of the storefront, or renew the secret of such a user.

	A user without any role gets the role, and a disabled one is enabled: an uninstallation takes the role.
	Returns the token, "key:secret". The desk never shows the secret again. Raises ConflictError if a user
	with other roles has this e-mail.
	"""
	user = find_user(email) or new_user(email)
	user.enabled = 1
	if not user.roles:
		user.append("roles", {"role": ROLE})
	user.api_key = user.api_key or frappe.generate_hash(length=KEY_LENGTH)
	secret = frappe.generate_hash(length=KEY_LENGTH)
	user.api_secret = secret
	user.save(ignore_permissions=True)
	return f"{user.api_key}:{secret}"


def find_user(email: str) -> Document | None:
	"""Return the user with this e-mail, or None. Raises ConflictError if the user has other roles."""
	if not frappe.db.exists("User", email):
		return None
	user = frappe.get_doc("User", email)
	if any(row.role != ROLE for row in user.roles):
		message = _("There is a user with this e-mail who has other roles. Please enter another e-mail.")
		frappe.throw(message, ConflictError)
	return user


def new_user(email: str) -> Document:
	"""Return a new user for the shop's server."""
	user = frappe.new_doc("User")
	user.update({"email": email, "first_name": _("Shop"), "send_welcome_email": 0})
	return user
