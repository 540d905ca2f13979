"""Who may call a method."""

import frappe
from frappe import _

from medusa_integration.constants import ROLE
from medusa_integration.exceptions import IntegrationDisabledError
from medusa_integration.settings import get_settings

STOREFRONT_ROLES = {ROLE, "System Manager"}


def check_verb(verbs: tuple[str, ...]) -> None:
	"""Raise frappe.PermissionError (403) if the HTTP verb of the request is not one of `verbs`.

	Frappe checks the verb only if a method is called by its own path. Some of Frappe's own methods call
	another method that the request names. Those can be called by GET, and so without a CSRF token.
	"""
	if frappe.request and frappe.request.method not in verbs:
		frappe.throw(_("Not permitted"), frappe.PermissionError)


def check_user() -> None:
	"""Raise frappe.AuthenticationError (401) if the user of the request is disabled.

	Frappe 15 accepts the token of a disabled user. The cached document needs no query.
	"""
	user = frappe.session.user
	if user != "Guest" and not frappe.get_cached_value("User", user, "enabled"):
		frappe.throw(_("The token is wrong, or its user is disabled."), frappe.AuthenticationError)


def check_storefront() -> None:
	"""Raise frappe.PermissionError (403) unless the caller may call the storefront's methods.

	A storefront may call them; a guest may if Medusa Settings allow it.
	"""
	if is_storefront() or (frappe.session.user == "Guest" and get_settings().guest_access):
		return
	message = _("Only a storefront may call this: a user with the role Medusa Integration, with a token.")
	frappe.throw(message, frappe.PermissionError)


def check_desk(role: str, permissions: dict[str, str]) -> None:
	"""Raise frappe.PermissionError (403) unless the user has `role` and `permissions`.

	`permissions` are permissions on DocTypes: `{"Customer": "write"}`.
	"""
	if role and role not in frappe.get_roles():
		frappe.throw(_("Only a {0} may do this.").format(_(role)), frappe.PermissionError)
	for doctype, permission in permissions.items():
		frappe.has_permission(doctype, permission, throw=True)


def check_enabled() -> None:
	"""Raise IntegrationDisabledError (409) if the integration is switched off."""
	if not get_settings().enabled:
		message = _("The Medusa integration is switched off in Medusa Settings.")
		frappe.throw(message, IntegrationDisabledError)


def is_storefront() -> bool:
	"""Return whether the user of the session has one of the roles that a storefront needs."""
	return not STOREFRONT_ROLES.isdisjoint(frappe.get_roles())


def may_open_workspace() -> bool:
	"""Return whether the user may open the workspace Medusa: Frappe asks this for its screen of apps."""
	return bool(frappe.has_permission("Medusa Sync Log", "read"))
