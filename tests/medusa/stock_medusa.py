"""Install, start and stop a stock Medusa server with a PostgreSQL cluster of its own.

What takes long (the packages, the migrated database) is kept in the folder `.medusa` of the checkout, and
made again when one of the files in `server/` or PostgreSQL's version has changed. Each start has a new copy
of the migrated database, and free ports.
"""

import fcntl
import hashlib
import json
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import requests
from helpers import until

PROJECT = Path(__file__).parent / "server"
CACHE = Path(__file__).parents[2] / ".medusa"
SERVER = CACHE / "server"
CLUSTER = CACHE / "cluster"
MIGRATED = "migrated"  # the database that each start gets a copy of
DATABASE = "medusa"
NODE = (20, 19)  # the oldest version that Medusa runs on


class CannotRunError(Exception):
	"""The machine lacks a program that is needed. The message says which."""


class InstallError(Exception):
	"""Medusa could not be installed or started. The message says why."""


def check_machine() -> None:
	"""Raise CannotRunError if PostgreSQL or npm is missing, or cannot be used."""
	postgres_program("initdb")
	for program in ("node", "npm"):
		if not shutil.which(program):
			raise CannotRunError(f"there is no {program}")
	version = run("node", "--version").strip().lstrip("v")
	if tuple(int(part) for part in version.split(".")[:2]) < NODE:
		raise CannotRunError(f"Node.js {version} is too old, Medusa needs {NODE[0]}.{NODE[1]}")
	CACHE.mkdir(exist_ok=True)
	if subprocess.run(["test", "-x", CACHE], **as_postgres()).returncode:
		raise CannotRunError(f"PostgreSQL does not run as root, and another user cannot reach {CACHE}")


def postgres_program(name: str) -> str:
	"""Return the path of one of PostgreSQL's programs; of several versions, the newest."""
	versions = Path("/usr/lib/postgresql").glob(f"*/bin/{name}")  # Debian has them here only
	newest = max(versions, key=lambda path: float(path.parts[-3]), default=None)
	found = shutil.which(name) or newest
	if not found:
		raise CannotRunError("there is no PostgreSQL server")
	return str(found)


def as_postgres() -> dict[str, Any]:
	"""Return the options of `subprocess.run` that run a program as a user that PostgreSQL accepts."""
	if os.geteuid():
		return {}
	names = {user.pw_name for user in pwd.getpwall()}
	user = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
	return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def run(*command: str | Path, **options: Any) -> str:
	"""Run a program and return its output. Raises InstallError with the output if the program fails."""
	options = {"text": True, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, **options}
	done = subprocess.run(command, **options)
	if done.returncode:
		raise InstallError(f"{' '.join(map(str, command))} failed:\n{done.stdout[-3000:]}")
	return done.stdout


def free_port() -> int:
	"""Return a port of 127.0.0.1 that nothing listens on."""
	with socket.socket() as probe:
		probe.bind(("127.0.0.1", 0))
		return probe.getsockname()[1]


def fingerprint(*parts: str | Path) -> str:
	"""Return a hash of texts and of the content of files."""
	contents = [part.read_bytes() if isinstance(part, Path) else part.encode() for part in parts]
	return hashlib.sha256(b"\0".join(contents)).hexdigest()


def is_made(mark: Path, value: str) -> bool:
	"""Return whether the file `mark` has this value."""
	return mark.is_file() and mark.read_text() == value


