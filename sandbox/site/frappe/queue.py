"""Background jobs on real RQ, and Frappe's cache, both on an in-memory Redis."""

import threading
from functools import lru_cache
from typing import Any

import fakeredis
import redis
from rq import Queue, SimpleWorker
from rq.exceptions import NoSuchJobError
from rq.job import Job, JobStatus
from rq.timeouts import TimerDeathPenalty

import frappe

QUEUES = ("short", "default", "long")
_working = threading.Lock()
_servers = {"queue": fakeredis.FakeServer(), "cache": fakeredis.FakeServer()}


class Cache(fakeredis.FakeStrictRedis):
	def make_key(self, key: str) -> str:
		return f"{frappe.local.site}|{key}"


class Worker(SimpleWorker):
	"""Works in a thread of this process, where no signals can be had."""

	death_penalty_class = TimerDeathPenalty

	def _install_signal_handlers(self) -> None:
		pass


@lru_cache
def cache() -> Cache:
	return Cache(server=_servers["cache"])


@lru_cache
def queue_connection() -> redis.Redis:
	return fakeredis.FakeStrictRedis(server=_servers["queue"])


def set_redis_down(is_down: bool) -> None:
	"""Inject a fault: the queue's Redis cannot be reached."""
	_servers["queue"].connected = not is_down


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
	connection = queue_connection()
	if deduplicate:
		job = get_job(job_id)
		if job and job.get_status() in (JobStatus.QUEUED, JobStatus.STARTED):
			return None
		if job:
			job.delete()
	arguments = {"site": frappe.local.site, "user": frappe.session.user, "method": method, "kwargs": kwargs}

	def enqueue_call() -> Job:
		return Queue(queue, connection=connection).enqueue_call(
			execute_job, kwargs=arguments, timeout=timeout or 300, job_id=job_id
		)

	if enqueue_after_commit:
		frappe.db.after_commit.add(enqueue_call)
		return None
	return enqueue_call()


def execute_job(site: str, user: str, method: str, kwargs: dict[str, Any]) -> Any:
	"""Run a job in a connection of its own, as Frappe's worker does."""
	frappe.init(site)
	frappe.connect()
	try:
		frappe.set_user(user)
		frappe.local.job = frappe._dict(method=method)
		result = frappe.get_attr(method)(**kwargs)
		frappe.db.commit()
		return result
	except Exception:
		frappe.db.rollback()
		frappe.log_error(title=method)
		frappe.db.commit()
		raise
	finally:
		frappe.destroy()


def get_job(job_id: str) -> Job | None:
	try:
		return Job.fetch(job_id, connection=queue_connection())
	except NoSuchJobError:
		return None


def is_idle() -> bool:
	"""Whether no job waits or runs."""
	with _working:
		return not any(len(Queue(name, connection=queue_connection())) for name in QUEUES)


def work_off() -> None:
	"""Run all jobs that wait, then return. Ends this thread's own connection to the site."""
	connection = queue_connection()
	queues = [Queue(name, connection=connection) for name in QUEUES]
	with _working:
		Worker(queues, connection=connection).work(burst=True, logging_level="WARNING")
