"""The button "Rehearse" of Medusa Settings."""

import secrets

import pytest
from playwright.sync_api import expect

PATH = "**/api/method/medusa_integration.desk.rehearse"


@pytest.fixture(autouse=True)
def price_list(bench):
	"""The shop has the price list that the Item of the tests is in."""
	(price, *_others) = bench.find("Item Price", {"item_code": bench.item["name"]}, "price_list")
	with bench.settings(price_list=price["price_list"]):
		yield


@pytest.fixture
def page(bench, desk):
	"""The form of Medusa Settings, open as a System Manager."""
	page = desk("System Manager")
	page.goto(f"{bench.url}/app/medusa-settings")
	page.wait_for_function("() => window.cur_frm?.doctype === 'Medusa Settings'")
	return page


@pytest.fixture
def mandatory_field(bench):
	"""A mandatory field of Sales Orders that the shop does not know."""
	values = {"fieldname": f"field_{secrets.token_hex(4)}", "label": "Their Reference"}
	field = bench.make("Custom Field", dt="Sales Order", fieldtype="Data", reqd=1, **values)
	yield field
	bench.method("frappe.client.delete", doctype="Custom Field", name=field["name"])


def button(page):
	return page.get_by_role("button", name="Rehearse", exact=True).first


def dialog(page):
	return page.locator(".modal.show", has_text="Rehearse")


def steps(page, state: str):
	return dialog(page).locator(f"li[data-state={state}]")


def test_site_that_refuses_nothing(page):
	button(page).click()
	expect(dialog(page)).to_contain_text("This site accepts what the shop does", timeout=60_000)
	expect(steps(page, "ok").last).to_contain_text("Everything was undone")
	expect(steps(page, "refused")).to_have_count(0)


def test_refused_step_says_what_to_do_and_where(page, mandatory_field):
	button(page).click()
	refused = steps(page, "refused")
	expect(refused).to_contain_text("Mandatory fields of Sales Order are empty", timeout=60_000)
	expect(refused).to_contain_text("Give them a default value")
	with page.context.expect_page() as opened:
		refused.get_by_role("link").click()
	opened.value.wait_for_function("() => window.cur_frm?.doc?.doc_type === 'Sales Order'")


def test_markup_is_shown_as_text(page):
	texts = dict.fromkeys(("title", "label", "reason", "advice"), "<img src=nowhere>")
	link = {"label": "<img src=nowhere>", "route": ["List", "Item"], "options": {}}
	step = {**texts, "state": "refused", "link": link}
	page.route(PATH, lambda route: route.fulfill(json={"message": [step]}))
	button(page).click()
	expect(steps(page, "refused").get_by_text("<img src=nowhere>")).to_have_count(5)
	expect(dialog(page).locator("img")).to_have_count(0)


def test_states_are_words(page, mandatory_field):
	button(page).click()
	expect(steps(page, "refused").locator(".indicator-pill")).to_have_text("Refused", timeout=60_000)


def test_says_that_it_runs(page):
	page.route(PATH, lambda route: None)  # the answer never comes
	button(page).click()
	report = dialog(page).get_by_role("status")
	expect(report).to_have_attribute("aria-busy", "true")
	expect(report).to_contain_text("This takes some seconds")
	expect(dialog(page).get_by_role("button", name="Rehearse Again")).to_be_disabled()


def test_says_that_it_failed(page):
	page.route(PATH, lambda route: route.fulfill(status=500, json={}))
	button(page).click()
	report = page.locator(".modal [role=status]").first
	expect(report).to_contain_text("could not be rehearsed")
	expect(report).to_have_attribute("aria-busy", "false")


def test_focus_returns_to_the_button(page):
	page.route(PATH, lambda route: route.fulfill(json={"message": []}))
	button(page).click()
	# before the dialog is shown completely, it does not hear Escape
	page.wait_for_function("() => document.querySelector('.modal.show')?.contains(document.activeElement)")
	page.keyboard.press("Escape")
	expect(button(page)).to_be_focused()


def test_changes_must_be_saved_first(page):
	page.evaluate("() => cur_frm.set_value('timeout', cur_frm.doc.timeout + 1)")
	button(page).click()
	expect(page.locator(".modal.show", has_text="Please save the settings first")).to_be_visible()