class Database:
	"""The PostgreSQL cluster, and the server that runs on it."""

	def __init__(self) -> None:
		self.port = free_port()
		self.process: subprocess.Popen | None = None
		self.password = ""

	def prepare(self) -> None:
		"""Create the cluster, unless there is one of this version of PostgreSQL."""
		version = run(postgres_program("postgres"), "--version")
		mark, password = CACHE / "cluster-made", CACHE / "cluster-password"
		if not is_made(mark, version):
			mark.unlink(missing_ok=True)
			shutil.rmtree(CLUSTER, ignore_errors=True)
			CLUSTER.mkdir(mode=0o700)
			password.touch(mode=0o600)
			password.write_text(secrets.token_hex(16))
			if owner := as_postgres():
				for path in (CLUSTER, password):
					os.chown(path, owner["user"], owner["group"])
			options = ("--auth=scram-sha-256", f"--pwfile={password}", "--encoding=UTF8", "--locale=C")
			initdb = (postgres_program("initdb"), "-D", CLUSTER, "-U", "postgres", "--no-sync", *options)
			run(*initdb, cwd="/", **as_postgres())
			mark.write_text(version)
		self.password = password.read_text()

	def start(self) -> None:
		"""Start the server, and wait until it answers. An earlier one that was not stopped is stopped."""
		if (CLUSTER / "postmaster.pid").exists():
			command = (postgres_program("pg_ctl"), "stop", "-m", "immediate", "-D", CLUSTER)
			subprocess.run(command, cwd="/", capture_output=True, **as_postgres())
		settings = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "fsync": "off"}
		command = [postgres_program("postgres"), "-D", CLUSTER, "-p", str(self.port)]
		command += [f"--{name}={value}" for name, value in settings.items()]
		self.process = start(command, CACHE / "postgres.log", cwd="/", **as_postgres())
		ready = (postgres_program("pg_isready"), "-h", "127.0.0.1", "-p", str(self.port))
		wait_for(self.process, lambda: not subprocess.run(ready, capture_output=True).returncode)

	def stop(self, how: signal.Signals = signal.SIGINT) -> None:
		"""Stop the server. SIGINT ends all connections, SIGQUIT is as a crash."""
		if self.process:
			stop(self.process, how)

	def url(self, name: str) -> str:
		"""Return the address of a database."""
		return f"postgres://postgres:{self.password}@127.0.0.1:{self.port}/{name}"

	def query(self, sql: str, database: str = "postgres") -> str:
		"""Run a statement and return what psql prints."""
		command, options = self.psql(database)
		return run(*command, "-v", "ON_ERROR_STOP=1", "-c", sql, **options)

	def psql(self, database: str) -> tuple[list[str], dict[str, Any]]:
		"""Return the command line of psql, and the options to start it with, which contain the password."""
		address = ("-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", "-d", database)
		environment = {**os.environ, "PGPASSWORD": self.password}
		return [postgres_program("psql"), *address, "-qAt"], {"env": environment, "text": True}

	@contextmanager
	def locked(self, table: str) -> Iterator[None]:
		"""Let all that reads or writes a table wait while the block runs."""
		command, options = self.psql(DATABASE)
		with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, **options) as psql:
			print(f"BEGIN; LOCK TABLE {table}; SELECT 1;", file=psql.stdin, flush=True)
			assert psql.stdout and psql.stdout.readline() == "1\n"
			yield  # the end of the input ends the transaction


