"""The button "Retry" on the form of Medusa Sync Log."""

import pytest
from helpers import medusa_customer
from playwright.sync_api import expect


@pytest.fixture
def row(bench, lead):
	"""A Failed row: a second customer with the e-mail of `lead`."""
	data = medusa_customer(email=lead["email"])
	status, _answer = bench.call("insert_lead", bench.storefront, data=data)
	assert status == 409
	(found,) = bench.find("Medusa Sync Log", {"medusa_id": data["id"]})
	return {**data, "row": found["name"]}


def open_row(page, bench, name: str) -> None:
	page.goto(f"{bench.url}/app/medusa-sync-log/{name}")
	page.wait_for_function("name => window.cur_frm?.doc?.name === name", arg=name)


def button(page):
	return page.get_by_role("button", name="Retry", exact=True).first


def test_what_was_mended_is_done(bench, desk, lead, row):
	page = desk("System Manager")
	open_row(page, bench, row["row"])
	bench.change("Lead", lead["lead"], email_id="")
	button(page).click()
	made = bench.wait_for("Lead", {"medusa_id": row["id"]})
	bench.wait_for("Medusa Sync Log", {"name": row["row"], "status": "Success", "reference_name": made})
	open_row(page, bench, row["row"])
	page.reload()
	expect(page.locator("[data-fieldname=reference_name] .control-value").first).to_contain_text(made)
	expect(button(page)).to_have_count(0)


def test_what_was_not_mended_says_why(bench, desk, lead, row):
	page = desk("System Manager")
	open_row(page, bench, row["row"])
	button(page).click()
	bench.wait_for("Medusa Sync Log", {"name": row["row"], "status": "Failed", "attempts": 2})
	page.reload()
	error = page.locator("[data-fieldname=error] .control-value").first
	expect(error).to_contain_text("Another Lead has this e-mail address already.")
	expect(button(page)).to_be_visible()


def test_what_is_done_meanwhile_is_refused(bench, desk, lead, row):
	page = desk("System Manager")
	open_row(page, bench, row["row"])
	bench.change("Lead", lead["lead"], email_id="")
	bench.shop("insert_lead", data=row)
	button(page).click()
	refused = page.locator(".modal.show .msgprint", has_text="This row cannot be tried again.")
	expect(refused.first).to_be_visible()
