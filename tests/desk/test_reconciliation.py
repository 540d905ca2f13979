"""The report Medusa Reconciliation: filters, pages, and linking of selected rows."""

import secrets
from urllib.parse import urlencode

import pytest
from helpers import medusa_customer
from parties import tab_to, wait_for_dialog
from playwright.sync_api import expect

REPORT = "Medusa Reconciliation"


@pytest.fixture
def company(bench):
	"""Two Customers, and a Lead with the name of each: their names under `name`, `customers` and `leads`."""
	name = f"Palm {secrets.token_hex(5)}"
	leads, customers = [], []
	for ending in ("East", "West"):
		data = medusa_customer(organization_name=f"{name} {ending} LLC", mobile="")
		leads.append(bench.shop("insert_lead", data=data))
		customers.append(bench.make_customer(customer_name=f"{name} {ending}"))
	return {"name": name, "customers": customers, "leads": leads}


def open_report(page, bench, **filters) -> None:
	page.goto(f"{bench.url}/app/query-report/{REPORT}?{urlencode(filters)}")
	line(page, "compare").wait_for()
	page.wait_for_load_state(
		"networkidle"
	)  # Frappe 15 may load the rows twice, and the second clears the boxes


def line(page, text: str):
	"""The line above the rows."""
	return page.locator(".page-form + .form-message", has_text=text)


def cells(page, text: str):
	return page.locator(".dt-scrollable .dt-cell", has_text=text)


def select(page, *customers: str) -> None:
	for name in customers:
		row = page.locator(".dt-scrollable .dt-row", has_text=name)
		row.locator("input[type=checkbox]").check()


def open_dialog(page):
	page.get_by_role("button", name="Link Selected", exact=True).click()
	return page.locator(".modal.show", has_text="Link Selected")


def test_filters_and_reasons(bench, desk, company):
	page = desk("Sales User", "Sales Manager")
	open_report(page, bench, company_name=company["name"])
	expect(cells(page, "same name")).to_have_count(2)
	page.locator("input[data-fieldname=customer]").press_sequentially(company["customers"][0], delay=20)
	page.locator(".awesomplete [role=option]", has_text=company["customers"][0]).first.click()
	expect(cells(page, "same name")).to_have_count(1)
	expect(cells(page, company["leads"][0])).to_have_count(1)


def test_selected_rows_are_linked_one_by_one(bench, desk, company):
	page = desk("Sales User", "Sales Manager")
	open_report(page, bench, company_name=company["name"])
	select(page, *company["customers"])
	other = bench.make_customer()
	bench.method("medusa_integration.api.link_medusa_lead", customer=other, lead=company["leads"][1])
	dialog = open_dialog(page)
	expect(dialog.locator("tbody tr")).to_have_count(2)
	dialog.locator(".btn-primary", has_text="Link").click()
	expect(dialog.locator(".summary")).to_have_text("2 of 2 done, 1 linked")
	results = dialog.locator("tbody tr")
	expect(results.filter(has_text=company["leads"][0])).to_contain_text("Linked")
	refused = f"This Medusa Lead is already linked to another Customer: {other}"
	expect(results.filter(has_text=company["leads"][1])).to_contain_text(refused)
	dialog.locator(".btn-primary", has_text="Close").click()
	expect(page.locator(".report-wrapper:visible .dt-row[data-row-index]")).to_have_count(0)
	(found,) = bench.find("Customer", {"name": company["customers"][0]}, "lead_name")
	assert found["lead_name"] == company["leads"][0]


def press_link_selected(page) -> None:
	page.get_by_role("button", name="Link Selected", exact=True).focus()
	page.keyboard.press("Enter")
	wait_for_dialog(page)


def expect_focus(page, name: str) -> None:
	expect(page.get_by_role("button", name=name, exact=True)).to_be_focused()


def test_link_by_keyboard_alone(bench, desk, company):
	"""Whatever closes the dialog, the focus returns to the button that opened it."""
	page = desk("Sales User", "Sales Manager")
	open_report(page, bench, company_name=company["name"])
	press_link_selected(page)
	page.keyboard.press("Escape")
	expect_focus(page, "Link Selected")
	page.locator(".dt-scrollable .dt-row input[type=checkbox]").first.focus()
	page.keyboard.press("Space")
	press_link_selected(page)
	page.keyboard.press("Escape")
	expect_focus(page, "Link Selected")
	press_link_selected(page)
	tab_to(page, ".modal.show .btn-primary")
	page.keyboard.press("Enter")
	expect(page.locator(".modal.show .summary")).to_have_text("1 of 1 done, 1 linked")
	expect_focus(page, "Close")
	page.keyboard.press("Enter")
	expect(page.locator(".report-wrapper:visible .dt-row[data-row-index]")).to_have_count(1)
	expect_focus(page, "Link Selected")


def test_pages_by_keyboard_alone(bench, desk, company):
	"""The line with the buttons is replaced with each page, and keeps the focus."""
	page = desk("Sales User", "Sales Manager")
	open_report(page, bench, company_name=company["name"])
	page.evaluate("frappe.query_report.set_filter_value('start', '{}')")  # a page that is not the first
	page.get_by_role("button", name="First Page", exact=True).focus()
	page.keyboard.press("Enter")
	expect(page.get_by_role("button", name="First Page", exact=True)).to_have_count(0)
	expect(line(page, "All records are compared.")).to_be_focused()
	expect(cells(page, "same name")).to_have_count(2)


def test_nothing_selected(bench, desk, company):
	page = desk("Sales User", "Sales Manager")
	open_report(page, bench, company_name=company["name"])
	page.get_by_role("button", name="Link Selected", exact=True).click()
	expect(page.locator(".modal.show .msgprint")).to_have_text("First select the rows to link.")


def test_user_who_may_not_write_customers(bench, desk, company):
	page = desk("Sales Manager")
	open_report(page, bench, company_name=company["name"])
	expect(cells(page, "same name")).to_have_count(2)
	expect(page.get_by_role("button", name="Link Selected", exact=True)).to_have_count(0)


def test_names_with_markup_are_shown_as_text(bench, desk, company):
	"""Such names come of imports and of desks; the API takes none."""
	markup = f"<img src=nowhere> {company['name']}"
	bench.change("Customer", company["customers"][0], customer_name=markup)
	bench.change("Lead", company["leads"][0], company_name=markup, first_name=markup)
	page = desk("Sales User", "Sales Manager")
	open_report(page, bench, customer=company["customers"][0])
	expect(cells(page, "<img").first).to_be_visible()
	select(page, company["customers"][0])
	expect(open_dialog(page).locator("tbody")).to_contain_text("<img")
	expect(page.locator("img[src=nowhere]")).to_have_count(0)
