"""The clerk's side of `make serve`, each action once over HTTP."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate

import pytest
import requests
from helpers.shop import COFFEE, UNPRICED, Shop

from sandbox import ROOT
from sandbox.clerk import Controls, describe_actions
from sandbox.server import running


@pytest.fixture(scope="module")
def site(tmp_path_factory, disconnected) -> Iterator[Shop]:
	with running(tmp_path_factory.mktemp("clerk") / "site.db") as site:
		yield Shop(site)


@pytest.fixture
def shop(site) -> Iterator[Shop]:
	"""A running sandbox, set back after the test."""
	yield site
	site.clerk("reset")


@pytest.fixture
def quotation(shop) -> dict:
	"""A priced draft of a new customer."""
	return shop.quotation()


def status(shop: Shop, quotation: dict) -> str:
	"""The status of a Quotation as the shop sees it."""
	ids = {key: quotation[key] for key in ("customer_id", "quotation_id")}
	return shop.answer("get_quotation", **ids)["status"]


class TestQuotation:
	def test_price(self, shop, quotation):
		done = shop.clerk(
			"price", quotation_id=quotation["quotation_id"], variant_id="variant_coffee", rate=50
		)
		assert (done["doctype"], done["grand_total"]) == ("Quotation", 150)

	def test_price_of_an_item_by_its_sku(self, shop):
		quotation = shop.quotation(COFFEE, UNPRICED)
		done = shop.clerk("price", quotation_id=quotation["quotation_id"], sku="MACHINE", rate=100)
		assert done["grand_total"] == 3 * 42 + 100

	def test_price_of_an_item_that_is_not_there(self, shop, quotation):
		response = shop.control("price", quotation_id=quotation["quotation_id"], sku="TEA-100", rate=1)
		assert (response.status_code, response.json()["error"]["type"]) == (417, "ValidationError")

	def test_offer(self, shop):
		shop.clerk("settings", clerk_offers=1)
		quotation = shop.quotation()
		before = status(shop, quotation)
		shop.clerk("offer", quotation_id=quotation["quotation_id"])
		assert (before, status(shop, quotation)) == ("requested", "offered")

	def test_submit(self, shop, quotation):
		assert shop.clerk("submit", quotation_id=quotation["quotation_id"])["status"] == "Open"

	def test_lose(self, shop, quotation):
		shop.clerk("lose", quotation_id=quotation["quotation_id"], text="Sold out")
		assert status(shop, quotation) == "rejected"

	def test_lose_for_a_reason_of_the_site(self, shop, quotation):
		shop.clerk("record", doctype="Quotation Lost Reason", order_lost_reason="Price")
		done = shop.clerk("lose", quotation_id=quotation["quotation_id"], reason="Price")
		assert done["status"] == "Lost"

	def test_cancel(self, shop, quotation):
		shop.clerk("cancel", quotation_id=quotation["quotation_id"])
		assert status(shop, quotation) == "cancelled"

	def test_amend(self, shop, quotation):
		amended = shop.clerk("amend", quotation_id=quotation["quotation_id"])
		assert amended["name"].endswith("-1")
		assert status(shop, quotation) == "offered"

	def test_amend_again(self, shop, quotation):
		shop.clerk("amend", quotation_id=quotation["quotation_id"])
		assert shop.clerk("amend", quotation_id=quotation["quotation_id"])["name"].endswith("-2")

	def test_delete(self, shop, quotation):
		shop.clerk("delete", quotation_id=quotation["quotation_id"])
		ids = {key: quotation[key] for key in ("customer_id", "quotation_id")}
		assert shop.call("get_quotation", **ids).status_code == 404

	@pytest.mark.parametrize("submitted", [False, True])
	def test_expire(self, shop, quotation, submitted):
		if submitted:
			shop.clerk("submit", quotation_id=quotation["quotation_id"])
		shop.clerk("expire", quotation_id=quotation["quotation_id"])
		assert status(shop, quotation) == "expired"

	def test_unknown_quotation(self, shop):
		assert shop.control("price", quotation_id="quo_none", rate=1).status_code == 404


class TestOrder:
	@pytest.fixture
	def order(self, shop, quotation) -> dict:
		"""What get_order wants, of an order from the shop."""
		return {"customer_id": quotation["customer_id"], "order_id": shop.order(quotation)}

	@pytest.mark.parametrize(("percent", "word"), [(40, "partly_delivered"), (100, "delivered")])
	def test_deliver(self, shop, quotation, order, percent, word):
		shop.clerk("deliver", quotation_id=quotation["quotation_id"], percent=percent)
		seen = shop.answer("get_order", **order)
		assert (seen["status"], seen["delivered_percent"]) == (word, percent)

	def test_deliver_and_bill(self, shop, quotation, order):
		shop.clerk("deliver", quotation_id=quotation["quotation_id"])
		assert shop.clerk("bill", quotation_id=quotation["quotation_id"])["status"] == "Completed"

	def test_close(self, shop, quotation, order):
		shop.clerk("close", quotation_id=quotation["quotation_id"])
		assert shop.answer("get_order", **order)["status"] == "closed"

	def test_cancel_order(self, shop, quotation, order):
		shop.clerk("cancel_order", quotation_id=quotation["quotation_id"])
		assert shop.answer("get_order", **order)["status"] == "cancelled"

	def test_order_by_a_clerk(self, shop):
		quotation = shop.quotation(create_so=True)
		assert shop.clerk("order", quotation_id=quotation["quotation_id"])["doctype"] == "Sales Order"
		assert status(shop, quotation) == "ordered"

	def test_no_order(self, shop, quotation):
		response = shop.control("deliver", quotation_id=quotation["quotation_id"])
		assert (response.status_code, response.json()["error"]["type"]) == (404, "DoesNotExistError")


class TestSite:
	def test_conflict(self, shop):
		form = shop.form()
		shop.clerk("conflict", email=form["email"])
		data = {"id": "cus_1", "email": form["email"]}
		assert shop.call("insert_lead", data=data).status_code == 409

	def test_lead_to_be_adopted(self, shop):
		lead = shop.clerk("conflict", email="desk@example.com", adoptable=True)
		assert shop.answer("insert_lead", data={"id": "cus_1", "email": "desk@example.com"}) == lead["name"]

	def test_disable_and_enable(self, shop):
		shop.clerk("disable")
		switched_off = shop.call("fetch_all_customers").status_code
		shop.clerk("enable")
		assert (switched_off, shop.call("fetch_all_customers").status_code) == (409, 200)

	def test_settings(self, shop):
		shop.clerk("settings", max_lines=1)
		sent = {"customer_id": shop.customer(), "quotation_id": "quo_1", "items": [COFFEE, UNPRICED]}
		assert shop.call("create_quotation", **sent).status_code == 417

	def test_setting_that_does_not_exist(self, shop):
		response = shop.control("settings", clerk_offer=1)
		assert "Medusa Settings has no clerk_offer." in response.text

	def test_record_by_filters(self, shop, quotation):
		shop.order(quotation)
		filters = {"medusa_id": quotation["customer_id"]}
		shop.clerk("record", doctype="Customer", name=filters, disabled=1)
		assert shop.call("create_quotation", **{**quotation, "quotation_id": "quo_2"}).status_code == 409

	def test_remove(self, shop):
		shop.clerk("remove", doctype="Customer", name="Harbour Cafe")
		assert shop.answer("fetch_all_customers") == []

	def test_busy(self, shop, quotation):
		shop.clerk("busy")
		busy = shop.decide(quotation).status_code
		shop.clerk("busy", on=False)
		assert (busy, shop.decide(quotation).status_code) == (409, 200)

	def test_medusa_down_and_up(self, shop):
		shop.clerk("medusa_down")
		down = shop.call("sign_up", **shop.form()).status_code
		shop.clerk("medusa_up")
		assert (down, shop.call("sign_up", **shop.form()).status_code) == (502, 200)

	def test_medusa_down_for_one_path(self, shop):
		shop.clerk("medusa_down", path="/hooks/erpnext")
		assert shop.call("sign_up", **shop.form()).status_code == 200

	def test_medusa_does_not_fail_in_this_way(self, shop):
		assert shop.control("medusa_down", fault="flood").status_code == 417

	def test_wait(self, shop):
		form = shop.form()
		customer_id = shop.answer("sign_up", **form)["customer_id"]
		shop.clerk("wait")
		lead = shop.clerk("record", doctype="Lead", name={"medusa_id": customer_id})
		assert lead["doctype"] == "Lead"


class TestEvents:
	def test_shop_is_told_what_a_clerk_does(self, shop, quotation):
		shop.clerk("price", quotation_id=quotation["quotation_id"], rate=50)
		assert shop.told()[quotation["quotation_id"]]["grand_total"] == 150

	def test_shop_is_not_told_what_it_did(self, shop, quotation):
		assert shop.told() == {}

	def test_shop_is_told_of_a_delivery(self, shop, quotation):
		order = shop.order(quotation)
		shop.clerk("deliver", quotation_id=quotation["quotation_id"], percent=40)
		assert shop.told()[order]["delivered_percent"] == 40

	def test_shop_is_told_of_the_end_of_the_validity(self, shop, quotation):
		shop.clerk("expire", quotation_id=quotation["quotation_id"])
		assert shop.told()[quotation["quotation_id"]]["status"] == "expired"

	def test_retry_after_the_shop_was_down(self, shop, quotation):
		shop.clerk("medusa_down", path="/hooks/erpnext")
		shop.clerk("price", quotation_id=quotation["quotation_id"], rate=50)
		while_down = shop.told()
		shop.clerk("medusa_up")
		shop.clerk("retry")
		assert (while_down, list(shop.told())) == ({}, [quotation["quotation_id"]])

	def test_retry_after_no_answer(self, shop, quotation):
		shop.clerk("settings", event_url="http://127.0.0.1:9/hooks/erpnext")
		shop.clerk("price", quotation_id=quotation["quotation_id"], rate=50)
		shop.clerk("wait")
		shop.clerk("settings", event_url=shop.site.event_url)
		shop.clerk("retry")
		assert list(shop.told()) == [quotation["quotation_id"]]


class TestReset:
	def test_site_is_as_it_was(self, shop, quotation):
		shop.clerk("settings", max_lines=1)
		shop.clerk("reset")
		assert shop.call("create_quotation", **quotation).status_code == 404
		shop.quotation(COFFEE, UNPRICED)

	def test_names_begin_again(self, shop):
		names = []
		for _time in range(2):
			names.append(shop.clerk("submit", quotation_id=shop.quotation()["quotation_id"])["name"])
			shop.clerk("reset")
		assert names[0] == names[1]

	def test_tokens_stay(self, shop):
		shop.clerk("reset")
		assert shop.call("fetch_all_customers").status_code == 200

	def test_medusa_is_as_it_was(self, shop):
		form = shop.form()
		shop.answer("sign_up", **form)
		shop.clerk("medusa_down")
		shop.clerk("reset")
		assert shop.call("sign_up", **{**form, "password": "another"}).status_code == 200

	def test_limits_begin_again(self, shop):
		for _time in range(2):
			shop.clerk("settings", sign_ups_per_ip=1)
			assert shop.call("sign_up", token="", **shop.form()).status_code == 200
			shop.clerk("reset")

	def test_wakes_a_medusa_that_hangs(self, shop):
		shop.clerk("medusa_down", fault="hang", path="/hooks/erpnext")
		quotation = shop.quotation()
		shop.clerk("price", quotation_id=quotation["quotation_id"], rate=50)
		shop.clerk("reset")
		assert shop.told() == {}


def test_calls_wait_until_the_site_is_made():
	controls = Controls(lambda _environ, _start_response: [b"answer"])
	with ThreadPoolExecutor() as pool:
		call = pool.submit(controls, {"PATH_INFO": "/api/method/x"}, None)
		with pytest.raises(TooLate):
			call.result(timeout=0.2)
		controls.gate.open()
		assert call.result(timeout=10) == [b"answer"]


class TestAnswers:
	def test_all_actions_are_listed(self, shop):
		about = requests.get(f"{shop.site.url}/sandbox", timeout=30).json()
		assert about["actions"]["price"]["arguments"] == ["quotation_id", "rate", "sku", "variant_id"]
		assert {key: about[key] for key in shop.site.as_dict()} == shop.site.as_dict()

	def test_all_actions_are_in_the_readme(self):
		table = (ROOT / "sandbox" / "README.md").read_text().split("| action |")[1].split("\n\n")[0]
		named = re.findall(r"`(\w+)`", " ".join(line.split("|")[1] for line in table.splitlines()[2:]))
		assert sorted(named) == sorted(describe_actions())

	def test_unknown_action(self, shop):
		assert shop.control("bribe").status_code == 404

	def test_unknown_argument(self, shop):
		response = shop.control("disable", why="x")
		assert (response.status_code, response.json()["error"]["type"]) == (417, "TypeError")

	def test_form_of_a_foreign_page(self, shop):
		response = requests.post(f"{shop.site.url}/sandbox/disable", data={"x": 1}, timeout=30)
		assert (response.status_code, response.json()["error"]["type"]) == (415, "UnsupportedMediaType")

	def test_get_changes_nothing(self, shop):
		response = requests.get(f"{shop.site.url}/sandbox/disable", timeout=30)
		assert (response.status_code, response.json()["error"]["type"]) == (405, "MethodNotAllowed")

	@pytest.mark.parametrize("sent", [{}, {"rate": None}])
	def test_argument_that_is_missing(self, shop, quotation, sent):
		response = shop.control("price", quotation_id=quotation["quotation_id"], **sent)
		assert (response.status_code, response.json()["error"]["message"]) == (417, "rate is required")

	def test_fields_are_no_argument(self, shop):
		"""They are sent beside the arguments, under their own names."""
		assert describe_actions()["settings"]["arguments"] == []
		assert describe_actions()["record"]["arguments"] == ["doctype", "name"]

	def test_failed_action_changes_nothing(self, shop, quotation):
		before = status(shop, quotation)
		shop.control("lose", quotation_id=quotation["quotation_id"], reason="no such reason")
		assert status(shop, quotation) == before
