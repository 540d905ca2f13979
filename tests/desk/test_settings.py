"""The form of Medusa Settings: how the site stands, and the buttons of setting up."""

import secrets

import requests
from playwright.sync_api import expect


def open_settings(page, bench) -> None:
	page.goto(f"{bench.url}/app/medusa-settings")
	page.wait_for_function("() => window.cur_frm?.doc?.name === 'Medusa Settings'")


def press(page, label: str) -> None:
	page.get_by_role("button", name=label, exact=True).first.click()


def test_line_says_how_the_site_stands(bench, desk):
	page = desk("System Manager")
	open_settings(page, bench)
	line = page.locator(".medusa-health")
	expect(line).to_contain_text("Workers:")
	expect(line).to_contain_text("Rows that wait for a person:")


def test_connection_that_fails_says_what_to_do(bench, desk):
	with bench.settings(medusa_url="http://127.0.0.1:9"):
		page = desk("System Manager")
		open_settings(page, bench)
		press(page, "Test Connection")
		result = page.locator(".modal.show tr", has_text="Server")
		expect(result).to_contain_text("Medusa cannot be reached.")


def test_connection_is_not_tested_with_unsaved_settings(bench, desk):
	page = desk("System Manager")
	open_settings(page, bench)
	page.evaluate("cur_frm.set_value('timeout', 14)")
	press(page, "Test Connection")
	expect(page.locator(".modal.show .msgprint")).to_contain_text("Please save the settings first.")


def test_token_of_a_new_user_works(bench, desk):
	page = desk("System Manager")
	open_settings(page, bench)
	press(page, "Create API User")
	page.locator(".modal.show input[data-fieldname=email]").fill(f"{secrets.token_hex(5)}@example.com")
	page.locator(".modal.show .btn-primary", has_text="Create").click()
	shown = page.locator(".modal.show pre", has_text="Authorization: token")
	expect(shown).to_be_visible()
	name, _colon, value = (shown.text_content() or "").partition(": ")
	url = f"{bench.url}/api/method/medusa_integration.api.ping"
	assert requests.get(url, headers={name: value}, timeout=30).status_code == 200


def test_warning_while_guests_are_let_in(bench, desk):
	with bench.settings(guest_access=1):
		page = desk("System Manager")
		open_settings(page, bench)
		expect(page.locator(".form-message", has_text="Guests are let in").first).to_be_visible()
