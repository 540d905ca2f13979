"""Background jobs on real RQ, on an in-memory Redis."""

import threading
from typing import Any

from rq import Queue, SimpleWorker
from rq.exceptions import NoSuchJobError
from rq.job import Job, JobStatus
from rq.timeouts import TimerDeathPenalty

from frappe.apps import get_attr
from frappe.context import db, init, local, session, set_user
from frappe.site import connect, destroy, log_error
from frappe.types import _dict
from frappe.utils.redis_wrapper import queue_connection

QUEUES = ("short", "default", "long")
working = threading.Lock()


class Worker(SimpleWorker):
	"""Works in a thread of this process, where no signals can be had."""

	death_penalty_class = TimerDeathPenalty

	def _install_signal_handlers(self) -> None:
		pass


def enqueue(
	method: str,
	queue: str = "default",
	timeout: int | None = None,
	event: Any = None,
	job_id: str | None = None,
	deduplicate: bool = False,
	enqueue_after_commit: bool = False,
	**kwargs: Any,
) -> Job | None:
	"""Queue a job that runs as the user of the session; with `deduplicate`, not while one of this id waits or
	runs.
	"""
	if deduplicate:
		job = get_job(job_id)
		if job and job.get_status() in (JobStatus.QUEUED, JobStatus.STARTED):
			return None
		if job:
			job.delete()
	arguments = {"site": local.site, "user": session.user, "method": method, "kwargs": kwargs}

	def enqueue_call() -> Job:
		return get_queue(queue).enqueue_call(
			execute_job, kwargs=arguments, timeout=timeout or 300, job_id=job_id
		)

	if enqueue_after_commit:
		db.after_commit.add(enqueue_call)
		return None
	return enqueue_call()


def execute_job(site: str, user: str, method: str, kwargs: dict[str, Any]) -> Any:
	"""Run a job in a connection of its own, as Frappe's worker does."""
	init(site)
	connect()
	try:
		set_user(user)
		local.job = _dict(method=method)
		result = get_attr(method)(**kwargs)
		db.commit()
		return result
	except Exception:
		db.rollback()
		log_error(title=method)
		db.commit()
		raise
	finally:
		destroy()


def get_job(job_id: str) -> Job | None:
	try:
		return Job.fetch(job_id, connection=queue_connection)
	except NoSuchJobError:
		return None


def get_queue_list() -> list[str]:
	return list(QUEUES)


def generate_qname(qtype: str) -> str:
	"""The name of a queue of this bench, which the site's configuration may name."""
	return f"{getattr(local, 'conf', _dict()).get('bench_id', 'sandbox')}:{qtype}"


def get_queue(qtype: str) -> Queue:
	return Queue(generate_qname(qtype), connection=queue_connection)


def queues() -> list[Queue]:
	return [get_queue(name) for name in QUEUES]


get_queues = queues


def get_workers() -> list[SimpleWorker]:
	return SimpleWorker.all(connection=queue_connection)


def is_idle() -> bool:
	"""Whether no job waits or runs."""
	with working:
		return not any(map(len, queues()))


def work_off() -> None:
	"""Run all jobs that wait, then return. Ends this thread's own connection to the site."""
	with working:
		Worker(queues(), connection=queue_connection).work(burst=True, logging_level="WARNING")
