"""Faults on a live bench: workers killed, Redis and MariaDB taken away. Nothing that was accepted is lost.

These tests stop and start processes, so they are told how; a test whose commands are not given is
skipped by name. Each is a shell command:

LIVE_KILL_WORKER, LIVE_START_WORKER    kill -9 the RQ worker and its child; start one again
LIVE_STOP_QUEUE, LIVE_START_QUEUE      the Redis of the queue
LIVE_RESTART_DATABASE                  MariaDB
LIVE_SCHEDULER                         run medusa_integration.retries.take_up_due_work on the site once
"""

import os
import random
import subprocess
import time

import pytest

from conftest import at_once, person

SIGN_UPS = int(os.environ.get("LIVE_SIGN_UPS", "100"))
KILLS = int(os.environ.get("LIVE_KILLS", "5"))


def run(name: str) -> None:
	"""Run the command that the environment gives under this name."""
	command = os.environ.get(f"LIVE_{name}")
	if not command:
		pytest.skip(f"LIVE_{name} is not given")
	quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
	subprocess.run(command, shell=True, check=False, timeout=120, **quiet)


def need(*names: str) -> None:
	"""Skip the test unless the environment gives all these commands."""
	for name in names:
		if not os.environ.get(f"LIVE_{name}"):
			pytest.skip(f"LIVE_{name} is not given")


def sign_up(bench) -> str:
	"""A sign-up that must be accepted; the Medusa id."""
	form = person(password="long enough")
	del form["id"]
	status, answer = bench.call("sign_up", **form)
	assert status == 200, answer
	return answer["customer_id"]


def leads_of(bench, ids: list[str]) -> list[str]:
	"""The Medusa ids of the Leads that these customers have, one for each Lead."""
	rows = bench.find("Lead", {"medusa_id": ("in", ids)}, "medusa_id")
	return sorted(row["medusa_id"] for row in rows)


def settle(bench, ids: list[str]) -> None:
	"""Wait until every customer has a Lead; where no more come, let the scheduled job run."""
	deadline = time.monotonic() + 120 + len(ids)
	found = leads_of(bench, ids)
	while found != sorted(ids):
		assert time.monotonic() < deadline, f"{len(found)} of {len(ids)} Leads"
		time.sleep(5)
		before, found = found, leads_of(bench, ids)
		if found == before:
			make_due(bench, ids)
			run("SCHEDULER")


def make_due(bench, ids: list[str]) -> None:
	"""As if the pauses were over."""
	filters = {"medusa_id": ("in", ids), "status": ("!=", "Success"), "next_attempt": ("is", "set")}
	for row in bench.find("Medusa Sync Log", filters):
		bench.change("Medusa Sync Log", row["name"], next_attempt="2020-01-01 00:00:00")


def test_workers_killed_at_random(bench):
	need("KILL_WORKER", "START_WORKER", "SCHEDULER")
	ids: list[str] = []
	kill_after = sorted(random.Random(1).sample(range(SIGN_UPS), KILLS))
	for number in range(SIGN_UPS):
		ids.append(sign_up(bench))
		if number in kill_after:
			run("KILL_WORKER")
			run("START_WORKER")
	settle(bench, ids)
	assert leads_of(bench, ids) == sorted(ids)


def test_queue_down_while_signing_up(bench):
	need("STOP_QUEUE", "START_QUEUE", "SCHEDULER")
	run("STOP_QUEUE")
	try:
		ids = at_once([lambda: sign_up(bench)] * 5)
	finally:
		run("START_QUEUE")
		run("START_WORKER")
	assert leads_of(bench, ids) == []
	settle(bench, ids)


def test_database_restarted_in_the_middle(bench):
	need("RESTART_DATABASE", "SCHEDULER")
	bench.medusa.set_fault("")
	accepted = [sign_up(bench) for _i in range(5)]
	run("RESTART_DATABASE")
	deadline = time.monotonic() + 60
	while time.monotonic() < deadline:
		status, _answer = bench.call("fetch_all_customers", bench.storefront, page_length=1)
		if status == 200:
			break
	accepted += [sign_up(bench) for _i in range(5)]
	settle(bench, accepted)
