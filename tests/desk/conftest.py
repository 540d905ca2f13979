"""A real desk in Chromium. DESK_URL says which bench; DESK_PASSWORD is Administrator's there ("admin" if not
given).

CHROMIUM names the browser (/usr/bin/chromium). What the tests make stays on the site: use a test site.
"""

import os
import secrets
import sys
from functools import cache
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[2]))
sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "bench"))

from helpers import medusa_customer
from live import Bench

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]


@pytest.fixture(scope="session")
def bench():
	"""The site as Administrator and a storefront reach it over HTTP."""
	return Bench(os.environ["DESK_URL"], os.environ.get("DESK_PASSWORD", "admin"))


@pytest.fixture(scope="session")
def browser():
	"""Debian's Chromium, without a window."""
	with sync_playwright() as playwright:
		path = os.environ.get("CHROMIUM", "/usr/bin/chromium")
		chromium = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
		yield chromium
		chromium.close()


@pytest.fixture(scope="session")
def account(bench):
	"""Returns name and password of a user with given roles; Administrator's where none are given.

	Each combination of roles has one user: Frappe refuses more than 60 new ones in an hour.
	"""

	@cache
	def find(*roles: str) -> tuple[str, str]:
		if not roles:
			return "Administrator", os.environ.get("DESK_PASSWORD", "admin")
		user, password = f"{secrets.token_hex(5)}@example.com", secrets.token_urlsafe(16)
		values = {"send_welcome_email": 0, "new_password": password, "user_type": "System User"}
		rows = [{"role": role} for role in roles]
		bench.make("User", email=user, first_name="Clerk", roles=rows, **values)
		return user, password

	return find


@pytest.fixture
def desk(bench, browser, account):
	"""Opens pages of the desk as a user with given roles; Administrator where none are given."""
	contexts = []

	def open_as(*roles: str) -> Page:
		user, password = account(*roles)
		context = browser.new_context(viewport={"width": 1280, "height": 900})
		contexts.append(context)
		form = {"usr": user, "pwd": password}
		assert context.request.post(f"{bench.url}/api/method/login", form=form).ok
		page = context.new_page()
		page.set_default_timeout(30_000)
		return page

	yield open_as
	for context in contexts:
		context.close()


def make_lead(bench) -> dict:
	"""Make a Lead that came from Medusa: its data, and its name under `lead`."""
	data = medusa_customer()
	data["lead"] = bench.shop("insert_lead", data=data)
	return data


@pytest.fixture
def lead(bench):
	"""A Lead that came from Medusa."""
	return make_lead(bench)


@pytest.fixture
def other_lead(bench):
	"""Another one."""
	return make_lead(bench)
