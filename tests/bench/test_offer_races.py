"""The shop approves a Quotation while a clerk changes, offers, cancels or amends it, or while the shop itself
says something else: nobody is bound to a total that they did not see, and the losers get the present state.
"""

import secrets
from collections.abc import Callable
from typing import Any

import pytest
from clerk import Result, amending, ask, cancelling, document, offering, repricing
from live import at_once
from test_desk_races import customer_of
from test_races import STREET, lead_of, quote

CALLERS = 4
TOTALS = ("currency", "net_total", "grand_total", "valid_till", "status")
# how Frappe refuses a clerk whose document has changed, was submitted, is linked by an order, or names a
# Customer that is newer than the clerk's transaction
REFUSALS = (
	"TimestampMismatchError",
	"UpdateAfterSubmitError",
	"LinkExistsError",
	"LinkValidationError",
	"ValidationError",
)


# what the shop and the clerk do


def asked(bench, customer: dict, **values: Any) -> dict:
	"""Return a fresh Quotation of a customer; `values` are further arguments."""
	return {"customer_id": customer["id"], **quote(bench, customer["id"], **values)}


def approving(bench, quotation: dict, total: float, **values: Any) -> Callable[[], Result]:
	"""Return the call that approves a Quotation with this total, and orders it."""
	arguments = {"quotation_id": quotation["key"], "customer_id": quotation["customer_id"], "create_so": True}
	arguments |= {"approval": "Approved", "grand_total": total, **values}
	return lambda: bench.call("update_quotation", bench.storefront, **arguments)


def after_a_look(bench, name: str, call: Callable[[], Result]) -> Callable[[], Result]:
	"""Return a call that begins later, by as long as it takes to look at a Quotation."""

	def look_and_call() -> Result:
		document(bench, name)
		return call()

	return look_and_call


def raced(bench, name: str, delayed: str, clerk: Callable, shop: Callable) -> tuple[Result, Result]:
	"""Run both at the same moment, or one of them a little later; return what each got."""
	calls = {"clerk": clerk, "shop": shop}
	if delayed in calls:
		calls[delayed] = after_a_look(bench, name, calls[delayed])
	clerk_got, shop_got = at_once([calls["clerk"], calls["shop"]])
	return clerk_got, shop_got


# what is there afterwards


def chain(bench, quotation: dict) -> list[dict]:
	"""Return the Quotation and its amendments, the oldest first."""
	fields = ("name", "docstatus", "grand_total", "medusa_order_id", "medusa_decision", "quotation_to")
	found = bench.find("Quotation", {"medusa_quotation_id": quotation["key"]}, *fields)
	return sorted(found, key=lambda row: row["name"])


def orders(bench, quotation: dict) -> list[dict]:
	"""Return the Sales Orders of all versions of a Quotation."""
	names = [row["name"] for row in chain(bench, quotation)]
	filters = [["Sales Order Item", "prevdoc_docname", "in", names]]
	return bench.find("Sales Order", filters, "name", "docstatus", "grand_total")


def present(bench, quotation: dict) -> dict:
	"""Return the Quotation as the shop reads it."""
	ids = {"customer_id": quotation["customer_id"], "quotation_id": quotation["key"]}
	return bench.shop("get_quotation", **ids)


def check_ordered(bench, quotation: dict, total: float, answer: dict) -> None:
	"""See one order, with the approved total, of a submitted Quotation with this total."""
	assert orders(bench, quotation) == [
		{"name": answer["sales_order_id"], "docstatus": 1, "grand_total": total}
	], answer
	(submitted,) = [row for row in chain(bench, quotation) if row["docstatus"] == 1]
	assert (submitted["grand_total"], submitted["medusa_decision"]) == (total, "Approved")


def check_not_ordered(bench, quotation: dict) -> None:
	"""See no order, and a Quotation on which no decision has left a trace."""
	assert orders(bench, quotation) == []
	for row in chain(bench, quotation):
		assert (row["medusa_order_id"] or "", row["medusa_decision"] or "") == ("", ""), row


def check_party_is_lead(bench, quotation: dict, lead: dict) -> None:
	"""See that a refused approval has converted nobody."""
	assert bench.find("Customer", {"lead_name": lead["lead"]}) == []
	assert {row["quotation_to"] for row in chain(bench, quotation)} == {"Lead"}


def check_present_totals(bench, quotation: dict, refused: Result, kind: str) -> None:
	"""See a refusal of this type with the present totals of the Quotation."""
	status, body = refused
	assert (status, body["error"]["type"]) == (409, kind), refused
	now = present(bench, quotation)
	assert body["error"]["current"] == {field: now[field] for field in TOTALS}


