"""The shop is told what a clerk changes, whatever fails meanwhile: the shop, a worker, Redis. Nothing of it
fails the clerk's save, and in the end the shop knows the state that ERPNext has.

The tests that start and stop processes need LIVE_FAULTS and no worker of the bench's own: they start theirs.
"""

import os
import random
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from clerk import as_clerk, ask, document, repricing
from fake_medusa import EVENT_SECRET, EVENTS
from helpers import until
from test_desk_races import customer_of
from test_races import STREET, lead_of, quote

CHANGES = int(os.environ.get("LIVE_CHANGES") or 100)
KILLS = int(os.environ.get("LIVE_KILLS") or 5)
CALLERS = 4
LOG = "Medusa Sync Log"


@pytest.fixture(autouse=True)
def telling(bench, machine):
	"""A bench that tells a shop which answers; without further events after two failures."""
	bench.medusa.set_fault("")
	forget_open_rows(machine)
	machine.end_pause()
	events = {"event_url": bench.event_url, "event_secret": EVENT_SECRET}
	with bench.settings(**events, tell_quotations=1, tell_orders=1, retry_pauses="1"):
		yield
	bench.medusa.before_answer = {}
	bench.medusa.set_fault("")
	machine.end_pause()


def forget_open_rows(machine) -> None:
	"""What other tests have left would be sent in the middle of these, and keep the worker busy."""
	machine.ask("DELETE FROM `tabMedusa Sync Log` WHERE direction = 'Out' AND status != 'Success'")
	machine.ask("UPDATE `tabMedusa Sync Log` SET next_attempt = '2099-01-01' WHERE next_attempt IS NOT NULL")


@contextmanager
def failing(bench, fault: str) -> Iterator[None]:
	"""A shop that fails in this way, as long as the block runs."""
	bench.medusa.set_fault(fault, EVENTS)
	try:
		yield
	finally:
		bench.medusa.set_fault("")


@contextmanager
def receiver(answer: Callable[[socket.socket], Any]) -> Iterator[str]:
	"""A server that does `answer` with each connection, once a request begins; yields its URL."""
	server = socket.create_server(("127.0.0.1", 0))

	def serve() -> None:
		while True:
			try:
				connection, _address = server.accept()
			except OSError:  # the block has ended
				return
			with connection:
				connection.recv(100_000)
				answer(connection)

	thread = threading.Thread(target=serve, daemon=True)
	thread.start()
	try:
		yield f"http://127.0.0.1:{server.getsockname()[1]}/"
	finally:
		server.shutdown(socket.SHUT_RDWR)
		server.close()
		thread.join()


# the clerk, and what is there afterwards


def quoted(bench, customer: dict | None = None, **values: Any) -> dict:
	"""Return a fresh Quotation of a customer."""
	customer = customer or lead_of(bench)
	return {"customer": customer, **quote(bench, customer["id"], **values)}


def save_price(bench, quotation: dict, rate: float) -> None:
	"""Have the clerk save another rate; this must succeed."""
	status, body = repricing(bench, quotation["quotationId"], rate)()
	assert status == 200, body


def present(bench, quotation: dict) -> dict:
	"""Return the Quotation as the shop reads it."""
	ids = {"customer_id": quotation["customer"]["id"], "quotation_id": quotation["key"]}
	return bench.shop("get_quotation", **ids)


def rows_of(bench, *quotations: dict, **filters: Any) -> list[dict]:
	"""Return the rows of events about Quotations, the oldest first."""
	fields = ("name", "status", "attempts", "next_attempt", "error", "quotation_id", "open_key")
	keys = [quotation["key"] for quotation in quotations]
	found = bench.find(
		LOG, {"direction": "Out", "quotation_id": ("in", keys), **filters}, *fields, "creation"
	)
	return sorted(found, key=lambda row: row["creation"])


def open_rows(bench, *quotations: dict) -> list[dict]:
	return rows_of(bench, *quotations, status=("!=", "Success"))


def wait_for_row(bench, quotation: dict, **values: Any) -> dict:
	"""Return the only row of a Quotation, as soon as it has these values."""

	def look() -> dict | None:
		(row,) = rows_of(bench, quotation)
		return row if values.items() <= row.items() else None

	return until(look, 60, pause=0.2)


def make_due(bench, machine, rows: list[dict]) -> None:
	"""Run the scheduled job, as if the pauses were over."""
	machine.end_pause()
	for row in rows:
		if row["next_attempt"]:
			bench.change(LOG, row["name"], next_attempt="2020-01-01 00:00:00")
	machine.take_up_due_work()


