"""A shop's tests: they call a running sandbox as its server does, and play the clerk's side of it."""

import secrets
from typing import Any

import requests

from helpers import call
from sandbox.server import Running

COFFEE = {"variant_id": "variant_coffee", "quantity": 3}
UNPRICED = {"variant_id": "variant_machine", "quantity": 1}


class Shop:
	"""A running sandbox as the shop's server and its tests see it."""

	def __init__(self, site: Running):
		self.site = site

	def call(self, method: str, token: str | None = None, **arguments: Any) -> requests.Response:
		"""Call a method, with the storefront's token unless another is given."""
		token = self.site.storefront_token if token is None else token
		return call(self.site.url, method, token, json=arguments)

	def answer(self, method: str, **arguments: Any) -> Any:
		"""Call a method that succeeds; return its answer."""
		response = self.call(method, **arguments)
		assert response.status_code == 200, response.text
		return response.json()["message"]

	def control(self, action: str, **arguments: Any) -> requests.Response:
		"""Take an action of the clerk's side."""
		return requests.post(f"{self.site.url}/sandbox/{action}", json=arguments, timeout=60)

	def clerk(self, action: str, **arguments: Any) -> Any:
		"""Take an action that succeeds; return what it says."""
		response = self.control(action, **arguments)
		assert response.status_code == 200, response.text
		return response.json()["message"]

	def told(self) -> dict[str, Any]:
		"""What the stand-in Medusa was told of each record, when all jobs are done."""
		self.clerk("wait")
		return requests.get(self.site.event_url, timeout=30).json()["told"]

	def form(self, **values: Any) -> dict[str, Any]:
		"""What a customer enters to sign up."""
		form = {"email": f"{secrets.token_hex(4)}@example.com", "first_name": "Demo", "last_name": "Buyer"}
		return {**form, "password": "a long pass phrase", **values}

	def customer(self) -> str:
		"""Create a Lead of a new customer; return the customer's id."""
		data = {"id": f"cus_{secrets.token_hex(4)}", "email": f"{secrets.token_hex(4)}@example.com"}
		self.answer("insert_lead", data=data)
		return data["id"]

	def quotation(self, *items: dict[str, Any], **values: Any) -> dict[str, Any]:
		"""Ask for a Quotation, of a new customer unless one is given; return what was sent."""
		sent = {"quotation_id": f"quo_{secrets.token_hex(4)}", "items": items or [COFFEE], **values}
		sent.setdefault("customer_id", values.get("customer_id") or self.customer())
		self.answer("create_quotation", **sent)
		return sent

	def decide(
		self, quotation: dict[str, Any], approval: str = "Approved", **values: Any
	) -> requests.Response:
		"""Approve or reject a Quotation."""
		ids = {key: quotation[key] for key in ("customer_id", "quotation_id")}
		return self.call("update_quotation", **{**ids, "approval": approval, **values})

	def order(self, quotation: dict[str, Any], **values: Any) -> str:
		"""Approve a Quotation and order it; return the Sales Order's name."""
		response = self.decide(
			quotation, order_id=f"order_{quotation['quotation_id']}", create_so=True, **values
		)
		assert response.status_code == 200, response.text
		return response.json()["message"]["sales_order_id"]
