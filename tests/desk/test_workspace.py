"""The workspace Medusa: a clerk finds it, and each number opens the list behind it."""

import pytest
from helpers import medusa_customer
from playwright.sync_api import expect
from search import search_bar

# the list that each card opens, and words of its filters
CARDS = {
	"Waiting for a Person": ("medusa-sync-log", ["Person"]),
	"Quotations to Price": ("quotation", ["valid_till", "medusa_offered_on"]),
	"Leads Not Linked": ("lead", ["medusa_id", "Do Not Contact"]),
	"Failed Today": ("medusa-sync-log", ["Failed", "today"]),
	"Sign-ups This Week": ("lead", ["medusa_id", "week"]),
}
HAS_FILTERS = """words => {
	const filters = JSON.stringify(window.cur_list?.filter_area?.get() || []);
	return words.every(word => filters.includes(word));
}"""


@pytest.fixture
def clerk(desk):
	"""The desk of a clerk who has the role Sales User alone."""
	return desk("Sales User")


def open_workspace(page, bench) -> None:
	page.goto(f"{bench.url}/app/medusa")
	for label in CARDS:
		card(page, label).locator(".number").wait_for()


def card(page, label: str):
	return page.locator(".number-widget-box", has_text=label)


def search_for(page, bench, word: str):
	"""Type a word into the desk's search; return what it proposes."""
	page.goto(f"{bench.url}/app/todo")
	page.wait_for_function("() => window.cur_list?.doctype === 'ToDo'")
	field = search_bar(page)
	field.click()
	field.press_sequentially(word, delay=30)
	return page.locator(".awesomplete li:visible")


def test_clerk_finds_it_by_search(bench, clerk):
	search_for(clerk, bench, "medusa").get_by_text("Medusa", exact=True).first.click()
	card(clerk, "Quotations to Price").wait_for()


def test_inner_key_is_not_found_by_search(bench, desk):
	options = search_for(desk("System Manager"), bench, "medusa")
	options.filter(has_text="Sync Log").first.wait_for()
	expect(options.filter(has_text="Quotation Key")).to_have_count(0)


@pytest.mark.parametrize("label", CARDS)
def test_card_opens_the_list_behind_it(bench, clerk, label):
	open_workspace(clerk, bench)
	card(clerk, label).locator(".number").click()
	route, words = CARDS[label]
	clerk.wait_for_url(f"**/{route}**")
	clerk.wait_for_function(HAS_FILTERS, arg=words)


def test_card_counts_what_its_list_shows(bench, clerk, lead):
	code = bench.make_item()["name"]
	(price,) = bench.find("Item Price", {"item_code": code})
	bench.method("frappe.client.delete", doctype="Item Price", name=price["name"])
	about = {"customer_id": lead["id"], "quotation_id": f"quo_{code}"}
	bench.shop("create_quotation", **about, items=[{"sku": code, "quantity": 1}])
	open_workspace(clerk, bench)
	number = card(clerk, "Quotations to Price").locator(".number")
	count = int(number.inner_text())
	number.click()
	clerk.wait_for_function("() => window.cur_list?.doctype === 'Quotation' && cur_list.total_count > 0")
	assert clerk.evaluate("() => cur_list.total_count") == min(count, 1001)  # Frappe counts no further


def test_chart_has_three_lines(bench, clerk):
	open_workspace(clerk, bench)
	chart = clerk.locator(".dashboard-widget-box", has_text="The Last 4 Weeks")
	for name in ("Sign-ups", "Quotations", "Orders"):
		chart.get_by_text(name, exact=True).first.wait_for()


def test_clerk_sees_no_settings(bench, clerk):
	open_workspace(clerk, bench)
	shortcuts = clerk.locator(".shortcut-widget-box")
	expect(shortcuts.filter(has_text="Sync Log")).to_be_visible()
	expect(shortcuts.filter(has_text="Settings")).to_have_count(0)


def test_system_manager_who_does_not_sell_sees_no_error(bench, desk):
	page = desk("System Manager")
	open_workspace(page, bench)
	expect(card(page, "Quotations to Price").locator(".number")).to_have_text("\u2013")
	expect(page.locator(".shortcut-widget-box", has_text="Settings")).to_be_visible()
	expect(page.locator(".modal.show")).to_have_count(0)


def test_report_opens_from_it(bench, clerk):
	item = bench.make(
		"Item", item_code=f"Z{medusa_customer()['id']}", item_group=a_group(bench), stock_uom="Nos"
	)
	open_workspace(clerk, bench)
	clerk.locator(".shortcut-widget-box", has_text="Items").click()
	clerk.wait_for_function("() => frappe.query_report?.report_name === 'Medusa Items'")
	clerk.wait_for_function(
		"code => frappe.query_report.data?.some(row => row.item === code && row.missing.includes('Price'))",
		arg=item["name"],
	)


def a_group(bench) -> str:
	return bench.find("Item Group", {"is_group": 0})[0]["name"]


def test_app_is_on_the_first_page(bench, clerk):
	"""Frappe 15 has a screen of apps, and Frappe 16 a desktop with icons."""
	clerk.goto(f"{bench.url}/apps")
	clerk.locator("img[src*='medusa.svg']").first.wait_for()
