"""Faults on a live bench: Medusa failing, workers killed, Redis and MariaDB taken away. Nothing that was
accepted is lost, nothing is made twice, and the same customer can sign up again.

The tests that start and stop processes need LIVE_FAULTS and no worker of the bench's own: they start theirs.
"""

import os
import random
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis
from fake_medusa import CUSTOMERS, REGISTER, SECRET_KEY
from helpers import sign_up_form, until
from live import at_once

SIGN_UPS = int(os.environ.get("LIVE_SIGN_UPS") or 100)
KILLS = int(os.environ.get("LIVE_KILLS") or 5)
CALLERS = 4


def sign_up(bench, sent: dict | None = None) -> str:
	"""A sign-up that must be accepted; the Medusa id."""
	status, answer = bench.call("sign_up", **(sent or sign_up_form()))
	assert status == 200, answer
	return answer["customer_id"]


def leads_of(bench, ids: list[str]) -> list[str]:
	"""The Medusa ids of the Leads that these customers have, one for each Lead."""
	rows = bench.find("Lead", {"medusa_id": ("in", ids)}, "medusa_id")
	return sorted(row["medusa_id"] for row in rows)


def settle(bench, machine, ids: list[str]) -> None:
	"""Wait until every customer has a Lead, and no second one; where no more come, let the scheduled job
	run.
	"""
	seen: list[list[str]] = [[]]

	def is_settled() -> bool:
		seen.append(leads_of(bench, ids))
		if seen[-1] == seen[-2] != sorted(ids):
			make_due(bench, ids)
			machine.take_up_due_work()
		return seen[-1] == sorted(ids)

	until(is_settled, 120 + len(ids), pause=5)


def make_due(bench, ids: list[str]) -> None:
	"""As if the pauses were over."""
	filters = {"medusa_id": ("in", ids), "status": ("!=", "Success"), "next_attempt": ("is", "set")}
	for row in bench.find("Medusa Sync Log", filters):
		bench.change("Medusa Sync Log", row["name"], next_attempt="2020-01-01 00:00:00")


class TestMedusa:
	"""What Medusa can do to a sign-up; the same customer signs up again, and has one Lead."""

	@pytest.mark.parametrize("path", [REGISTER, CUSTOMERS])
	@pytest.mark.parametrize(
		("fault", "status"),
		[
			("refuse", 417),
			("hang", 504),  # though it has done what it was asked for
			("late", 504),  # and does what it was asked for while the customer signs up again
			("500", 502),
			("html", 502),
			("half", 200),
			("lost", 200),
			("database", 502),
		],
	)
	def test_fault(self, bench, fault, path, status):
		sent = sign_up_form()
		bench.medusa.set_fault(fault, path)
		try:
			answered, _answer = bench.call("sign_up", **sent)
		finally:
			bench.medusa.set_fault("")
		assert answered == status
		customer_id = sign_up(bench, sent)
		bench.wait_for("Lead", {"medusa_id": customer_id})
		assert leads_of(bench, [customer_id]) == [customer_id]

	def test_nobody_listens(self, bench):
		sent = sign_up_form()
		with bench.settings(medusa_url="http://127.0.0.1:9"):
			assert bench.call("sign_up", **sent)[0] == 502
		bench.wait_for("Lead", {"medusa_id": sign_up(bench, sent)})


class TestWorkers:
	def test_killed_at_random(self, bench, faults):
		moments = sorted(random.Random(1).sample(range(SIGN_UPS), KILLS))
		ids: list[str] = []
		with ThreadPoolExecutor(CALLERS) as pool:
			calls = [pool.submit(sign_up, bench) for _number in range(SIGN_UPS)]
			for number, call in enumerate(calls):
				ids.append(call.result())
				if number in moments:
					until(faults.is_working)
					faults.kill_workers()
					faults.start_worker()
		settle(bench, faults, ids)

	def killed_in_the_middle(self, bench, machine) -> tuple[dict, str]:
		"""A sign-up, and its id, whose worker was killed while it made the Lead."""
		sent = sign_up_form()
		with machine.leads_locked() as somebody_tries:
			customer_id = sign_up(bench, sent)
			somebody_tries()
			machine.kill_workers()
		return sent, customer_id

	def test_killed_in_the_middle_of_a_job(self, bench, faults):
		sent, customer_id = self.killed_in_the_middle(bench, faults)
		faults.start_worker()
		assert leads_of(bench, [customer_id]) == []
		settle(bench, faults, [customer_id])
		assert sign_up(bench, sent) == customer_id

	def test_killed_and_the_customer_signs_up_again(self, bench, faults):
		sent, customer_id = self.killed_in_the_middle(bench, faults)
		assert sign_up(bench, sent) == customer_id
		faults.start_worker()
		settle(bench, faults, [customer_id])

	def test_killed_just_after_taking_a_job(self, bench, faults):
		"""As it was seen: the job is in no line any more, and is called queued for ever."""
		faults.kill_workers()
		customer_id = sign_up(bench)
		for line in faults.queue.scan_iter("rq:queue:*:short"):
			faults.queue.delete(line)
		faults.start_worker()
		settle(bench, faults, [customer_id])