def settle(bench, machine, *quotations: dict) -> None:
	"""Wait until no row is open; where nothing happens any more, let the scheduled job run."""
	seen: list[list[dict]] = [[{}]]

	def is_settled() -> bool:
		seen.append(open_rows(bench, *quotations))
		if seen[-1] and seen[-1] == seen[-2]:
			make_due(bench, machine, seen[-1])
		return not seen[-1]

	until(is_settled, 180 + CHANGES, pause=5)


def check_told(bench, *quotations: dict) -> None:
	"""See that the shop was told the present state of each, and that no row is left open."""
	assert open_rows(bench, *quotations) == []
	told = {quotation["key"]: bench.medusa.told.get(quotation["key"]) for quotation in quotations}
	assert told == {quotation["key"]: present(bench, quotation) for quotation in quotations}


class TestShop:
	"""What the shop can do to an event."""

	def test_answers(self, bench):
		quotation = quoted(bench)
		save_price(bench, quotation, 500)
		wait_for_row(bench, quotation, status="Success", attempts=1, open_key=None)
		check_told(bench, quotation)

	@pytest.mark.parametrize(
		("fault", "error"),
		[
			("500", "HTTP 500"),
			("html", "HTTP 502"),
			("refuse", "HTTP 400"),
			("redirect", "HTTP 307"),
			("hang", "The shop did not answer in time."),  # though it has done what it was asked for
			("late", "The shop did not answer in time."),  # and does it when ERPNext does not wait any more
		],
	)
	def test_fault(self, bench, machine, fault, error):
		quotation = quoted(bench)
		with failing(bench, fault):
			save_price(bench, quotation, 500)
			row = wait_for_row(bench, quotation, status="Failed")
		assert (row["attempts"], row["error"], bool(row["next_attempt"])) == (1, error, True)
		make_due(bench, machine, [row])
		assert wait_for_row(bench, quotation, status="Success")["error"] is None
		check_told(bench, quotation)

	@pytest.mark.parametrize("fault", ["half", "lost"])
	def test_half_a_body(self, bench, fault):
		"""The status is what counts."""
		quotation = quoted(bench)
		with failing(bench, fault):
			save_price(bench, quotation, 500)
			wait_for_row(bench, quotation, status="Success")
		check_told(bench, quotation)

	def test_redirect_is_not_followed(self, bench):
		quotation = quoted(bench)
		with failing(bench, "redirect"):
			save_price(bench, quotation, 500)
			wait_for_row(bench, quotation, status="Failed")
		assert "/elsewhere" not in [path for path, _body in bench.medusa.calls]

	@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 2", b"\0\xff\r\n\r\n"])
	def test_half_a_status(self, bench, machine, answer):
		quotation = quoted(bench)
		with receiver(lambda connection: connection.sendall(answer)) as url:
			bench.change("Medusa Settings", "Medusa Settings", event_url=url)
			save_price(bench, quotation, 500)
			row = wait_for_row(bench, quotation, status="Failed")
		assert row["error"] == "The shop cannot be reached."
		bench.change("Medusa Settings", "Medusa Settings", event_url=bench.event_url)
		make_due(bench, machine, [row])
		wait_for_row(bench, quotation, status="Success")
		check_told(bench, quotation)

	@pytest.mark.parametrize(
		"head", [b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: "]
	)
	def test_answers_drop_by_drop(self, bench, machine, head):
		"""A worker is not kept busy by a shop that sends a byte now and then, and never ends."""
		quotation, ended = quoted(bench), threading.Event()

		def drip(connection: socket.socket) -> None:
			connection.sendall(head)
			while not ended.wait(3):
				try:
					connection.sendall(b"x")
				except OSError:  # ERPNext does not wait any more
					ended.set()

		with receiver(drip) as url:
			bench.change("Medusa Settings", "Medusa Settings", event_url=url)
			save_price(bench, quotation, 500)
			try:
				assert until(ended.is_set, 60)
			finally:
				ended.set()

	def test_nobody_listens(self, bench, machine):
		quotation = quoted(bench)
		with bench.settings(event_url="http://127.0.0.1:9/"):
			save_price(bench, quotation, 500)
			row = wait_for_row(bench, quotation, status="Failed")
		assert row["error"] == "The shop cannot be reached."
		make_due(bench, machine, [row])
		wait_for_row(bench, quotation, status="Success")
		check_told(bench, quotation)

	def test_gone_for_good(self, bench, machine):
		"""After the pauses a person must decide; their Retry tells the shop."""
		quotation = quoted(bench)
		with failing(bench, "500"):
			save_price(bench, quotation, 500)
			make_due(bench, machine, [wait_for_row(bench, quotation, status="Failed", attempts=1)])
			row = wait_for_row(bench, quotation, status="Failed", attempts=2)
			assert row["next_attempt"] is None
			make_due(bench, machine, [row])
			assert wait_for_row(bench, quotation, attempts=2)["status"] == "Failed"
		bench.method("medusa_integration.desk.retry_log", name=row["name"])
		wait_for_row(bench, quotation, status="Success")
		check_told(bench, quotation)

	def test_gone_for_good_and_changed_again(self, bench, machine):
		"""A newer change joins the row that waits for a person, and is told."""
		quotation = quoted(bench)
		with failing(bench, "500"):
			save_price(bench, quotation, 500)
			make_due(bench, machine, [wait_for_row(bench, quotation, status="Failed", attempts=1)])
			wait_for_row(bench, quotation, status="Failed", attempts=2)
		save_price(bench, quotation, 600)
		wait_for_row(bench, quotation, status="Success")
		check_told(bench, quotation)

	def test_changed_while_the_shop_answers(self, bench):
		"""What was sent is out of date: the row stays open until the newer state is told."""
		quotation = quoted(bench)
		bench.medusa.before_answer = {EVENTS: lambda: self.change_once(bench, quotation)}
		save_price(bench, quotation, 500)
		until(
			lambda: (
				len([e for e in bench.medusa.events if e["data"].get("quotation_id") == quotation["key"]]) > 1
			)
		)
		until(lambda: not open_rows(bench, quotation), pause=0.2)
		assert present(bench, quotation)["items"][0]["rate"] == 600
		check_told(bench, quotation)

	def change_once(self, bench, quotation: dict) -> None:
		bench.medusa.before_answer = {}
		save_price(bench, quotation, 600)

	def test_older_state_arrives_last(self, bench, machine):
		"""Two jobs send at once, and the shop reads the older event last: it can tell which is newer."""
		quotation = quoted(bench)
		self.overtake(bench, machine, quotation, lambda rate: save_price(bench, quotation, rate))
		check_told(bench, quotation)

	def test_older_address_arrives_last(self, bench, machine):
		"""As above; a changed Address leaves the Quotation's own `modified` as it was."""
		quotation = quoted(bench, billing_address=STREET)
		address = document(bench, quotation["quotationId"])["customer_address"]

		def move(number: int) -> None:
			status, body = as_clerk(bench, "PUT", f"Address/{address}", address_line1=f"{number} Palm Street")
			assert status == 200, body

		self.overtake(bench, machine, quotation, move)
		check_told(bench, quotation)

	def overtake(self, bench, machine, quotation: dict, change: Callable[[int], None]) -> None:
		"""Send the state after one change, which the shop reads only after the state after another."""
		calls = len(bench.medusa.calls)
		bench.medusa.set_fault("late", EVENTS)
		change(500)
		until(lambda: len(bench.medusa.calls) > calls)
		bench.medusa.fault = ""  # the first still waits
		change(600)
		(row,) = rows_of(bench, quotation)
		machine.run("execute", "medusa_integration.jobs.events.send", "--kwargs", repr({"name": row["name"]}))
		assert bench.medusa.told[quotation["key"]] == present(bench, quotation)
		accepted = len(bench.medusa.events)
		bench.medusa.set_fault("")
		until(lambda: len(bench.medusa.events) > accepted)
		settle(bench, machine, quotation)


class TestChanges:
	"""Changes of a clerk's, other than a price, over REST."""

	def test_deleted_draft(self, bench):
		quotation = quoted(bench)
		name = quotation["quotationId"]
		status, body = as_clerk(bench, "DELETE", f"Quotation/{name}")
		assert status == 202, body
		wait_for_row(bench, quotation, status="Success")
		assert bench.medusa.told[quotation["key"]]["status"] == "cancelled"

	def test_submitted_cancelled_and_amended(self, bench):
		quotation = quoted(bench, customer_of(bench))
		doc = document(bench, quotation["quotationId"])
		assert ask(bench, "frappe.client.submit", bench.clerk, doc=doc)[0] == 200
		until(lambda: bench.medusa.told.get(quotation["key"]))
		until(lambda: not open_rows(bench, quotation), pause=0.2)
		assert (
			ask(bench, "frappe.client.cancel", bench.clerk, doctype="Quotation", name=doc["name"])[0] == 200
		)
		until(lambda: bench.medusa.told[quotation["key"]]["status"] == "cancelled")
		until(lambda: not open_rows(bench, quotation), pause=0.2)
		check_told(bench, quotation)

	def test_refused_save_tells_nothing(self, bench):
		"""The save fails after the hook could have run: a rollback tells nothing."""
		quotation = quoted(bench)
		rows = document(bench, quotation["quotationId"])["items"]
		rows[0] |= {"rate": 500, "item_code": "no such item"}
		status, _body = as_clerk(bench, "PUT", f"Quotation/{quotation['quotationId']}", items=rows)
		assert status in (404, 417)  # the second in Frappe 16
		assert rows_of(bench, quotation) == []

	def test_storefronts_own_call_tells_nothing(self, bench):
		quotation = quoted(bench, customer_of(bench))
		approval = {"quotation_id": quotation["key"], "approval": "Approved", "create_so": True}
		bench.shop("update_quotation", **approval)
		assert rows_of(bench, quotation) == []


class TestWorkers:
	def test_killed_between_commit_and_sending(self, bench, faults):
		"""The job is gone with the worker that took it, before the shop was called."""
		faults.kill_workers()
		quotation = quoted(bench)
		save_price(bench, quotation, 500)
		for line in faults.queue.scan_iter("rq:queue:*:default"):
			faults.queue.delete(line)
		faults.start_worker()
		assert quotation["key"] not in bench.medusa.told
		settle(bench, faults, quotation)
		check_told(bench, quotation)

	def test_killed_while_the_shop_answers(self, bench, faults):
		quotation, calls = quoted(bench), len(bench.medusa.calls)
		with failing(bench, "late"):
			save_price(bench, quotation, 500)
			until(lambda: len(bench.medusa.calls) > calls)
			faults.kill_workers()
		(row,) = rows_of(bench, quotation)
		assert row["status"] == "Queued"
		faults.start_worker()
		settle(bench, faults, quotation)
		check_told(bench, quotation)

	def test_killed_at_random(self, bench, faults):
		quotations = [quoted(bench) for _number in range(max(CHANGES // 10, 1))]
		moments = sorted(random.Random(1).sample(range(CHANGES * 9 // 10), KILLS))
		shares = [quotations[number::CALLERS] for number in range(CALLERS)]
		work = [
			(shares[number % CALLERS][number // CALLERS % len(shares[number % CALLERS])], number)
			for number in range(CHANGES)
		]
		locks = {quotation["key"]: threading.Lock() for quotation in quotations}

		def change(quotation: dict, number: int) -> None:
			with locks[quotation["key"]]:
				self.change(bench, quotation, number)

		with ThreadPoolExecutor(CALLERS) as pool:
			changes = [pool.submit(change, *one) for one in work]
			for number, one in enumerate(changes):
				one.result()
				if number in moments:
					until(faults.is_working)
					faults.kill_workers()
					faults.start_worker()
		settle(bench, faults, *quotations)
		check_told(bench, *quotations)

	def change(self, bench, quotation: dict, number: int) -> None:
		"""Change a draft as a clerk does: mostly the price, sometimes until when it is valid."""
		if number % 5:
			save_price(bench, quotation, 100 + number)
			return
		path, date = f"Quotation/{quotation['quotationId']}", f"2099-01-{number % 28 + 1:02}"
		status, body = as_clerk(bench, "PUT", path, valid_till=date)
		assert status == 200, body


class TestDatabase:
	def test_connections_are_cut_while_the_shop_answers(self, bench, faults):
		"""The shop was told, and ERPNext could not write it down: it is told again."""
		quotation, cut = quoted(bench), []
		bench.medusa.before_answer = {EVENTS: lambda: cut.append(faults.cut_connections())}
		save_price(bench, quotation, 500)
		assert until(lambda: cut)[0]
		bench.medusa.before_answer = {}
		settle(bench, faults, quotation)
		check_told(bench, quotation)


class TestRedis:
	def test_queue_is_down_during_a_save(self, bench, faults):
		quotation = quoted(bench)
		save = repricing(bench, quotation["quotationId"], 500)
		faults.stop_queue()
		try:
			status, body = save()
		finally:
			faults.start_queue()
		faults.kill_workers()
		faults.start_worker()
		assert status == 200, body
		assert quotation["key"] not in bench.medusa.told
		settle(bench, faults, quotation)
		check_told(bench, quotation)

	def test_queue_is_full_during_a_save(self, bench, faults):
		"""Frappe 16 accepts no more jobs then, whoever has queued them."""
		quotation = quoted(bench)
		save = repricing(bench, quotation["quotationId"], 500)
		faults.kill_workers()
		with faults.full_queue():
			status, body = save()
		faults.start_worker()
		assert status == 200, body
		settle(bench, faults, quotation)
		check_told(bench, quotation)

	def test_queue_forgets_its_jobs(self, bench, faults):
		faults.kill_workers()
		quotations = [quoted(bench) for _number in range(3)]
		for quotation in quotations:
			save_price(bench, quotation, 500)
		faults.stop_queue()
		faults.start_queue()
		faults.start_worker()
		settle(bench, faults, *quotations)
		check_told(bench, *quotations)

	def test_cache_is_down_during_a_save(self, bench, faults):
		"""Where Frappe itself can save without its cache, the shop is told."""
		quotation = quoted(bench)
		save = repricing(bench, quotation["quotationId"], 500)
		with faults.without_cache():
			status, body = save()
		assert status in (200, 500), body
		settle(bench, faults, quotation)
		if status == 200:
			check_told(bench, quotation)
