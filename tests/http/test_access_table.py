"""docs/access.md, read against the code: every whitelisted method as every kind of caller."""

import importlib
import pkgutil

import frappe
import pytest
import requests
from helpers.access_table import ARGUMENTS, CALLERS, GUESTS, TABLE, rows

import medusa_integration
import sandbox.setup
from medusa_integration.tests.base import set_settings, unique


def test_every_whitelisted_method_has_a_row():
	for module in pkgutil.walk_packages(medusa_integration.__path__, "medusa_integration."):
		if ".tests" not in module.name:
			importlib.import_module(module.name)
	own = {f"{m.__module__}.{m.__name__}" for m in frappe.whitelisted}
	assert {name for name in own if name.startswith("medusa_integration.")} == set(rows())


def test_columns():
	header = next(line for line in TABLE.read_text().splitlines() if line.startswith("| method"))
	assert [cell.strip() for cell in header.strip("|").split("|")][1:] == CALLERS


@pytest.fixture(scope="module")
def tokens(server):
	frappe.db.rollback()
	roles = {"user without role": [], **{role: [role] for role in CALLERS[3:]}}
	made = {name: sandbox.setup.make_user(f"{unique()}@example.com", *some) for name, some in roles.items()}
	frappe.db.commit()
	return {**dict.fromkeys(GUESTS, ""), **made}


@pytest.fixture(scope="module", autouse=True)
def without_event_url(server):
	"""No Event URL, as on a site where the shop is told nothing."""
	url = frappe.db.get_single_value("Medusa Settings", "event_url")
	set_settings(event_url="")
	frappe.db.commit()
	yield
	frappe.db.rollback()
	set_settings(event_url=url)
	frappe.db.commit()


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("method", rows())
def test_status(healthy, tokens, method, caller):
	set_settings(guest_access=int(caller == "guest, switch on"))
	frappe.db.commit()
	headers = {"Authorization": f"token {tokens[caller]}"} if tokens[caller] else {}
	url = f"{healthy.url}/api/method/{method}"
	response = requests.post(url, json=ARGUMENTS.get(method, {}), headers=headers, timeout=10)
	assert response.status_code == rows()[method][CALLERS.index(caller)], response.text
