"""Background jobs: they go out after the commit, once, and Redis being down never fails a call whose data is
safe.
"""

from typing import Any

import frappe
import redis

from medusa_integration.access import work_as
from medusa_integration.settings import get_settings


def after_commit(method: str, job_id: str, **arguments: Any) -> None:
	"""Queue `method` when this transaction is committed, unless a job of this id waits or runs.

	The job is the integration user's. Where Redis cannot be reached the work stays a Queued row of the sync
	log.
	"""

	def enqueue() -> None:
		try:
			with work_as(get_settings().integration_user):
				# Frappe's own `enqueue_after_commit` asks Redis for duplicates before the commit
				frappe.enqueue(method, queue="short", job_id=job_id, deduplicate=True, **arguments)
		except redis.exceptions.RedisError:
			frappe.logger("medusa_integration").warning(f"{job_id} was not queued: Redis cannot be reached")

	frappe.db.after_commit.add(enqueue)
