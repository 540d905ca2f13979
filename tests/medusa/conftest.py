"""The shops of the tests in this folder, and the app connected to them."""

import os

import pytest
from shops import StandIn, Stock
from stock_medusa import stock_medusa

from medusa_integration.tests.base import restore_settings, set_secret_key, set_settings, stored_settings
from medusa_integration.tests.fake_medusa import FakeMedusa, served

import frappe  # isort: skip

# `make test` has the stand-in only
SHOPS = ["stand-in", "stock"] if os.environ.get("STOCK_MEDUSA") else ["stand-in"]


@pytest.fixture(scope="session", params=SHOPS)
def any_shop(request):
	"""A shop that runs as long as the tests that use it."""
	if request.param == "stock":
		with stock_medusa() as medusa:
			yield Stock(medusa)
	else:
		medusa = FakeMedusa()
		with served(medusa) as url:
			yield StandIn(medusa, url)


@pytest.fixture
def shop(any_shop, healthy):
	"""The shop, to which the site is connected during the test."""
	before = stored_settings()
	set_settings(medusa_url=any_shop.url, publishable_key=any_shop.publishable_key, timeout=60)
	set_secret_key(any_shop.secret_key)
	frappe.db.commit()
	yield any_shop
	restore_settings(before)
