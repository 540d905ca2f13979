"""Background jobs: they go out after the commit, once, and a queue that takes none never fails a call whose
data is safe.
"""

from typing import Any

import frappe
import redis
from frappe.utils.background_jobs import get_job

from medusa_integration.access import work_as
from medusa_integration.settings import get_integration_user

# Redis cannot be reached, or, since Frappe 16, too many jobs wait already
FAILURES = (redis.exceptions.RedisError, getattr(frappe, "QueueOverloaded", redis.exceptions.RedisError))


def after_commit(method: str, job_id: str, **arguments: Any) -> None:
	"""Queue `method` when this transaction is committed, as `enqueue` does.

	Frappe's own `enqueue_after_commit` asks Redis for duplicates before the commit.
	"""
	frappe.db.after_commit.add(lambda: enqueue(method, job_id, **arguments))


def enqueue(method: str, job_id: str, **arguments: Any) -> bool:
	"""Queue `method` as the integration user's, unless a job of this id waits or runs.

	Returns whether the queue could be asked. Where it could not, the work stays a row of the sync log: an
	exception after the commit would be a bare 500 to a caller whose data is safe.
	"""
	try:
		with work_as(get_integration_user()):
			frappe.enqueue(method, queue="short", job_id=job_id, deduplicate=True, **arguments)
	except FAILURES as failure:
		frappe.clear_messages()
		frappe.logger("medusa_integration").error(f"{job_id} was not queued: {type(failure).__name__}")
		return False
	return True


def is_waiting(job_id: str) -> bool:
	"""Whether a job of this id stands in line for a worker; False where Redis cannot be reached.

	Not by the job's status: that of a worker who was killed just after he took it from the line stays
	"queued" for ever.
	"""
	try:
		job = get_job(job_id)
		return bool(job) and job.get_position() is not None
	except redis.exceptions.RedisError:
		return False
