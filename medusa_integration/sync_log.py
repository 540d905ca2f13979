"""Rows of Medusa Sync Log: one per sign-up, and per call that failed not for its arguments."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import frappe
from frappe import _
from frappe.utils import strip_html

from medusa_integration.exceptions import (
	ConflictError,
	CustomerDisabledError,
	ErpnextRefusedError,
	InvalidArgumentsError,
	MedusaRefusedError,
	MedusaUnavailableError,
	NotFoundError,
)

DOCTYPE = "Medusa Sync Log"
# the caller can mend these by himself, so nobody else needs to hear of them
CALLERS_OWN = (InvalidArgumentsError, NotFoundError, CustomerDisabledError)
OURS = (ConflictError, MedusaRefusedError, MedusaUnavailableError)
ERPNEXTS_OWN = (frappe.ValidationError, frappe.NameError, frappe.PermissionError)
SECRETS = {"password", "token", "secret", "api_key", "api_secret", "authorization"}


def start(method: str, request: dict, *, email: str = "", medusa_id: str = "") -> str:
	"""Insert a Queued row for work that has been accepted; return its name."""
	return _insert(method, request, email=email, medusa_id=medusa_id, status="Queued", attempts=0)


def update(name: str, **values: Any) -> None:
	"""Set fields of a row."""
	frappe.db.set_value(DOCTYPE, name, values)


def succeed(medusa_id: str, doctype: str, name: str | None) -> None:
	"""Close all open rows that wait for the Lead of a Medusa customer, with the record that came of them."""
	for row in _open_rows(medusa_id):
		values = {"status": "Success", "error": None, "reference_doctype": doctype, "reference_name": name}
		update(row.name, attempts=row.attempts + 1, **values)


@contextmanager
def recorded(method: str, request: dict) -> Iterator[None]:
	"""Write down a failure of the block, unless it is the caller's own, and raise it again.

	What the block wrote is rolled back first, and the row committed: it must outlive the refusal, after which
	Frappe rolls the request back. What ERPNext refuses is raised as ErpnextRefusedError: its words are for
	the desk (they can name staff), and stay in the row.
	"""
	try:
		yield
	except CALLERS_OWN:
		frappe.db.rollback()
		raise
	except Exception as error:
		frappe.db.rollback()
		row = fail(method, request, error)
		frappe.db.commit()
		if isinstance(error, ERPNEXTS_OWN) and not isinstance(error, OURS):
			frappe.clear_messages()
			message = _("ERPNext does not accept this. Medusa Sync Log {0} says why.").format(row)
			frappe.throw(message, ErpnextRefusedError)
		raise


def fail(method: str, request: dict, error: Exception) -> str:
	"""Mark the open rows for this work as Failed, or insert one where there is none; return a row's name."""
	data = request.get("data") if isinstance(request.get("data"), dict) else request
	medusa_id = _as_line(data.get("id") or data.get("customer_id"))
	rows = _open_rows(medusa_id) if method == "insert_lead" and medusa_id else []
	for row in rows:
		update(row.name, status="Failed", attempts=row.attempts + 1, error=describe(error))
	if rows:
		return rows[0].name
	values = {"email": _as_line(data.get("email")), "medusa_id": medusa_id, "error": describe(error)}
	return _insert(method, request, status="Failed", attempts=1, **values)


def describe(error: Exception) -> str:
	"""What went wrong, in words for the desk: the kind of error and its message, without HTML."""
	return f"{type(error).__name__}: {strip_html(str(error))}"[:1000]


def without_secrets(value: Any) -> Any:
	"""The request without what must be in no record, however deep it was sent, in JSON text too."""
	if isinstance(value, dict):
		return {
			key: without_secrets(entry) for key, entry in value.items() if str(key).lower() not in SECRETS
		}
	if isinstance(value, list | tuple):
		return [without_secrets(entry) for entry in value]
	if isinstance(value, str) and value.lstrip().startswith(("{", "[")):
		try:
			return without_secrets(json.loads(value))
		except (ValueError, RecursionError):
			return "(text that is not JSON)"
	return value


def _insert(method: str, request: dict, **values: Any) -> str:
	row = frappe.new_doc(DOCTYPE)
	row.update({"method": method, "request": frappe.as_json(without_secrets(request)), **values})
	return row.insert(ignore_permissions=True).name


def _open_rows(medusa_id: str) -> list:
	filters = {
		"medusa_id": medusa_id,
		"method": ("in", ("sign_up", "insert_lead")),
		"status": ("!=", "Success"),
	}
	return frappe.get_all(DOCTYPE, filters, ["name", "attempts"])


def _as_line(value: Any) -> str:
	return value[:140] if isinstance(value, str) else ""