def check_clerk_refused(result: Result) -> None:
	"""See that Frappe refused the clerk with one of its own reasons."""
	status, body = result
	assert status == 417, result
	assert body["exc_type"] in REFUSALS, result


@pytest.fixture(params=["nobody", "clerk", "shop"])
def delayed(request) -> str:
	"""Who begins a little later."""
	return request.param


class TestSave:
	"""The clerk saves the draft with another rate."""

	def race(self, bench, quotation: dict, delayed: str, **values: Any) -> tuple[Result, Result]:
		name = quotation["quotationId"]
		save, total = repricing(bench, name, 500), quotation["grand_total"]
		return raced(bench, name, delayed, save, approving(bench, quotation, total, **values))

	def check(self, bench, quotation: dict, clerk: Result, shop: Result) -> bool:
		"""See one winner; return whether it is the shop."""
		story = f"clerk {clerk[0]} {str(clerk[1])[-800:]}, shop {shop}"
		assert [clerk[0], shop[0]].count(200) == 1, story
		if shop[0] == 200:
			check_clerk_refused(clerk)
			check_ordered(bench, quotation, quotation["grand_total"], shop[1])
			return True
		check_not_ordered(bench, quotation)
		check_present_totals(bench, quotation, shop, "OfferChangedError")
		assert shop[1]["error"]["reason"] == "price_changed"
		assert shop[1]["error"]["current"]["grand_total"] == clerk[1]["data"]["grand_total"]
		return False

	def test_of_a_customer(self, bench, round_number, delayed):
		quotation = asked(bench, customer_of(bench))
		self.check(bench, quotation, *self.race(bench, quotation, delayed, order_id="order_1"))

	def test_of_a_lead(self, bench, round_number, delayed):
		lead = lead_of(bench)
		quotation = asked(bench, lead)
		if not self.check(bench, quotation, *self.race(bench, quotation, delayed)):
			check_party_is_lead(bench, quotation, lead)

	def test_with_the_clerks_total(self, bench, round_number):
		"""The shop approves what the clerk is about to save: it is bound only when it is saved."""
		quotation = asked(bench, customer_of(bench))
		name, total = quotation["quotationId"], quotation["grand_total"] * 50
		clerk, shop = raced(bench, name, "", repricing(bench, name, 500), approving(bench, quotation, total))
		assert clerk[0] == 200, clerk
		if shop[0] == 200:
			check_ordered(bench, quotation, clerk[1]["data"]["grand_total"], shop[1])
		else:
			check_not_ordered(bench, quotation)
			assert shop[1]["error"]["type"] == "OfferChangedError", shop


class TestOffer:
	"""The clerk offers the draft, where a clerk must offer each."""

	@pytest.fixture(autouse=True)
	def clerk_offers(self, bench):
		with bench.settings(clerk_offers=1):
			yield

	def test_first_offer(self, bench, round_number, delayed):
		quotation = asked(bench, customer_of(bench))
		name, total = quotation["quotationId"], quotation["grand_total"]
		clerk, shop = raced(bench, name, delayed, offering(bench, name), approving(bench, quotation, total))
		assert clerk[0] == 200, clerk
		if shop[0] == 200:
			check_ordered(bench, quotation, total, shop[1])
			return
		check_not_ordered(bench, quotation)
		assert (shop[0], shop[1]["error"]["type"]) == (409, "NotOfferedError"), shop
		# it was requested when the approval came; the offer came later
		seen = {"grand_total": total, "status": "requested"}
		current = shop[1]["error"]["current"]
		assert {field: current[field] for field in seen} == seen
		assert present(bench, quotation)["status"] == "offered"

	def test_offer_of_another_total(self, bench, round_number, delayed):
		"""The customer approves the price before the clerk changed it."""
		quotation = asked(bench, customer_of(bench))
		name = quotation["quotationId"]
		assert repricing(bench, name, 500)()[0] == 200
		approve = approving(bench, quotation, quotation["grand_total"])
		clerk, shop = raced(bench, name, delayed, offering(bench, name), approve)
		assert clerk[0] == 200, clerk
		assert (shop[0], shop[1]["error"]["type"] in ("NotOfferedError", "OfferChangedError")) == (409, True)
		assert shop[1]["error"]["current"]["grand_total"] == present(bench, quotation)["grand_total"]
		check_not_ordered(bench, quotation)

	def test_second_offer(self, bench, round_number, delayed):
		"""The total is offered already; to offer it again changes nothing for the customer."""
		quotation = asked(bench, customer_of(bench))
		name, total = quotation["quotationId"], quotation["grand_total"]
		assert offering(bench, name)()[0] == 200
		clerk, shop = raced(bench, name, delayed, offering(bench, name), approving(bench, quotation, total))
		assert shop[0] == 200, shop
		check_ordered(bench, quotation, total, shop[1])
		# offered before it was approved; or changed since, or submitted
		assert clerk[0] in (200, 409, 417), clerk

	def test_offer_and_save(self, bench, round_number, delayed):
		"""One clerk offers while another saves another rate: only what was seen is offered."""
		quotation = asked(bench, customer_of(bench))
		name, total = quotation["quotationId"], quotation["grand_total"]
		saved, offered = raced(bench, name, delayed, repricing(bench, name, 500), offering(bench, name))
		assert 200 in (saved[0], offered[0]), (saved, offered)
		for result in (saved, offered):
			assert result[0] == 200 or result[1]["exc_type"] == "TimestampMismatchError", result
		now = present(bench, quotation)
		expected = "requested" if saved[0] == 200 else "offered"
		assert (now["status"], now["grand_total"] == total) == (expected, saved[0] != 200)

	def test_offer_save_and_approval(self, bench, round_number):
		quotation = asked(bench, customer_of(bench))
		name, total = quotation["quotationId"], quotation["grand_total"]
		clerks = [offering(bench, name), repricing(bench, name, 500)]
		*clerks_got, shop = at_once([*clerks, approving(bench, quotation, total)])
		assert all(status in (200, 409, 417) for status, _answer in clerks_got), clerks_got
		if shop[0] == 200:
			check_ordered(bench, quotation, total, shop[1])
			return
		check_not_ordered(bench, quotation)
		assert shop[0] == 409, shop
		assert shop[1]["error"]["type"] in ("NotOfferedError", "OfferChangedError"), shop
		assert "grand_total" in shop[1]["error"]["current"]


