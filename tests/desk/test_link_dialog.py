"""The dialog "Link Medusa Lead", or "Add Further Buyer", of the Customer form."""

import re
import secrets

from parties import (
	button,
	card,
	choose,
	confirm,
	find_button,
	focused_text,
	modal,
	open_form,
	search,
	status,
)
from playwright.sync_api import expect

LINK, FURTHER = "Link Medusa Lead", "Add Further Buyer"
FIND = re.compile("find_leads")
NOBODY = "No Lead looks like this Customer."


def open_dialog(page, bench, customer: str, label: str = LINK) -> None:
	open_form(page, bench, "Customer", customer)
	button(page, label).click()
	expect(modal(page).locator("input[data-fieldname=text]")).to_be_focused()
	expect(status(page)).not_to_have_text("Searching …")


def linked(bench, customer: str) -> dict:
	(found,) = bench.find("Customer", {"name": customer}, "medusa_id", "lead_name")
	return found


def link(bench, customer: str, lead: dict) -> None:
	bench.method("medusa_integration.api.link_medusa_lead", customer=customer, lead=lead["lead"])


# finding


def test_likely_leads_come_first_with_their_reasons(bench, desk, lead):
	customer = bench.make_customer(email_id=lead["email"])
	page = desk("Sales User")
	open_dialog(page, bench, customer)
	expect(card(page, lead["lead"])).to_contain_text("same e-mail")
	expect(status(page)).to_have_text("These Leads look like this Customer:")


def test_typing_searches(bench, desk, lead):
	page = desk("Sales User")
	open_dialog(page, bench, bench.make_customer())
	search(page, lead["organization_name"][:12])
	expect(card(page, lead["lead"])).to_contain_text(lead["email"])


def test_nobody_is_likely(bench, desk):
	page = desk("Sales User")
	open_dialog(page, bench, bench.make_customer())
	expect(status(page)).to_contain_text(NOBODY)


def test_nobody_is_found(bench, desk):
	page = desk("Sales User")
	open_dialog(page, bench, bench.make_customer())
	text = secrets.token_hex(8)
	search(page, text)
	expect(status(page)).to_contain_text(f"No Lead from the shop begins with {text}.")


def test_lead_of_another_customer_cannot_be_chosen(bench, desk, lead):
	other = bench.make_customer()
	link(bench, other, lead)
	page = desk("Sales User")
	open_dialog(page, bench, bench.make_customer())
	search(page, lead["lead"])
	expect(status(page)).to_have_text("All that were found are linked to a Customer already.")
	expect(card(page, lead["lead"]).get_by_role("link", name=other)).to_be_visible()
	expect(modal(page).locator("button.medusa-card")).to_have_count(0)


def test_search_says_that_it_searches(bench, desk, lead):
	page = desk("Sales User")
	open_dialog(page, bench, bench.make_customer())
	page.route(FIND, lambda route: None)  # the answer never comes
	search(page, lead["lead"], wait=False)
	expect(status(page)).to_have_text("Searching …")


def test_earlier_answer_does_not_replace_a_later_one(bench, desk, lead):
	page = desk("Sales User")
	open_dialog(page, bench, bench.make_customer())
	held = []
	page.route(FIND, lambda route: route.continue_() if held else held.append(route))
	with page.expect_request(FIND):
		search(page, secrets.token_hex(8), wait=False)
	search(page, lead["lead"])
	expect(card(page, lead["lead"])).to_be_visible()
	with page.expect_response(FIND):
		held[0].continue_()
	expect(card(page, lead["lead"])).to_be_visible()


def test_failed_search_says_so(bench, desk, lead):
	page = desk("Sales User")
	open_dialog(page, bench, bench.make_customer())
	page.route(FIND, lambda route: route.abort())
	search(page, lead["lead"], wait=False)
	expect(status(page)).to_contain_text("The search failed.")


# confirming


def test_clerk_links_a_customer(bench, desk, lead):
	customer = bench.make_customer()
	page = desk("Sales User")
	open_dialog(page, bench, customer)
	choose(page, lead["lead"])
	confirm(page, "Link")
	expect(page.locator(".desk-alert", has_text=lead["id"]).first).to_be_visible()
	expect(page.locator("[data-fieldname=medusa_id] .control-value").first).to_have_text(lead["id"])
	assert linked(bench, customer) == {"medusa_id": lead["id"], "lead_name": lead["lead"]}


def test_question_names_person_company_and_email(bench, desk, lead):
	customer = bench.make_customer()
	page = desk("Sales User")
	open_dialog(page, bench, customer)
	choose(page, lead["lead"])
	person = f"{lead['first_name']} {lead['last_name']}"
	question = f"Link Customer {customer} to {person} of {lead['organization_name']} ({lead['email']})?"
	expect(modal(page).locator(".medusa-question")).to_have_text(question)


def test_question_says_how_many_drafts_move(bench, desk, lead):
	quotation = {"quotation_id": f"quote_{secrets.token_hex(6)}", "items": bench.lines()}
	bench.shop("create_quotation", customer_id=lead["id"], **quotation)
	page = desk("Sales User")
	open_dialog(page, bench, bench.make_customer())
	choose(page, lead["lead"])
	expect(modal(page)).to_contain_text("Draft Quotations that move to the Customer: 1")


