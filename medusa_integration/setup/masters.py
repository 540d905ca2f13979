"""The masters that the app needs: a Customer Group, a Sales Person, a Lead Source, two Roles, a User."""

import json
from typing import Any

import frappe
from frappe.permissions import add_permission, update_permission_property
from frappe.utils.nestedset import get_root_of
from frappe.utils.password import delete_all_passwords_for

from medusa_integration.compat import lead_source_doctype
from medusa_integration.constants import (
	CUSTOMER_GROUP,
	INTEGRATION_USER,
	LEAD_SOURCE,
	ROLE,
	SALES_PERSON,
	WORKER_PERMISSIONS,
	WORKER_ROLE,
)
from medusa_integration.setup.settings import get_settings_to_migrate


def make_masters() -> None:
	"""Create the masters that are missing, and set them in Medusa Settings if the field there is empty.

	Before ERPNext's setup wizard has run, the trees of Customer Groups and Sales Persons have no root. Then
	these two masters cannot be created; `after_setup_wizard` creates them later.
	"""
	settings = get_settings_to_migrate()
	created = json.loads(settings.created_masters or "[]")
	changes = {"lead_source_doctype": lead_source_doctype()}
	for fieldname, values in _masters():
		name = frappe.db.exists(values["doctype"], _name_of(values))
		if not name:
			name = frappe.get_doc(values).insert(ignore_permissions=True).name
			created.append([values["doctype"], name])
		if fieldname and not settings.get(fieldname):
			changes[fieldname] = name
			if values["doctype"] == "User":
				enable_integration_user(name)
	add_worker_permissions()
	settings.update({**changes, "created_masters": json.dumps(created)})
	settings.save(ignore_permissions=True)


def enable_integration_user(name: str) -> None:
	"""Enable the app's own user and give it its role, because an earlier uninstall removed both."""
	user = frappe.get_doc("User", name)
	user.enabled = 1
	if WORKER_ROLE not in [row.role for row in user.roles]:
		user.append("roles", {"role": WORKER_ROLE})
	user.save(ignore_permissions=True)


def after_setup_wizard(args: Any = None) -> None:
	"""Create the masters that could not be created before ERPNext's setup wizard has run."""
	make_masters()


def add_worker_permissions() -> None:
	"""Give the worker's role the permissions that ERPNext checks, as the Role Permissions Manager would."""
	for doctype, permissions in WORKER_PERMISSIONS.items():
		if frappe.db.exists("Custom DocPerm", {"parent": doctype, "role": WORKER_ROLE}):
			continue
		add_permission(doctype, WORKER_ROLE, 0)
		for permission in permissions:
			update_permission_property(doctype, WORKER_ROLE, 0, permission, 1, validate=False)


def remove_masters() -> list[str]:
	"""Delete the settings, and the masters that the app created and nothing uses.

	Returns DocType and name of those in use, which are kept. The integration user is disabled, not deleted.
	"""
	kept = []
	frappe.db.delete("Custom DocPerm", {"role": WORKER_ROLE})
	settings = frappe.get_single("Medusa Settings")
	# Frappe does not delete the values and passwords of a Single; and as long as they exist, the masters that
	# they name cannot be deleted
	frappe.db.delete("Singles", {"doctype": "Medusa Settings"})
	delete_all_passwords_for("Medusa Settings", "Medusa Settings")
	for doctype, name in json.loads(settings.created_masters or "[]"):
		if not frappe.db.exists("DocType", doctype):
			continue  # the DocType Lead Source is gone after an upgrade of ERPNext to 16
		if doctype == "User":
			frappe.db.set_value("User", name, "enabled", 0)  # it stays the owner of its documents
			continue
		if doctype == "Role":
			frappe.db.delete("Has Role", {"role": name})
		frappe.db.savepoint("medusa_master")
		try:
			frappe.delete_doc(doctype, name, ignore_permissions=True, ignore_missing=True)
		except frappe.ValidationError:  # in use, but already removed from its tree
			frappe.db.rollback(save_point="medusa_master")
			kept.append(f"{doctype} {name}")
	return kept


def _masters() -> list[tuple[str, dict[str, Any]]]:
	"""Return the values of each master, with the field of Medusa Settings that names it (or "")."""
	source = lead_source_doctype()
	source_name = "name" if source == "UTM Source" else "source_name"
	masters = [
		("", {"doctype": "Role", "role_name": ROLE, "desk_access": 0}),
		("", {"doctype": "Role", "role_name": WORKER_ROLE, "desk_access": 0}),
		("integration_user", _integration_user()),
		("lead_source", {"doctype": source, source_name: LEAD_SOURCE}),
	]
	group, person = get_root_of("Customer Group"), get_root_of("Sales Person")
	if group:
		values = {"customer_group_name": CUSTOMER_GROUP, "parent_customer_group": group, "is_group": 0}
		masters.append(("customer_group", {"doctype": "Customer Group", **values}))
	if person:
		values = {"sales_person_name": SALES_PERSON, "parent_sales_person": person, "is_group": 0}
		masters.append(("sales_person", {"doctype": "Sales Person", **values}))
	return masters


def _integration_user() -> dict[str, Any]:
	"""Return the values of a user without a password and without access to the desk.

	The shop's calls must not run as a privileged user: such a user can bypass a credit limit, an
	Authorization Rule or a frozen account.
	"""
	return {
		"doctype": "User",
		"name": INTEGRATION_USER,
		"email": INTEGRATION_USER,
		"first_name": "Medusa Integration",
		"enabled": 1,
		"send_welcome_email": 0,
		"roles": [{"role": WORKER_ROLE}],
	}


def _name_of(values: dict[str, Any]) -> str:
	return next(value for key, value in values.items() if key == "name" or key.endswith("_name"))
