"""The machine that a live bench runs on: its workers, its Redis, its database and its log files.

LIVE_BENCH and LIVE_SITE say which; BENCH_COMMAND is the command `bench` there, RESTART_DATABASE what
restarts its MariaDB. Nothing is started or stopped unless LIVE_FAULTS is set.
"""

import json
import os
import shlex
import subprocess
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pymysql
import pytest
import redis
from helpers import until

WAITING = {"blpop", "brpop", "blmove", "brpoplpush"}  # what an idle worker asks of Redis
TEXTS = ("char", "varchar", "text", "mediumtext", "longtext", "json")


class Machine:
	"""What can be done to a bench from outside its web server."""

	def __init__(self, bench: str, site: str):
		self.bench = Path(bench)
		self.site = site
		self.faults = bool(os.environ.get("LIVE_FAULTS"))
		self.command = shlex.split(os.environ.get("BENCH_COMMAND") or "bench")
		common = json.loads((self.bench / "sites" / "common_site_config.json").read_text())
		self.config = common | json.loads((self.bench / "sites" / site / "site_config.json").read_text())
		self.queue = redis.Redis.from_url(self.config["redis_queue"])
		self.cache = redis.Redis.from_url(self.config["redis_cache"])
		self.workers: list[subprocess.Popen] = []

	def run(self, *arguments: str) -> None:
		"""Run a command of bench on the site."""
		command = [*self.command, "--site", self.site, *arguments]
		subprocess.run(command, cwd=self.bench, check=True, capture_output=True, timeout=300)

	def take_up_due_work(self) -> None:
		"""Run the scheduled job once."""
		self.run("execute", "medusa_integration.jobs.retries.process_due_logs")

	def forget_progress(self, customer_import: str) -> None:
		"""As if a reading of customers had made no progress for long."""
		query = "UPDATE `tabMedusa Customer Import` SET modified = '2020-01-01' WHERE name = %s"
		self.ask(query, customer_import)

	def end_pause(self) -> None:
		"""As if the time without events after an unreachable shop were over."""
		for key in self.cache.scan_iter("*medusa_integration:receiver_down*"):
			self.cache.delete(key)

	# workers

	def has_idle_worker(self) -> bool:
		"""Whether any worker waits for jobs of this bench."""
		return any(client["cmd"] in WAITING for client in self.queue.client_list())

	def start_worker(self) -> None:
		"""Start a worker, without waiting for it."""
		command = [*self.command, "worker", "--queue", "short,default,long"]
		quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
		self.workers.append(subprocess.Popen(command, cwd=self.bench, start_new_session=True, **quiet))

	def kill_workers(self) -> None:
		"""kill -9 all workers that were started here, and the processes that do their jobs."""
		for worker in self.workers:
			if worker.poll() is None:
				for process in [*psutil.Process(worker.pid).children(recursive=True), worker]:
					process.kill()
			worker.wait()
		self.workers.clear()

	def is_working(self) -> bool:
		"""Whether a worker that was started here has a process that does a job."""
		live = [worker for worker in self.workers if worker.poll() is None]
		return any(psutil.Process(worker.pid).children(recursive=True) for worker in live)

	def workers_live(self) -> bool:
		"""Whether all workers that were started here still run."""
		return bool(self.workers) and all(worker.poll() is None for worker in self.workers)

	# Redis

	def stop_queue(self) -> None:
		"""Take the queue's Redis away, with all jobs in it."""
		stop_redis(self.queue)

	def start_queue(self) -> None:
		"""Start the queue's Redis again."""
		self.start_redis("queue", self.queue)

	@contextmanager
	def full_queue(self) -> Iterator[None]:
		"""With more jobs in the line than Frappe 16 accepts. No worker may run: they are nobody's jobs."""
		lines = [line for line in self.queue.smembers("rq:queues") if line.endswith((b":short", b":default"))]
		jobs = [f"nobody's {number}" for number in range(5000)]
		for line in lines:
			self.queue.lpush(line, *jobs)
		try:
			yield
		finally:
			for line in lines:
				self.queue.ltrim(line, len(jobs), -1)

	@contextmanager
	def without_cache(self) -> Iterator[None]:
		"""Without the Redis of Frappe's cache."""
		stop_redis(self.cache)
		try:
			yield
		finally:
			self.start_redis("cache", self.cache)

	def start_redis(self, kind: str, server: redis.Redis) -> None:
		command = ["redis-server", f"config/redis_{kind}.conf", "--daemonize", "yes"]
		subprocess.run(command, cwd=self.bench, check=True, capture_output=True)
		until(lambda: answers(server))

	# database

	def database(self) -> pymysql.Connection:
		"""A connection of the site's own user."""
		name = self.config["db_name"]
		return pymysql.connect(
			host=self.config.get("db_host") or "localhost",
			port=int(self.config.get("db_port") or 3306),
			user=self.config.get("db_user") or name,
			password=self.config["db_password"],
			database=name,
			autocommit=True,
		)

	def ask(self, query: str, *values: Any) -> list[tuple]:
		"""The rows of one statement."""
		with self.database() as connection, connection.cursor() as cursor:
			cursor.execute(query, values)
			return list(cursor.fetchall())

	def cut_connections(self) -> int:
		"""Cut all connections that the site has to its database, as a restart does; how many there were."""
		query = "SELECT id FROM information_schema.processlist WHERE user = SUBSTRING_INDEX(USER(), '@', 1)"
		with self.database() as connection, connection.cursor() as cursor:
			cursor.execute(f"{query} AND id != CONNECTION_ID()")
			threads = [row[0] for row in cursor.fetchall()]
			for thread in threads:
				try:
					cursor.execute(f"KILL {thread}")
				except pymysql.err.OperationalError as error:
					if error.args[0] != pymysql.constants.ER.NO_SUCH_THREAD:  # it ended by itself
						raise
		return len(threads)

	def restart_database(self) -> None:
		"""Restart MariaDB by the command RESTART_DATABASE."""
		command = os.environ.get("RESTART_DATABASE")
		if not command:
			pytest.skip("RESTART_DATABASE is not given")
		quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
		subprocess.run(command, shell=True, check=True, timeout=120, **quiet)

	@contextmanager
	def leads_locked(self) -> Iterator[Callable[[], None]]:
		"""Nobody can make a Lead meanwhile; yields a function that waits until somebody tries to."""
		with self.database() as connection, connection.cursor() as cursor:
			connection.begin()
			cursor.execute("SELECT name FROM tabSeries WHERE name LIKE 'CRM-LEAD-%%' FOR UPDATE")
			assert cursor.fetchall(), "Leads are not named by a series"
			try:
				yield lambda: until(self.waits_for_lock)
			finally:
				connection.rollback()

	def waits_for_lock(self) -> bool:
		"""Whether a statement of the site's has waited for the naming series of Leads for a moment."""
		query = (
			"SELECT 1 FROM information_schema.processlist WHERE info LIKE '%%tabSeries%%' AND time_ms > 200"
		)
		return bool(self.ask(f"{query} AND id != CONNECTION_ID()"))

	# what was written down

	def places_of(self, secret: str) -> list[str]:
		"""Return the places in the database, both Redis and the logs that hold `secret`."""
		return [*self.tables_with(secret), *self.keys_with(secret), *self.logs_with(secret)]

	def tables_with(self, secret: str) -> Iterator[str]:
		columns: dict[str, list[str]] = {}
		query = "SELECT table_name, column_name, data_type FROM information_schema.columns"
		for table, column, kind in self.ask(f"{query} WHERE table_schema = DATABASE()"):
			if kind in TEXTS:
				columns.setdefault(table, []).append(f"`{column}`")
		for table, names in columns.items():
			text = f"CONCAT_WS(CHAR(10), {', '.join(names)})"
			if self.ask(f"SELECT 1 FROM `{table}` WHERE LOCATE(%s, {text}) LIMIT 1", secret):
				yield f"table {table}"

	def keys_with(self, secret: str) -> Iterator[str]:
		for server in (self.queue, self.cache):
			for key in server.scan_iter(count=1000):
				if secret.encode() in key + content_of(server, key):
					yield f"Redis {key!r}"

	def logs_with(self, secret: str) -> Iterator[str]:
		for folder in (
			self.bench / "logs",
			self.bench / "sites" / "logs",
			self.bench / "sites" / self.site / "logs",
		):
			for path in folder.glob("**/*"):
				if path.is_file() and secret.encode() in path.read_bytes():
					yield f"log {path}"


def stop_redis(server: redis.Redis) -> None:
	server.shutdown(nosave=True)
	until(lambda: not answers(server))


def answers(server: redis.Redis) -> bool:
	try:
		return bool(server.ping())
	except redis.exceptions.ConnectionError:
		return False


def content_of(server: redis.Redis, key: bytes) -> bytes:
	"""All that a key holds; what RQ has compressed is unpacked."""
	readers: dict[bytes, Callable[[], list[bytes]]] = {
		b"string": lambda: [server.get(key) or b""],
		b"hash": lambda: [part for pair in server.hgetall(key).items() for part in pair],
		b"list": lambda: server.lrange(key, 0, -1),
		b"set": lambda: list(server.smembers(key)),
		b"zset": lambda: server.zrange(key, 0, -1),
		b"none": lambda: [],
		b"stream": lambda: [repr(server.xrange(key)).encode()],
	}
	return b"\n".join(unpacked(part) for part in readers[server.type(key)]())


def unpacked(part: bytes) -> bytes:
	try:
		return zlib.decompress(part)
	except zlib.error:
		return part
