"""Retry calls from the rows of Medusa Sync Log.

Accepted work (calls of `sign_up` and `insert_lead`) is retried by a scheduled job until it is done or needs a
person. Other failed calls of a storefront are not, because the storefront got the error and can call again. A
person can repeat both with the button Retry of a row.
"""

import json
from contextlib import suppress
from time import monotonic
from typing import Any, NoReturn, cast

import frappe
from frappe import _
from frappe.utils import now_datetime

from medusa_integration import transaction
from medusa_integration.arguments import Arguments
from medusa_integration.constants import API
from medusa_integration.declarations import declaration_of
from medusa_integration.exceptions import ConflictError
from medusa_integration.jobs import events, queue
from medusa_integration.jobs import leads as lead_jobs
from medusa_integration.medusa.admin import can_look_up, find_customer
from medusa_integration.medusa_integration.doctype.medusa_sync_log.medusa_sync_log import (
	ACCEPTED_METHODS,
	DOCTYPE,
	DUPLICATE_ID,
	EVENTS,
	PERSON,
	RETRIED_METHODS,
	MedusaSyncLog,
	NoLongerWantedError,
	Repeat,
	find_logs,
	find_open_log,
)
from medusa_integration.selling import leads
from medusa_integration.session import work_as
from medusa_integration.settings import get_integration_user, get_settings
from medusa_integration.types import MedusaCustomer

BATCH = 200  # rows in one run; the next run continues
RUN_TIME = 200  # seconds; Frappe's workers kill a job after 300, and Medusa may answer slowly
# errors of rows that wait because two records may be the same customer
CONFLICTS = ("LeadConflictError", "LeadAdoptionError", "CustomerLikelyError", DUPLICATE_ID)
RUN_RETRY = "medusa_integration.jobs.retries.run_retry"


def process_due_logs() -> None:
	"""Process every row that is due, the oldest first, each in a transaction of its own.

	This is a scheduled job.
	"""
	if not get_settings().enabled:
		return
	end = monotonic() + RUN_TIME
	with work_as(get_integration_user()):
		for name in find_due_logs():
			if not process_log(name) or monotonic() > end:
				break  # the queue accepts no jobs, or the time is over; the next run continues


def find_due_logs() -> list[str]:
	"""Return the names of the rows that are due, the oldest first.

	`get_all` is not used: for it an empty date is before any other date, and its query would use no index.
	"""
	row = frappe.qb.DocType(DOCTYPE)
	is_open = (row.status != "Success") & row.method.isin(RETRIED_METHODS)
	query = frappe.qb.from_(row).select(row.name).where(is_open & (row.next_attempt <= str(now_datetime())))
	return query.orderby(row.next_attempt).limit(BATCH).run(pluck=True)


def process_log(name: str) -> bool:
	"""Start another attempt at a sign-up, a Lead or an event, and commit.

	If the attempt cannot start, the error is stored in the row. Returns False if the queue accepts no jobs:
	then the row is due again soon, and the attempt does not count.
	"""
	row = find_open_log(name)
	if row and row.method in EVENTS:
		return events.enqueue_again(row)
	if not row or row.close_if_settled():
		return True
	if row.medusa_id and queue.is_waiting(lead_jobs.job_id(row.medusa_id, row.attempts)):
		row.postpone()  # the job is not lost: the workers are busy
		return True
	try:
		data = find_data(row)
	except Exception as error:
		row.fail_attempt(error)
		return True
	return row.close_if_settled() or enqueue_lead(row, data)


def enqueue_lead(row: MedusaSyncLog, data: MedusaCustomer) -> bool:
	"""Start another attempt at the Lead of a row; return what `process_log` returns."""
	if not row.start_attempt(data["id"]):
		return True
	is_queued = lead_jobs.enqueue_again(data, row.attempts)
	if not is_queued:
		row.cancel_attempt()
	return is_queued


def find_data(row: MedusaSyncLog) -> MedusaCustomer:
	"""Return the data that `insert_lead` needs for a row.

	If Medusa never answered the sign-up, the data are looked up in Medusa. Raises ConflictError if only a
	person can help, MedusaUnavailableError if Medusa cannot be reached.
	"""
	request = read_request(row)
	data: Any = request.get("data", request) if row.method == "insert_lead" else request
	medusa_id = row.medusa_id or data.get("id")
	if medusa_id:
		return cast(MedusaCustomer, {**data, "id": medusa_id})
	if not can_look_up():
		message = _(
			"It is not known what Medusa did. With a secret key in Medusa Settings it can be looked up."
		)
		frappe.throw(message, ConflictError)
	return look_up(data)


