"""What lists and forms of the desk say of the shop: badges, states of drafts, menus, headlines."""

import json
import secrets
from urllib.parse import quote, urlencode

import pytest
from playwright.sync_api import expect

expect.set_options(timeout=30_000)  # a list and the states of its drafts come one after the other
SHOP = "From the shop"


@pytest.fixture
def clerk(desk):
	"""The desk of a clerk."""
	return desk("Sales User", "Sales Manager")


@pytest.fixture
def unpriced(bench):
	"""The code of an Item without a price."""
	group = bench.find("Item Group", {"is_group": 0})[0]["name"]
	values = {"item_group": group, "stock_uom": "Nos", "is_stock_item": 0}
	return bench.make("Item", item_code=f"ITEM-{secrets.token_hex(4)}", **values)["name"]


@pytest.fixture
def ask(bench, lead):
	"""Asks for a Quotation in the shop: its name, and its Medusa id under `id`."""

	def ask(sku: str = "") -> dict[str, str]:
		number = f"quo_{secrets.token_hex(5)}"
		lines = [{"sku": sku or bench.item["name"], "quantity": 2}]
		answer = bench.shop("create_quotation", customer_id=lead["id"], quotation_id=number, items=lines)
		return {"name": answer["quotationId"], "id": number}

	return ask


def open_list(page, bench, doctype: str, **filters) -> None:
	"""Open a list with filters."""
	options = {field: json.dumps(value) for field, value in filters.items()}
	page.goto(f"{bench.url}/app/{doctype}?{urlencode(options, quote_via=quote)}")
	page.wait_for_function("() => window.cur_list?.data?.length")


def open_form(page, bench, doctype: str, name: str) -> None:
	page.goto(f"{bench.url}/app/{doctype}/{quote(name)}")
	page.wait_for_function("name => window.cur_frm?.doc?.name === name && !cur_frm.is_new()", arg=name)


def row(page, name: str):
	"""The row of a record in a list."""
	return page.locator(".list-row-container", has=page.locator(f"[data-name='{name}']"))


def indicator(page, name: str):
	return row(page, name).locator(".level-left .indicator-pill.filterable")


def headline(page):
	"""The newest message of a form: Frappe 16 shows each in a box of its own."""
	return page.locator(".form-message:visible").last


def of_party(lead) -> list[str]:
	return ["=", lead["lead"]]


def test_states_of_drafts(bench, clerk, lead, ask, unpriced):
	to_price, offered = ask(unpriced), ask()
	open_list(clerk, bench, "quotation", party_name=of_party(lead))
	expect(indicator(clerk, to_price["name"])).to_have_text("To Price")
	expect(indicator(clerk, offered["name"])).to_have_text("Offered")


def test_draft_that_a_clerk_has_to_offer(bench, clerk, lead, ask):
	with bench.settings(clerk_offers=1):
		asked = ask()
		open_list(clerk, bench, "quotation", party_name=of_party(lead))
		expect(indicator(clerk, asked["name"])).to_have_text("To Offer")


def test_draft_of_the_desk_stays_a_draft(bench, clerk):
	customer = bench.make_customer()
	line = {"item_code": bench.item["name"], "qty": 1, "rate": 5}
	made = bench.make("Quotation", quotation_to="Customer", party_name=customer, items=[line])
	open_list(clerk, bench, "quotation", party_name=["=", customer])
	expect(indicator(clerk, made["name"])).to_have_text("Draft")
	expect(row(clerk, made["name"]).get_by_title(SHOP)).to_have_count(0)


def test_erpnexts_indicators_stay(bench, clerk, ask):
	asked = ask()
	bench.shop("update_quotation", quotation_id=asked["id"], approval="Approved", create_so=True)
	open_list(clerk, bench, "quotation", name=["=", asked["name"]])
	expect(indicator(clerk, asked["name"])).to_have_text("Ordered")


@pytest.mark.parametrize("doctype", ["Lead", "Customer", "Quotation", "Sales Order"])
def test_records_of_the_shop_have_a_badge(bench, clerk, lead, ask, doctype):
	asked = ask()
	approval = {"approval": "Approved", "create_so": True}
	order = bench.shop("update_quotation", quotation_id=asked["id"], **approval)["sales_order_id"]
	customer = bench.find("Customer", {"medusa_id": lead["id"]})[0]["name"]
	names = {"Lead": lead["lead"], "Customer": customer, "Quotation": asked["name"], "Sales Order": order}
	open_list(clerk, bench, doctype.lower().replace(" ", "-"), name=["=", names[doctype]])
	expect(row(clerk, names[doctype]).get_by_title(SHOP)).to_be_visible()


def test_menu_shows_what_is_to_be_priced(bench, clerk, lead, ask, unpriced):
	to_price, offered = ask(unpriced), ask()
	open_list(clerk, bench, "quotation", party_name=of_party(lead))
	choose(clerk, "To Price or Offer")
	expect(row(clerk, offered["name"])).to_have_count(0)
	expect(row(clerk, to_price["name"])).to_be_visible()


def choose(page, label: str) -> None:
	"""Choose an entry of the menu Shop."""
	menu = page.locator(".inner-group-button:visible", has_text="Shop").first
	menu.get_by_role("button").click()
	menu.locator(".dropdown-item", has_text=label).first.click()


def test_menu_shows_leads_that_are_not_converted(bench, clerk, lead):
	open_list(clerk, bench, "lead")
	choose(clerk, "With an Account, Not Converted")
	clerk.wait_for_function("() => JSON.stringify(cur_list.filter_area.get()).includes('Converted')")
	expect(row(clerk, lead["lead"])).to_be_visible()


def test_actions_of_erpnext_stay(bench, clerk, ask):
	ask()
	open_list(clerk, bench, "quotation")
	clerk.locator(".list-row-checkbox").first.click()
	clerk.locator(".actions-btn-group:visible button").first.click()
	expect(clerk.locator(".actions-btn-group .dropdown-item", has_text="Sales Order").first).to_be_visible()


def test_headline_of_a_quotation_to_be_priced(bench, clerk, lead, ask, unpriced):
	open_form(clerk, bench, "quotation", ask(unpriced)["name"])
	text = headline(clerk)
	expect(text).to_contain_text(f"{lead['first_name']} {lead['last_name']}")
	expect(text).to_contain_text("a line has no price")
	expect(text).to_contain_text("not the customer's approval")


def test_headline_of_an_offered_quotation(bench, clerk, ask):
	open_form(clerk, bench, "quotation", ask()["name"])
	expect(headline(clerk)).to_contain_text("It waits for the customer")


def test_headline_follows_the_offer(bench, clerk, ask):
	with bench.settings(clerk_offers=1):
		open_form(clerk, bench, "quotation", ask()["name"])
		expect(headline(clerk)).to_contain_text("offer it to the customer")
		clerk.get_by_role("button", name="Offer to Customer", exact=True).first.click()
		clerk.locator(".modal.show .btn-primary", has_text="Yes").click()
		expect(headline(clerk)).to_contain_text("It waits for the customer")
		expect(headline(clerk)).not_to_contain_text("offer it to the customer")


def test_headline_of_an_order(bench, clerk, ask):
	asked, order_id = ask(), f"order_{secrets.token_hex(4)}"
	approval = {"approval": "Approved", "create_so": True, "order_id": order_id}
	order = bench.shop("update_quotation", quotation_id=asked["id"], **approval)["sales_order_id"]
	open_form(clerk, bench, "sales-order", order)
	expect(headline(clerk)).to_contain_text(order_id)
	expect(headline(clerk)).to_contain_text("placed")
