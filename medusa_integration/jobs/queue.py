"""Frappe's queue of background jobs, as the app uses it.

A job is queued once, after the commit, and runs as the integration user. If a job cannot be queued, the
request does not fail: the row stays in the sync log.
"""

from typing import Any

import frappe
from frappe.utils.background_jobs import get_job
from redis.exceptions import RedisError

from medusa_integration.compat import QUEUE_FAILURES
from medusa_integration.session import work_as
from medusa_integration.settings import get_integration_user


def enqueue_after_commit(method: str, job_id: str, **arguments: Any) -> None:
	"""Queue `method` after this transaction is committed, as `enqueue` does.

	Frappe's own `enqueue_after_commit` searches Redis for duplicates before the commit.
	"""
	frappe.db.after_commit.add(lambda: enqueue(method, job_id, **arguments))


def enqueue(
	method: str, job_id: str, *, queue: str = "short", is_new: bool = False, **arguments: Any
) -> bool:
	"""Queue `method`, unless a job with this id is waiting or running.

	`is_new` says that no job has had this id before, so that it need not be searched for in Redis.
	Returns False if the job could not be queued (Redis cannot be reached, or the queue is full). No exception
	is raised: after the commit, the caller would get a 500 although their data are saved.
	"""
	try:
		with work_as(get_integration_user()):
			frappe.enqueue(method, queue=queue, job_id=job_id, deduplicate=not is_new, **arguments)
	except QUEUE_FAILURES as failure:
		frappe.clear_messages()
		frappe.logger("medusa_integration").error(f"{job_id} was not queued: {type(failure).__name__}")
		return False
	return True


def is_waiting(job_id: str) -> bool:
	"""Return whether a job with this id waits for a worker; False if Redis cannot be reached.

	The status of the job is not enough: if its worker was killed just after it began, the status stays
	"queued" forever.
	"""
	try:
		job = get_job(job_id)
		return bool(job) and job.get_position() is not None
	except RedisError:
		return False
