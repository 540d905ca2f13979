"""One call is one transaction, however many calls arrive at the same moment.

The database enforces uniqueness. A call that loses a race fails with an error that is unrelated to its own
arguments (the name of a Contact was taken, a deadlock, a changed timestamp). It is rolled back and run again
from the start. Then it finds the record of the faster call and gives the same answer.
"""

from collections.abc import Callable
from typing import TypeVar

import frappe
from frappe import _

from medusa_integration.compat import is_changed_since_read
from medusa_integration.exceptions import BusyError

Answer = TypeVar("Answer")

COLLISIONS = (
	frappe.DuplicateEntryError,
	frappe.UniqueValidationError,
	frappe.TimestampMismatchError,
	frappe.QueryDeadlockError,
	frappe.QueryTimeoutError,
)
ATTEMPTS = 8
BUSY_PAUSE = 1  # seconds, for the header Retry-After
TIMEOUTS = 2  # each is 50 s long by MariaDB's default


def run(work: Callable[[], Answer]) -> Answer:
	"""Run `work`, and run it again after a collision; return its result.

	The first attempt takes no lock of its own. Later attempts pass a turnstile one at a time. So 64 callers
	who want the same name need two attempts each, and not 64. `work` may run several times, so it must do
	nothing but database work. It must be the first to write in this transaction, because a collision rolls
	back the whole transaction.

	Raises BusyError after ATTEMPTS attempts or TIMEOUTS lock time-outs. Any other error of `work` is raised
	immediately.
	"""
	timeouts, messages = 0, list(frappe.local.message_log)
	for attempt in range(ATTEMPTS):
		try:
			if attempt:
				pass_turnstile()
			return work()
		except Exception as error:
			if not is_collision(error):
				raise
			# not to a savepoint: only a new transaction sees what the faster call has committed
			frappe.db.rollback()
			frappe.local.message_log = list(messages)  # without ERPNext's messages about the collision
			timeouts += isinstance(error, frappe.QueryTimeoutError)
			if timeouts == TIMEOUTS:
				break
	frappe.flags.medusa_retry_after = BUSY_PAUSE
	frappe.throw(_("Other users are changing the same records. Please try again."), BusyError)


def is_collision(error: Exception) -> bool:
	"""Return whether an error only means that another transaction was faster."""
	return isinstance(error, COLLISIONS) or is_changed_since_read(error)


def pass_turnstile() -> None:
	"""Wait until no other repeated attempt is running on this site.

	The row is locked until commit or rollback. Any other row that always exists and is never written could be
	used. This must be the first read of the transaction: MariaDB takes its snapshot at the first plain read,
	which then comes after the wait.
	"""
	frappe.db.get_value("DocType", "Medusa Settings", "name", for_update=True)


def lock(doctype: str, name: str, modified: object) -> None:
	"""Lock a row; raise a collision if it has changed since `modified` was read without a lock.

	The collision is frappe.TimestampMismatchError: what was read before the wait may be out of date, so `run`
	starts again.
	"""
	if frappe.db.get_value(doctype, name, "modified", for_update=True) != modified:
		raise frappe.TimestampMismatchError(f"{doctype} {name} was changed by another transaction")