class TestRedis:
	def test_queue_is_down(self, bench, faults):
		forms = [sign_up_form() for _number in range(5)]
		faults.stop_queue()
		try:
			ids = at_once([lambda sent=sent: sign_up(bench, sent) for sent in forms])
			again = [sign_up(bench, sent) for sent in forms]
		finally:
			faults.start_queue()
		faults.kill_workers()
		faults.start_worker()
		assert again == ids
		settle(bench, faults, ids)

	def test_queue_forgets_its_jobs(self, bench, faults):
		faults.kill_workers()
		ids = [sign_up(bench) for _number in range(5)]
		faults.stop_queue()
		faults.start_queue()
		faults.start_worker()
		settle(bench, faults, ids)

	def test_cache_is_down(self, bench, faults):
		"""What Frappe itself cannot answer without its cache may fail; what is accepted is not lost."""
		forms = [sign_up_form() for _number in range(3)]
		with faults.without_cache():
			answers = [bench.attempt("sign_up", **sent) for sent in forms]
		ids = [sign_up(bench, sent) for sent in forms]
		accepted = [answer["customer_id"] for status, answer in answers if status == 200]
		assert set(accepted) <= set(ids)
		settle(bench, faults, ids)


class TestDatabase:
	def test_restarted_in_the_middle(self, bench, faults):
		self.disturb(bench, faults, faults.restart_database)

	def test_connections_are_cut_in_the_middle(self, bench, faults):
		cut = []
		self.disturb(bench, faults, lambda: cut.append(faults.cut_connections()))
		assert cut[0]

	def disturb(self, bench, faults, disturbance) -> None:
		"""Sixteen sign up while it happens; who was not accepted signs up again."""
		forms = [sign_up_form() for _number in range(16)]
		before = len(bench.medusa.calls)
		with ThreadPoolExecutor(len(forms)) as pool:
			calls = [pool.submit(bench.attempt, "sign_up", **sent) for sent in forms]
			until(lambda: len(bench.medusa.calls) > before)
			disturbance()
			answers = [call.result() for call in calls]
		until(lambda: bench.attempt("sign_up", **forms[0])[0] == 200)
		ids = [sign_up(bench, sent) for sent in forms]
		accepted = {answer["customer_id"] for status, answer in answers if status == 200}
		assert accepted <= set(ids)
		if not faults.workers_live():
			faults.start_worker()
		settle(bench, faults, ids)

	def test_lost_while_medusa_is_asked(self, bench, faults):
		"""Medusa knows the customer, the site could not write it down; the scheduled job finds it out."""
		sent = sign_up_form()
		bench.medusa.before_answer = {CUSTOMERS: faults.cut_connections}
		try:
			status, _answer = bench.attempt("sign_up", **sent)
		finally:
			bench.medusa.before_answer = {}
		assert status == 500
		(row,) = bench.find("Medusa Sync Log", {"email": sent["email"]}, "status", "next_attempt", "name")
		assert row["next_attempt"]
		bench.change("Medusa Sync Log", row["name"], next_attempt="2020-01-01 00:00:00")
		with bench.settings(secret_key=SECRET_KEY):
			faults.take_up_due_work()
		customer_id = bench.medusa.customers[sent["email"]]["id"]
		bench.wait_for("Lead", {"medusa_id": customer_id})
		assert sign_up(bench, sent) == customer_id


def test_worker_meets_no_redis(faults):
	"""The tests above mean something: the queue's Redis does go away."""
	faults.stop_queue()
	try:
		with pytest.raises(redis.exceptions.ConnectionError):
			faults.queue.ping()
	finally:
		faults.start_queue()
	faults.kill_workers()
	faults.start_worker()
