"""Frappe's two envelopes, and downloads, as the sandbox answers over HTTP."""

import json
from decimal import Decimal
from typing import Any

import frappe
import pytest
import requests


@frappe.whitelist(allow_guest=True, xss_safe=True)
def answer() -> dict[str, Any]:
	"""Answer with an amount, and with more beside the envelope."""
	frappe.local.response["ignored"] = ["colour"]
	return {"amount": Decimal("12.5")}


@frappe.whitelist(allow_guest=True, xss_safe=True)
def warn() -> None:
	"""Show a message and answer with nothing."""
	frappe.msgprint("Look", title="Out", indicator="orange")


@frappe.whitelist(allow_guest=True, xss_safe=True)
def refuse() -> None:
	"""Show a message and refuse, with more beside the envelope."""
	frappe.local.response["error"] = {"type": "DataError"}
	frappe.msgprint("First")
	frappe.throw("Not so", frappe.DataError, title="No")


@frappe.whitelist(allow_guest=True, xss_safe=True)
def download(display: str | None = None) -> None:
	"""Answer with bytes."""
	values = {"type": "download", "filename": "offer.pdf", "filecontent": b"%PDF-"}
	frappe.local.response.update(values)
	if display:
		frappe.local.response.update({"content_type": "text/plain", "display_content_as": display})


@frappe.whitelist(allow_guest=True, xss_safe=True)
def fail() -> None:
	"""Fail as nobody expects."""
	raise RuntimeError("unexpected")


def call(server, version: str, method: str, **parameters: str) -> requests.Response:
	path = f"/api/{version}method/{__name__}.{method}"
	return requests.get(server.url + path, params=parameters, timeout=30)


@pytest.mark.parametrize("version", ["", "v1/"])
def test_answer(server, version):
	response = call(server, version, "answer")
	assert (response.status_code, response.json()) == (
		200,
		{"ignored": ["colour"], "message": {"amount": 12.5}},
	)


def test_answer_of_version_2(server):
	response = call(server, "v2/", "answer")
	assert (response.status_code, response.json()) == (
		200,
		{"ignored": ["colour"], "data": {"amount": 12.5}},
	)


def test_messages(server):
	body = call(server, "", "warn").json()
	(message,) = (json.loads(text) for text in json.loads(body.pop("_server_messages")))
	assert (body, message) == ({}, {"message": "Look", "title": "Out", "indicator": "orange"})


def test_messages_of_version_2(server):
	body = call(server, "v2/", "warn").json()
	assert body == {"messages": [{"message": "Look", "title": "Out", "indicator": "orange"}]}


def test_refusal(server):
	response = call(server, "", "refuse")
	body = response.json()
	texts = [json.loads(text)["message"] for text in json.loads(body.pop("_server_messages"))]
	assert (response.status_code, texts) == (417, ["First", "Not so"])
	assert body == {"error": {"type": "DataError"}, "exc_type": "DataError"}


def test_refusal_of_version_2_has_its_own_message(server):
	response = call(server, "v2/", "refuse")
	error = {"type": "DataError", "message": "Not so", "title": "No", "indicator": "red"}
	expected = {"error": {"type": "DataError"}, "errors": [error]}
	messages = [{"message": "First", "title": "Message"}]
	assert (response.status_code, response.json()) == (417, {**expected, "messages": messages})


@pytest.mark.parametrize(("version", "word"), [("", "for command "), ("v1/", "for command "), ("v2/", "")])
def test_method_that_does_not_exist(server, version, word):
	response = call(server, version, "nothing")
	assert response.status_code == 417
	assert f"Failed to get method {word}{__name__}.nothing with" in response.text


def test_path_that_does_not_exist(server):
	response = requests.get(f"{server.url}/api/v2/nothing", timeout=30)
	assert (response.status_code, response.json()) == (404, {"errors": [{"type": "DoesNotExistError"}]})


def test_wrong_token(server):
	url, headers = f"{server.url}/api/v2/method/{__name__}.answer", {"Authorization": "token a:b"}
	response = requests.get(url, headers=headers, timeout=30)
	assert (response.status_code, response.json()) == (401, {"errors": [{"type": "AuthenticationError"}]})


@pytest.mark.parametrize("version", ["", "v2/"])
def test_download(server, version):
	response = call(server, version, "download")
	headers = response.headers["Content-Type"], response.headers["Content-Disposition"]
	assert (response.content, headers) == (b"%PDF-", ("application/pdf", "attachment; filename=offer.pdf"))


def test_download_that_is_shown(server):
	response = call(server, "", "download", display="inline")
	headers = response.headers["Content-Type"], response.headers["Content-Disposition"]
	assert headers == ("text/plain; charset=utf-8", "inline; filename=offer.pdf")


def test_printing_is_named_as_missing():
	with pytest.raises(NotImplementedError, match=r"frappe\.get_print"):
		frappe.get_print("Quotation", "x")


def test_no_program_makes_a_pdf():
	with pytest.raises(OSError, match="No wkhtmltopdf executable found"):
		frappe.get_print("Quotation", "x", as_pdf=True)


def test_error_is_logged_although_another_transaction_comes_first(server, monkeypatch):
	outcomes = [frappe.QueryDeadlockError("database is locked"), None]

	def log_error(**_values: Any) -> None:
		outcome = outcomes.pop(0)
		if outcome:
			raise outcome

	monkeypatch.setattr("frappe.app.log_error", log_error)
	response = call(server, "", "fail")
	assert (response.status_code, response.json()["exc_type"], outcomes) == (500, "RuntimeError", [])
