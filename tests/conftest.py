"""What the tests outside a site share: the sandbox over HTTP, with a worker and a stand-in Medusa."""

from types import SimpleNamespace

import frappe
import pytest
from frappe.utils.background_jobs import is_idle
from helpers import call, until

from medusa_integration.tests.base import set_settings
from medusa_integration.tests.fake_medusa import FakeMedusa
from sandbox.server import CUSTOMER, connected, make_users_and_records, served_site

collect_ignore = ["bench", "desk"]


@pytest.fixture(scope="session")
def server(site):
	"""A running site: `url`, tokens of `storefront` and `desk`, `medusa`, a `customer`'s name, `call`."""
	medusa = FakeMedusa()
	with served_site(site) as url, connected(medusa):
		storefront, desk = make_users_and_records()
		running = SimpleNamespace(url=url, storefront=storefront, desk=desk, medusa=medusa, customer=CUSTOMER)
		running.call = lambda method, arguments=None, token=storefront, **options: call(
			url, method, token, **({} if arguments is None else {"json": arguments}), **options
		)
		yield running
		frappe.db.rollback()


@pytest.fixture
def healthy(server):
	"""The running site with a Medusa that remembers nobody and has no faults, and no limits in the way."""
	server.medusa.reset()
	until(is_idle, seconds=20)
	frappe.db.rollback()
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


@pytest.fixture(scope="module")
def disconnected(site):
	"""Not connected to the common site, for tests that make sites of their own."""
	frappe.destroy()
	yield
	frappe.destroy()
	frappe.init(site)
	frappe.connect()
	frappe.flags.in_test = True
