"""The form and the list of Medusa Sync Log: what a row waits for, and what a person does about it."""

import secrets
from urllib.parse import quote

import pytest
from helpers import medusa_customer
from parties import count_calls, tab_to, wait_for_dialog
from playwright.sync_api import expect

LOG = "Medusa Sync Log"


@pytest.fixture
def row(bench, lead):
	"""A Failed row: a second customer with the e-mail of `lead`."""
	return conflict(bench, lead)


def conflict(bench, lead) -> dict:
	data = medusa_customer(email=lead["email"])
	status, _answer = bench.call("insert_lead", bench.storefront, data=data)
	assert status == 409
	(found,) = bench.find(LOG, {"medusa_id": data["id"]})
	return {**data, "row": found["name"]}


@pytest.fixture
def likely(bench, lead):
	"""A row of an approval that waits, because a Customer has the name of the Lead's company."""
	customer = bench.make_customer(customer_name=lead["organization_name"])
	item = {"variant_id": bench.item["medusa_variant_id"], "quantity": 1}
	quotation_id = f"quo_{secrets.token_hex(5)}"
	with bench.settings(likely_customer="Wait for a person"):
		bench.shop("create_quotation", customer_id=lead["id"], quotation_id=quotation_id, items=[item])
		sent = {"quotation_id": quotation_id, "approval": "Approved", "create_so": True}
		status, _answer = bench.call("update_quotation", bench.storefront, **sent)
	assert status == 409
	(found,) = bench.find(LOG, {"quotation_id": quotation_id})
	return {"row": found["name"], "customer": customer}


def open_row(page, bench, name: str) -> None:
	page.goto(f"{bench.url}/app/medusa-sync-log/{name}")
	page.wait_for_function("name => window.cur_frm?.doc?.name === name", arg=name)


def button(page, name: str):
	return page.get_by_role("button", name=name, exact=True).first


def headline(page):
	return page.locator(".form-message").first


def test_row_says_what_it_waits_for(bench, desk, row):
	page = desk("System Manager")
	open_row(page, bench, row["row"])
	expect(headline(page)).to_contain_text("please decide below who this customer is")
	expect(page.get_by_role("button", name="Save", exact=True)).to_have_count(0)


def test_retry_after_the_cause_was_corrected(bench, desk, lead, row):
	page = desk("System Manager")
	open_row(page, bench, row["row"])
	bench.change("Lead", lead["lead"], email_id="")
	button(page, "Retry").click()
	expect(page.locator(".desk-alert", has_text="Done.").first).to_be_visible()
	(made,) = bench.find("Lead", {"medusa_id": row["id"]})
	shown = page.locator("[data-fieldname=reference_name] .control-value").first
	expect(shown).to_contain_text(made["name"])
	expect(button(page, "Retry")).to_have_count(0)


def test_retry_that_fails_again_says_why(bench, desk, lead, row):
	page = desk("System Manager")
	open_row(page, bench, row["row"])
	button(page, "Retry").click()
	alert = page.locator(".desk-alert", has_text="Another Lead has this e-mail address already.")
	expect(alert.first).to_be_visible()


def test_row_that_was_done_meanwhile(bench, desk, lead, row):
	page = desk("System Manager")
	open_row(page, bench, row["row"])
	bench.change("Lead", lead["lead"], email_id="")
	bench.shop("insert_lead", data=row)
	button(page, "Retry").click()
	refused = page.locator(".modal.show .msgprint", has_text="This row cannot be tried again.")
	expect(refused.first).to_be_visible()


def test_clerk_settles_a_row(bench, desk, row):
	page = desk("Sales User")
	open_row(page, bench, row["row"])
	button(page, "Settled").click()
	page.locator(".modal.show textarea").fill("They called us")
	page.locator(".modal.show .btn-primary", has_text="Settle").click()
	bench.wait_for(LOG, {"name": row["row"], "status": "Success", "settled_reason": "They called us"})
	expect(headline(page)).to_contain_text("Settled: They called us")


