"""The button "Link Medusa Lead" on the Customer form."""

import re
from urllib.parse import quote

from playwright.sync_api import expect

BUTTON = "Link Medusa Lead"


def open_customer(page, bench, name: str) -> None:
	page.goto(f"{bench.url}/app/customer/{quote(name)}")
	page.wait_for_function("name => window.cur_frm?.doc?.name === name && !cur_frm.is_new()", arg=name)


def button(page):
	return page.get_by_role("button", name=BUTTON, exact=True).first


def type_lead(page, lead: dict) -> None:
	button(page).click()
	field = page.locator(".modal.show input[data-fieldname=lead]")
	field.click()
	field.press_sequentially(lead["lead"], delay=20)


def choose(page, lead: dict) -> None:
	type_lead(page, lead)
	page.locator(".modal.show .awesomplete [role=option]", has_text=lead["lead"]).first.click()
	page.locator(".modal.show .btn-primary", has_text="Link").click()
	expect(page.locator(".modal.show", has_text="Link Customer")).to_contain_text(lead["lead"])


def confirm(page) -> None:
	page.locator(".modal.show", has_text="Link Customer").locator(".btn-primary", has_text="Yes").click()


def test_clerk_links_a_customer(bench, desk, lead):
	customer = bench.make_customer()
	page = desk("Sales User", "Sales Manager", "Sales Master Manager")
	open_customer(page, bench, customer)
	choose(page, lead)
	confirm(page)
	expect(page.locator(".desk-alert", has_text=lead["id"]).first).to_be_visible()
	expect(page.locator("[data-fieldname=medusa_id] .control-value").first).to_have_text(lead["id"])
	expect(button(page)).to_have_count(0)
	(found,) = bench.find("Customer", {"name": customer}, "medusa_id", "lead_name")
	assert found == {"medusa_id": lead["id"], "lead_name": lead["lead"]}


def test_a_lead_that_went_to_another_meanwhile(bench, desk, lead):
	customer, other = bench.make_customer(), bench.make_customer()
	page = desk()
	open_customer(page, bench, customer)
	choose(page, lead)
	bench.method("medusa_integration.api.link_medusa_lead", customer=other, lead=lead["lead"])
	confirm(page)
	message = f"This Medusa Lead is already linked to another Customer: {other}"
	expect(page.locator(".modal.show .msgprint", has_text=message).first).to_be_visible()


def test_only_leads_that_can_be_linked_are_offered(bench, desk, lead):
	bench.method("medusa_integration.api.link_medusa_lead", customer=bench.make_customer(), lead=lead["lead"])
	page = desk()
	open_customer(page, bench, bench.make_customer())
	with page.expect_response(re.compile("search_link")) as answer:
		type_lead(page, lead)
	assert lead["lead"] not in answer.value.text()


def test_linked_customer_has_no_button(bench, desk, lead):
	customer = bench.make_customer()
	bench.method("medusa_integration.api.link_medusa_lead", customer=customer, lead=lead["lead"])
	page = desk()
	open_customer(page, bench, customer)
	expect(page.locator("[data-fieldname=medusa_id] .control-value").first).to_have_text(lead["id"])
	expect(button(page)).to_have_count(0)


def test_user_who_may_not_write_has_no_button(bench, desk):
	customer = bench.make_customer()
	page = desk("Accounts User")
	open_customer(page, bench, customer)
	expect(page.locator("[data-fieldname=customer_name]").first).to_be_visible()
	expect(button(page)).to_have_count(0)


def test_names_with_markup_are_shown_as_text(bench, desk, lead):
	"""Such names come of imports and of desks; the API takes none."""
	customer, markup = bench.make_customer(), "<img src=nowhere> Palm"
	bench.change("Customer", customer, customer_name=markup)
	bench.change("Lead", lead["lead"], company_name=markup, first_name=markup)
	page = desk()
	open_customer(page, bench, customer)
	choose(page, lead)
	asked = page.locator(".modal.show", has_text="Link Customer")
	expect(asked).to_contain_text("<img")
	expect(page.locator(".modal.show img")).to_have_count(0)


def test_settings_warn_while_guests_are_let_in(bench, desk):
	bench.change("Medusa Settings", "Medusa Settings", guest_access=1)
	try:
		page = desk()
		page.goto(f"{bench.url}/app/medusa-settings")
		expect(page.locator(".form-message", has_text="Guests are let in").first).to_be_visible()
	finally:
		bench.change("Medusa Settings", "Medusa Settings", guest_access=0)
