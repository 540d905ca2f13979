"""A live site as Administrator, a storefront, a clerk and guests reach it over HTTP."""

import json
import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import cycle
from typing import Any

import requests
from helpers import call, until

DOCTYPES = ("Lead", "Customer", "Contact", "Address", "Quotation", "Sales Order", "Medusa Sync Log")


class Bench:
	"""A site as Administrator, a storefront, a clerk and guests reach it.

	`addresses` are those of its web servers, parted by blanks; calls of the app's methods go to each in turn.
	"""

	def __init__(self, addresses: str, password: str):
		servers = [address.rstrip("/") for address in addresses.split()]
		self.url, self.servers = servers[0], cycle(servers)
		self.admin = requests.Session()
		form = {"usr": "Administrator", "pwd": password}
		self.admin.post(f"{self.url}/api/method/login", data=form, timeout=30).raise_for_status()
		self.storefront = self.make_user("Medusa Integration")
		self.clerk = self.make_user("Sales User", "Sales Manager", "Sales Master Manager")
		self.item = self.make_item()

	def method(self, path: str, **arguments: Any) -> Any:
		"""Call any whitelisted method as Administrator."""
		response = self.admin.post(f"{self.url}/api/method/{path}", json=arguments, timeout=120)
		assert response.ok, response.text[:1000]
		return response.json().get("message")

	def make(self, doctype: str, **values: Any) -> dict[str, Any]:
		return self.method("frappe.client.insert", doc={"doctype": doctype, **values})

	def change(self, doctype: str, name: str, **values: Any) -> None:
		self.method("frappe.client.set_value", doctype=doctype, name=name, fieldname=values)

	def find(self, doctype: str, filters: Any, *fields: str) -> list[dict[str, Any]]:
		arguments = {"doctype": doctype, "filters": filters, "fields": list(fields) or ["name"]}
		return self.method("frappe.client.get_list", **arguments, limit_page_length=0)

	def call(self, method: str, token: str = "", /, **arguments: Any) -> tuple[int, Any]:
		"""Call one of the app's methods; status, and what is in the envelope or else the whole body."""
		response = call(next(self.servers), method, token, json=arguments)
		body = response.json()
		return response.status_code, body.get("message", body)

	def attempt(self, method: str, token: str = "", /, **arguments: Any) -> tuple[int, Any]:
		"""As `call`, while the bench may be unable to answer at all: then the status is 500."""
		try:
			return self.call(method, token, **arguments)
		except requests.RequestException:
			return 500, {}

	@contextmanager
	def settings(self, **values: Any) -> Iterator[None]:
		"""Change Medusa Settings for a while."""
		before = self.method("frappe.client.get", doctype="Medusa Settings")
		self.change("Medusa Settings", "Medusa Settings", **values)
		try:
			yield
		finally:
			old = {field: before.get(field) for field in values}
			self.change("Medusa Settings", "Medusa Settings", **old)

	def shop(self, method: str, /, **arguments: Any) -> Any:
		"""Call as the storefront; the call must succeed."""
		status, answer = self.call(method, self.storefront, **arguments)
		assert status == 200, answer
		return answer

	def raise_price(self, quotation: str) -> None:
		"""Double the price of the first line of a draft, as the clerk does in its form."""
		headers = {"Authorization": f"token {self.clerk}"}
		url = f"{self.url}/api/resource/Quotation/{quotation}"
		rows = requests.get(url, headers=headers, timeout=60).json()["data"]["items"]
		rows[0]["rate"] *= 2
		requests.put(url, json={"items": rows}, headers=headers, timeout=60).raise_for_status()

	def make_user(self, *roles: str) -> str:
		"""Make a user; return the token."""
		email = f"{secrets.token_hex(5)}@example.com"
		rows = [{"role": role} for role in roles]
		self.make("User", email=email, first_name="Test", send_welcome_email=0, roles=rows)
		keys = self.method("frappe.core.doctype.user.user.generate_keys", user=email)
		(user,) = self.find("User", {"name": email}, "api_key")
		return f"{user['api_key']}:{keys['api_secret']}"

	def make_item(self, rate: float = 10) -> dict[str, Any]:
		code = f"ITEM-{secrets.token_hex(4)}"
		group = self.find("Item Group", {"is_group": 0})[0]["name"]
		values = {
			"item_group": group,
			"stock_uom": "Nos",
			"is_stock_item": 0,
			"medusa_variant_id": f"variant_{code}",
		}
		item = self.make("Item", item_code=code, **values)
		values = {"price_list": self.price_list(), "price_list_rate": rate, "uom": "Nos"}
		self.make("Item Price", item_code=code, **values)
		return item

	def price_list(self) -> str:
		"""Return the price list in which the shop sells."""
		for doctype, field in (("Medusa Settings", "price_list"), ("Selling Settings", "selling_price_list")):
			found = self.method("frappe.client.get", doctype=doctype).get(field)
			if found:
				return found
		return self.find("Price List", {"selling": 1})[0]["name"]

	def make_customer(self, **values: Any) -> str:
		name = values.pop("customer_name", f"Customer {secrets.token_hex(5)}")
		territory = self.find("Territory", {"is_group": 0})[0]["name"]
		group = {"customer_group": "Ecommerce Customer", "territory": territory}
		return self.make("Customer", customer_name=name, customer_type="Company", **group, **values)["name"]

	def lines(self) -> list[dict[str, Any]]:
		return [{"variant_id": self.item["medusa_variant_id"], "quantity": 2}]

	def wait_for(self, doctype: str, filters: dict[str, Any], seconds: float = 60) -> str:
		"""The name of a record that a worker is about to make."""
		return until(lambda: self.find(doctype, filters), seconds, pause=0.1)[0]["name"]

	def records(self) -> dict[str, tuple]:
		"""How many there are of each kind that the app makes, and when the last was changed."""
		found = {}
		for doctype in DOCTYPES:
			# a job of Frappe's makes a Contact for each new User
			of = {"doctype": doctype, "filters": {"user": ("is", "not set")} if doctype == "Contact" else {}}
			newest = {"fields": ["name", "modified"], "order_by": "modified desc", "limit_page_length": 1}
			last = self.method("frappe.client.get_list", **of, **newest)
			found[doctype] = (self.method("frappe.client.get_count", **of), last)
		return found


def at_once(calls: list[Callable[[], Any]]) -> list[Any]:
	"""Run all of `calls` at the same moment, each in a thread; their results in order."""
	with ThreadPoolExecutor(len(calls)) as pool:
		return [future.result() for future in [pool.submit(call) for call in calls]]


def same(results: list[tuple[int, Any]]) -> Any:
	"""The one answer that all calls got, with status 200."""
	statuses = sorted({status for status, _answer in results})
	assert statuses == [200], [result for result in results if result[0] != 200][:2]
	answers = {json.dumps(answer, sort_keys=True) for _status, answer in results}
	assert len(answers) == 1, answers
	return results[0][1]