class TestCancel:
	"""The clerk cancels a submitted Quotation."""

	def submitted(self, bench, customer: dict, by: str) -> dict:
		quotation = asked(bench, customer)
		if by == "shop":  # approved, and to be ordered later
			ids = {"quotation_id": quotation["key"], "customer_id": customer["id"]}
			bench.shop("update_quotation", **ids, approval="Approved")
		else:
			doc = document(bench, quotation["quotationId"])
			status, answer = ask(bench, "frappe.client.submit", bench.clerk, doc=doc)
			assert status == 200, answer
		return quotation

	@pytest.mark.parametrize("by", ["shop", "clerk"])
	def test_cancel(self, bench, round_number, delayed, by):
		quotation = self.submitted(bench, customer_of(bench), by)
		name, total = quotation["quotationId"], quotation["grand_total"]
		clerk, shop = raced(bench, name, delayed, cancelling(bench, name), approving(bench, quotation, total))
		story = f"clerk {clerk[0]} {str(clerk[1])[-800:]}, shop {shop}"
		assert [clerk[0], shop[0]].count(200) == 1, story
		if shop[0] == 200:
			check_clerk_refused(clerk)
			check_ordered(bench, quotation, total, shop[1])
			return
		error = shop[1]["error"]
		assert (shop[0], error["type"], error["reason"]) == (409, "QuotationConflictError", "cancelled")
		assert error["current"] == present(bench, quotation)
		assert orders(bench, quotation) == []

	def test_amend(self, bench, round_number, delayed):
		quotation = self.submitted(bench, customer_of(bench), "clerk")
		name, total = quotation["quotationId"], quotation["grand_total"]
		approve = approving(bench, quotation, total)
		clerk, shop = raced(bench, name, delayed, amending(bench, name, 500), approve)
		story = f"clerk {clerk[0]} {str(clerk[1])[-800:]}, shop {shop}"
		assert [clerk[0], shop[0]].count(200) == 1, story
		if shop[0] == 200:
			check_clerk_refused(clerk)
			check_ordered(bench, quotation, total, shop[1])
			return
		check_not_ordered(bench, quotation)
		error = shop[1]["error"]
		assert (shop[0], error["reason"] in ("cancelled", "price_changed")) == (409, True), story
		seen = {"cancelled": total, "price_changed": clerk[1]["grand_total"]}  # in between, or after
		assert error["current"]["grand_total"] == seen[error["reason"]]
		assert present(bench, quotation)["name"] == clerk[1]["name"]


