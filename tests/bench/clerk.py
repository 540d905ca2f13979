"""What a clerk does with a Quotation on the desk, over REST and with the methods that its buttons call."""

from collections.abc import Callable
from typing import Any

import requests

OFFER = "medusa_integration.desk.offer_quotation"

Result = tuple[int, Any]


def ask(bench, method: str, token: str = "", /, **arguments: Any) -> Result:
	"""Call a method of Frappe or ERPNext, without a token as Administrator; as `bench.call`."""
	url, options = f"{bench.url}/api/method/{method}", {"json": arguments, "timeout": 120}
	if token:
		response = requests.post(url, headers={"Authorization": f"token {token}"}, **options)
	else:
		response = bench.admin.post(url, **options)
	body = response.json()
	return response.status_code, body.get("message", body)


def as_clerk(bench, verb: str, path: str, **values: Any) -> Result:
	"""Call Frappe's REST API as the clerk; return the status and the body."""
	headers = {"Authorization": f"token {bench.clerk}"}
	url = f"{next(bench.servers)}/api/resource/{path}"
	response = requests.request(verb, url, json=values, headers=headers, timeout=120)
	return response.status_code, response.json()


def document(bench, name: str) -> dict:
	"""Return a Quotation as the clerk reads it."""
	return as_clerk(bench, "GET", f"Quotation/{name}")[1]["data"]


def repricing(bench, name: str, rate: float) -> Callable[[], Result]:
	"""Return the call with which the clerk saves a draft with another rate in its first line."""
	rows = document(bench, name)["items"]
	rows[0]["rate"] = rate
	return lambda: as_clerk(bench, "PUT", f"Quotation/{name}", items=rows)


def offering(bench, name: str) -> Callable[[], Result]:
	"""Return the call of the button Offer to Customer, for the Quotation as it is now."""
	arguments = {"quotation": name, "modified": document(bench, name)["modified"]}
	return lambda: ask(bench, OFFER, bench.clerk, **arguments)


def cancelling(bench, name: str) -> Callable[[], Result]:
	"""Return the call with which the clerk cancels a Quotation."""
	return lambda: ask(bench, "frappe.client.cancel", bench.clerk, doctype="Quotation", name=name)


def amending(bench, name: str, rate: float) -> Callable[[], Result]:
	"""Return the calls with which the clerk cancels a Quotation and saves an amendment with another rate."""
	copy = {**document(bench, name), "amended_from": name, "docstatus": 0, "status": "Draft"}
	for row in (copy, *copy["items"], *copy["taxes"], *copy["payment_schedule"]):
		for field in ("name", "parent", "creation", "modified", "owner", "modified_by"):
			row.pop(field, None)
	copy["items"][0]["rate"] = rate

	def amend() -> Result:
		cancelled = cancelling(bench, name)()
		if cancelled[0] != 200:
			return cancelled
		return ask(bench, "frappe.client.insert", bench.clerk, doc=copy)

	return amend
