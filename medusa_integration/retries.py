"""Taking accepted work up again that failed or got stuck, until it is done or a person has to look at it.

Only what was accepted: sign-ups, and the Leads that come of them. What a storefront was refused it asks for
again itself; a person can repeat that from the form of a row, too.
"""

import json
from time import monotonic
from typing import Any

import frappe
from frappe import _
from frappe.utils import add_to_date, escape_html, now_datetime
from frappe.utils.user import get_system_managers

from medusa_integration import api, leads, queue, sync_log, transaction
from medusa_integration.access import work_as
from medusa_integration.exceptions import ConflictError
from medusa_integration.medusa.reconciliation import can_look_up, find_customer_id
from medusa_integration.settings import get_settings

BATCH = 200  # rows in a run; the next run goes on
RUN_TIME = 200  # seconds; Frappe's workers kill a job after 300, and Medusa may be slow to be asked
METHODS = ("sign_up", "insert_lead")
REPEATABLE = (*METHODS, "create_quotation", "update_quotation", "update_address")


def take_up_due_work() -> None:
	"""The scheduled job: take up every row that is due, each in a transaction of its own."""
	if not get_settings().enabled:
		return
	due = [
		["status", "!=", "Success"],
		["method", "in", METHODS],
		["next_attempt", "is", "set"],  # to Frappe an empty moment is before any other
		["next_attempt", "<=", now_datetime()],
	]
	rows = frappe.get_all(sync_log.DOCTYPE, due, pluck="name", order_by="next_attempt asc", limit=BATCH)
	end = monotonic() + RUN_TIME
	with work_as(get_settings().integration_user):
		for row in rows:
			if not take_up(row) or monotonic() > end:
				break  # the others would not be queued either; or the next run goes on


def take_up(row_name: str) -> bool:
	"""Begin a new attempt at a sign-up or a Lead, and commit; a failure to begin stays in the row.

	Returns False where the queue takes no jobs: the row is due again soon, and the attempt does not count.
	"""
	row = frappe.get_doc(sync_log.DOCTYPE, row_name)
	if row.medusa_id and queue.is_waiting(leads.job_id(row.medusa_id, row.attempts)):
		change(row.name, next_attempt=sync_log.in_minutes(sync_log.GRACE))  # not lost: workers are busy
		return True
	attempts = row.attempts + 1
	try:
		data = find_data(row)
	except Exception as error:
		due = None if sync_log.is_permanent(error) else sync_log.next_attempt(attempts)
		reason = sync_log.describe(error)
		change(row.name, status="Failed", attempts=attempts, next_attempt=due, error=reason)
		return True
	# due again later, should the job be lost
	due = sync_log.next_attempt(attempts)
	change(row.name, status="Queued", medusa_id=data["id"], attempts=attempts, next_attempt=due)
	is_queued = leads.enqueue_again(data, attempts)
	if not is_queued:
		change(row.name, attempts=row.attempts, next_attempt=sync_log.in_minutes(1))
	return is_queued


def change(row: str, **values: Any) -> None:
	"""Set fields of a row for good."""
	transaction.run(lambda: sync_log.update(row, **values))
	frappe.db.commit()  # one bad row must not hold up the others, nor a later failure undo this one


def find_data(row: Any) -> leads.MedusaCustomer:
	"""What `insert_lead` needs for a row, looked up in Medusa where it never answered.

	Raises ConflictError where only a person can help, MedusaUnavailableError where Medusa cannot be asked.
	"""
	request = json.loads(row.request)
	data = request.get("data", request) if row.method == "insert_lead" else request
	medusa_id = row.medusa_id
	if not medusa_id:
		if not can_look_up():
			message = _(
				"What Medusa did is not known. With a secret key in Medusa Settings it can be looked up."
			)
			frappe.throw(message, ConflictError)
		medusa_id = find_customer_id(row.email)
	if not medusa_id:
		frappe.throw(
			_("Medusa has no account of this e-mail address. The customer can sign up again."), ConflictError
		)
	return {**data, "id": medusa_id}


@frappe.whitelist(methods=["POST"])
def retry(name: str) -> None:
	"""The button of the form: try a row of the sync log again now.

	Raises frappe.PermissionError unless the user is a System Manager, ConflictError for a row that is done or
	that is not of a method of the app's.
	"""
	if "System Manager" not in frappe.get_roles():
		frappe.throw(_("Only a System Manager may try this again."), frappe.PermissionError)
	row = frappe.get_doc(sync_log.DOCTYPE, name)
	if row.status == "Success" or row.method not in REPEATABLE:
		frappe.throw(_("This row cannot be tried again."), ConflictError)
	if row.method in METHODS:
		with work_as(get_settings().integration_user):
			is_queued = take_up(row.name)
		if not is_queued:
			frappe.throw(
				_("The queue of background jobs takes none now. This is tried again."), ConflictError
			)
	else:
		sync_log.update(row.name, status="Queued")
		queue.after_commit("medusa_integration.retries.repeat", f"medusa_repeat_{row.name}", name=row.name)


def repeat(name: str) -> None:
	"""The background job behind `retry`: make a storefront's call again, and close its row if it succeeds."""
	row = frappe.get_doc(sync_log.DOCTYPE, name)
	sync_log.update(name, attempts=row.attempts + 1)
	frappe.db.commit()  # the attempt counts, whatever becomes of it
	frappe.flags.medusa_retried_row = name
	try:
		getattr(api, row.method)(**json.loads(row.request))
	finally:
		frappe.flags.medusa_retried_row = None
	sync_log.update(name, status="Success", error=None)


def mail_failures() -> None:
	"""The daily job: tell System Managers of rows that wait for a person for more than a day."""
	filters = {
		"status": ("!=", "Success"),
		"method": ("in", METHODS),
		"next_attempt": ("is", "not set"),
		"creation": ("<", add_to_date(now_datetime(), days=-1)),
	}
	fields = ["name", "method", "email", "error"]
	rows = frappe.get_all(sync_log.DOCTYPE, filters, fields, order_by="creation asc", limit=100)
	if not rows:
		return
	count = frappe.db.count(sync_log.DOCTYPE, filters)
	lines = "".join(table_row([row[field] for field in fields]) for row in rows)
	frappe.sendmail(
		recipients=get_system_managers(only_name=True),
		subject=_("Medusa: {0} sign-ups wait for a person").format(count),
		message=f"<p>{_('See Medusa Sync Log.')}</p><table>{lines}</table>",
	)


def table_row(values: list[Any]) -> str:
	"""A row of an HTML table; the values are text, not HTML."""
	cells = "".join(f"<td>{escape_html(str(value or ''))}</td>" for value in values)
	return f"<tr>{cells}</tr>"