def read_request(row: MedusaSyncLog) -> dict[str, Any]:
	"""Return the request of a row. Raises ConflictError if the personal data in it were deleted."""
	try:
		return json.loads(row.request or "{}")
	except ValueError:
		frappe.throw(_("The personal data of this row were deleted."), ConflictError)


def look_up(data: MedusaCustomer) -> MedusaCustomer:
	"""Return the customer's data from Medusa's admin API.

	The data of the failed sign-up are not used, because somebody else may have sent them. `t_c_acceptance` is
	kept only if the two are equal. Raises as `find_data` does.
	"""
	known = find_customer(data["email"])
	if not known:
		message = _("Medusa has no account with this e-mail address. The customer can sign up again.")
		frappe.throw(message, ConflictError)
	is_equal = all((data.get(field) or "") == value for field, value in known.items() if field != "id")
	acceptance = bool(is_equal and data.get("t_c_acceptance"))
	return cast(MedusaCustomer, {**data, **known, "t_c_acceptance": acceptance})


def adopt_lead(row: MedusaSyncLog) -> str | None:
	"""Let the shop account of a row adopt the Lead that has the same e-mail; return the Lead's name.

	Raises ConflictError if the row does not wait for a Lead, and LeadConflictError.
	"""
	if row.status == "Success" or row.method not in ACCEPTED_METHODS or not row.medusa_id:
		frappe.throw(_("This row does not wait for a Lead."), ConflictError)
	sent = Arguments(find_data(row))
	customer = leads.read_customer(sent, names_required=False)
	sent.check()
	customer["id"] = row.medusa_id
	with work_as(get_integration_user()):
		return transaction.run(lambda: leads.insert_lead(customer, may_adopt=True))


def retry(row: MedusaSyncLog) -> None:
	"""Retry a row now.

	Raises ConflictError if the row is done, if its method cannot be repeated, or if the queue accepts no
	jobs.
	"""
	if row.method in EVENTS and row.status != "Success":
		row.restart_event()
		if not events.enqueue_again(row):
			throw_queue_full()
		return
	declaration = declaration_of(row.method)
	if row.status == "Success" or not declaration or not declaration.is_repeatable:
		frappe.throw(_("This row cannot be tried again."), ConflictError)
	with work_as(get_integration_user()):
		is_queued = process_log(row.name) if row.method in ACCEPTED_METHODS else enqueue_retry(row)
	if not is_queued:
		throw_queue_full()


def retry_waiting(medusa_id: str) -> None:
	"""Retry the rows of a customer that waited for a person to decide who the customer is."""
	filters = {"medusa_id": medusa_id, "waits_for": PERSON, "error_type": ("in", CONFLICTS)}
	for row in find_logs(filters):
		with suppress(ConflictError):  # the queue accepts no jobs: the button Retry remains
			retry(row)


def throw_queue_full() -> NoReturn:
	"""Raise ConflictError, because the queue accepts no jobs."""
	frappe.throw(_("The queue takes no jobs now. Please try again later."), ConflictError)


def enqueue_retry(row: MedusaSyncLog) -> bool:
	"""Queue a call of the storefront again.

	Returns False, and leaves the row unchanged, if the queue accepts no jobs. Each attempt has a job of its
	own, because an earlier job may have died with its worker.
	"""
	before = {"status": row.status, "attempts": row.attempts, "waits_for": row.waits_for}
	if not row.update_if_unchanged(status="Queued", attempts=row.attempts + 1, waits_for=""):
		return True  # another user pressed the button at the same moment
	job_id = f"medusa_repeat_{row.name}_{row.attempts}"
	is_queued = queue.enqueue(RUN_RETRY, job_id, name=row.name, attempt=row.attempts)
	if not is_queued:
		row.update_if_unchanged(**before)
	return is_queued


def run_retry(name: str, attempt: int) -> None:
	"""Repeat a storefront's call, and close its row on success.

	This is the background job of the button Retry. It does nothing if the call is no longer wanted: a later
	call replaced it, or the button was pressed again.
	"""
	row = find_open_log(name)
	if not row:
		return
	method: Any = frappe.get_attr(f"{API}.{row.method}")
	with suppress(NoLongerWantedError):
		method.repeat(Repeat(row.name, row.creation, attempt), **read_request(row))
		row.mark_success()
