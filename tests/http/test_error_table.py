"""Every row of README's table of errors, played by the clerk's side as the tests of a shop would."""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import get_args

import pytest
import requests
from helpers import until
from helpers.shop import COFFEE, UNPRICED, Shop

from medusa_integration.exceptions import Reason
from sandbox.server import CUSTOMER, running
from sandbox.setup import COMPANY

README = Path(__file__).parents[2] / "README.md"
Player = Callable[[Shop], requests.Response]
PLAYERS: dict[str, Player] = {}
REASONS: dict[str, Player] = {}


@pytest.fixture(scope="module")
def site(tmp_path_factory, disconnected) -> Iterator[Shop]:
	with running(tmp_path_factory.mktemp("errors") / "site.db") as site:
		yield Shop(site)


@pytest.fixture
def shop(site) -> Iterator[Shop]:
	"""A running sandbox, set back after the test."""
	yield site
	site.clerk("reset")


def rows() -> dict[str, int]:
	"""Each word of the table, and its status; of several statuses those are in the order of the words."""
	table = README.read_text().split("\n## Errors\n")[1].split("\n## ")[0]
	found = {}
	for statuses, words in re.findall(r"^\| ([\d, ]+) \| ([^|]+) \|", table, re.MULTILINE):
		numbers, names = re.findall(r"\d+", statuses), re.findall(r"`(\w+)`", words)
		found |= dict(
			zip(names, numbers if len(numbers) == len(names) else numbers * len(names), strict=True)
		)
	return {name: int(number) for name, number in found.items()}


def plays(word: str) -> Callable[[Player], Player]:
	"""Enter a function as the one that plays a row of the table."""
	return lambda function: PLAYERS.setdefault(word, function)


def gives(reason: str) -> Callable[[Player], Player]:
	"""Enter a function as the one that leads to a reason."""
	return lambda function: REASONS.setdefault(reason, function)


# what is not let in, what is not there, what is wrong


@plays("AuthenticationError")
def wrong_token(shop):
	return shop.call("fetch_all_customers", token="key:secret")


@plays("PermissionError")
def no_token(shop):
	return shop.call("fetch_all_customers", token="")


@plays("CustomerNotFoundError")
def unknown_customer(shop):
	return shop.call("create_quotation", customer_id="cus_none", quotation_id="quo_1", items=[COFFEE])


@plays("QuotationNotFoundError")
def unknown_quotation(shop):
	return shop.call("update_quotation", quotation_id="quo_none", approval="Approved")


@plays("OrderNotFoundError")
def unknown_order(shop):
	return shop.call("get_order", customer_id=shop.customer(), order_id="order_none")


@plays("ItemNotFoundError")
def unknown_item(shop):
	items = [{"sku": "NONE", "quantity": 1}]
	return shop.call("create_quotation", customer_id=shop.customer(), quotation_id="quo_1", items=items)


@plays("AddressNotFoundError")
def no_address(shop):
	return shop.call("update_address", customer_id=shop.customer(), city="Dubai")


@plays("DoesNotExistError")
def link_of_nothing(shop):
	return shop.call("link_medusa_lead", token=shop.site.desk_token, customer=CUSTOMER, lead="none")


@plays("InvalidArgumentsError")
def no_arguments(shop):
	return shop.call("create_quotation")


@plays("TooManyCallsError")
def second_sign_up(shop):
	shop.clerk("settings", sign_ups_per_ip=1)
	shop.call("sign_up", token="", **shop.form())
	return shop.call("sign_up", token="", **shop.form())


@plays("IntegrationDisabledError")
def switched_off(shop):
	shop.clerk("disable")
	return shop.call("fetch_all_customers")


# sign-ups and Leads


@plays("EmailTakenError")
def another_password(shop):
	form = shop.form()
	shop.answer("sign_up", **form)
	return shop.call("sign_up", **{**form, "password": "another pass phrase"})


@plays("LeadConflictError")
def lead_of_another(shop):
	shop.clerk("conflict", email="taken@example.com")
	return shop.call("insert_lead", data={"id": "cus_1", "email": "taken@example.com"})


@plays("LeadAdoptionError")
def lead_that_a_person_must_give(shop):
	shop.clerk("settings", lead_adoption="After a person approves")
	shop.clerk("conflict", email="taken@example.com", adoptable=True)
	return shop.call("insert_lead", data={"id": "cus_1", "email": "taken@example.com"})


def link(shop: Shop, lead: str) -> requests.Response:
	return shop.call("link_medusa_lead", token=shop.site.desk_token, customer=CUSTOMER, lead=lead)


@plays("LeadLinkedError")
def customer_of_another(shop):
	leads = [
		shop.answer("insert_lead", data={"id": f"cus_{number}", "email": f"{number}@example.com"})
		for number in (1, 2)
	]
	assert link(shop, leads[0]).status_code == 200
	return link(shop, leads[1])


@plays("ValidationError")
def lead_without_account(shop):
	return link(shop, shop.clerk("conflict", email="desk@example.com", adoptable=True)["name"])


@plays("MedusaRefusedError")
def medusa_refuses(shop):
	shop.clerk("medusa_down", fault="refuse")
	return shop.call("sign_up", **shop.form())


@plays("MedusaUnavailableError")
def medusa_is_down(shop):
	shop.clerk("medusa_down")
	return shop.call("sign_up", **shop.form())


@plays("MedusaTimeoutError")
def medusa_is_slow(shop):
	shop.clerk("settings", timeout=1)
	shop.clerk("medusa_down", fault="hang")
	return shop.call("sign_up", **shop.form())


