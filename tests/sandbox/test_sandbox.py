"""The sandbox itself: its server, its one writer at a time, its queue, and what it says it does not have.

What it has in common with Frappe and ERPNext is in medusa_integration/tests/test_frappe.py, which runs on
benches too.
"""

import json
import re

import frappe
import pytest
import redis
import requests
from frappe.database import Database
from frappe.utils import background_jobs, redis_wrapper
from helpers import sign_up_form, until
from helpers.site import eventually, run_in_thread

from medusa_integration import api
from medusa_integration.tests.base import make_customer, make_item, make_lead, make_quotation, unique


@pytest.fixture(autouse=True)
def rolled_back(site):
	"""Each test leaves the database as it was, and meets no job that an earlier one left."""
	until(background_jobs.is_idle)
	frappe.set_user("Administrator")
	frappe.db.commit()
	yield
	frappe.set_user("Administrator")
	frappe.db.rollback()


@frappe.whitelist(allow_guest=True, xss_safe=True)
def fail() -> float:
	"""A method with a fault."""
	return 1 / 0


class TestServer:
	"""Frappe's HTTP layer as far as a caller of the app can meet it."""

	def get(self, server, path: str, **options):
		return requests.get(f"{server.url}/api/method/{path}", timeout=10, **options)

	def test_unknown_method_of_a_known_module(self, server):
		response = self.get(server, "medusa_integration.api.no_such_method")
		assert (response.status_code, response.json()["exc_type"]) == (417, "ValidationError")

	def test_function_that_is_not_whitelisted(self, server):
		response = self.get(server, "frappe.utils.nowdate")
		assert (response.status_code, response.json()["exc_type"]) == (403, "PermissionError")

	def test_unknown_path(self, server):
		assert requests.get(f"{server.url}/nothing", timeout=10).status_code == 404

	def test_malformed_json(self, server):
		headers = {"Content-Type": "application/json"}
		response = requests.post(f"{server.url}/api/method/x", data="{", headers=headers, timeout=10)
		assert (response.status_code, response.json()["exc_type"]) == (500, "JSONDecodeError")

	def test_argument_that_the_function_does_not_take(self, server):
		assert server.call("fetch_all_customers", {"no_such_argument": 1}).status_code == 200

	def test_uncaught_exception(self, server):
		response = self.get(server, f"{__name__}.fail")
		assert (response.status_code, response.json()) == (500, {"exc_type": "ZeroDivisionError"})

	def test_messages_are_json_in_json(self, server):
		messages = json.loads(server.call("insert_lead", {}).json()["_server_messages"])
		assert json.loads(messages[0])["message"] == "data: is required"


class TestWhatIsMissing:
	"""It raises NotImplementedError with the name, and never pretends."""

	@pytest.mark.parametrize(
		("name", "action"),
		[
			("frappe.rename_doc", lambda: frappe.rename_doc("Lead", "a", "b")),
			("Stock Entry", lambda: frappe.get_meta("Stock Entry")),
			("User Permission", lambda: frappe.new_doc("User Permission")),
			("mail", lambda: frappe.sendmail(recipients=["a@example.com"])),
			("count(*)", lambda: frappe.get_all("Lead", fields=["count(*)"])),
			("rand()", lambda: frappe.get_all("Lead", order_by="rand()")),
			("filter between", lambda: frappe.get_all("Lead", {"creation": ("between", ("a", "b"))})),
			("default currency", lambda: frappe.defaults.get_global_default("currency")),
			("tax_id", lambda: make_customer(tax_id="<b>")),
			("company's currency", lambda: quote_in("AED")),
		],
	)
	def test_raises_with_the_name(self, name, action):
		with pytest.raises(NotImplementedError, match=re.escape(name)):
			action()


def quote_in(currency: str) -> None:
	customer = make_customer(medusa_id=unique("cus_"))
	frappe.db.set_value("Customer", customer.name, "default_currency", currency)
	make_quotation(customer.medusa_id, make_item())


