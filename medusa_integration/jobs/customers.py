"""Read the customers of Medusa: the changes every quarter of an hour, the known ones each night, and all of
them when a person imports them.

Each is read in the order of the ids. The position is stored with each customer in one transaction, so a
reading that was interrupted continues where it ended, and counts nobody twice.
"""

from datetime import datetime, timedelta
from time import monotonic
from typing import Any, NamedTuple

import frappe
from frappe import _
from frappe.utils import add_to_date, now_datetime

from medusa_integration.arguments import Arguments
from medusa_integration.constants import API
from medusa_integration.exceptions import (
	PERMANENT,
	BusyError,
	ConflictError,
	LeadConflictError,
	MedusaUnavailableError,
	as_plain_text,
	conflict_of,
)
from medusa_integration.jobs import queue
from medusa_integration.medusa import customers
from medusa_integration.medusa.admin import can_look_up
from medusa_integration.medusa_integration.doctype.medusa_customer_import.medusa_customer_import import (
	CHANGES,
	COUNTS,
	DOCTYPE,
	DONE,
	KNOWN,
	RESULT,
	RUNNING,
	MedusaCustomerImport,
)
from medusa_integration.medusa_integration.doctype.medusa_sync_log import medusa_sync_log as sync_log
from medusa_integration.selling import accounts, leads, matching, shop_accounts, shop_customers
from medusa_integration.session import in_site_language, work_as
from medusa_integration.settings import get_integration_user, get_settings

RUN = "medusa_integration.jobs.customers.run"
UPDATE_CUSTOMER = f"{API}.update_customer"
RUN_TIME = 600  # seconds of one job; Frappe's workers kill a long one after 1500
OVERLAP = timedelta(minutes=10)  # a change may be committed in Medusa long after its time
SAMPLE = 100  # known customers that Medusa is asked about before it is believed that others were deleted
FEW = 10  # with fewer known customers the sample says nothing
IDLE = 5  # minutes without progress: the job has died, or Medusa could not be reached
WAITING, FAILED = "waiting", "failed"


class Result(NamedTuple):
	"""What was done with a customer, or would be: one of COUNTS, or "" if it is not counted."""

	result: str
	doctype: str = ""
	name: str = ""
	message: str = ""
	likely: bool = False


class OvertakenError(Exception):
	"""Raised if another job continues the same reading."""


# starting


def fetch_changes() -> None:
	"""Start reading what has changed since the last time. This is a scheduled job."""
	if is_on():
		start(get_own(CHANGES))


def fetch_known() -> None:
	"""Start reading all known customers: their addresses, and who was deleted. This is a scheduled job.

	Medusa lists neither as a change of the customer.
	"""
	if is_on():
		start(get_own(KNOWN))


def is_on() -> bool:
	"""Return whether the settings want customers to be fetched, and have the key for it."""
	settings = get_settings()
	return bool(settings.enabled and settings.fetch_customers and can_look_up())


def continue_readings() -> None:
	"""Queue the readings again that have made no progress for IDLE minutes. This is a scheduled job."""
	if not get_settings().enabled:
		return
	idle = {"status": RUNNING, "modified": ("<", add_to_date(now_datetime(), minutes=-IDLE))}
	for name in frappe.get_all(DOCTYPE, idle, pluck="name"):
		enqueue(frappe.get_doc(DOCTYPE, name))


def start_import(is_dry_run: bool) -> str:
	"""Start an import of all customers by hand; return its name.

	Raises ConflictError without a secret key, and MedusaUnavailableError.
	"""
	check_key()
	title = _("Dry Run") if is_dry_run else _("Import")
	row = frappe.get_doc({"doctype": DOCTYPE, "is_dry_run": int(is_dry_run), "title": title})
	row.insert(ignore_permissions=True)
	start(row)
	return row.name


def start_fetching() -> None:
	"""Start reading what has changed, by hand. Raises as `start_import` does."""
	check_key()
	start(get_own(CHANGES))


def check_key() -> None:
	"""Raise ConflictError if the settings have no secret key."""
	if not can_look_up():
		frappe.throw(_("Medusa Settings have no Secret Key."), ConflictError)


