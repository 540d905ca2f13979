"""Shop accounts on the forms of Customer and Lead: who buys, Unlink, Link to a Customer, Convert."""

import re

import pytest
from parties import button, card, choose, confirm, find_button, modal, open_form, search, status
from playwright.sync_api import expect

LINK, CONVERT = "Link to a Customer", "Convert to Customer"
DESCRIBE = re.compile("describe_lead")


@pytest.fixture
def customer(bench, lead):
	"""A Customer that is linked to the Lead."""
	name = bench.make_customer()
	bench.method("medusa_integration.api.link_medusa_lead", customer=name, lead=lead["lead"])
	return name


def open_lead(page, bench, lead: dict) -> None:
	"""Open a Lead and wait until the form knows whether it is linked."""
	with page.expect_response(DESCRIBE):
		open_form(page, bench, "Lead", lead["lead"])


def headline(page):
	return page.locator(".medusa-headline:visible")


def unlink(page, reason: str) -> None:
	headline(page).get_by_role("button", name="Unlink").click()
	modal(page).locator("textarea").fill(reason)
	confirm(page, "Unlink")


def account_of(bench, customer: str) -> str | None:
	(found,) = bench.find("Customer", {"name": customer}, "medusa_id")
	return found["medusa_id"]


# the Customer form


def test_customer_lists_its_buyers(bench, desk, customer, lead, other_lead):
	further = {"customer": customer, "lead": other_lead["lead"], "as_further_buyer": 1}
	bench.method("medusa_integration.api.link_medusa_lead", **further)
	page = desk("Sales User")
	open_form(page, bench, "Customer", customer)
	items = headline(page).get_by_role("listitem")
	expect(items).to_contain_text([lead["id"], other_lead["id"]])


def test_buyers_of_an_earlier_form_go_away(bench, desk, customer):
	other = bench.make_customer()
	page = desk("Sales User")
	open_form(page, bench, "Customer", customer)
	expect(headline(page)).to_be_visible()
	with page.expect_response(re.compile("buyers_of")):
		page.evaluate("name => frappe.set_route('Form', 'Customer', name)", other)
	expect(headline(page)).to_have_count(0)


def test_clerk_cannot_unlink(bench, desk, customer):
	page = desk("Sales User")
	open_form(page, bench, "Customer", customer)
	expect(headline(page)).to_be_visible()
	expect(headline(page).get_by_role("button", name="Unlink")).to_have_count(0)


def test_system_manager_unlinks(bench, desk, customer, lead):
	page = desk()
	open_form(page, bench, "Customer", customer)
	unlink(page, "It was another company")
	expect(page.locator(".desk-alert", has_text="Shop account unlinked").first).to_be_visible()
	expect(headline(page)).to_have_count(0)
	assert not account_of(bench, customer)


def test_reason_is_kept_in_a_comment(bench, desk, customer, lead):
	page = desk()
	open_form(page, bench, "Customer", customer)
	unlink(page, "It was another company")
	expect(page.locator(".desk-alert", has_text="Shop account unlinked").first).to_be_visible()
	comments = bench.find("Comment", {"reference_name": customer}, "content")
	assert any("It was another company" in comment["content"] for comment in comments)


def test_unlink_needs_a_reason(bench, desk, customer, lead):
	page = desk()
	open_form(page, bench, "Customer", customer)
	headline(page).get_by_role("button", name="Unlink").click()
	confirm(page, "Unlink")
	expect(page.locator(".modal.show .msgprint", has_text="Reason")).to_be_visible()
	assert account_of(bench, customer) == lead["id"]


def test_escape_gives_the_focus_back_to_unlink(bench, desk, customer):
	page = desk()
	open_form(page, bench, "Customer", customer)
	headline(page).get_by_role("button", name="Unlink").click()
	expect(modal(page).locator("textarea")).to_be_focused()
	page.keyboard.press("Escape")
	expect(headline(page).get_by_role("button", name="Unlink")).to_be_focused()


# the Lead form


