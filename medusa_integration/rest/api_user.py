"""The user of the shop's server, with its token."""

import frappe
from frappe import _

from medusa_integration.constants import ROLE
from medusa_integration.exceptions import ConflictError

KEY_LENGTH = 15  # characters, as Frappe's own


def create_api_user(email: str) -> str:
	"""Create a user with no other role than that of the storefront, or renew the secret of such a user.

	Returns the token, "key:secret". The desk never shows the secret again. Raises ConflictError if a user
	with other roles, or a disabled one, has this e-mail.
	"""
	if frappe.db.exists("User", email):
		user = frappe.get_doc("User", email)
		if not user.enabled or [row.role for row in user.roles] != [ROLE]:
			message = _("There is a user with this e-mail who has other roles. Please enter another e-mail.")
			frappe.throw(message, ConflictError)
	else:
		user = frappe.new_doc("User")
		user.update({"email": email, "first_name": _("Shop"), "send_welcome_email": 0})
		user.append("roles", {"role": ROLE})
	user.api_key = user.api_key or frappe.generate_hash(length=KEY_LENGTH)
	secret = frappe.generate_hash(length=KEY_LENGTH)
	user.api_secret = secret
	user.save(ignore_permissions=True)
	return f"{user.api_key}:{secret}"
