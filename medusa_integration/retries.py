"""Taking accepted work up again that failed or got stuck, until it is done or a person has to look at it.

Only what was accepted: sign-ups, and the Leads that come of them. What a storefront was refused it asks for
again itself; a person can repeat that from the form of a row, too.
"""

import json
from contextlib import suppress
from time import monotonic
from typing import Any

import frappe
from frappe import _
from frappe.utils import add_to_date, escape_html, now_datetime
from frappe.utils.user import get_system_managers

from medusa_integration import access, api, leads, queue, sync_log, transaction
from medusa_integration.arguments import Arguments
from medusa_integration.exceptions import ConflictError
from medusa_integration.medusa.reconciliation import can_look_up, find_customer
from medusa_integration.settings import get_integration_user, get_settings

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
	with access.work_as(get_integration_user()):
		for row in rows:
			if not take_up(row) or monotonic() > end:
				break  # the others would not be queued either; or the next run goes on


def take_up(row_name: str) -> bool:
	"""Begin a new attempt at a sign-up or a Lead, and commit; a failure to begin stays in the row.

	Returns False where the queue takes no jobs: the row is due again soon, and the attempt does not count.
	"""
	row = find_open(row_name)
	if not row or settle(row):
		return True
	if row.medusa_id and queue.is_waiting(leads.job_id(row.medusa_id, row.attempts)):
		change(row, next_attempt=sync_log.in_minutes(sync_log.GRACE))  # not lost: workers are busy
		return True
	try:
		data = find_data(row)
	except Exception as error:
		note_failure(row, error)
		return True
	return settle(row) or queue_lead(row, data)


def find_open(name: str) -> Any:
	"""A row as it is now; None where it was deleted or is done."""
	rows = frappe.get_all(sync_log.DOCTYPE, {"name": name, "status": ("!=", "Success")}, ["*"])
	return rows[0] if rows else None


def settle(row: Any) -> bool:
	"""Close a sign-up of unknown outcome that was made again since, and succeeded; whether it was."""
	if row.medusa_id:
		return False
	frappe.db.rollback()  # Medusa may have been asked for seconds: from here on is seen what others wrote
	return sync_log.is_settled(row) and change(row, status="Success", next_attempt=None, error=None)


def note_failure(row: Any, error: Exception) -> None:
	"""Write down why an attempt could not begin, unless the customer settled it meanwhile."""
	if settle(row):
		return
	attempts = row.attempts + 1
	due = None if sync_log.is_permanent(error) else sync_log.next_attempt(attempts)
	change(row, status="Failed", attempts=attempts, next_attempt=due, error=sync_log.describe(error))


def queue_lead(row: Any, data: leads.MedusaCustomer) -> bool:
	"""Begin a new attempt at the Lead of a row; returns as `take_up` does."""
	attempts = row.attempts + 1
	# due again later, should the job be lost
	due = sync_log.next_attempt(attempts)
	if not change(row, status="Queued", medusa_id=data["id"], attempts=attempts, next_attempt=due):
		return True
	is_queued = leads.enqueue_again(data, attempts)
	if not is_queued:
		change(row, attempts=attempts - 1, next_attempt=sync_log.in_minutes(1))
	return is_queued


def change(row: Any, **values: Any) -> bool:
	"""Set fields of a row for good, unless somebody else changed it since `row` was read; whether it was
	done.

	Medusa may have been asked for seconds since, and the customer have signed up again.
	"""

	def work() -> bool:
		fields = ["status", "attempts", "medusa_id"]
		now = frappe.db.get_value(sync_log.DOCTYPE, row.name, fields, for_update=True, as_dict=True)
		if not now or any(now[field] != row.get(field) for field in fields):
			return False
		sync_log.update(row.name, **values)
		return True

	is_done = transaction.run(work)
	frappe.db.commit()  # one bad row must not hold up the others, nor a later failure undo this one
	row.update(values)
	return is_done


def find_data(row: Any) -> leads.MedusaCustomer:
	"""What `insert_lead` needs for a row, looked up in Medusa where it never answered.

	Raises ConflictError where only a person can help, MedusaUnavailableError where Medusa cannot be asked.
	"""
	request = json.loads(row.request)
	data = request.get("data", request) if row.method == "insert_lead" else request
	medusa_id = row.medusa_id or data.get("id")
	if not medusa_id:
		if not can_look_up():
			message = _(
				"What Medusa did is not known. With a secret key in Medusa Settings it can be looked up."
			)
			frappe.throw(message, ConflictError)
		return as_medusa_knows(data)
	return {**data, "id": medusa_id}