@plays("OverloadedError")
def too_many_sign_ups(shop):
	shop.clerk("settings", sign_ups_at_once=1)
	shop.clerk("medusa_down", fault="hang")
	with ThreadPoolExecutor() as pool:
		waiting = pool.submit(shop.call, "sign_up", **shop.form())
		until(lambda: shop.site.medusa.calls)
		response = shop.call("sign_up", **shop.form())
		shop.clerk("medusa_up")
		waiting.result()
	return response


# Quotations


@plays("CustomerDisabledError")
def disabled_customer(shop):
	quotation = shop.quotation(create_so=True)
	shop.clerk("record", doctype="Customer", name={"medusa_id": quotation["customer_id"]}, disabled=1)
	return shop.call("create_quotation", **{**quotation, "quotation_id": "quo_2"})


@plays("CustomerLikelyError")
def customer_that_may_exist(shop):
	shop.clerk("settings", likely_customer="Wait for a person")
	data = {"id": "cus_likely", "email": "likely@example.com", "organization_name": "Harbour Cafe"}
	shop.answer("insert_lead", data=data)
	return shop.decide(shop.quotation(customer_id="cus_likely"), create_so=True)


@plays("ErpnextRefusedError")
def frozen_customer(shop):
	quotation = shop.quotation(create_so=True)
	shop.clerk("record", doctype="Customer", name={"medusa_id": quotation["customer_id"]}, is_frozen=1)
	return shop.decide(quotation, order_id="order_1", create_so=True)


@plays("OfferChangedError")
def price_changed(shop):
	quotation = shop.quotation()
	shop.clerk("price", quotation_id=quotation["quotation_id"], rate=50)
	return shop.decide(quotation, grand_total=126)


@plays("NotOfferedError")
def no_price(shop):
	return shop.decide(shop.quotation(UNPRICED))


@plays("ExchangeRateError")
def foreign_price_list(shop):
	shop.clerk("record", doctype="Currency", currency_name="EUR")
	values = {"price_list_name": "Euros", "currency": "EUR", "selling": 1, "enabled": 1}
	shop.clerk("record", doctype="Price List", **values)
	shop.clerk("settings", price_list="Euros")
	return shop.call("create_quotation", customer_id=shop.customer(), quotation_id="quo_1", items=[COFFEE])


@plays("BusyError")
def others_come_first(shop):
	quotation = shop.quotation()
	shop.clerk("busy")
	return shop.decide(quotation)


@plays("ConflictError")
def no_company(shop):
	customer_id = shop.customer()
	shop.clerk("remove", doctype="Company", name=COMPANY)
	return shop.call("create_quotation", customer_id=customer_id, quotation_id="quo_1", items=[COFFEE])


@plays("PdfUnavailableError")
def no_printer(shop):
	quotation = shop.quotation()
	ids = {key: quotation[key] for key in ("customer_id", "quotation_id")}
	return shop.call("get_quotation_pdf", **ids)


@gives("expired")
def after_its_validity(shop):
	quotation = shop.quotation()
	shop.clerk("expire", quotation_id=quotation["quotation_id"])
	return shop.decide(quotation)


@plays("QuotationConflictError")
@gives("rejected")
def after_a_rejection(shop):
	quotation = shop.quotation()
	shop.decide(quotation, "Rejected")
	return shop.decide(quotation)


@gives("lost")
def lost_by_a_clerk(shop):
	quotation = shop.quotation()
	shop.clerk("lose", quotation_id=quotation["quotation_id"])
	return shop.decide(quotation)


@gives("cancelled")
def cancelled_by_a_clerk(shop):
	quotation = shop.quotation()
	shop.clerk("cancel", quotation_id=quotation["quotation_id"])
	return shop.decide(quotation)


@gives("ordered")
def rejection_of_an_order(shop):
	quotation = shop.quotation()
	shop.order(quotation)
	return shop.decide(quotation, "Rejected")


@gives("order_cancelled")
def after_the_order_was_cancelled(shop):
	quotation = shop.quotation()
	shop.order(quotation)
	shop.clerk("cancel_order", quotation_id=quotation["quotation_id"])
	return shop.decide(quotation, create_so=True)


@gives("other_customer")
def quotation_id_of_another(shop):
	quotation = shop.quotation()
	return shop.call("create_quotation", **{**quotation, "customer_id": shop.customer()})


@gives("other_order")
def another_order_id(shop):
	quotation = shop.quotation()
	shop.order(quotation)
	return shop.decide(quotation, order_id="order_other", create_so=True)


@gives("other_content")
def other_lines(shop):
	quotation = shop.quotation()
	return shop.call("create_quotation", **{**quotation, "items": [UNPRICED]})


@gives("price_changed")
def clerk_changed_the_price(shop):
	return price_changed(shop)


@gives("no_price")
def line_without_a_price(shop):
	return no_price(shop)


@gives("clerk_must_offer")
def draft_that_is_not_offered(shop):
	shop.clerk("settings", clerk_offers=1)
	return shop.decide(shop.quotation())


def test_every_reason_has_a_player():
	assert set(REASONS) == set(get_args(Reason))


@pytest.mark.parametrize("word", rows())
def test_row_can_be_played(shop, word):
	assert word in PLAYERS, f"write a function that plays {word}"
	response = PLAYERS[word](shop)
	body = response.json()
	assert (response.status_code, body["exc_type"]) == (rows()[word], word)
	assert body["error"]["type"] == word


@pytest.mark.parametrize("reason", REASONS)
def test_reason_can_be_played(shop, reason):
	response = REASONS[reason](shop)
	error = response.json()["error"]
	assert (response.status_code, error["reason"]) == (409, reason)
