"""Medusa Sync Log: one row for each sign-up, and for each failed call that its caller cannot fix.

The states of a row and its transitions are methods here; docs/operations.md draws them. `waits_for` says what
a row waits for that is not done: its next attempt by the scheduled job, a person, or the shop. It waits for
the shop if nobody here can do anything: the customer must choose another e-mail, or accept the new total.
"""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple, cast

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import add_days, add_to_date, escape_html, now_datetime

from medusa_integration import exact, transaction
from medusa_integration.exceptions import (
	CALLERS_OWN,
	PERMANENT,
	BusyError,
	ConflictError,
	EmailTakenError,
	MedusaRefusedError,
	MedusaUnavailableError,
	NotOfferedError,
	OfferChangedError,
	QuotationConflictError,
	as_plain_text,
	conflict_of,
)
from medusa_integration.session import in_site_language
from medusa_integration.settings import get_settings
from medusa_integration.types import MedusaCustomer

DOCTYPE = "Medusa Sync Log"
# accepted work, which is retried automatically; the callers of other methods know that their call failed
ACCEPTED_METHODS = ("sign_up", "insert_lead")
# changes that the shop is told about
QUOTATION_CHANGED, ORDER_CHANGED = "quotation.changed", "order.changed"
EVENTS = (QUOTATION_CHANGED, ORDER_CHANGED)
# not a call: an id that several records of an old site have
DUPLICATE_ID = "duplicate_id"
RETRIED_METHODS = (*ACCEPTED_METHODS, *EVENTS)
GRACE = 10  # minutes; after this time, started work is done or its process has died
SAME_FAILURES = 20  # rows that are compared with a new failure
LINE_LENGTH = 140  # characters of a Data field
NEXT_ATTEMPT, PERSON, SHOP = "Next attempt", "Person", "Shop"  # of `waits_for`
WITHOUT_MARKUP = str.maketrans({"<": "(", ">": ")", '"': "'", "`": "'"})
# the fields of a row that is done
DONE = {"status": "Success", "next_attempt": None, "waits_for": "", "error": None, "error_type": None}
# errors that only the customer, or the shop, can do something about
FOR_THE_SHOP = (
	*CALLERS_OWN,
	BusyError,
	EmailTakenError,
	MedusaRefusedError,
	NotOfferedError,
	OfferChangedError,
	QuotationConflictError,
)


