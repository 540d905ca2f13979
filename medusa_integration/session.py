"""The user and the language of the session."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import frappe

# what `frappe.set_user` empties or replaces
USER_STATE = ("cache", "form_dict", "jenv", "role_permissions", "new_doc_templates", "user_perms")
SESSION_STATE = ("user", "sid", "data")


@contextmanager
def work_as(user: str) -> Iterator[None]:
	"""Run the block as `user`, and restore the session afterwards.

	To set the user back with `frappe.set_user` alone would leave a session of the desk broken. A job, whose
	answer nobody reads, works in the language of the site: what it stores is for all users.
	"""
	outer_caller = frappe.flags.medusa_caller
	frappe.flags.medusa_caller = outer_caller or frappe.session.user
	session = {name: frappe.session.get(name) for name in SESSION_STATE}
	state = {name: getattr(frappe.local, name, None) for name in USER_STATE}
	if frappe.request or frappe.session.user != user:
		frappe.set_user(user)  # which also empties Frappe's caches of this process
	try:
		with nullcontext() if frappe.request else in_site_language():
			yield
	finally:
		frappe.flags.medusa_caller = outer_caller
		frappe.local.session.update(session)
		for name, value in state.items():
			setattr(frappe.local, name, value)


@contextmanager
def in_site_language() -> Iterator[None]:
	"""Translate what the block makes into the language of the site, not that of the user."""
	before = frappe.local.lang
	frappe.local.lang = frappe.db.get_default("lang") or before
	try:
		yield
	finally:
		frappe.local.lang = before


@contextmanager
def storefronts_call() -> Iterator[None]:
	"""Mark the changes in this block as the storefront's own."""
	before = frappe.flags.medusa_storefronts_call
	frappe.flags.medusa_storefronts_call = True
	try:
		yield
	finally:
		frappe.flags.medusa_storefronts_call = before


def is_storefronts_call() -> bool:
	"""Return whether the storefront itself makes the changes now."""
	return bool(frappe.flags.medusa_storefronts_call)


def caller() -> str:
	"""Return the user who sent the request, also inside a block of `work_as`."""
	return frappe.flags.medusa_caller or frappe.session.user