def test_clerk_decides_that_it_is_another_person(bench, desk, lead, row):
	page = desk("Sales User")
	open_row(page, bench, row["row"])
	expect(page.locator("[data-fieldname=conflict_html]")).to_contain_text(row["organization_name"])
	expect(page.locator("[data-fieldname=conflict_html]")).to_contain_text(lead["organization_name"])
	button(page, "Another person").click()
	page.locator(".modal.show .btn-primary", has_text="Yes").click()
	bench.wait_for("Lead", {"medusa_id": row["id"]})
	(found,) = bench.find("Lead", {"name": lead["lead"]}, "email_id")
	assert not found["email_id"]


def choose_by_keyboard(page, name: str) -> None:
	"""Press a button with Enter, and wait for the dialog that it opens."""
	button(page, name).focus()
	page.keyboard.press("Enter")
	wait_for_dialog(page)


def test_decision_by_keyboard_alone(bench, desk, lead, row):
	"""Frappe's question hears Enter twice, and whatever button has the focus: Yes must be pressed, once."""
	page = desk("Sales User")
	open_row(page, bench, row["row"])
	calls = count_calls(page, "resolve_conflict")
	for key in ("Escape", "Enter"):  # Enter is for No, which has the focus at first
		choose_by_keyboard(page, "Another person")
		page.keyboard.press(key)
		expect(page.locator(".modal.show")).to_have_count(0)
		expect(button(page, "Another person")).to_be_focused()
	choose_by_keyboard(page, "Another person")
	tab_to(page, ".modal.show .btn-primary")
	page.keyboard.press("Enter")
	expect(headline(page)).to_contain_text("Done.", timeout=30000)
	assert len(calls) == 1
	expect(page.locator(".modal.show")).to_have_count(0)
	page.wait_for_function("document.activeElement.textContent.includes('Done.')")


def test_settled_by_keyboard_alone(bench, desk, row):
	page = desk("Sales User")
	open_row(page, bench, row["row"])
	choose_by_keyboard(page, "Settled")
	page.keyboard.press("Escape")
	expect(button(page, "Settled")).to_be_focused()
	choose_by_keyboard(page, "Settled")
	page.keyboard.type("They called us")
	tab_to(page, ".modal.show .btn-primary")
	page.keyboard.press("Enter")
	page.wait_for_function("document.activeElement.textContent.includes('They called us')")


def test_clerk_decides_that_it_is_the_same_company(bench, desk, likely):
	page = desk("Sales User")
	open_row(page, bench, likely["row"])
	expect(page.locator("[data-fieldname=conflict_html]")).to_contain_text("same name")
	button(page, "Same company").click()
	expect(page.locator(".modal.show")).to_contain_text(likely["customer"])
	page.locator(".modal.show .btn-primary", has_text="Yes").click()
	bench.wait_for(LOG, {"name": likely["row"], "status": "Success"})
	(order,) = bench.find("Sales Order", {"customer": likely["customer"]})
	assert order


def test_administrator_is_told_which_roles_may_decide(bench, desk, likely):
	page = desk("System Manager")
	open_row(page, bench, likely["row"])
	told = page.locator("[data-fieldname=conflict_html]")
	expect(told).to_contain_text("You do not have the permission Customer (read).")
	expect(told).to_contain_text("Sales User")


def test_choice_that_the_user_may_not_make(bench, desk, likely):
	"""A Sales Manager reads Customers, and may not write them."""
	page = desk("Sales Manager")
	open_row(page, bench, likely["row"])
	expect(button(page, "Same company")).to_be_disabled()
	told = page.locator("[data-fieldname=conflict_html]")
	expect(told).to_contain_text("You do not have the permission Customer (write).")
	expect(told).to_contain_text("You do not have the permission Customer (create).")


