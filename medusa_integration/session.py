"""The user of the session."""

from collections.abc import Iterator
from contextlib import contextmanager

import frappe

# what `frappe.set_user` empties or replaces
USER_STATE = ("cache", "form_dict", "jenv", "role_permissions", "new_doc_templates", "user_perms")
SESSION_STATE = ("user", "sid", "data")


@contextmanager
def work_as(user: str) -> Iterator[None]:
	"""Run the block as `user`, and restore the session afterwards.

	To set the user back with `frappe.set_user` alone would leave a session of the desk broken.
	"""
	session = {name: frappe.session.get(name) for name in SESSION_STATE}
	state = {name: getattr(frappe.local, name, None) for name in USER_STATE}
	frappe.set_user(user)
	try:
		yield
	finally:
		frappe.local.session.update(session)
		for name, value in state.items():
			setattr(frappe.local, name, value)