def get_own(name: str) -> MedusaCustomerImport:
	"""Return the record of a scheduled reading."""
	if frappe.db.exists(DOCTYPE, name):
		return frappe.get_doc(DOCTYPE, name)
	row = frappe.get_doc({"doctype": DOCTYPE, "title": name})
	row.flags.name_set = name
	return row.insert(ignore_permissions=True)


def start(row: MedusaCustomerImport) -> None:
	"""Begin a reading, unless it is running, and queue its job."""
	if row.status != RUNNING:
		begin(row)
	if row.status == RUNNING:
		queue.enqueue_after_commit(RUN, job_id(row), queue="long", name=row.name)


def begin(row: MedusaCustomerImport) -> None:
	"""Set the period of a reading, and how many customers are in it.

	The first reading of changes only sets where the next one begins: who was there before is imported by
	hand. Raises MedusaUnavailableError.
	"""
	since = ""
	if row.name == CHANGES and row.until:
		since = (datetime.fromisoformat(row.until) - OVERLAP).isoformat()
	total, now = customers.count_customers(since)
	is_first = row.name == CHANGES and not since
	values = {
		"status": DONE if is_first else RUNNING,
		"since": since,
		"until": now if row.name == CHANGES else "",
		"total": 0 if is_first else total,
		"position": "",
		"processed": 0,
		"error": None,
		**dict.fromkeys(COUNTS, 0),
	}
	frappe.db.set_value(DOCTYPE, row.name, values)
	row.update(values)


def enqueue(row: MedusaCustomerImport) -> None:
	"""Queue the job of a reading now."""
	queue.enqueue(RUN, job_id(row), queue="long", name=row.name)


def job_id(row: MedusaCustomerImport) -> str:
	"""Return the id of the job.

	It contains the position, because a job whose worker died counts as running for minutes.
	"""
	return f"medusa_customers_{row.name}_{row.position or 'begin'}"


# reading


@in_site_language()
def run(name: str) -> None:
	"""Continue a reading, for RUN_TIME at most; then the next job continues. This is the background job."""
	row = frappe.get_doc(DOCTYPE, name)
	end = monotonic() + RUN_TIME
	try:
		if name == KNOWN:
			check_server()
		while row.status == RUNNING:
			read_page(row)
			if monotonic() > end:
				return enqueue(row)
	except (BusyError, MedusaUnavailableError) as error:
		frappe.db.rollback()
		# the reading continues later, from its position
		frappe.db.set_value(DOCTYPE, name, "error", as_plain_text(str(error)))
	except OvertakenError:
		frappe.db.rollback()


def read_page(row: MedusaCustomerImport) -> None:
	"""Process the next page of customers as the integration user, with the settings as they are now."""
	frappe.set_user(frappe.session.user)  # empties Frappe's caches of this process
	with work_as(get_integration_user()):
		process_page(row)


def process_page(row: MedusaCustomerImport) -> None:
	"""Process the next page of customers; end the reading if it is the last one."""
	after = row.position or ""
	page = customers.list_customers(after, row.since or "", row.until or "")
	for customer in page:
		process(row, customer)
	is_last = len(page) < customers.PAGE
	if row.name == KNOWN:
		mark_deleted(after, "" if is_last else row.position or "", {one.get("id") for one in page})
	if is_last:
		frappe.db.set_value(DOCTYPE, row.name, "status", DONE)
		row.status = DONE
	# the next page needs a long time, and another worker must see how far this one is
	frappe.db.commit()  # nosemgrep: frappe-manual-commit


def process(row: MedusaCustomerImport, customer: dict[str, Any]) -> None:
	"""Do what the reading does with a customer, and commit it with the position.

	Raises OvertakenError if another job has moved the position, and what means that it must be tried again.
	"""
	result = foresee(customer) if row.is_dry_run else save(row, customer)
	position = frappe.db.get_value(DOCTYPE, row.name, "position", for_update=True)
	if (position or "") != (row.position or ""):
		raise OvertakenError
	values = {"position": customer["id"], "processed": row.processed + 1}
	for count in (result.result, "likely" if result.likely else ""):
		if count:
			values[count] = row.get(count) + 1
	frappe.db.set_value(DOCTYPE, row.name, {**values, "error": None})
	row.update(values)
	if row.has_results:
		store_result(row.name, customer, result)
	# each customer for itself: a failure later must not undo it
	frappe.db.commit()  # nosemgrep: frappe-manual-commit


