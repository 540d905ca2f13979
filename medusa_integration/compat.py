"""Differences between versions 15 and 16 of Frappe and ERPNext.

This can be deleted when the app no longer supports version 15. `rest/request_hooks.py` contains more of them:
what Frappe 15 logs and answers if a request fails.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import frappe
from frappe.model.document import Document
from redis.exceptions import RedisError

# Redis cannot be reached, or (Frappe 16) too many jobs are waiting. Frappe 16 raises
# PermissionError instead if the user may not read the System Health Report, to which its message would link.
QUEUE_FAILURES = (
	RedisError,
	getattr(frappe, "QueueOverloaded", RedisError),
	frappe.PermissionError,
)
# where the desk begins: after the login, Frappe 16 shows its screen of apps if an app begins elsewhere
DESK = "/app" if frappe.__version__.startswith("15.") else "/desk"
# MariaDB since 11.6.2, unless innodb_snapshot_isolation is off
CHANGED_SINCE_READ = 1020


def lead_source_field() -> str:
	"""Return the Lead's field for its origin: `source`, or `utm_source` since ERPNext 16."""
	return "utm_source" if frappe.get_meta("Lead").has_field("utm_source") else "source"


def lead_source_doctype() -> str:
	"""Return the DocType that this field links to: Lead Source, or UTM Source since ERPNext 16."""
	return frappe.get_meta("Lead").get_field(lead_source_field()).options


def link_address_and_contact(customer: Document) -> None:
	"""Link the addresses and contacts of a Customer's Lead to the Customer."""
	link = getattr(customer, "link_address_and_contact", None) or customer.link_lead_address_and_contact
	link()


def is_changed_since_read(error: Exception) -> bool:
	"""Return whether MariaDB refused a write because the row has changed since it was read.

	In this case Frappe 16 raises its own error for a deadlock, and Frappe 15 the plain error of the database.
	"""
	return isinstance(error, frappe.db.OperationalError) and CHANGED_SINCE_READ in error.args[:1]


@contextmanager
def one_transaction() -> Iterator[None]:
	"""Keep document events in the block from committing. Frappe 16 does this itself.

	ERPNext 15 commits after it has searched for Call Logs with the phone number of a new Contact. Without
	this function, the call could not be rolled back if it failed later.
	"""
	if hasattr(frappe.db, "_disable_transaction_control") or "commit" in vars(frappe.db):
		yield
		return
	frappe.db.commit = lambda: None
	try:
		yield
	finally:
		del frappe.db.commit


def clear_value_cache() -> None:
	"""Forget the values that the database object keeps. Frappe 16 does this itself at a rollback."""
	getattr(frappe.db, "value_cache", {}).clear()
