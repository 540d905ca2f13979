"""What the tests outside a site share: the sandbox over HTTP, with a worker and a stand-in Medusa."""

import time
from types import SimpleNamespace
from typing import Any

import frappe
import pytest
import requests
from frappe.utils.background_jobs import is_idle

from medusa_integration.tests.base import set_settings, unique
from medusa_integration.tests.fake_medusa import FakeMedusa
from sandbox.server import CUSTOMER, connected, make_users_and_records, served_site

API = "/api/method/medusa_integration.api."
collect_ignore = ["bench", "desk"]


@pytest.fixture(scope="session")
def server(site):
	"""A running site: `url`, tokens of `storefront` and `desk`, `medusa`, a `customer`'s name, `call`."""
	medusa = FakeMedusa()
	with served_site(site) as url, connected(medusa):
		storefront, desk = make_users_and_records()
		running = SimpleNamespace(url=url, storefront=storefront, desk=desk, medusa=medusa, customer=CUSTOMER)
		running.call = lambda method, arguments=None, token=storefront, **options: call(
			running, method, arguments, token, **options
		)
		yield running
		frappe.db.rollback()


@pytest.fixture
def healthy(server):
	"""The running site with a Medusa that remembers nobody and has no faults, and no limits in the way."""
	server.medusa.reset()
	eventually(is_idle)
	set_settings(
		price_list="Standard Selling",
		sign_ups_per_ip=0,
		sign_ups_per_email=0,
		sign_ups_per_site=0,
		guest_access=0,
		enabled=1,
	)
	frappe.db.commit()
	return server


def call(running: Any, method: str, arguments: Any, token: str, **options: Any) -> requests.Response:
	"""POST a method of the API as JSON, unless `options` for requests say otherwise."""
	headers = {"Authorization": f"token {token}"} if token else {}
	headers |= options.pop("headers", {})
	verb = options.pop("verb", "POST")
	if arguments is not None:
		options["json"] = arguments
	return requests.request(verb, running.url + API + method, headers=headers, timeout=30, **options)


def person(**values: Any) -> dict[str, Any]:
	"""What a sign-up form sends."""
	word = unique()
	return {
		"email": f"{word}@example.com",
		"first_name": "Shop",
		"last_name": word,
		"organization_name": f"{word} Trading",
		"password": "s3cret pass phrase",
		**values,
	}


def eventually(look, seconds: float = 20) -> Any:
	"""What `look` finds in the committed database, within a deadline: a job is about to make it."""
	deadline = time.monotonic() + seconds
	while time.monotonic() < deadline:
		frappe.db.rollback()
		found = look()
		if found:
			return found
		time.sleep(0.05)
	raise AssertionError(f"nothing within {seconds} seconds")