def test_new_email_that_another_account_had(bench, desk, lead, other_lead):
	"""The customer gets it when a clerk decides that it is theirs now."""
	values = {key: lead[key] for key in ("id", "first_name", "last_name")}
	for email, day in ((lead["email"], 1), (other_lead["email"], 2)):
		sent = {**values, "email": email, "updated_at": f"2026-01-0{day}T00:00:00.000Z"}
		bench.call("update_customer", bench.storefront, data=sent)
	(found,) = bench.find(LOG, {"medusa_id": lead["id"], "status": "Failed"})
	page = desk("Sales User")
	open_row(page, bench, found["name"])
	button(page, "Another person").click()
	expect(page.locator(".modal.show")).to_contain_text("this customer gets it")
	page.locator(".modal.show .btn-primary", has_text="Yes").click()
	bench.wait_for("Lead", {"medusa_id": lead["id"], "email_id": other_lead["email"]})
	expect(headline(page)).to_contain_text("Done.")


def act_on_both(page, bench, lead, action: str) -> None:
	"""Select the two rows about a Lead's e-mail in the list, and choose an action of its menu."""
	page.goto(f"{bench.url}/app/medusa-sync-log?email={quote(lead['email'])}")
	expect(page.locator(".list-row .list-row-checkbox")).to_have_count(2)
	for box in page.locator(".list-row .list-row-checkbox").all():
		box.check()
	page.get_by_role("button", name="Actions").first.click()
	page.locator(".dropdown-menu .menu-item-label:visible", has_text=action).click()


def test_several_rows_at_once(bench, desk, lead, row):
	other = conflict(bench, lead)
	page = desk("System Manager")
	act_on_both(page, bench, lead, "Settled")
	page.locator(".modal.show textarea").fill("Spam")
	page.locator(".modal.show .btn-primary").first.click()
	expect(page.locator(".modal.show .msgprint tr")).to_have_count(2)
	for name in (row["row"], other["row"]):
		bench.wait_for(LOG, {"name": name, "settled_reason": "Spam"})


def test_result_of_each_retried_row(bench, desk, lead, row):
	conflict(bench, lead)
	page = desk("System Manager")
	act_on_both(page, bench, lead, "Retry")
	results = page.locator(".modal.show .msgprint tr", has_text="It failed again: Another Lead")
	expect(results).to_have_count(2, timeout=30000)


def test_list_names_what_each_row_waits_for(bench, desk, row):
	page = desk("Sales User")
	page.goto(f"{bench.url}/app/medusa-sync-log?email={quote(row['email'])}")
	line = page.locator(".list-row", has_text=f"Lead for {row['email']}").first
	expect(line).to_contain_text("Waits for a Person")


def test_rows_are_among_the_connections_of_a_record(bench, desk, likely):
	(found,) = bench.find(LOG, {"name": likely["row"]}, "reference_name")
	page = desk("Sales User")
	page.goto(f"{bench.url}/app/quotation/{quote(found['reference_name'])}")
	page.wait_for_function("name => window.cur_frm?.doc?.name === name", arg=found["reference_name"])
	page.get_by_role("tab", name="Connections").click()
	expect(page.locator(".document-link[data-doctype='Medusa Sync Log']")).to_be_visible()


def test_conflict_is_among_the_connections_of_the_other_record(bench, desk, likely):
	page = desk("Sales User")
	page.goto(f"{bench.url}/app/customer/{quote(likely['customer'])}")
	page.wait_for_function("name => window.cur_frm?.doc?.name === name", arg=likely["customer"])
	# the tab of the Connections has another label in each version
	page.evaluate("() => cur_frm.layout.tabs.find((tab) => tab.df.show_dashboard).set_active()")
	link = page.locator(".document-link[data-doctype='Medusa Sync Log']")
	expect(link.locator(".count")).to_have_text("1")
	link.locator(".badge-link").click()
	expect(page.locator(".list-row", has_text="Approval of quotation")).to_have_count(1)