def as_medusa_knows(data: leads.MedusaCustomer) -> leads.MedusaCustomer:
	"""A customer as Medusa knows him: whoever signed up in his name may not have known his password.

	Terms count as accepted where Medusa knows nothing else of him than was said while he accepted them.
	Raises as `find_data`.
	"""
	known = find_customer(data["email"])
	if not known:
		frappe.throw(
			_("Medusa has no account of this e-mail address. The customer can sign up again."), ConflictError
		)
	is_his = all((data.get(field) or "") == value for field, value in known.items() if field != "id")
	return {**data, **known, "t_c_acceptance": bool(is_his and data.get("t_c_acceptance"))}


@frappe.whitelist(methods=["POST"])
@access.desk(role="System Manager")
def retry(name: Any = None) -> None:
	"""The button of the form: try a row of the sync log again now.

	Raises frappe.PermissionError unless the user is a System Manager, InvalidArgumentsError,
	IntegrationDisabledError, and ConflictError for a row that is done or not of a method of the app's, and
	where the queue takes no jobs.
	"""
	access.require_enabled(get_settings())
	args = Arguments({"name": name})
	wanted = args.text("name", required=True)
	args.check()
	row = frappe.get_doc(sync_log.DOCTYPE, wanted)
	if row.status == "Success" or row.method not in REPEATABLE:
		frappe.throw(_("This row cannot be tried again."), ConflictError)
	with access.work_as(get_integration_user()):
		is_queued = take_up(row.name) if row.method in METHODS else queue_repeat(row)
	if not is_queued:
		frappe.throw(_("The queue takes no jobs now. Please try again later."), ConflictError)


@frappe.whitelist(methods=["POST"])
@access.desk(role="System Manager")
def adopt(name: Any = None) -> str:
	"""The button of a row that waits for it: let the shop account take over the Lead that has its e-mail
	address.

	Return the Lead's name. Raises frappe.PermissionError unless the user is a System Manager,
	InvalidArgumentsError, IntegrationDisabledError, ConflictError for a row that waits for no Lead, and
	LeadConflictError.
	"""
	access.require_enabled(get_settings())
	args = Arguments({"name": name})
	wanted = args.text("name", required=True)
	args.check()
	row = frappe.get_doc(sync_log.DOCTYPE, wanted)
	if row.status == "Success" or row.method not in METHODS or not row.medusa_id:
		frappe.throw(_("No sign-up waits here for a Lead."), ConflictError)
	sent = Arguments(find_data(row))
	customer = api.read_customer(sent, names_required=False)
	sent.check()
	customer["id"] = row.medusa_id
	with access.work_as(get_integration_user()):
		return transaction.run(lambda: leads.insert_lead(customer, may_adopt=True))


def queue_repeat(row: Any) -> bool:
	"""Queue a storefront's call again; False, and the row as it was, where the queue takes no jobs.

	A job of its own for each time: the one before may have died with its worker.
	"""
	before = {"status": row.status, "attempts": row.attempts}
	if not change(row, status="Queued", attempts=row.attempts + 1):
		return True  # somebody else pressed at the same moment
	job_id = f"medusa_repeat_{row.name}_{row.attempts}"
	arguments = {"name": row.name, "attempt": row.attempts}
	is_queued = queue.enqueue("medusa_integration.retries.repeat", job_id, **arguments)
	if not is_queued:
		change(row, **before)
	return is_queued


def repeat(name: str, attempt: int) -> None:
	"""The background job behind `retry`: make a storefront's call again, and close its row if it succeeds.

	Nothing is done where that is wanted no more: a later call took its place, or there was another press.
	"""
	row = find_open(name)
	if not row:
		return
	with sync_log.repeating(row, attempt), suppress(sync_log.Settled):
		getattr(api, row.method)(**json.loads(row.request))
		sync_log.update(name, status="Success", error=None)


def mail_failures() -> None:
	"""The daily job: tell System Managers of rows that are not done after a day."""
	filters = {
		"status": ("!=", "Success"),
		"method": ("in", REPEATABLE),
		"creation": ("<", add_to_date(now_datetime(), days=-1)),
	}
	fields = ["name", "method", "email", "error"]
	rows = frappe.get_all(sync_log.DOCTYPE, filters, fields, order_by="creation desc", limit=100)
	if not rows:
		return
	count = frappe.db.count(sync_log.DOCTYPE, filters)
	lines = "".join(table_row([row[field] for field in fields]) for row in rows)
	what_to_do = _("See Medusa Sync Log: press Retry, or delete what is settled.")
	frappe.sendmail(
		recipients=get_system_managers(only_name=True),
		subject=_("Medusa: {0} calls are not done after a day").format(count),
		message=f"<p>{what_to_do}</p><table>{lines}</table>",
	)


def table_row(values: list[Any]) -> str:
	"""A row of an HTML table; the values are text, not HTML."""
	cells = "".join(f"<td>{escape_html(str(value or ''))}</td>" for value in values)
	return f"<tr>{cells}</tr>"
