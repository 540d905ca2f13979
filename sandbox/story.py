"""The story of the app, played over HTTP on any site, a sandbox's or a bench's, and written for a reader."""

import json
import textwrap
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import requests

WIDTH = 118
DEADLINE = 60  # seconds
INTEGRATION_USER = "medusa.integration@app.invalid"


class StoryBroken(AssertionError):
	"""A step did not do what it says."""


@dataclass
class Stage:
	"""Where a story plays, and with what."""

	url: str
	storefront_token: str
	desk_token: str
	find: Callable[[str, dict[str, Any], list[str]], list[dict[str, Any]]]  # DocType, filters, fields -> rows
	customer: str  # an existing Customer that no shop account is linked to
	lines: list[dict[str, Any]]  # what is asked for, as `create_quotation` takes it
	total: float  # what it costs
	raise_price: Callable[[str], Any]  # a clerk raises the price of the first line of this Quotation
	told: Callable[[str], dict[str, Any] | None]  # what the shop was told of this quotation_id
	mark: str = ""  # makes e-mails, names and ids unique where more stories have been played
	tell: Callable[[str], Any] = print


class Story:
	"""Plays the steps one by one, tells each, and stops at the first that did not do what it says."""

	def __init__(self, stage: Stage):
		self.stage = stage
		self.steps = 0

	def play(self) -> None:
		"""Play the whole story."""
		customer_id = self.sign_up()
		lead, quotation, seen = self.ask_for_quotation(customer_id)
		told = self.change_price(quotation, seen)
		seen = self.approve_too_late(customer_id, seen, told)
		order = self.approve(customer_id, quotation, seen)
		self.show_customer(customer_id, lead, order)
		self.move(customer_id)
		self.link_existing_customer()

	# steps

	def sign_up(self) -> str:
		self.step("A customer signs up in the shop")
		answer = self.call("sign_up", self.form("buyer", "oasis", "Oasis Clinic"))
		customer_id = answer["customer_id"]
		self.expect(customer_id.startswith("cus_"), "Medusa's customer id is the answer")
		return customer_id

	def ask_for_quotation(self, customer_id: str) -> tuple[str, str, float]:
		self.step("At once the customer asks for a quotation; the Lead is there, its job done or not")
		address = {"address_1": "1 Palm Street", "city": "Dubai", "country_code": "ae", "is_default": True}
		arguments = {
			"customer_id": customer_id,
			"quotation_id": f"quo_1{self.stage.mark}",
			"draft_order_id": f"order_draft_1{self.stage.mark}",
			"items": self.stage.lines,
			"billing_address": address,
		}
		answer = self.call("create_quotation", arguments, self.stage.storefront_token)
		quotation = answer["quotationId"]
		lead = self.wait_for("Lead", {"medusa_id": customer_id})
		self.wait_for(
			"Medusa Sync Log", {"medusa_id": customer_id, "status": "Success", "reference_name": lead}
		)
		self.show("Lead", lead, ["lead_name", "company_name", "email_id", "status", "medusa_id"])
		row = self.show("Quotation", quotation, ["party_name", "customer_address", "grand_total", "status"])
		self.expect(answer["net_total"] == self.stage.total, "prices are ERPNext's")
		self.expect(row["party_name"] == lead, "the party is the Lead")
		return lead, quotation, answer["grand_total"]

	def change_price(self, quotation: str, seen: float) -> float:
		self.step("A clerk raises a price on the desk; the shop is told, without asking")
		self.stage.raise_price(quotation)
		quotation_id = f"quo_1{self.stage.mark}"
		told = until(lambda: self.stage.told(quotation_id), DEADLINE) or {}
		self.expect(bool(told), f"the shop is told within {DEADLINE} seconds")
		shown = {key: told[key] for key in ("quotation_id", "status", "grand_total", "modified")}
		self.tell_block("  quotation.changed", json.dumps(shown))
		self.expect(told["grand_total"] > seen, "the shop knows the new total")
		return told["grand_total"]

	def approve_too_late(self, customer_id: str, seen: float, told: float) -> float:
		self.step("The customer says yes to the old total: nobody is bound to what they did not see")
		error = self.call(
			"update_quotation", self.approval(customer_id, seen), self.stage.storefront_token, 409
		)
		self.expect(error["type"] == "OfferChangedError", "the error has a word for programs")
		self.expect(error["current"]["grand_total"] == told, "the refusal brings the present totals")
		return error["current"]["grand_total"]

	def approval(self, customer_id: str, seen: float) -> dict[str, Any]:
		"""What the shop sends when the customer says yes to a total."""
		return {
			"quotation_id": f"quo_1{self.stage.mark}",
			"customer_id": customer_id,
			"approval": "Approved",
			"grand_total": seen,
			"order_id": f"order_1{self.stage.mark}",
			"create_so": True,
		}

	def approve(self, customer_id: str, quotation: str, seen: float) -> str:
		self.step("The customer approves the new total; a Customer and a Sales Order come of it")
		arguments = self.approval(customer_id, seen)
		order = self.call("update_quotation", arguments, self.stage.storefront_token)["sales_order_id"]
		self.show("Quotation", quotation, ["quotation_to", "party_name", "status", "medusa_order_id"])
		fields = ["customer", "grand_total", "delivery_date", "medusa_order_id", "status"]
		row = self.show("Sales Order", order, fields)
		self.expect(row["status"] == "To Deliver and Bill", "the order is submitted, clerks find it in lists")
		self.expect(row["grand_total"] == seen, "the order costs what the customer saw")
		self.expect(row["medusa_order_id"] == arguments["order_id"], "the order has the shop's id")
		return order

	def show_customer(self, customer_id: str, lead: str, order: str) -> None:
		self.step("The Lead is a Customer now, under the same Medusa id")
		customer = self.wait_for("Customer", {"medusa_id": customer_id})
		fields = ["customer_name", "customer_group", "lead_name", "medusa_id"]
		row = self.show("Customer", customer, fields)
		self.show("Lead", lead, ["status"])
		self.expect(row["lead_name"] == lead, "the Customer comes from the Lead")
		(made,) = self.stage.find("Sales Order", {"name": order}, ["customer", "owner"])
		self.expect(made["customer"] == customer, "the order is the Customer's")
		self.expect(made["owner"] == INTEGRATION_USER, "the app's own user made the order")

	def move(self, customer_id: str) -> None:
		self.step("The customer moves")
		arguments = {"customer_id": customer_id, "address_line1": "2 Creek Road", "city": "Sharjah"}
		answer = self.call("update_address", arguments, self.stage.storefront_token)
		self.expect(answer == "Address updated successfully", "the answer says so")
		customer = self.wait_for("Customer", {"medusa_id": customer_id})
		link = [["Dynamic Link", "link_name", "=", customer]]
		(address,) = self.stage.find("Address", link, ["name"])
		fields = ["address_line1", "city", "country", "is_primary_address"]
		row = self.show("Address", address["name"], fields)
		self.expect(row["city"] == "Sharjah", "the address is the new one")

	def link_existing_customer(self) -> None:
		customer = self.stage.customer
		self.step("Someone signs up who is a Customer of the ERP already: who is not linked yet?")
		customer_id = self.call("sign_up", self.form("orders", "harbour", customer))["customer_id"]
		lead = self.wait_for("Lead", {"medusa_id": customer_id})
		rows = self.call("fetch_all_customers", {"name": customer}, self.stage.storefront_token)
		self.expect([row["name"] for row in rows] == [customer], f"{customer} is not linked")

		self.step("A clerk links the two")
		answer = self.call("link_medusa_lead", {"customer": customer, "lead": lead}, self.stage.desk_token)
		row = self.show("Customer", customer, ["customer_name", "lead_name", "medusa_id"])
		self.show("Lead", lead, ["status"])
		self.expect(answer == {"status": "success", "medusa_id": customer_id}, "the link is the answer")
		self.expect(row["medusa_id"] == customer_id, "the Customer has the id")

		self.step("The same search finds nobody any more")
		rows = self.call("fetch_all_customers", {"name": customer}, self.stage.storefront_token)
		self.expect(rows == [], f"{customer} is linked")

	def form(self, user: str, domain: str, organization: str) -> dict[str, Any]:
		"""What a new customer enters in the shop."""
		return {
			"email": f"{user}@{domain}{self.stage.mark}.example",
			"first_name": "Demo",
			"last_name": "Buyer",
			"mobile": "+971501234567",
			"organization_name": f"{organization} {self.stage.mark}".strip(),
			"t_c_acceptance": True,
			"password": "a long pass phrase",
		}

	# telling

	def step(self, title: str) -> None:
		self.steps += 1
		self.stage.tell(f"\n{self.steps}. {title}")

	def call(self, method: str, arguments: dict[str, Any], token: str = "", status: int = 200) -> Any:
		"""Call a method of the API, tell the call and its answer; return what is in the envelope."""
		headers = {"Authorization": f"token {token}"} if token else {}
		shown = {**arguments, "password": "********"} if "password" in arguments else arguments
		self.tell_block(f"POST {method}", json.dumps(shown, ensure_ascii=False))
		url = f"{self.stage.url}/api/method/medusa_integration.api.{method}"
		response = requests.post(url, json=arguments, headers=headers, timeout=60)
		body = response.json()
		answer = body.get("message", body.get("error", body))
		self.tell_block(f"  {response.status_code}", json.dumps(answer, ensure_ascii=False))
		self.expect(response.status_code == status, f"{method} answers {status}")
		return answer

	def show(self, doctype: str, name: str, fields: list[str]) -> dict[str, Any]:
		"""Tell what a record holds in ERPNext, and return it."""
		(row,) = self.stage.find(doctype, {"name": name}, fields)
		values = ", ".join(f"{field} {row[field]}" for field in fields)
		self.tell_block(f"  {doctype}", f"{name}: {values}")
		return row

	def tell_block(self, head: str, text: str) -> None:
		indent = " " * 30
		self.stage.tell(textwrap.fill(text, WIDTH, initial_indent=f"   {head:<27}", subsequent_indent=indent))

	def expect(self, holds: bool, what: str) -> None:
		if not holds:
			raise StoryBroken(f"Step {self.steps}: it should be so that {what}, and it is not.")

	def wait_for(self, doctype: str, filters: dict[str, Any]) -> str:
		"""Return the name of a record that a background job is about to make."""
		rows = until(lambda: self.stage.find(doctype, filters, ["name"]), DEADLINE)
		self.expect(bool(rows), f"there is a {doctype} within {DEADLINE} seconds")
		return rows[0]["name"]


def until(look: Callable[[], Any], seconds: float, pause: float = 0.05) -> Any:
	"""Return what `look` finds, the first thing that counts as true, or the last thing after the deadline."""
	deadline = time.monotonic() + seconds
	while True:
		found = look()
		if found or time.monotonic() >= deadline:
			return found
		time.sleep(pause)