def save(row: MedusaCustomerImport, customer: dict[str, Any]) -> Result:
	"""Create or update the Lead of a customer, as the storefront's method does, with its row if it fails."""
	if row.name == KNOWN and not accounts.find_party(customer["id"]):
		return Result("")
	data = {key: customer[key] for key in shop_customers.CUSTOMER_KEYS if key in customer}
	try:
		answer = frappe.get_attr(UPDATE_CUSTOMER)(data=data, addresses=customer.get("addresses"))
	except (BusyError, MedusaUnavailableError):
		raise
	except LeadConflictError as error:
		return waiting(error)
	except PERMANENT as error:
		return Result(FAILED, message=as_plain_text(str(error)))
	except Exception as error:
		# one customer does not stop the others; but if the database fails, nobody would find it later
		if not sync_log.is_failed("update_customer", customer["id"]):
			raise
		frappe.log_error(f"Medusa customer {customer['id']}")
		return Result(FAILED, message=as_plain_text(str(error)))
	return Result(answer["result"], answer["doctype"], answer["name"])


def foresee(customer: dict[str, Any]) -> Result:
	"""Return what an import would do with a customer; nothing is changed."""
	sent = Arguments(customer)
	try:
		known = shop_customers.read_customer(sent, [])
		sent.check()
		result = shop_customers.foresee(known)
	except LeadConflictError as error:
		return waiting(error)
	except PERMANENT as error:
		return Result(FAILED, message=as_plain_text(str(error)))
	lead = frappe.new_doc("Lead").update(leads.lead_fields(known.as_sign_up()))
	likely = matching.likely_customers(lead, matching.STRONG) if result == shop_customers.CREATED else []
	doctype, name = accounts.find_party(known.id) or ("", "")
	if likely:
		doctype, name = "Customer", likely[0].name
	return Result(result, doctype, name, likely=bool(likely))


def waiting(error: LeadConflictError) -> Result:
	"""Return that a person must decide, with the record that has the customer's e-mail."""
	doctype, name = conflict_of(error)
	return Result(WAITING, doctype or "", name or "", as_plain_text(str(error)))


def store_result(name: str, customer: dict[str, Any], result: Result) -> None:
	"""Store what was done with a customer."""
	row = frappe.new_doc(RESULT)
	row.update(
		{
			"customer_import": name,
			"result": result.result,
			"email": str(customer.get("email") or "")[:140],
			"medusa_id": customer["id"],
			"reference_doctype": result.doctype or None,
			"reference_name": result.name or None,
			"message": result.message,
			"likely": int(result.likely),
		}
	)
	row.name = frappe.generate_hash(length=10)
	row.db_insert()  # nobody else has written the values


def check_server() -> None:
	"""Raise MedusaUnavailableError if the server does not know most of the customers that are known here.

	It is another server then, and everybody would be noted as deleted.
	"""
	sample = shop_accounts.oldest_and_newest(SAMPLE)
	found = customers.existing(sample)
	if len(sample) >= FEW and len(found) < len(sample) / 2:
		message = _("Medusa has only {0} of {1} known customers. Is the Medusa URL the right one?")
		frappe.throw(message.format(len(found), len(sample)), MedusaUnavailableError)


def mark_deleted(after: str, last: str, listed: set[Any]) -> None:
	"""Note the known customers between two ids that Medusa no longer has.

	`last` is included; "" is the end. `listed` are the ids on the page of Medusa.
	"""
	missing = [name for name in shop_accounts.names_between(after, last) if name not in listed]
	deleted = sorted(set(missing) - customers.existing(missing))
	now = customers.count_customers()[1] if deleted else ""
	for medusa_id in deleted:
		seen = shop_accounts.load(medusa_id)
		email = seen.values.get("email") if seen else None
		data = {"id": medusa_id, "email": email, "updated_at": now, "deleted_at": now}
		frappe.get_attr(UPDATE_CUSTOMER)(data=data)
		# each customer for itself
		frappe.db.commit()  # nosemgrep: frappe-manual-commit