class TestHooks:
	def test_before_request_sees_a_guest(self, server, monkeypatch):
		"""As in Frappe, which reads the token after the hooks."""
		seen = []
		hooks = {"before_request": [lambda: seen.append(frappe.session.user)]}
		monkeypatch.setattr("frappe.app.get_hooks", lambda name: hooks.get(name, []))
		assert server.call("fetch_all_customers", {}).status_code == 200
		assert seen == ["Guest"]

	@pytest.mark.parametrize(("token", "status"), [("a:b", 401), (None, 200)])
	def test_after_request_follows_every_answer(self, server, monkeypatch, token, status):
		seen = []

		def note(response, request):
			seen.append(response.status_code)

		monkeypatch.setattr("frappe.app.get_hooks", lambda name: [note] if name == "after_request" else [])
		server.call("fetch_all_customers", {}, token=token or server.storefront)
		assert seen == [status]


class TestCache:
	def test_jobs_share_it_with_requests(self):
		frappe.cache.set_value("sandbox-test", 1)
		found = []

		def look():
			frappe.init(frappe_site)
			found.append(frappe.cache.get_value("sandbox-test"))
			frappe.destroy()

		frappe_site = frappe.local.site
		run_in_thread(look)
		assert found == [1]

	def test_sites_do_not_share_it(self, monkeypatch):
		frappe.cache.set_value("sandbox-test", 1)
		monkeypatch.setattr(frappe.local, "site", "another")
		assert frappe.cache.get_value("sandbox-test") is None


class TestTransactions:
	def test_others_see_what_is_committed(self, site):
		lead = make_lead().name
		other = Database(str(site))
		assert other.sql("SELECT COUNT(*) FROM tabLead WHERE name = ?", (lead,)) == [(0,)]
		frappe.db.commit()
		other.rollback()
		assert other.sql("SELECT COUNT(*) FROM tabLead WHERE name = ?", (lead,)) == [(1,)]
		other.close()

	def test_snapshot_that_is_out_of_date_cannot_write(self, site):
		other = Database(str(site))
		other.sql("SELECT COUNT(*) FROM tabLead")
		make_lead()
		frappe.db.commit()
		with pytest.raises(frappe.QueryDeadlockError):
			other.lock_for_writing()
		other.close()


class TestQueue:
	def test_job_of_one_id_is_queued_once(self, site):
		word = unique()
		data = {"id": f"cus_{word}", "email": f"{word}@example.com"}
		job = {"method": "medusa_integration.api.insert_lead", "job_id": word, "deduplicate": True}
		with background_jobs.working:  # the worker waits
			queued = [bool(frappe.enqueue(**job, data=data)) for _time in range(2)]
		assert queued == [True, False]

	def test_job_runs_and_commits(self, site):
		word = unique()
		data = {"id": f"cus_{word}", "email": f"{word}@example.com"}
		frappe.enqueue("medusa_integration.api.insert_lead", data=data)
		run_in_thread(background_jobs.work_off)
		assert eventually(lambda: frappe.db.get_value("Lead", {"medusa_id": data["id"]}, "name"))

	def test_failed_job_is_in_the_error_log(self, site):
		before = frappe.db.count("Error Log")
		frappe.enqueue("medusa_integration.api.insert_lead", data="rubbish")
		run_in_thread(background_jobs.work_off)
		assert eventually(lambda: frappe.db.count("Error Log") == before + 1)

	def test_redis_down(self):
		redis_wrapper.set_redis_down(True)
		try:
			with pytest.raises(redis.exceptions.ConnectionError):
				frappe.enqueue("medusa_integration.api.insert_lead", data={})
		finally:
			redis_wrapper.set_redis_down(False)


def test_sign_up_survives_redis_being_down(server):
	redis_wrapper.set_redis_down(True)
	try:
		response = server.call("sign_up", sign_up_form(), token="")
	finally:
		redis_wrapper.set_redis_down(False)
	assert response.status_code == 200
	frappe.db.rollback()
	filters = {"medusa_id": response.json()["message"]["customer_id"]}
	assert frappe.db.get_value("Medusa Sync Log", filters, "status") == "Queued"
	assert api.insert_lead({"id": filters["medusa_id"], "email": f"{unique()}@example.com"})
