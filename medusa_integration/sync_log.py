"""Rows of Medusa Sync Log: one per sign-up, and per call that failed not for its arguments."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import Any

import frappe
from frappe import _
from frappe.utils import add_to_date, now_datetime, strip_html

from medusa_integration import exact, transaction
from medusa_integration.addresses import MEDUSA_FIELDS
from medusa_integration.exceptions import (
	BusyError,
	ConflictError,
	CustomerDisabledError,
	ErpnextRefusedError,
	InvalidArgumentsError,
	MedusaRefusedError,
	MedusaUnavailableError,
	NotFoundError,
)
from medusa_integration.settings import get_retry_pauses

DOCTYPE = "Medusa Sync Log"
GRACE = 10  # minutes
# the caller can mend these by himself, so nobody else needs to hear of them
CALLERS_OWN = (InvalidArgumentsError, NotFoundError, CustomerDisabledError)
OURS = (ConflictError, MedusaRefusedError, MedusaUnavailableError)
ERPNEXTS_OWN = (frappe.ValidationError, frappe.NameError, frappe.PermissionError)
# what the methods read. Whatever else was sent is not kept: it may be a secret under any name, or megabytes
KEPT = {"data", "id", "email", "first_name", "last_name", "mobile", "organization_name", "t_c_acceptance"}
KEPT |= {"customer_id", "quotation_id", "draft_order_id", "items", "variant_id", "sku", "quantity"}
KEPT |= {"billing_address", "is_default", "create_so", "approval", "order_id", "grand_total"}
KEPT |= {*MEDUSA_FIELDS.keys(), *MEDUSA_FIELDS.values()}
CONTAINERS = {"data", "items", "billing_address"}  # in a form: JSON text
KEPT_DEPTH = 4  # a request, its `items`, a row, a value
KEPT_LENGTH = 1000  # characters of a text, rows of a list: more than a call may have that is not refused


class Settled(Exception):
	"""A repeat is wanted no more."""


def start(method: str, request: dict, *, email: str = "", medusa_id: str = "") -> str:
	"""Insert a Queued row for work that has been accepted; return its name.

	It is due again after GRACE minutes: by then whoever works on it is done, or dead.
	"""
	values = {"email": email, "medusa_id": medusa_id, "status": "Queued", "attempts": 0}
	return _insert(method, request, next_attempt=in_minutes(GRACE), **values)


def in_minutes(minutes: int) -> datetime:
	"""The moment so many minutes from now."""
	return add_to_date(now_datetime(), minutes=minutes)


def next_attempt(attempts: int) -> datetime | None:
	"""When work is due again that was begun `attempts` times; None where a person has to look at it."""
	pauses = get_retry_pauses()
	return in_minutes(pauses[attempts - 1]) if 0 < attempts <= len(pauses) else None


def is_permanent(error: Exception) -> bool:
	"""Whether the same work would fail for the same reason again: bad data, or a conflict that a person
	settles.
	"""
	if isinstance(error, BusyError):
		return False
	return isinstance(error, (*CALLERS_OWN, *ERPNEXTS_OWN)) and not isinstance(error, MedusaUnavailableError)


def update(name: str, **values: Any) -> None:
	"""Set fields of a row."""
	frappe.db.set_value(DOCTYPE, name, values)


def identify(name: str, email: str, medusa_id: str) -> None:
	"""Enter the Medusa id in the row of a sign-up that succeeded, and close those of this e-mail that failed.

	Who knows the password speaks for the customer: what was said in them counts no more. Those that are under
	way write down themselves what becomes of them; `is_settled` is for those that died.
	"""
	failed = {"method": "sign_up", "status": "Failed", "medusa_id": ("is", "not set")}
	for other in exact.find_all(DOCTYPE, "email", email, filters=failed):
		update(other.name, status="Success", medusa_id=medusa_id, next_attempt=None, error=None)
	update(name, medusa_id=medusa_id, attempts=1, next_attempt=next_attempt(1))


def is_settled(row: Any) -> bool:
	"""Whether a sign-up whose outcome is not known was made again since, and succeeded."""
	later = {"method": "sign_up", "medusa_id": ("is", "set"), "creation": (">=", row.creation)}
	return not row.medusa_id and bool(exact.find_all(DOCTYPE, "email", row.email, filters=later))


def succeed(medusa_id: str, doctype: str, name: str | None) -> None:
	"""Close all open rows that wait for the Lead of a Medusa customer, with the record that came of them."""
	for row in _open_rows(medusa_id):
		values = {"status": "Success", "error": None, "reference_doctype": doctype, "reference_name": name}
		update(row.name, attempts=max(row.attempts, 1), next_attempt=None, **values)


def find_accepted(medusa_id: str) -> dict | None:
	"""The customer of an accepted sign-up whose Lead is still to come, or None."""
	filters = {"method": "sign_up", "status": ("!=", "Success")}
	rows = exact.find_all(
		DOCTYPE, "medusa_id", medusa_id, ("request",), filters=filters, order_by="creation desc"
	)
	return {**json.loads(rows[0].request), "id": medusa_id} if rows else None


def supersede(method: str, filters: dict, rest_of: Callable[[dict], dict] = lambda request: {}) -> None:
	"""Close the rows of earlier calls whose place a later one took: to repeat them would undo it.

	`rest_of` says what of an earlier request is still to be done, {} for nothing; that alone stays in its
	row.
	"""
	open_rows = {"method": method, "status": ("!=", "Success"), **filters}
	if frappe.flags.medusa_repeat:  # what came after the call that is repeated counts more than it
		open_rows["creation"] = ("<=", frappe.flags.medusa_repeat.creation)
	for row in frappe.get_all(DOCTYPE, open_rows, ["name", "request"]):
		rest = rest_of(json.loads(row.request))
		if rest:
			update(row.name, request=frappe.as_json(rest))
		else:
			update(row.name, status="Success", next_attempt=None)


@contextmanager
def repeating(row: Any, attempt: int) -> Iterator[None]:
	"""The call in the block repeats that of a row; `attempt` is the number of the press."""
	frappe.flags.medusa_repeat = frappe._dict(name=row.name, creation=row.creation, attempts=attempt)
	try:
		yield
	finally:
		frappe.flags.medusa_repeat = None


def check_still_wanted() -> None:
	"""Raise Settled in a repeat whose row was closed since, or pressed again. Locks the row till the end."""
	repeat = frappe.flags.medusa_repeat
	if not repeat:
		return
	now = frappe.db.get_value(DOCTYPE, repeat.name, ["status", "attempts"], for_update=True)
	if now != ("Queued", repeat.attempts):
		raise Settled


@contextmanager
def recorded(method: str, request: dict) -> Iterator[None]:
	"""Write down a failure of the block, unless it is the caller's own, and raise it again. A job has no
	caller.

	What the block wrote is rolled back first, and the row committed: it must outlive the refusal, after which
	Frappe rolls the request back. What ERPNext refuses is raised as ErpnextRefusedError: its words are for
	the desk (they can name staff), and stay in the row.
	"""
	try:
		yield
	except Settled:
		frappe.db.rollback()
		raise
	except Exception as error:
		frappe.db.rollback()
		if isinstance(error, CALLERS_OWN) and not getattr(frappe.local, "job", None):
			raise
		row = transaction.run(partial(fail, method, request, error))
		frappe.db.commit()
		if isinstance(error, ERPNEXTS_OWN) and not isinstance(error, (*OURS, *CALLERS_OWN)):
			frappe.clear_messages()
			message = _("ERPNext does not accept this. Medusa Sync Log {0} says why.").format(row)
			frappe.throw(message, ErpnextRefusedError)
		raise


def fail(method: str, request: dict, error: Exception) -> str:
	"""Mark the rows of this work as Failed, or insert one where there is none; return a row's name.

	A Lead that could not be made is due again, unless the error is permanent. What a storefront waited for
	and was refused is not: it knows, and will ask again.
	"""
	read = kept(request)
	data = read["data"] if isinstance(read.get("data"), dict) else read
	medusa_id = _as_line(data.get("id") or data.get("customer_id"))
	repeat = frappe.flags.medusa_repeat
	rows = frappe.get_all(DOCTYPE, {"name": repeat.name}, ["name", "attempts"]) if repeat else []
	if not rows and method == "insert_lead" and medusa_id:
		rows = _open_rows(medusa_id)
	for row in rows:
		attempts = max(row.attempts, 1)
		due = None if method != "insert_lead" or is_permanent(error) else next_attempt(attempts)
		update(row.name, status="Failed", attempts=attempts, next_attempt=due, error=describe(error))
	if rows:
		return rows[0].name
	values = {
		"email": _as_line(data.get("email")),
		"medusa_id": medusa_id,
		"quotation_id": _as_line(data.get("quotation_id")),
		"error": describe(error),
	}
	earlier = _same_failure(method, request, values)
	if earlier:
		update(earlier.name, attempts=earlier.attempts + 1, error=values["error"])
		return earlier.name
	due = None if method != "insert_lead" or is_permanent(error) else next_attempt(1)
	return _insert(method, request, status="Failed", attempts=1, next_attempt=due, **values)


def describe(error: Exception) -> str:
	"""What went wrong, in words for the desk: the kind of error and its message, without HTML."""
	return f"{type(error).__name__}: {strip_html(str(error))}"[:1000]


def kept(value: Any, depth: int = KEPT_DEPTH) -> Any:
	"""What may be written down of a request: the values that the methods read, in JSON text too."""
	if not depth:
		return None
	if isinstance(value, dict):
		return {key: kept(_parsed(key, entry), depth - 1) for key, entry in value.items() if key in KEPT}
	if isinstance(value, list | tuple):
		return [kept(entry, depth - 1) for entry in value[:KEPT_LENGTH]]
	return value[:KEPT_LENGTH] if isinstance(value, str) else value


def _parsed(key: str, value: Any) -> Any:
	if key not in CONTAINERS or not isinstance(value, str):
		return value
	try:
		return json.loads(value)
	except (ValueError, RecursionError):
		return None


def _insert(method: str, request: dict, **values: Any) -> str:
	row = frappe.new_doc(DOCTYPE)
	row.update({"method": method, "request": frappe.as_json(kept(request)), **values})
	return row.insert(ignore_permissions=True).name


def _same_failure(method: str, request: dict, values: dict) -> Any:
	"""The row of the same call that failed before: a shop that asks again and again fills no log. None
	where there is none.
	"""
	about = {key: values[key] for key in ("medusa_id", "quotation_id") if values[key]}
	if not about or method == "insert_lead":
		return None
	filters = {"method": method, "status": "Failed", **about}
	rows = frappe.get_all(
		DOCTYPE, filters, ["name", "attempts", "request"], order_by="creation desc", limit=20
	)
	text = frappe.as_json(kept(request))
	return next((row for row in rows if row.request == text), None)


def _open_rows(medusa_id: str) -> list:
	filters = {"method": ("in", ("sign_up", "insert_lead")), "status": ("!=", "Success")}
	return exact.find_all(DOCTYPE, "medusa_id", medusa_id, ("attempts",), filters=filters)


def _as_line(value: Any) -> str:
	return value[:140] if isinstance(value, str) else ""
