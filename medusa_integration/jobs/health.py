"""How the site stands: what Medusa Settings show above the settings."""

from typing import Any

import frappe
from frappe.utils import add_to_date, now_datetime
from frappe.utils.background_jobs import get_queues, get_workers
from frappe.utils.scheduler import is_scheduler_inactive
from redis.exceptions import RedisError

from medusa_integration.medusa_integration.doctype.medusa_sync_log.medusa_sync_log import DOCTYPE, PERSON

SCHEDULED_JOB = "medusa_integration.jobs.retries.process_due_logs"
LATE = 30  # minutes; the job runs every 4 minutes, or a little less often on large sites


def check_health() -> dict[str, Any]:
	"""Return how the site stands.

	`scheduler`: whether the scheduled job has run lately; `workers`: how many there are, and `queued`: how
	many jobs wait for them, both None if Redis cannot be reached; `last_sign_up`: when, or None; `waiting`:
	how many rows of the sync log wait for a person.
	"""
	workers, queued = count_jobs()
	return {
		"scheduler": has_run_lately(),
		"workers": workers,
		"queued": queued,
		"last_sign_up": frappe.db.get_value(
			DOCTYPE, {"method": "sign_up"}, "creation", order_by="creation desc"
		),
		"waiting": frappe.db.count(DOCTYPE, {"waits_for": PERSON}),
	}


def has_run_lately() -> bool:
	"""Return whether the scheduler is on, and has run the app's job in the last LATE minutes."""
	if is_scheduler_inactive(verbose=False):
		return False
	last = frappe.db.get_value("Scheduled Job Type", {"method": SCHEDULED_JOB}, "last_execution")
	return bool(last) and last > add_to_date(now_datetime(), minutes=-LATE)


def count_jobs() -> tuple[int | None, int | None]:
	"""Return how many workers there are and how many jobs wait; None for both if Redis cannot be reached."""
	try:
		return len(get_workers()), sum(queue.count for queue in get_queues())
	except RedisError:
		return None, None
