"""The story of the app, played over HTTP against a running sandbox and told for a reader."""

import json
import textwrap
import time
from typing import Any

import requests

from sandbox.server import CUSTOMER, Running

# isort: split
import frappe

WIDTH = 118
DEADLINE = 20  # seconds


class StoryBroken(Exception):
	"""A step did not do what it says."""


class Story:
	"""Plays the steps one by one, prints each, and stops at the first that did not do what it says."""

	def __init__(self, site: Running):
		self.site = site
		self.steps = 0

	def play(self) -> None:
		"""The whole story."""
		customer_id = self.sign_up()
		lead, quotation, seen = self.ask_for_quotation(customer_id)
		order = self.approve(customer_id, quotation, seen)
		self.show_customer(customer_id, lead, order)
		self.move(customer_id)
		self.link_existing_customer()

	# steps

	def sign_up(self) -> str:
		self.step("A customer signs up in the shop")
		answer = self.call("sign_up", person("buyer@oasis.example", "Oasis Clinic"))
		customer_id = answer["customer_id"]
		self.expect(customer_id.startswith("cus_"), "Medusa's customer id is the answer")
		return customer_id

	def ask_for_quotation(self, customer_id: str) -> tuple[str, str, float]:
		self.step("At once the customer asks for a quotation; the Lead is there, its job done or not")
		answer = self.call(
			"create_quotation",
			{
				"customer_id": customer_id,
				"quotation_id": "quo_1",
				"draft_order_id": "order_draft_1",
				"items": [
					{"variant_id": "variant_coffee", "quantity": 3},
					{"sku": "TEA-100", "quantity": 2},
				],
				"billing_address": {
					"address_1": "1 Palm Street",
					"city": "Dubai",
					"country_code": "ae",
					"is_default": True,
				},
			},
			self.site.storefront_token,
		)
		quotation = answer["quotationId"]
		lead = self.wait_for("Lead", {"medusa_id": customer_id})
		self.show("Lead", lead, ["lead_name", "company_name", "email_id", "status", "medusa_id"])
		self.show("Quotation", quotation, ["party_name", "customer_address", "grand_total", "status"])
		self.expect(answer["grand_total"] == 3 * 42.0 + 2 * 18.5, "prices are ERPNext's")
		self.expect(self.value("Quotation", quotation, "party_name") == lead, "the party is the Lead")
		return lead, quotation, answer["grand_total"]

	def approve(self, customer_id: str, quotation: str, seen: float) -> str:
		self.step("The customer approves; a Customer and a Sales Order come of it")
		arguments = {
			"quotation_id": "quo_1",
			"customer_id": customer_id,
			"approval": "Approved",
			"grand_total": seen,
			"order_id": "order_1",
			"create_so": True,
		}
		answer = self.call("update_quotation", arguments, self.site.storefront_token)
		order = answer["sales_order_id"]
		self.show("Quotation", quotation, ["quotation_to", "party_name", "status", "medusa_order_id"])
		self.show(
			"Sales Order", order, ["customer", "grand_total", "delivery_date", "medusa_order_id", "status"]
		)
		self.expect(self.value("Sales Order", order, "docstatus") == 1, "the order is submitted")
		status = self.value("Sales Order", order, "status")
		self.expect(status == "To Deliver and Bill", "clerks find it in their lists")
		return order

	def show_customer(self, customer_id: str, lead: str, order: str) -> None:
		self.step("The Lead is a Customer now, under the same Medusa id")
		customer = frappe.db.get_value("Customer", {"medusa_id": customer_id}, "name")
		self.show("Customer", customer, ["customer_name", "customer_group", "lead_name", "medusa_id"])
		self.show("Lead", lead, ["status"])
		self.expect(self.value("Sales Order", order, "customer") == customer, "the order is the Customer's")

	def move(self, customer_id: str) -> None:
		self.step("The customer moves")
		arguments = {"customer_id": customer_id, "address_line1": "2 Creek Road", "city": "Sharjah"}
		self.call("update_address", arguments, self.site.storefront_token)
		filters = [
			["Dynamic Link", "link_name", "=", frappe.db.get_value("Customer", {"medusa_id": customer_id})]
		]
		(address,) = self.fresh(lambda: frappe.get_all("Address", filters, pluck="name"))
		self.show("Address", address, ["address_line1", "city", "country", "is_primary_address"])
		self.expect(self.value("Address", address, "city") == "Sharjah", "the address is the new one")

	def link_existing_customer(self) -> None:
		self.step("Someone signs up who is a Customer of the ERP already: who is not linked yet?")
		customer_id = self.call("sign_up", person("orders@harbour.example", CUSTOMER))["customer_id"]
		lead = self.wait_for("Lead", {"medusa_id": customer_id})
		names = {
			row["name"]
			for row in self.call("fetch_all_customers", {"name": "harbour"}, self.site.storefront_token)
		}
		self.expect(names == {CUSTOMER}, f"{CUSTOMER} is not linked")

		self.step("A clerk links the two")
		answer = self.call("link_medusa_lead", {"customer": CUSTOMER, "lead": lead}, self.site.desk_token)
		self.show("Customer", CUSTOMER, ["customer_name", "lead_name", "medusa_id"])
		self.show("Lead", lead, ["status"])
		self.expect(answer == {"status": "success", "medusa_id": customer_id}, "the link is the answer")
		self.expect(self.value("Customer", CUSTOMER, "medusa_id") == customer_id, "the Customer has the id")

		self.step("Nobody is left")
		rows = self.call("fetch_all_customers", {}, self.site.storefront_token)
		self.expect(rows == [], "all Customers are linked")

	# telling

	def step(self, title: str) -> None:
		self.steps += 1
		print(f"\n{self.steps}. {title}")

	def call(self, method: str, arguments: dict[str, Any], token: str = "") -> Any:
		"""Call a method of the API, print the call and its answer; return what is in the envelope."""
		headers = {"Authorization": f"token {token}"} if token else {}
		shown = {**arguments, "password": "********"} if "password" in arguments else arguments
		self.print_block(f"POST {method}", json.dumps(shown, ensure_ascii=False))
		url = f"{self.site.url}/api/method/medusa_integration.api.{method}"
		response = requests.post(url, json=arguments, headers=headers, timeout=30)
		answer = response.json().get("message", response.json())
		self.print_block(f"  {response.status_code}", json.dumps(answer, ensure_ascii=False))
		self.expect(response.status_code == 200, f"{method} succeeds")
		return answer

	def show(self, doctype: str, name: str, fields: list[str]) -> None:
		"""Print a record as ERPNext has it."""
		row = self.fresh(lambda: frappe.db.get_value(doctype, name, fields, as_dict=True))
		values = ", ".join(f"{field} {value}" for field, value in row.items())
		self.print_block(f"  {doctype}", f"{name}: {values}")

	def print_block(self, head: str, text: str) -> None:
		indent = " " * 30
		print(textwrap.fill(text, WIDTH, initial_indent=f"   {head:<27}", subsequent_indent=indent))

	def expect(self, holds: bool, what: str) -> None:
		if not holds:
			raise StoryBroken(f"Step {self.steps}: it should be so that {what}, and it is not.")

	# looking

	def value(self, doctype: str, name: str, field: str) -> Any:
		return self.fresh(lambda: frappe.db.get_value(doctype, name, field))

	def fresh(self, look: Any) -> Any:
		"""Look at what the server has committed by now."""
		frappe.db.rollback()
		return look()

	def wait_for(self, doctype: str, filters: dict[str, Any]) -> str:
		"""The name of a record that a background job is about to make."""
		deadline = time.monotonic() + DEADLINE
		while time.monotonic() < deadline:
			name = self.fresh(lambda: frappe.db.get_value(doctype, filters, "name"))
			if name:
				return name
			time.sleep(0.05)
		raise StoryBroken(f"Step {self.steps}: no {doctype} was made within {DEADLINE} seconds.")


def person(email: str, organization: str) -> dict[str, Any]:
	"""What a sign-up form sends."""
	return {
		"email": email,
		"first_name": "Demo",
		"last_name": "Buyer",
		"mobile": "+971501234567",
		"organization_name": organization,
		"t_c_acceptance": True,
		"password": "a long pass phrase",
	}
