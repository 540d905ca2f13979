"""The buttons "Offer to Customer" on a Quotation and "Send Test Event" in Medusa Settings."""

import secrets
from urllib.parse import quote

import pytest
from parties import count_calls, tab_to, wait_for_dialog
from playwright.sync_api import expect

OFFER = "Offer to Customer"


@pytest.fixture
def quotation(bench, lead):
	"""A draft that the shop has requested: its name, and its Medusa id under `id`."""
	number = f"quo_{secrets.token_hex(5)}"
	lines = [{"sku": bench.make_item()["name"], "quantity": 2}]
	answer = bench.shop("create_quotation", customer_id=lead["id"], quotation_id=number, items=lines)
	return {"name": answer["quotationId"], "id": number, "customer_id": lead["id"]}


def open_quotation(page, bench, name: str) -> None:
	page.goto(f"{bench.url}/app/quotation/{quote(name)}")
	page.wait_for_function("name => window.cur_frm?.doc?.name === name && !cur_frm.is_new()", arg=name)


def button(page, name: str):
	return page.get_by_role("button", name=name, exact=True).first


def test_clerk_offers_a_quotation(bench, desk, quotation):
	page = desk("Sales User", "Sales Manager")
	open_quotation(page, bench, quotation["name"])
	button(page, OFFER).click()
	question = page.locator(".modal.show", has_text="to the customer in the shop?")
	expect(question).to_contain_text(quotation["name"])
	question.locator(".btn-primary", has_text="Yes").click()
	expect(page.locator(".desk-alert", has_text="Offered in the shop").first).to_be_visible()
	expect(button(page, OFFER)).to_have_count(0)
	(row,) = bench.find("Quotation", {"name": quotation["name"]}, "grand_total", "medusa_offered_total")
	assert row["medusa_offered_total"] == row["grand_total"] > 0


def test_offer_by_keyboard_alone(bench, desk, quotation):
	"""Frappe's question hears Enter twice, and whatever button has the focus."""
	page = desk("Sales User", "Sales Manager")
	open_quotation(page, bench, quotation["name"])
	calls = count_calls(page, "offer_quotation")
	for answer in (".btn-modal-secondary", ".btn-primary"):
		button(page, OFFER).focus()
		page.keyboard.press("Enter")
		wait_for_dialog(page)
		tab_to(page, f".modal.show {answer}")
		page.keyboard.press("Enter")
		expect(page.locator(".modal.show")).to_have_count(0)
	expect(button(page, OFFER)).to_have_count(0)
	assert len(calls) == 1


def test_changed_total_can_be_offered_again(bench, desk, quotation):
	page = desk("Sales User", "Sales Manager")
	open_quotation(page, bench, quotation["name"])
	button(page, OFFER).click()
	page.locator(".modal.show .btn-primary", has_text="Yes").click()
	expect(button(page, OFFER)).to_have_count(0)
	page.evaluate(
		"() => frappe.model.set_value(cur_frm.doc.items[0].doctype, cur_frm.doc.items[0].name, 'qty', 3)"
	)
	page.evaluate("() => cur_frm.save()")
	expect(button(page, OFFER)).to_be_visible()


def test_quotation_of_the_desk_has_no_button(bench, desk, quotation):
	page = desk()
	page.goto(f"{bench.url}/app/quotation/new-quotation")
	page.wait_for_function("() => window.cur_frm?.doctype === 'Quotation' && cur_frm.is_new()")
	expect(button(page, OFFER)).to_have_count(0)


def test_test_event_says_what_came_back(bench, desk):
	with bench.settings(event_url="http://127.0.0.1:9/", event_secret=secrets.token_hex(8)):
		page = desk()
		page.goto(f"{bench.url}/app/medusa-settings")
		button(page, "Send Test Event").click()
		answer = page.locator(".modal.show", has_text="The event was not accepted")
		expect(answer).to_contain_text("The shop cannot be reached.")
