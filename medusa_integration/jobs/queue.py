"""Frappe's queue of background jobs, as the app uses it.

A job goes out after the commit, once, and works as the integration user. A job that cannot be queued never
fails the request: its row stays in the sync log.
"""

from typing import Any

import frappe
from frappe.utils.background_jobs import get_job
from redis.exceptions import RedisError

from medusa_integration.compat import QUEUE_FAILURES
from medusa_integration.session import work_as
from medusa_integration.settings import get_integration_user


def enqueue_after_commit(method: str, job_id: str, **arguments: Any) -> None:
	"""Queue `method` when this transaction is committed, as `enqueue` does.

	Frappe's own `enqueue_after_commit` asks Redis for duplicates before the commit.
	"""
	frappe.db.after_commit.add(lambda: enqueue(method, job_id, **arguments))


def enqueue(method: str, job_id: str, **arguments: Any) -> bool:
	"""Queue `method`, unless a job with this id is waiting or running.

	Returns False if the job could not be queued (Redis unreachable or queue full). It is not raised: an
	exception after the commit would be a bare 500 to a caller whose data is safe.
	"""
	try:
		with work_as(get_integration_user()):
			frappe.enqueue(method, queue="short", job_id=job_id, deduplicate=True, **arguments)
	except QUEUE_FAILURES as failure:
		frappe.clear_messages()
		frappe.logger("medusa_integration").error(f"{job_id} was not queued: {type(failure).__name__}")
		return False
	return True


def is_waiting(job_id: str) -> bool:
	"""Return whether a job with this id waits for a worker; False if Redis cannot be reached.

	Its status does not tell: that of a job whose worker was killed just after it began stays "queued"
	forever.
	"""
	try:
		job = get_job(job_id)
		return bool(job) and job.get_position() is not None
	except RedisError:
		return False
