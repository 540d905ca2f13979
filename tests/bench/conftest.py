"""A live bench over HTTP: web workers, MariaDB, Redis and an RQ worker, with a stand-in Medusa in this
process.

LIVE_URL and LIVE_PASSWORD (Administrator's) say which; `machine.py` tells of what else may be given. What
the tests make stays on the site: use a test site.
"""

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))
sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[2] / "medusa_integration" / "tests"))

from fake_medusa import EVENTS, PUBLISHABLE_KEY, FakeMedusa, served  # by itself: the package wants frappe
from live import Bench
from machine import Machine


@pytest.fixture(scope="session")
def bench():
	"""The bench that the environment names, with its Medusa replaced by a stand-in while the tests run."""
	site = Bench(os.environ["LIVE_URL"], os.environ.get("LIVE_PASSWORD", "admin"))
	site.medusa = FakeMedusa()
	limits = {"sign_ups_per_ip": 0, "sign_ups_per_email": 0, "sign_ups_per_site": 0, "sign_ups_at_once": 0}
	with served(site.medusa) as url:
		site.event_url = url + EVENTS
		with site.settings(medusa_url=url, publishable_key=PUBLISHABLE_KEY, timeout=3, **limits):
			yield site


@pytest.fixture(scope="session")
def machine(bench):
	"""The machine that the bench runs on. With LIVE_FAULTS it has a worker of the tests, and no other."""
	if not os.environ.get("LIVE_BENCH"):
		pytest.skip("BENCH and SITE are not given")
	found = Machine(os.environ["LIVE_BENCH"], os.environ["LIVE_SITE"])
	if not found.faults:
		yield found
		return
	assert not found.has_idle_worker(), "FAULTS needs a bench whose own workers are stopped"
	found.start_worker()
	yield found
	found.kill_workers()


@pytest.fixture
def faults(machine):
	"""The machine, for tests that stop and start what runs on it; after each, all runs again."""
	if not machine.faults:
		pytest.skip("FAULTS is not given")
	yield machine
	if not machine.workers:
		machine.start_worker()


@pytest.fixture(autouse=True)
def worker(request):
	"""With LIVE_FAULTS, every test has the worker that is ours."""
	if os.environ.get("LIVE_FAULTS"):
		request.getfixturevalue("machine")


@pytest.fixture(params=range(int(os.environ.get("LIVE_ROUNDS") or 1)))
def round_number(request) -> int:
	"""Tests that ask for it are repeated LIVE_ROUNDS times."""
	return request.param
