"""Customers of Medusa on a live bench: sent by several callers at the same moment, and read by a job while
Medusa, its worker or Redis fails.
"""

import secrets

import pytest
from fake_medusa import ADMIN_CUSTOMERS, SECRET_KEY
from helpers import until
from live import at_once

IMPORT, RESULT = "Medusa Customer Import", "Medusa Import Result"
CALLERS = 16
CUSTOMERS = 60
ADDRESS = {"address_1": "1 Harbour Road", "city": "Muscat", "country_code": "om", "is_default_billing": True}


def customer_of_medusa(**values) -> dict:
	name = secrets.token_hex(5)
	customer = {
		"id": f"cus_{name}",
		"email": f"{name}@example.com",
		"first_name": "Noor",
		"last_name": "Salim",
	}
	return {**customer, "company_name": f"Palm {name}", "updated_at": "2026-01-01T00:00:00.000Z", **values}


class TestAtTheSameMoment:
	def call(self, bench, customer: dict, *addresses: dict):
		arguments = {"data": customer, "addresses": list(addresses)}
		return lambda: bench.call("update_customer", bench.storefront, **arguments)

	def addresses_of(self, bench, lead: str) -> list[str]:
		rows = bench.find("Address", [["Dynamic Link", "link_name", "=", lead]], "city")
		return [row["city"] for row in rows]

	def test_new_customer(self, bench, round_number):
		customer, address = customer_of_medusa(), {**ADDRESS, "id": f"cuaddr_{secrets.token_hex(6)}"}
		results = at_once([self.call(bench, customer, address)] * CALLERS)
		(lead,) = {answer["name"] for status, answer in results if status == 200}
		assert [status for status, _answer in results] == [200] * CALLERS
		assert bench.find("Lead", {"medusa_id": customer["id"]}) == [{"name": lead}]
		assert self.addresses_of(bench, lead) == ["Muscat"]

	def test_sign_up_s_job_too(self, bench, round_number):
		"""The plugin and the job of a sign-up bring the same customer."""
		customer = customer_of_medusa()
		data = {key: customer[key] for key in ("id", "email", "first_name", "last_name")}
		calls = [
			self.call(bench, customer),
			lambda: bench.call("insert_lead", bench.storefront, data=data),
		]
		results = at_once(calls * (CALLERS // 2))
		assert [status for status, _answer in results] == [200] * CALLERS
		assert len(bench.find("Lead", {"medusa_id": customer["id"]})) == 1

	def test_same_change(self, bench, round_number):
		customer = customer_of_medusa()
		address = {**ADDRESS, "id": f"cuaddr_{secrets.token_hex(6)}"}
		lead = bench.shop("update_customer", data=customer, addresses=[address])["name"]
		changed = {**customer, "first_name": "Nora", "updated_at": "2026-01-02T00:00:00.000Z"}
		results = at_once([self.call(bench, changed, {**address, "city": "Sohar"})] * CALLERS)
		assert [status for status, _answer in results] == [200] * CALLERS
		assert bench.find("Lead", {"name": lead}, "first_name") == [{"first_name": "Nora"}]
		assert self.addresses_of(bench, lead) == ["Sohar"]

	def test_newest_of_several_changes_is_kept(self, bench, round_number):
		customer = customer_of_medusa()
		lead = bench.shop("update_customer", data=customer)["name"]
		changes = [
			{**customer, "first_name": f"Name {number}", "updated_at": f"2026-01-02T00:00:{number:02}.000Z"}
			for number in range(CALLERS)
		]
		results = at_once([self.call(bench, one) for one in changes])
		assert [status for status, _answer in results] == [200] * CALLERS
		found = bench.find("Lead", {"name": lead}, "first_name")
		assert found == [{"first_name": changes[-1]["first_name"]}]

	def test_two_start_an_import(self, bench, shop, round_number):
		"""Each has an import of its own, and nobody becomes two Leads."""
		(medusa_id,) = shop(1)
		results = at_once([lambda: bench.method("medusa_integration.desk.start_import", is_dry_run=0)] * 2)
		for started in results:
			until(lambda name=started["name"]: is_done(bench, name), 60)
		assert len(bench.find("Lead", {"medusa_id": medusa_id})) == 1


@pytest.fixture
def shop(bench):
	"""Let customers register in the shop alone; a function that returns the ids of so many."""
	bench.medusa.reset()

	def register(number: int) -> list[str]:
		forms = [customer_of_medusa() for _number in range(number)]
		return [bench.medusa.add_customer(form["email"], form)["id"] for form in forms]

	with bench.settings(secret_key=SECRET_KEY):
		yield register
	bench.medusa.reset()


def is_done(bench, name: str) -> bool:
	return bench.find(IMPORT, {"name": name, "status": "Done"}) != []


class TestImport:
	"""Nobody is lost, nobody is counted twice, and nobody has two Leads."""

	def start(self, bench) -> str:
		return bench.method("medusa_integration.desk.start_import", is_dry_run=0)["name"]

	def processed(self, bench, name: str) -> int:
		return bench.find(IMPORT, {"name": name}, "processed")[0]["processed"]

	def go_on(self, machine, name: str) -> None:
		"""Play the scheduled job, as if the reading had made no progress for long."""
		machine.forget_progress(name)
		machine.run("execute", "medusa_integration.jobs.customers.continue_readings")

	def check(self, bench, name: str, ids: list[str]) -> None:
		until(lambda: is_done(bench, name), 120)
		leads = bench.find("Lead", {"medusa_id": ("in", ids)}, "medusa_id")
		assert sorted(row["medusa_id"] for row in leads) == sorted(ids)
		results = bench.find(RESULT, {"customer_import": name}, "medusa_id", "result")
		assert sorted(row["medusa_id"] for row in results) == sorted(ids)
		(row,) = bench.find(IMPORT, {"name": name}, "processed", "failed", "waiting")
		assert row == {"processed": len(ids), "failed": 0, "waiting": 0}

	def test_worker_is_killed(self, bench, shop, faults):
		ids = shop(CUSTOMERS)
		name = self.start(bench)
		until(lambda: self.processed(bench, name) > 5)
		faults.kill_workers()
		assert self.processed(bench, name) < CUSTOMERS
		faults.start_worker()
		self.go_on(faults, name)
		self.check(bench, name, ids)

	def test_medusa_is_down_when_the_job_begins(self, bench, shop, faults):
		ids = shop(CUSTOMERS)
		faults.kill_workers()
		name = self.start(bench)
		bench.medusa.set_fault("500", ADMIN_CUSTOMERS)
		try:
			faults.start_worker()
			until(lambda: bench.find(IMPORT, {"name": name, "error": ("is", "set")}))
		finally:
			bench.medusa.set_fault("")
		assert self.processed(bench, name) == 0
		self.go_on(faults, name)
		self.check(bench, name, ids)

	def test_queue_is_down(self, bench, shop, faults):
		ids = shop(CUSTOMERS)
		faults.stop_queue()
		try:
			name = self.start(bench)
		finally:
			faults.start_queue()
		faults.kill_workers()
		faults.start_worker()
		self.go_on(faults, name)
		self.check(bench, name, ids)

	def test_queue_forgets_a_running_import(self, bench, shop, faults):
		ids = shop(CUSTOMERS)
		name = self.start(bench)
		until(lambda: self.processed(bench, name) > 5)
		faults.kill_workers()
		faults.stop_queue()
		faults.start_queue()
		faults.start_worker()
		self.go_on(faults, name)
		self.check(bench, name, ids)

	def test_connections_to_the_database_are_cut(self, bench, shop, faults):
		ids = shop(CUSTOMERS)
		name = self.start(bench)
		until(lambda: self.processed(bench, name) > 5)
		assert faults.cut_connections()
		if not faults.workers_live():
			faults.start_worker()
		until(lambda: not faults.is_working())
		self.go_on(faults, name)
		self.check(bench, name, ids)
