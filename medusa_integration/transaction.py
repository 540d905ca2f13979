"""One call, one transaction, however many calls come at the same moment.

Uniqueness is the database's. Who loses a race gets an error that says nothing about his request: the free
name of a Contact was taken meanwhile, InnoDB broke a deadlock, a timestamp moved on. Such work is rolled back
and done again from the start, where it sees what the winner made and answers as if it had come second.
"""

from collections.abc import Callable
from typing import TypeVar

import frappe
from frappe import _

from medusa_integration.exceptions import BusyError

Answer = TypeVar("Answer")

COLLISIONS = (
	frappe.DuplicateEntryError,
	frappe.UniqueValidationError,
	frappe.TimestampMismatchError,
	frappe.QueryDeadlockError,
	frappe.QueryTimeoutError,
)
# MariaDB, since 11.6.2 unless innodb_snapshot_isolation is off: what was read has changed since. Frappe 16
# takes it for a deadlock, Frappe 15 for any error of the database
CHANGED_SINCE_READ = 1020
ATTEMPTS = 8


def run(work: Callable[[], Answer]) -> Answer:
	"""Do `work`, and again after a collision; return what it returns.

	The first attempt takes no lock of its own. The later ones pass a turnstile one at a time, so that
	sixty-four callers who want the same name need two attempts each and not sixty-four. `work` must do
	nothing but database work, since it may run several times, and must be the first to write in this
	transaction, since a collision rolls all of it back.

	Raises BusyError after ATTEMPTS attempts, or the second that waited for a lock in vain; and at once
	whatever else `work` raises.
	"""
	waits, messages = 0, list(frappe.local.message_log)
	for attempt in range(ATTEMPTS):
		try:
			if attempt:
				pass_turnstile()
			return work()
		except Exception as error:
			if not is_collision(error):
				raise
			# not to a savepoint: only a new transaction sees what the winner committed
			frappe.db.rollback()
			frappe.local.message_log = list(messages)  # without what ERPNext said of the collision
			waits += isinstance(error, frappe.QueryTimeoutError)  # each took 50 s, MariaDB's default
			if waits > 1:
				break
	return frappe.throw(_("Others are changing the same records. Please try again."), BusyError)


def is_collision(error: Exception) -> bool:
	"""Whether an error only says that others were at work at the same moment."""
	if isinstance(error, frappe.db.OperationalError):
		return CHANGED_SINCE_READ in error.args[:1]
	return isinstance(error, COLLISIONS)


def pass_turnstile() -> None:
	"""Wait until no other repeated attempt is under way on this site; the database lets go at commit or
	rollback.

	Any row that is always there and never written would do. It must be the first read of the transaction:
	MariaDB's snapshot is taken at the first plain read, which then comes after the wait.
	"""
	frappe.db.get_value("DocType", "Medusa Settings", "name", for_update=True)


def lock(doctype: str, name: str, modified: object) -> None:
	"""Lock a row, and collide if it has changed since `modified` was read without a lock.

	Raises frappe.TimestampMismatchError: what was read before the wait may be out of date, so `run` starts
	afresh.
	"""
	if frappe.db.get_value(doctype, name, "modified", for_update=True) != modified:
		raise frappe.TimestampMismatchError(f"{doctype} {name} was changed by another transaction")
