"""Heavy calls and a slow Medusa leave the desk and other callers alone."""

import secrets
import threading
import time
from collections.abc import Callable
from threading import Event
from typing import Any

import requests
from helpers import medusa_customer, sign_up_form
from live import at_once

LINES = 200
HEAVY = 8  # calls at the same moment
SIGN_UPS = 16  # as many as the web server has threads
PATIENCE = 20  # seconds; MariaDB gives up waiting for a lock after 50


def during(work: Callable[[], Any], call: Callable[[], Any]) -> tuple[Any, list[float]]:
	"""What `work` returns, and the seconds that each of the calls took that were made meanwhile, one after
	another.
	"""
	results: list[Any] = []
	thread = threading.Thread(target=lambda: results.append(work()))
	thread.start()
	seconds = []
	while thread.is_alive():
		begin = time.monotonic()
		call()
		seconds.append(time.monotonic() - begin)
	return results[0], seconds


def many_items(bench) -> list[str]:
	"""The codes of LINES Items with a price; those of an earlier run serve again."""
	codes = [f"MEDUSA-WEIGHT-{number}" for number in range(LINES)]
	there = {row["name"] for row in bench.find("Item", {"name": ("in", codes)})}
	group = bench.find("Item Group", {"is_group": 0})[0]["name"]
	price_list = bench.price_list()
	for code in codes:
		if code not in there:
			bench.make("Item", item_code=code, item_group=group, stock_uom="Nos", is_stock_item=0)
			bench.make("Item Price", item_code=code, price_list=price_list, price_list_rate=1, uom="Nos")
	return codes


class TestHeavyCalls:
	def run(self, bench, method: str, arguments: list[dict[str, Any]]) -> list[float]:
		"""Make all calls at once; the seconds that the desk waited for each Quotation that it made
		meanwhile.
		"""
		items = [{"item_code": bench.item["name"], "qty": 1}]
		customer = bench.make_customer()
		values = {"quotation_to": "Customer", "party_name": customer, "items": items}
		calls = [lambda one=one: bench.call(method, bench.storefront, **one) for one in arguments]
		results, seconds = during(lambda: at_once(calls), lambda: bench.make("Quotation", **values))
		assert [status for status, _answer in results] == [200] * len(calls), results
		return seconds

	def test_desk_quotes_meanwhile(self, bench):
		lines = [{"sku": code, "quantity": 1} for code in many_items(bench)]
		asked = []
		for data in [medusa_customer() for _i in range(HEAVY)]:
			bench.shop("insert_lead", data=data)
			key = f"quo_{secrets.token_hex(6)}"
			asked.append({"customer_id": data["id"], "quotation_id": key, "items": lines})
		assert max(self.run(bench, "create_quotation", asked)) < PATIENCE
		approvals = [{**one, "approval": "Approved", "create_so": True} for one in asked]
		assert max(self.run(bench, "update_quotation", approvals)) < PATIENCE

	def test_more_lines_than_the_settings_allow(self, bench):
		data = medusa_customer()
		bench.shop("insert_lead", data=data)
		lines = [{"sku": "x", "quantity": 1}] * (LINES + 1)
		status, answer = bench.call(
			"create_quotation", bench.storefront, customer_id=data["id"], quotation_id="quo_x", items=lines
		)
		assert (status, "has more than 200 rows" in str(answer)) == (417, True)


class TestSlowMedusa:
	def test_site_answers_while_sign_ups_wait(self, bench):
		bench.medusa.before_answer["/auth/customer/emailpass/register"] = lambda: Event().wait(2)
		forms = [sign_up_form(password="a long pass phrase") for _i in range(SIGN_UPS)]
		ping = f"{bench.url}/api/method/ping"
		try:
			with bench.settings(sign_ups_at_once=4, timeout=10):
				calls = [lambda form=form: bench.call("sign_up", **form) for form in forms]
				results, seconds = during(lambda: at_once(calls), lambda: requests.get(ping, timeout=60))
		finally:
			bench.medusa.before_answer.clear()
		statuses = [status for status, _answer in results]
		assert set(statuses) == {200, 503}, statuses
		assert statuses.count(200) >= 4
		assert max(seconds) < 1.5, seconds