def test_lead_is_linked_to_a_customer(bench, desk, lead):
	name = bench.make_customer()
	page = desk("Sales User")
	open_lead(page, bench, lead)
	button(page, LINK).click()
	choose(page, name)
	confirm(page, "Link")
	expect(headline(page).get_by_role("link", name=name)).to_be_visible()
	assert account_of(bench, name) == lead["id"]


def test_likely_customers_come_first_with_their_reasons(bench, desk, lead):
	name = bench.make_customer(email_id=lead["email"])
	page = desk("Sales User")
	open_lead(page, bench, lead)
	button(page, LINK).click()
	expect(card(page, name)).to_contain_text("same e-mail")


def test_no_customer_is_likely(bench, desk, lead):
	page = desk("Sales User")
	open_lead(page, bench, lead)
	button(page, LINK).click()
	expect(status(page)).to_contain_text("No Customer looks like this Lead.")


def test_customer_with_a_buyer_gets_another_one(bench, desk, customer, lead, other_lead):
	page = desk("Sales User")
	open_lead(page, bench, other_lead)
	button(page, LINK).click()
	search(page, customer)
	expect(card(page, customer)).to_contain_text("has a buyer already")
	choose(page, customer)
	confirm(page, "Add Further Buyer")
	expect(headline(page).get_by_role("link", name=customer)).to_be_visible()
	assert account_of(bench, customer) == lead["id"]


def test_lead_is_converted(bench, desk, lead):
	page = desk("Sales User")
	open_lead(page, bench, lead)
	button(page, CONVERT).click()
	confirm(page, CONVERT)
	page.wait_for_function(
		"id => cur_frm?.doctype === 'Customer' && cur_frm.doc.medusa_id === id", arg=lead["id"]
	)


def test_conversion_names_likely_customers(bench, desk, lead):
	name = bench.make_customer(email_id=lead["email"])
	page = desk("Sales User")
	open_lead(page, bench, lead)
	button(page, CONVERT).click()
	expect(modal(page).locator("li", has_text="same e-mail").get_by_role("link", name=name)).to_be_visible()


def test_linked_lead_names_its_customer(bench, desk, customer, lead):
	page = desk("Sales User")
	open_lead(page, bench, lead)
	expect(headline(page).get_by_role("link", name=customer)).to_be_visible()
	expect(find_button(page, LINK)).to_have_count(0)


def test_system_manager_unlinks_on_the_lead(bench, desk, customer, lead):
	page = desk()
	open_lead(page, bench, lead)
	unlink(page, "It was another company")
	expect(button(page, LINK)).to_be_visible()
	assert not account_of(bench, customer)


def test_user_who_may_not_write_customers_has_no_buttons(bench, desk, lead):
	page = desk("System Manager")
	open_lead(page, bench, lead)
	expect(page.locator("[data-fieldname=medusa_id] .control-value").first).to_be_visible()
	expect(find_button(page, LINK)).to_have_count(0)
	expect(find_button(page, CONVERT)).to_have_count(0)


def test_lead_without_an_account_has_no_buttons(bench, desk):
	name = bench.make("Lead", first_name="Desk", company_name="Desk Trading")["name"]
	page = desk("Sales User")
	open_form(page, bench, "Lead", name)
	expect(page.locator("[data-fieldname=first_name]").first).to_be_visible()
	expect(find_button(page, LINK)).to_have_count(0)


def test_names_with_markup_are_shown_as_text(bench, desk, customer, lead):
	markup = "<img src=nowhere> Palm"
	bench.change("Lead", lead["lead"], first_name=markup)
	(contact,) = bench.find("Contact", {"medusa_id": lead["id"]})
	bench.change("Contact", contact["name"], first_name=markup)
	page = desk()
	open_form(page, bench, "Customer", customer)
	expect(headline(page)).to_contain_text("<img")
	headline(page).locator(".medusa-unlink").click()
	expect(modal(page)).to_contain_text("<img")
	expect(page.locator(".medusa-headline img, .modal.show img")).to_have_count(0)
