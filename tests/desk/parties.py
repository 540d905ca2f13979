"""What the tests of the Customer and Lead forms do on a page."""

from urllib.parse import quote

from live import Bench
from playwright.sync_api import Locator, Page, expect


def open_form(page: Page, bench: Bench, doctype: str, name: str) -> None:
	page.goto(f"{bench.url}/app/{doctype.lower()}/{quote(name)}")
	page.wait_for_function("name => window.cur_frm?.doc?.name === name && !cur_frm.is_new()", arg=name)


def find_button(page: Page, label: str) -> Locator:
	"""All buttons of the form with this label, in its toolbar and not in its menu."""
	return page.locator(".page-head:visible").get_by_role("button", name=label, exact=True)


def button(page: Page, label: str) -> Locator:
	return find_button(page, label).first


def modal(page: Page) -> Locator:
	return page.locator(".modal.show .modal-content")


def status(page: Page) -> Locator:
	"""The line that says what was found."""
	return modal(page).locator(".medusa-status")


def search(page: Page, text: str, wait: bool = True) -> None:
	modal(page).locator("input[data-fieldname=text]").fill(text)
	if wait:
		expect(status(page)).not_to_have_text("Searching …")


def card(page: Page, name: str) -> Locator:
	"""The row of a record in the list."""
	return modal(page).locator(".medusa-found .medusa-card", has_text=name)


def choose(page: Page, name: str) -> None:
	search(page, name)
	card(page, name).click()
	expect(modal(page).locator(".medusa-question")).to_be_visible()


def confirm(page: Page, label: str) -> None:
	modal(page).get_by_role("button", name=label, exact=True).click()


def focused_text(page: Page) -> str:
	return page.evaluate("document.activeElement.textContent")


def tab_to(page: Page, selector: str) -> None:
	"""Press Tab until an element has the focus."""
	for _press in range(100):
		if page.evaluate("selector => document.activeElement.matches(selector)", selector):
			return
		page.keyboard.press("Tab")
	raise AssertionError(f"Tab does not reach {selector}")


def wait_for_dialog(page: Page) -> None:
	"""Wait until a dialog has the focus: before, it does not hear the keyboard."""
	page.wait_for_function("document.activeElement.closest('.modal.show')")


def count_calls(page: Page, method: str) -> list[str]:
	"""Return a list that grows by one with each call of a method."""
	calls = []
	page.on("request", lambda request: method in request.url and calls.append(request.url))
	return calls
