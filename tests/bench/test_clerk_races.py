"""Two clerks press a button of the desk at the same moment: one decision counts, and the other is told."""

import secrets
from collections.abc import Callable
from threading import Barrier
from typing import Any

import pytest
from clerk import ask
from helpers import medusa_customer
from live import at_once
from test_races import lead_of, quote

DESK = "medusa_integration.desk."
LINK = "medusa_integration.api.link_medusa_lead"
LOG = "Medusa Sync Log"


@pytest.fixture(scope="module")
def clerks(bench) -> tuple[str, str]:
	"""The tokens of two clerks."""
	return bench.make_user("Sales User"), bench.make_user("Sales User")


@pytest.fixture(scope="module")
def managers(bench) -> tuple[str, str]:
	"""The tokens of two clerks who may also unlink."""
	roles = ("Sales User", "System Manager")
	return bench.make_user(*roles), bench.make_user(*roles)


def together(bench, clerks: tuple[str, str], *calls: tuple[str, dict[str, Any]]) -> list[tuple[int, Any]]:
	"""Make a call as each clerk at the same moment; return status and answer of each."""
	gate = Barrier(len(calls))

	def pressing(token: str, method: str, arguments: dict[str, Any]) -> Callable[[], tuple[int, Any]]:
		def press() -> tuple[int, Any]:
			gate.wait(30)
			return ask(bench, method, token, **arguments)

		return press

	return at_once([pressing(token, *call) for token, call in zip(clerks, calls, strict=True)])


def statuses(results: list[tuple[int, Any]]) -> list[int]:
	"""Return the statuses in order; no call may have failed otherwise than by a refusal."""
	found = sorted(status for status, _answer in results)
	assert set(found) <= {200, 409}, [(status, str(answer)[-1500:]) for status, answer in results]
	return found


def conflict(bench, **values: Any) -> dict[str, Any]:
	"""Make a row that waits for a decision: a second account has the e-mail of a Lead of the desk."""
	data = medusa_customer()
	lead = bench.make("Lead", first_name="Paper", email_id=data["email"], **values)["name"]
	with bench.settings(lead_adoption="After a person approves"):
		status, answer = bench.call("insert_lead", bench.storefront, data=data)
	assert status == 409, answer
	(row,) = bench.find(LOG, {"medusa_id": data["id"]})
	return {**data, "lead": lead, "row": row["name"]}


def comments(bench, doctype: str, name: str, text: str) -> list[dict[str, Any]]:
	filters = {"reference_doctype": doctype, "reference_name": name, "content": ("like", f"%{text}%")}
	return bench.find("Comment", filters)


def test_settle(bench, clerks, round_number):
	row = conflict(bench)["row"]
	reasons = [f"Reason {secrets.token_hex(4)}" for _clerk in clerks]
	results = together(
		bench, clerks, *[(f"{DESK}settle_log", {"name": row, "reason": reason}) for reason in reasons]
	)
	assert statuses(results) == [200, 409]
	won = reasons[[status for status, _answer in results].index(200)]
	(found,) = bench.find(LOG, {"name": row}, "status", "settled_reason")
	assert found == {"status": "Success", "settled_reason": won}
	assert len(comments(bench, LOG, row, "settled this row")) == 1


def test_opposite_decisions(bench, clerks, round_number):
	data = conflict(bench)
	choices = [
		{"name": data["row"], "action": action, "record": data["lead"]} for action in ("adopt", "clear_email")
	]
	results = together(bench, clerks, *[(f"{DESK}resolve_conflict", choice) for choice in choices])
	assert statuses(results) == [200, 409]
	bench.wait_for(LOG, {"name": data["row"], "status": "Success"})
	(account,) = bench.find("Lead", {"medusa_id": data["id"]})
	(other,) = bench.find("Lead", {"name": data["lead"]}, "email_id")
	is_adopted = results[0][0] == 200
	assert (account["name"] == data["lead"]) == is_adopted
	assert other["email_id"] == (data["email"] if is_adopted else None)


def test_decide_and_settle(bench, clerks, round_number):
	"""If the settling comes second, what was decided stays."""
	data = conflict(bench)
	choice = {"name": data["row"], "action": "adopt", "record": data["lead"]}
	settling = {"name": data["row"], "reason": "Spam"}
	results = together(bench, clerks, (f"{DESK}resolve_conflict", choice), (f"{DESK}settle_log", settling))
	assert statuses(results) == [200, 409]
	(found,) = bench.find(LOG, {"name": data["row"]}, "status", "settled_reason")
	is_adopted = bool(bench.find("Lead", {"medusa_id": data["id"]}))
	assert found == {"status": "Success", "settled_reason": None if is_adopted else "Spam"}
	assert is_adopted == (results[0][0] == 200)


def test_link_to_two_customers(bench, clerks, round_number):
	lead, customers = lead_of(bench), [bench.make_customer(), bench.make_customer()]
	results = together(
		bench, clerks, *[(LINK, {"customer": name, "lead": lead["lead"]}) for name in customers]
	)
	assert statuses(results) == [200, 409]
	won = customers[[status for status, _answer in results].index(200)]
	assert bench.find("Customer", {"medusa_id": lead["id"]}) == [{"name": won}]
	assert bench.find("Customer", {"lead_name": lead["lead"]}) == [{"name": won}]


def test_unlink(bench, managers, round_number):
	lead, customer = lead_of(bench), bench.make_customer()
	bench.method(LINK, customer=customer, lead=lead["lead"])
	call = {"customer": customer, "medusa_id": lead["id"], "reason": "Wrong company"}
	assert statuses(together(bench, managers, *[(f"{DESK}unlink_account", call)] * 2)) == [200, 409]
	assert bench.find("Customer", {"name": customer}, "medusa_id", "lead_name") == [
		{"medusa_id": None, "lead_name": None}
	]
	assert bench.find("Lead", {"name": lead["lead"]}, "status") == [{"status": "Open"}]
	for doctype, name in (("Customer", customer), ("Lead", lead["lead"])):
		assert len(comments(bench, doctype, name, "Wrong company")) == 1


def test_convert(bench, clerks, round_number):
	lead = lead_of(bench)
	quotation = quote(bench, lead["id"])["quotationId"]
	results = together(bench, clerks, *[(f"{DESK}convert_lead", {"lead": lead["lead"]})] * 2)
	assert statuses(results) == [200, 200]
	(customer,) = bench.find("Customer", {"lead_name": lead["lead"]}, "name", "medusa_id")
	assert customer["medusa_id"] == lead["id"]
	assert {answer["customer"] for _status, answer in results} == {customer["name"]}
	assert bench.find("Quotation", {"name": quotation}, "party_name") == [{"party_name": customer["name"]}]
	assert len(comments(bench, "Lead", lead["lead"], "converted this Lead")) == 1


def test_convert_and_link(bench, clerks, round_number):
	"""The Lead gets one Customer, no matter who was first."""
	lead, other = lead_of(bench), bench.make_customer()
	results = together(
		bench,
		clerks,
		(f"{DESK}convert_lead", {"lead": lead["lead"]}),
		(LINK, {"customer": other, "lead": lead["lead"]}),
	)
	assert statuses(results) in ([200, 200], [200, 409])
	(customer,) = bench.find("Customer", {"lead_name": lead["lead"]}, "name", "medusa_id")
	assert customer["medusa_id"] == lead["id"]
	assert results[0][0] == 200
	assert results[0][1]["customer"] == customer["name"]
	assert (results[1][0] == 200) == (customer["name"] == other)