class TestTwoApprovals:
	@pytest.mark.parametrize("make", [lead_of, customer_of])
	def test_that_name_different_totals(self, bench, round_number, make):
		"""Only those that name the Quotation's total are accepted, and all with the same order."""
		quotation = asked(bench, make(bench))
		total = quotation["grand_total"]
		right, wrong = approving(bench, quotation, total), approving(bench, quotation, total + 0.01)
		results = at_once([right, wrong] * CALLERS)
		accepted, refused = results[::2], results[1::2]
		assert [status for status, _answer in accepted] == [200] * CALLERS, accepted
		(order,) = {answer["sales_order_id"] for _status, answer in accepted}
		check_ordered(bench, quotation, total, {"sales_order_id": order})
		for status, body in refused:
			assert (status, body["error"]["type"]) == (409, "OfferChangedError"), refused
			assert body["error"]["current"]["grand_total"] == total

	def test_that_both_name_another_total(self, bench, round_number):
		lead = lead_of(bench)
		quotation = asked(bench, lead)
		total = quotation["grand_total"]
		results = at_once([approving(bench, quotation, other) for other in (total - 0.01, total + 0.01)])
		for result in results:
			check_present_totals(bench, quotation, result, "OfferChangedError")
		check_not_ordered(bench, quotation)
		check_party_is_lead(bench, quotation, lead)

	def test_for_different_orders(self, bench, round_number):
		quotation = asked(bench, customer_of(bench))
		ids, total = ["order_1", "order_2"], quotation["grand_total"]
		results = at_once([approving(bench, quotation, total, order_id=order_id) for order_id in ids])
		assert sorted(status for status, _answer in results) == [200, 409], results
		(won,) = [answer for status, answer in results if status == 200]
		(lost,) = [answer["error"] for status, answer in results if status == 409]
		check_ordered(bench, quotation, total, won)
		assert (lost["type"], lost["reason"]) == ("QuotationConflictError", "other_order")
		assert lost["current"] == present(bench, quotation)

	def test_against_rejection(self, bench, round_number):
		quotation = asked(bench, customer_of(bench))
		ids = {"quotation_id": quotation["key"], "customer_id": quotation["customer_id"]}
		reject = lambda: bench.call("update_quotation", bench.storefront, **ids, approval="Rejected")  # noqa: E731
		approved, rejected = at_once([approving(bench, quotation, quotation["grand_total"]), reject])
		assert sorted([approved[0], rejected[0]]) == [200, 409], (approved, rejected)
		(lost,) = [body["error"] for status, body in (approved, rejected) if status == 409]
		assert lost["reason"] == ("ordered" if approved[0] == 200 else "rejected")
		assert lost["current"] == present(bench, quotation)
		assert len(orders(bench, quotation)) == (approved[0] == 200)


class TestOneQuotationId:
	def asking(self, bench, customer_id: str, key: str, quantity: int) -> Callable[[], Result]:
		items = [{"variant_id": bench.item["medusa_variant_id"], "quantity": quantity}]
		arguments = {"customer_id": customer_id, "quotation_id": key, "items": items}
		arguments["billing_address"] = STREET
		return lambda: bench.call("create_quotation", bench.storefront, **arguments)

	def test_with_different_lines(self, bench, round_number):
		lead, key = lead_of(bench), f"quo_{secrets.token_hex(6)}"
		calls = [self.asking(bench, lead["id"], key, quantity) for quantity in (1, 2)]
		results = at_once(calls * CALLERS)
		by_lines = [results[::2], results[1::2]]
		assert sorted({status for status, _body in lines} == {200} for lines in by_lines) == [False, True]
		winner = 0 if by_lines[0][0][0] == 200 else 1
		now = present(bench, {"customer_id": lead["id"], "key": key})
		assert {answer["quotationId"] for _status, answer in by_lines[winner]} == {now["name"]}
		assert [row["quantity"] for row in now["items"]] == [winner + 1]
		for status, body in by_lines[1 - winner]:
			assert (status, body["error"]["reason"]) == (409, "other_content"), body
			assert body["error"]["current"] == now
		assert bench.find("Quotation", {"medusa_quotation_id": key}) == [{"name": now["name"]}]
		assert len(bench.find("Address", [["Dynamic Link", "link_name", "=", lead["lead"]]])) == 1

	def test_of_two_customers(self, bench, round_number):
		leads, key = [lead_of(bench), lead_of(bench)], f"quo_{secrets.token_hex(6)}"
		results = at_once([self.asking(bench, lead["id"], key, 1) for lead in leads])
		assert sorted(status for status, _body in results) == [200, 409], results
		(error,) = [body["error"] for status, body in results if status == 409]
		assert error["reason"] == "other_customer"
		assert "current" not in error
		(loser,) = [lead for lead, (status, _b) in zip(leads, results, strict=True) if status == 409]
		assert bench.find("Address", [["Dynamic Link", "link_name", "=", loser["lead"]]]) == []