class MedusaSyncLog(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		attempts: DF.Int
		conflict_doctype: DF.Link | None
		conflict_name: DF.DynamicLink | None
		direction: DF.Literal["In", "Out"]
		email: DF.Data | None
		error: DF.SmallText | None
		error_type: DF.Data | None
		mailed: DF.Check
		medusa_id: DF.Data | None
		method: DF.Data
		next_attempt: DF.Datetime | None
		open_key: DF.Data | None
		quotation_id: DF.Data | None
		reference_doctype: DF.Link | None
		reference_name: DF.DynamicLink | None
		request: DF.Code | None
		settled_reason: DF.SmallText | None
		status: DF.Literal["Queued", "Success", "Failed"]
		title: DF.Data | None
		waits_for: DF.Literal["", "Next attempt", "Person", "Shop"]
	# end: auto-generated types

	def set_medusa_id(self, medusa_id: str) -> None:
		"""Set the id that Medusa gave at a sign-up, and close earlier failed sign-ups with this e-mail.

		A successful sign-up proves the password, so the data of earlier failed rows are no longer used. Rows
		that are still Queued are not changed: their own request finishes them, and `close_if_settled` handles
		those whose process died.
		"""
		failed = {"method": "sign_up", "status": "Failed", "medusa_id": ("is", "not set")}
		for other in exact.find_all(DOCTYPE, "email", self.email or "", filters=failed):
			frappe.db.set_value(DOCTYPE, other.name, {**DONE, "medusa_id": medusa_id})
		self._set(medusa_id=medusa_id, attempts=1, next_attempt=next_attempt(1))

	def mark_success(self, doctype: str | None = None, name: str | None = None) -> None:
		"""Close the row, with a link to the document that was created or found."""
		made = {"reference_doctype": doctype, "reference_name": name} if doctype else {}
		self._set(**DONE, attempts=max(self.attempts, 1), **made)

	def mark_failed(self, error: Exception, attempts: int | None = None) -> None:
		"""Mark the row as Failed. Accepted work is due again, unless the error is permanent."""
		self._set(**failure(self.method, error, max(self.attempts if attempts is None else attempts, 1)))

	def settle(self, reason: str) -> None:
		"""Close the row because a person says that nothing has to be done; a Comment says who and why.

		Raises ConflictError if the row is done, also if another person has settled it at this moment.
		"""
		if frappe.db.get_value(DOCTYPE, self.name, "status", for_update=True) in (None, "Success"):
			frappe.throw(_("This row is done already."), ConflictError)
		self._set(**DONE, settled_reason=reason, open_key=None)
		self.add_comment("Info", _("settled this row: {0}").format(escape_html(reason)))

	def close_if_settled(self) -> bool:
		"""Close a sign-up with an unknown outcome if the customer has signed up successfully since.

		Returns whether it was closed.
		"""
		if self.medusa_id:
			return False
		frappe.db.rollback()  # a request to Medusa takes seconds: read what others wrote meanwhile
		later = {"method": "sign_up", "medusa_id": ("is", "set"), "creation": (">=", self.creation)}
		if not exact.find_all(DOCTYPE, "email", self.email or "", filters=later):
			return False
		return self.update_if_unchanged(**DONE)

	def start_attempt(self, medusa_id: str) -> bool:
		"""Start another attempt at the Lead of the row. Returns False if another process was faster."""
		attempts = self.attempts + 1
		# due again later, in case the job is lost
		due = next_attempt(attempts)
		values = {"status": "Queued", "waits_for": "", "next_attempt": due}
		return self.update_if_unchanged(medusa_id=medusa_id, attempts=attempts, **values)

	def cancel_attempt(self) -> None:
		"""Undo an attempt that the queue did not accept: it does not count, and is due in a minute."""
		values = {"attempts": self.attempts - 1, "next_attempt": in_minutes(1)}
		if self.error:  # it failed before, and shows so again
			values |= {"status": "Failed", "waits_for": NEXT_ATTEMPT}
		self.update_if_unchanged(**values)

	def postpone(self, minutes: int = GRACE) -> None:
		"""Make the row due later, because its job is still waiting for a worker."""
		self.update_if_unchanged(next_attempt=in_minutes(minutes))

	def end_event(self, problem: str | None) -> bool:
		"""Close the row of an event that the shop accepted, or mark it as failed because of `problem`.

		Returns False, and changes nothing, if the record was changed meanwhile: what was sent is out of date.
		"""
		attempts = self.attempts + 1
		if problem:
			due = next_attempt(attempts)
			values = {"status": "Failed", "next_attempt": due, "error": problem}
			values["waits_for"] = NEXT_ATTEMPT if due else PERSON
		else:
			values = {**DONE, "open_key": None}
		return self.update_if_unchanged(("modified",), attempts=attempts, **values)

	def restart_event(self) -> None:
		"""Start the attempts at an event again: a newer change joins it, or a person pressed Retry."""
		self._set(status="Queued", waits_for="", attempts=0, next_attempt=in_minutes(GRACE), mailed=0)

	def fail_attempt(self, error: Exception) -> None:
		"""Store why an attempt could not start, unless the customer has signed up again meanwhile."""
		if self.close_if_settled():
			return
		self.update_if_unchanged(**failure(self.method, error, self.attempts + 1))

	def update_if_unchanged(self, compared: tuple[str, ...] = (), **values: Any) -> bool:
		"""Set fields of the row and commit, unless another process has changed the row since it was read.

		A request to Medusa takes seconds, and the customer may have signed up again meanwhile. `compared` are
		further fields that must not have changed. Returns whether the fields were set.
		"""

		def work() -> bool:
			fields = ["status", "attempts", "medusa_id", *compared]
			now = frappe.db.get_value(DOCTYPE, self.name, fields, for_update=True, as_dict=True)
			if not now or any(now[field] != self.get(field) for field in fields):
				return False
			frappe.db.set_value(DOCTYPE, self.name, values)
			return True

		is_done = transaction.run(work)
		# a failure of the next row must not undo this one
		frappe.db.commit()  # nosemgrep: frappe-manual-commit
		self.update(values)
		return is_done

	def _set(self, **values: Any) -> None:
		frappe.db.set_value(DOCTYPE, self.name, values)
		self.update(values)

	@staticmethod
	def clear_old_logs(days: int = 90) -> None:
		"""Delete rows older than `days` days that are done, or that failed and will not be retried.

		Kept are sign-ups with a Medusa id that are not done: these customers have no Lead yet. Frappe's Log
		Settings call this.
		"""
		row = frappe.qb.DocType(DOCTYPE)
		needs_a_person = (row.status == "Failed") & row.next_attempt.isnull()
		was_refused = (row.method != "sign_up") | row.medusa_id.isnull() | (row.medusa_id == "")
		is_over = (row.status == "Success") | (needs_a_person & was_refused)
		frappe.qb.from_(row).delete().where(is_over & (row.creation < add_days(now_datetime(), -days))).run()


class NoLongerWantedError(Exception):
	"""Raised in a repeated call if its row was closed meanwhile, or repeated once more."""


class Repeat(NamedTuple):
	"""The row whose call is repeated, with the number of the attempt."""

	name: str
	creation: datetime
	attempts: int

	def check_still_wanted(self) -> None:
		"""Raise NoLongerWantedError if the row was closed meanwhile, or repeated once more.

		Locks the row until the end of the transaction.
		"""
		now = frappe.db.get_value(DOCTYPE, self.name, ["status", "attempts"], for_update=True)
		if now != ("Queued", self.attempts):
			raise NoLongerWantedError


# creating rows


def create_log(method: str, request: dict[str, Any], **values: Any) -> MedusaSyncLog:
	"""Insert a row and return it.

	`request` is stored unchanged, so it must not contain secrets. Unless `values` contain other values, the
	row is Queued and due after GRACE minutes.
	"""
	row = frappe.new_doc(DOCTYPE)
	values = {"status": "Queued", "attempts": 0, "next_attempt": in_minutes(GRACE), **values}
	row.update({"method": method, "request": frappe.as_json(request), **values})
	row.title = title_of(row, request)
	# the record that it conflicts with may be gone by now, and the row must not be lost
	row.flags.ignore_links = True
	return row.insert(ignore_permissions=True)


def open_event(event: str, doctype: str, name: str, key: str, **about: Any) -> str:
	"""Open a row for an event about a record, or join its open row; return the row's name.

	`key` names the record. The unique field `open_key` holds it while the row is open. A row that is closed
	at this moment is not joined: it is read again with a lock.
	"""
	found = frappe.db.get_value(DOCTYPE, {"open_key": key}, "name")
	if not found or not join_event(found, key):
		row = frappe.new_doc(DOCTYPE)
		row.update({"method": event, "direction": "Out", "status": "Queued", "open_key": key, **about})
		row.update({"next_attempt": in_minutes(GRACE), "reference_doctype": doctype, "reference_name": name})
		row.request = frappe.as_json({"doctype": doctype, "name": name})
		row.title = title_of(row, {})
		found = insert_event(row)
	return found


def join_event(name: str, key: str) -> bool:
	"""Let a newer change join an open row. Returns False if the row was closed meanwhile."""
	row = frappe.db.get_value(DOCTYPE, name, ["name", "open_key"], as_dict=True, for_update=True)
	if not row or row.open_key != key:
		return False
	as_document(row).restart_event()
	return True


def insert_event(row: MedusaSyncLog) -> str:
	"""Insert the row of an event; if another transaction was faster, join its row. Returns the row's name.

	`insert` is not needed: nobody else has written the values.
	"""
	row.name = frappe.generate_hash(length=10)
	frappe.db.savepoint("medusa_event")
	messages = list(frappe.local.message_log)
	try:
		row.db_insert()
	except (frappe.UniqueValidationError, frappe.DuplicateEntryError):
		frappe.db.rollback(save_point="medusa_event")
		frappe.local.message_log = messages
		other = frappe.db.get_value(DOCTYPE, {"open_key": row.open_key}, "name", for_update=True)
		if not other or not join_event(other, row.open_key or ""):
			raise
		return other
	return row.name


def log_failure(
	method: str,
	request: dict[str, Any],
	error: Exception,
	retried: str | None = None,
	document: dict[str, str | None] | None = None,
) -> MedusaSyncLog:
	"""Mark the rows of a failed call as Failed, or insert a row; return one of them.

	`request` is stored unchanged. `retried` is the name of the row whose call is repeated: it stays settled
	if a person settled it meanwhile. `document` are the fields of a new row that name the document that the
	call is about.
	"""
	if retried:  # wait for a person who settles it at this moment
		frappe.db.get_value(DOCTYPE, retried, "status", for_update=True)
	data = request["data"] if isinstance(request.get("data"), dict) else request
	about = {
		"email": as_line(data.get("email")),
		"medusa_id": as_line(data.get("id") or data.get("customer_id")),
		"quotation_id": as_line(data.get("quotation_id")),
	}
	rows = find_logs({"name": retried}) if retried else []
	if not rows and method == "insert_lead" and about["medusa_id"]:
		rows = find_open_logs_of(about["medusa_id"])
	for row in rows:
		if row.status != "Success":
			row.mark_failed(error)
	if rows:
		return rows[0]
	same = find_same_failure(method, request, about)
	if same:
		same._set(**failure(method, error, same.attempts + 1))
		return same
	return create_log(method, request, **failure(method, error, 1), **{**about, **(document or {})})


# who may see which rows


def condition_of_user(user: str | None = None, doctype: str | None = None) -> str:
	"""Return the condition for the rows that lists and counts show to a user.

	System Managers see all of them, clerks those that wait for a person and that came from the shop.
	"""
	if sees_all(user or frappe.session.user):
		return ""
	row = frappe.qb.DocType(DOCTYPE)
	return ((row.waits_for == PERSON) & (row.direction == "In")).get_sql(quote_char="`", with_namespace=True)


def has_permission(doc: MedusaSyncLog, ptype: str = "read", user: str | None = None, **options: Any) -> bool:
	"""Return whether a user may open a row. Frappe checks the roles before.

	A clerk may open each row that came from the shop, not only those of the list: the row that they have just
	settled must not close itself before it shows what became of it.
	"""
	return sees_all(user or frappe.session.user) or doc.direction == "In"


def sees_all(user: str) -> bool:
	"""Return whether a user sees all rows."""
	return "System Manager" in frappe.get_roles(user)


# finding rows


def find_logs(filters: dict[str, Any], order_by: str = "creation asc") -> list[MedusaSyncLog]:
	"""Return the rows that match `filters`."""
	rows = frappe.get_all(DOCTYPE, filters, ["*"], order_by=order_by, limit=0)
	return [as_document(row) for row in rows]


def find_open_log(name: str) -> MedusaSyncLog | None:
	"""Return a row as it is now, or None if it was deleted or is done."""
	rows = find_logs({"name": name, "status": ("!=", "Success")})
	return rows[0] if rows else None


def find_open_logs_of(medusa_id: str) -> list[MedusaSyncLog]:
	"""Return the rows that wait for the Lead of a Medusa customer."""
	filters = {"method": ("in", ACCEPTED_METHODS), "status": ("!=", "Success")}
	rows = exact.find_all(DOCTYPE, "medusa_id", medusa_id, ("*",), filters=filters)
	return [as_document(row) for row in rows]


def find_same_failure(method: str, request: dict, about: dict[str, str]) -> MedusaSyncLog | None:
	"""Return the row of an earlier failure of the same call, or None.

	So the log does not fill up if a shop repeats the same call again and again.
	"""
	known = {key: about[key] for key in ("medusa_id", "quotation_id") if about[key]}
	if not known or method in ACCEPTED_METHODS:
		return None
	filters = {"method": method, "status": "Failed", **known}
	rows = frappe.get_all(DOCTYPE, filters, ["*"], order_by="creation desc", limit=SAME_FAILURES)
	text = frappe.as_json(request)
	return next((as_document(row) for row in rows if row.request == text), None)


def is_failed(method: str, medusa_id: str) -> bool:
	"""Return whether a call for a customer has failed, and its row is still open."""
	return bool(
		exact.find_all(DOCTYPE, "medusa_id", medusa_id, filters={"method": method, "status": "Failed"})
	)


def find_accepted(medusa_id: str) -> MedusaCustomer | None:
	"""Return the customer of an accepted sign-up whose Lead does not exist yet, or None."""
	filters = {"method": "sign_up", "status": ("!=", "Success")}
	options = {"filters": filters, "order_by": "creation desc"}
	rows = exact.find_all(DOCTYPE, "medusa_id", medusa_id, ("request",), **options)
	return cast(MedusaCustomer, {**json.loads(rows[0].request), "id": medusa_id}) if rows else None


def as_document(row: dict[str, Any]) -> MedusaSyncLog:
	"""Return a row of a query as a document, without another query."""
	return frappe.get_doc({"doctype": DOCTYPE, **row})


# closing rows


def close_logs_of(medusa_id: str, doctype: str, name: str | None) -> None:
	"""Close all open rows that wait for the Lead of a Medusa customer, with the document found for it."""
	for row in find_open_logs_of(medusa_id):
		row.mark_success(doctype, name)


def close_superseded(filters: dict[str, Any], remaining: Callable[[dict], dict] = lambda request: {}) -> None:
	"""Close open rows of earlier calls that a later call has replaced.

	If they were repeated, they would undo the later call. `remaining` returns what is still to be done of an
	earlier request, or {} for nothing. Only this part stays in the row.
	"""
	for row in frappe.get_all(DOCTYPE, {"status": ("!=", "Success"), **filters}, ["name", "request"]):
		rest = remaining(json.loads(row.request))
		frappe.db.set_value(DOCTYPE, row.name, {"request": frappe.as_json(rest)} if rest else DONE)


# what the rows hold


def in_minutes(minutes: int) -> datetime:
	"""Return the time `minutes` from now."""
	return add_to_date(now_datetime(), minutes=minutes)


def next_attempt(attempts: int) -> datetime | None:
	"""Return when work is due again after `attempts` attempts, or None if it needs a person."""
	pauses = get_settings().get_retry_pauses()
	return in_minutes(pauses[attempts - 1]) if 0 < attempts <= len(pauses) else None


def next_attempt_after(method: str, error: Exception, attempts: int) -> datetime | None:
	"""Return when the work of a failed call is due again, or None if it is not retried without a person."""
	if method not in RETRIED_METHODS or is_permanent(error):
		return None
	return next_attempt(attempts)


def is_permanent(error: Exception) -> bool:
	"""Return whether the same work would fail again for the same reason.

	The reason is wrong data, or a conflict that only a person can resolve.
	"""
	if isinstance(error, BusyError | MedusaUnavailableError):
		return False
	return isinstance(error, PERMANENT)


def failure(method: str, error: Exception, attempts: int) -> dict[str, Any]:
	"""Return the fields of a row that failed after `attempts` attempts."""
	due = next_attempt_after(method, error, attempts)
	doctype, name = conflict_of(error)
	return {
		"conflict_doctype": doctype,
		"conflict_name": name,
		"status": "Failed",
		"attempts": attempts,
		"next_attempt": due,
		"waits_for": NEXT_ATTEMPT if due else SHOP if isinstance(error, FOR_THE_SHOP) else PERSON,
		"error_type": type(error).__name__[:LINE_LENGTH],
		"error": without_markup(as_plain_text(str(error)) or type(error).__name__)[:1000],
	}


def failed_for_a_person(error_type: str, error: str) -> dict[str, Any]:
	"""Return the fields of a row that waits for a person from the start."""
	values = {"status": "Failed", "next_attempt": None, "waits_for": PERSON}
	return {**values, "error_type": error_type, "error": without_markup(error)[:1000]}


@in_site_language()
def title_of(row: MedusaSyncLog, request: dict[str, Any]) -> str:
	"""Return what a row is about, for people: in the site's language, because all users read it."""
	titles = {
		"sign_up": _("Sign-up of {0}"),
		"insert_lead": _("Lead for {0}"),
		"update_customer": _("Customer of the shop {0}"),
		"create_quotation": _("Request of quotation {0}"),
		"update_quotation": _("Decision on quotation {0}"),
		"update_address": _("Address of {0}"),
		QUOTATION_CHANGED: _("To the shop: quotation {0} has changed"),
		ORDER_CHANGED: _("To the shop: order {0} has changed"),
		DUPLICATE_ID: _("Duplicate Medusa ID {0}"),
	}
	about = (
		row.reference_name if row.method == ORDER_CHANGED else row.quotation_id or row.email or row.medusa_id
	)
	if request.get("approval") == "Rejected":
		titles["update_quotation"] = _("Rejection of quotation {0}")
	elif request.get("approval") == "Approved":
		titles["update_quotation"] = _("Approval of quotation {0}")
	title = titles.get(row.method, f"{row.method} {{0}}").format(about or "").strip()
	return without_markup(title)[:LINE_LENGTH]


def without_markup(text: str) -> str:
	"""Return a text without signs that could be markup: some of Frappe's views print titles as they are."""
	return text.translate(WITHOUT_MARKUP)


def as_line(value: Any) -> str:
	"""Return a text that fits into a Data field; "" for anything else than text."""
	return value[:LINE_LENGTH] if isinstance(value, str) else ""