def test_enter_held_down_links_nothing(bench, desk, lead):
	"""A wrong Lead was linked by Down and Enter."""
	customer = bench.make_customer()
	page = desk("Sales User")
	open_dialog(page, bench, customer)
	search(page, lead["lead"])
	expect(card(page, lead["lead"])).to_be_visible()
	for key in ("ArrowDown", "Enter", "Enter", "Enter"):
		page.keyboard.press(key)
	expect(modal(page).locator(".medusa-question")).to_be_visible()
	assert not linked(bench, customer)["medusa_id"]


def test_double_click_links_nothing(bench, desk, lead):
	customer = bench.make_customer()
	page = desk("Sales User")
	open_dialog(page, bench, customer)
	search(page, lead["lead"])
	card(page, lead["lead"]).dblclick()
	expect(modal(page).locator(".medusa-question")).to_be_visible()
	assert not linked(bench, customer)["medusa_id"]


def test_back_gives_the_focus_to_the_row(bench, desk, lead):
	page = desk("Sales User")
	open_dialog(page, bench, bench.make_customer())
	choose(page, lead["lead"])
	modal(page).get_by_role("button", name="Back").click()
	assert lead["lead"] in focused_text(page)


def test_by_keyboard_alone(bench, desk, lead):
	customer = bench.make_customer()
	page = desk("Sales User")
	open_form(page, bench, "Customer", customer)
	button(page, LINK).focus()
	page.keyboard.press("Enter")
	expect(status(page)).to_contain_text(NOBODY)
	expect(modal(page).locator("input[data-fieldname=text]")).to_be_focused()
	page.keyboard.type(lead["lead"])
	expect(card(page, lead["lead"])).to_be_visible()
	page.keyboard.press("ArrowDown")
	page.keyboard.press("Enter")
	expect(modal(page).locator(".medusa-question")).to_be_focused()
	page.keyboard.press("Tab")
	page.keyboard.press("Tab")
	expect(modal(page).get_by_role("button", name="Link", exact=True)).to_be_focused()
	page.keyboard.press("Enter")
	expect(button(page, FURTHER)).to_be_focused()
	assert linked(bench, customer)["medusa_id"] == lead["id"]


def test_escape_gives_the_focus_back(bench, desk):
	page = desk("Sales User")
	open_dialog(page, bench, bench.make_customer())
	page.keyboard.press("Escape")
	expect(button(page, LINK)).to_be_focused()


# further buyers and conflicts


def test_further_buyer(bench, desk, lead, other_lead):
	customer = bench.make_customer()
	link(bench, customer, other_lead)
	page = desk("Sales User")
	open_dialog(page, bench, customer, FURTHER)
	choose(page, lead["lead"])
	expect(modal(page).locator(".medusa-question")).to_contain_text("as a further buyer")
	confirm(page, FURTHER)
	expect(page.locator(".medusa-headline")).to_contain_text(lead["id"])
	assert linked(bench, customer)["medusa_id"] == other_lead["id"]


def test_lead_that_went_to_another_meanwhile(bench, desk, lead):
	other = bench.make_customer()
	page = desk("Sales User")
	open_dialog(page, bench, bench.make_customer())
	choose(page, lead["lead"])
	link(bench, other, lead)
	confirm(page, "Link")
	problem = modal(page).get_by_role("alert")
	expect(problem).to_contain_text(f"This Medusa Lead is already linked to another Customer: {other}")
	expect(problem.get_by_role("link", name=other)).to_be_visible()


def test_customer_that_got_another_account_meanwhile(bench, desk, lead, other_lead):
	customer = bench.make_customer()
	page = desk("Sales User")
	open_dialog(page, bench, customer)
	choose(page, lead["lead"])
	link(bench, customer, other_lead)
	confirm(page, "Link")
	expect(modal(page).get_by_role("alert")).to_contain_text(other_lead["id"])
	expect(find_button(page, FURTHER)).to_have_count(1)


# who sees what


def test_user_who_may_not_write_has_no_button(bench, desk):
	page = desk("Accounts User")
	open_form(page, bench, "Customer", bench.make_customer())
	expect(page.locator("[data-fieldname=customer_name]").first).to_be_visible()
	expect(find_button(page, LINK)).to_have_count(0)


def test_names_with_markup_are_shown_as_text(bench, desk, lead):
	"""Such names come of imports and of desks; the API takes none."""
	customer, markup = bench.make_customer(), "<img src=nowhere> Palm"
	bench.change("Customer", customer, customer_name=markup)
	bench.change("Lead", lead["lead"], company_name=markup, first_name=markup)
	page = desk("Sales User")
	open_dialog(page, bench, customer)
	choose(page, lead["lead"])
	expect(modal(page).locator(".medusa-question")).to_contain_text("<img")
	expect(page.locator(".modal.show img")).to_have_count(0)


def test_settings_warn_while_guests_are_let_in(bench, desk):
	bench.change("Medusa Settings", "Medusa Settings", guest_access=1)
	try:
		page = desk()
		page.goto(f"{bench.url}/app/medusa-settings")
		expect(page.locator(".form-message", has_text="Guests are let in").first).to_be_visible()
	finally:
		bench.change("Medusa Settings", "Medusa Settings", guest_access=0)