class StockMedusa:
	"""A running Medusa: `url`, its `keys` (see server/make-keys.js), and its `database`."""

	def __init__(self, database: Database) -> None:
		self.database = database
		self.port = free_port()
		self.url = f"http://127.0.0.1:{self.port}"
		self.keys: dict[str, Any] = {}
		self.process: subprocess.Popen | None = None

	def prepare(self) -> None:
		"""Install Medusa, migrate its database and create its keys, unless this was done before."""
		self.install()
		mark, keys = CACHE / "migrated", CACHE / "keys.json"
		value = fingerprint(*project_files(), (CACHE / "cluster-made").read_text())
		if not is_made(mark, value):
			mark.unlink(missing_ok=True)
			self.database.query(f"DROP DATABASE IF EXISTS {MIGRATED}")
			self.database.query(f"CREATE DATABASE {MIGRATED}")
			options = {"cwd": SERVER, "env": self.environment(MIGRATED)}
			run(*self.command("db:migrate"), **options)
			run(*self.command("exec", "make-keys.js", str(keys)), **options)
			mark.write_text(value)
		self.keys = json.loads(keys.read_text())

	def install(self) -> None:
		"""Copy the project and install its packages, unless those of its lock file are installed."""
		mark, value = CACHE / "installed", fingerprint(PROJECT / "package-lock.json")
		SERVER.mkdir(exist_ok=True)
		for path in project_files():
			shutil.copy(path, SERVER)
		if not is_made(mark, value):
			mark.unlink(missing_ok=True)
			npm = ("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
			run(*npm, cwd=SERVER)
			mark.write_text(value)

	def start(self) -> None:
		"""Start the server on a new copy of the migrated database, and wait until it answers."""
		self.database.query(f"DROP DATABASE IF EXISTS {DATABASE}")
		self.database.query(f"CREATE DATABASE {DATABASE} TEMPLATE {MIGRATED}")
		options = {"cwd": SERVER, "env": self.environment(DATABASE)}
		command = self.command("start", "-H", "127.0.0.1", "-p", str(self.port))
		self.process = start(command, CACHE / "medusa.log", **options)
		(CACHE / "medusa.pid").write_text(str(self.process.pid))
		wait_for(self.process, self.is_healthy)

	def stop(self) -> None:
		"""Stop the server."""
		if self.process:
			stop(self.process, signal.SIGTERM)

	def is_healthy(self) -> bool:
		"""Return whether the server answers."""
		try:
			return requests.get(f"{self.url}/health", timeout=5).ok
		except requests.RequestException:
			return False

	def command(self, *arguments: str) -> list[str]:
		"""Return the command line for one of Medusa's commands."""
		return ["node", str(SERVER / "node_modules" / "@medusajs" / "cli" / "cli.js"), *arguments]

	def environment(self, database: str) -> dict[str, str]:
		"""Return the environment of Medusa's commands."""
		quiet = {"MEDUSA_DISABLE_TELEMETRY": "1", "XDG_CONFIG_HOME": str(CACHE / "config")}
		own = {"DATABASE_URL": self.database.url(database), "NODE_ENV": "production"}
		return {**os.environ, **quiet, **own}


def project_files() -> list[Path]:
	"""Return the files of the project."""
	return sorted(PROJECT.iterdir())


def start(command: list[Any], log: Path, **options: Any) -> subprocess.Popen:
	"""Start a program in a session of its own, so that Ctrl+C stops it only through `stop`."""
	with log.open("w") as output:
		return subprocess.Popen(
			command,
			stdin=subprocess.DEVNULL,
			stdout=output,
			stderr=subprocess.STDOUT,
			start_new_session=True,
			**options,
		)


def wait_for(process: subprocess.Popen, is_ready: Callable[[], bool]) -> None:
	"""Wait until a program is ready. Raises InstallError if it ends instead."""
	until(lambda: is_ready() or process.poll() is not None, seconds=180)
	if process.poll() is not None:
		raise InstallError(f"{process.args[0]} has ended; its log is in {CACHE}")


def stop(process: subprocess.Popen, how: signal.Signals) -> None:
	"""Stop a program, by force if it does not stop in time."""
	process.send_signal(how)
	try:
		process.wait(20)
	except subprocess.TimeoutExpired:
		process.kill()
		process.wait()


def stop_earlier() -> None:
	"""Stop a Medusa that an earlier run could not stop because the run was killed."""
	file = CACHE / "medusa.pid"
	with suppress(FileNotFoundError, ProcessLookupError):
		pid = int(file.read_text())
		if str(SERVER) in Path(f"/proc/{pid}/cmdline").read_text():
			os.kill(pid, signal.SIGKILL)
	file.unlink(missing_ok=True)


@contextmanager
def only_one() -> Iterator[IO[str]]:
	"""Let another run of the same checkout wait while the block runs."""
	with (CACHE / "lock").open("w") as lock:
		fcntl.flock(lock, fcntl.LOCK_EX)
		yield lock


@contextmanager
def stock_medusa() -> Iterator[StockMedusa]:
	"""Run a Medusa server while the block runs."""
	with ExitStack() as stack:
		stack.enter_context(only_one())
		stop_earlier()
		database = Database()
		database.prepare()
		stack.callback(database.stop)
		database.start()
		medusa = StockMedusa(database)
		medusa.prepare()
		stack.callback(medusa.stop)
		medusa.start()
		yield medusa
