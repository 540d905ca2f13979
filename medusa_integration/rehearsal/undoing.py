"""Nothing stays of a rehearsal.

Everything happens in one transaction, which is rolled back. Frappe's callbacks for the commit (jobs, events,
messages to browsers, webhooks) are dropped with it. What does not wait for the commit is redirected, for this
request only: a commit does nothing, mail is muted, the global search is not updated, and jobs go to a queue
that no worker reads, which is then deleted.

Not undone: requests that a script of the site sends to another server at once, and numbers of DocTypes that
are named by autoincrement.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import frappe
from frappe.utils import now_datetime
from frappe.utils.background_jobs import generate_qname, get_queue, get_queue_list
from redis.exceptions import RedisError

from medusa_integration.compat import clear_value_cache

# what Frappe keeps for the commit, or for the answer, outside the database
KEPT_FOR_LATER = ("_webhook_queue", "_link_count", "_realtime_log", "message_log")
# channels of a Notification that stay on the site; mail is muted
ON_SITE = ("Email", "System Notification")
MISSING = object()


class Trace:
	"""In place of Frappe's monitor of the request: Error Logs store its `uuid` as their trace id."""

	def __init__(self) -> None:
		self.data = frappe._dict(uuid=f"rehearsal-{frappe.generate_hash(length=20)}")

	def add_custom_data(self, **_values: Any) -> None:
		"""Ignore what code of the site adds to the monitor's log."""


@contextmanager
def undone() -> Iterator[None]:
	"""Undo what the block does, however it ends, with all that the transaction did before."""
	frappe.clear_messages()
	with notifications_silenced(), rolled_back(), error_logs_deleted(), jobs_dropped():
		yield


@contextmanager
def rolled_back() -> Iterator[None]:
	"""Roll back the transaction after the block, and set the state of the request back. Nothing commits."""
	state = {name: getattr(frappe.local, name, MISSING) for name in KEPT_FOR_LATER}
	flags = {**frappe.local.flags, "currently_saving": list(frappe.local.flags.currently_saving)}
	frappe.db.commit = lambda **_options: None
	try:
		yield
	finally:
		del frappe.db.commit
		frappe.db.rollback()
		clear_value_cache()
		frappe.local.flags.clear()
		frappe.local.flags.update(flags)
		restore(state)


def restore(state: dict[str, Any]) -> None:
	"""Set attributes of the request back, or remove them if they did not exist."""
	for name, value in state.items():
		if value is not MISSING:
			setattr(frappe.local, name, value)
		elif hasattr(frappe.local, name):
			delattr(frappe.local, name)


@contextmanager
def jobs_dropped() -> Iterator[None]:
	"""Drop the jobs, mails and search entries that the block does not leave to the commit.

	Frappe reads where they go from the site's configuration, of which this request has a copy.
	"""
	before = frappe.local.conf
	bench = generate_qname("short").rpartition(":")[0]
	frappe.local.conf = frappe._dict(before)
	# as a part of the bench's own name, so that access rules for its queues in Redis allow it
	frappe.local.conf.bench_id = f"{bench}:rehearsal-{frappe.generate_hash(length=10)}"
	frappe.local.conf.update({"mute_emails": 1, "disable_global_search": 1})
	try:
		yield
	finally:
		with suppress(RedisError):
			for queue in map(get_queue, get_queue_list()):
				for job in queue.jobs:
					job.delete()
				queue.delete(delete_jobs=False)
		frappe.local.conf = before


@contextmanager
def error_logs_deleted() -> Iterator[None]:
	"""Delete the Error Logs that code of the site inserts in the block.

	Their table is not transactional (MyISAM), so a rollback does not remove them.
	"""
	trace, start = Trace(), now_datetime()
	before = {"monitor": getattr(frappe.local, "monitor", MISSING)}
	frappe.local.monitor = trace
	try:
		yield
	finally:
		restore(before)
		# the times, for their index
		since = {"creation": (">=", start), "modified": (">=", start)}
		frappe.db.delete("Error Log", {"trace_id": trace.data.uuid, **since})


@contextmanager
def notifications_silenced() -> Iterator[None]:
	"""Keep Notifications from sending to another server: they still run, but as a System Notification.

	Frappe sends to Slack and by SMS at once, not after the commit. The rollback in the block undoes the
	change, unless a script has committed it with a statement of its own.
	"""
	filters = {"enabled": 1, "channel": ("not in", ON_SITE)}
	channels = dict(frappe.get_all("Notification", filters, ["name", "channel"], as_list=True))
	for name in channels:
		frappe.db.set_value("Notification", name, "channel", ON_SITE[1], update_modified=False)
	try:
		yield
	finally:
		for name, channel in channels.items():
			if frappe.db.get_value("Notification", name, "channel") != channel:
				frappe.db.set_value("Notification", name, "channel", channel, update_modified=False)
