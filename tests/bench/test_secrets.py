"""Secrets are planted, things go right and wrong, and then the whole database, both Redis and the logs are
searched for them.
"""

import secrets

import pytest
import requests
from fake_medusa import CUSTOMERS, FAULTS, LOGIN, OWN_SIGN_UP, REGISTER
from helpers import medusa_customer, sign_up_form

KINDS = ("password", "token", "secret_key", "api_secret")


@pytest.fixture(scope="module")
def planted(bench, machine) -> dict[str, str]:
	"""Kind of secret -> what it was, after everything that can happen to it has happened."""
	plant = {kind: f"planted{secrets.token_hex(12)}" for kind in KINDS}
	bench.medusa.signature = plant["token"]
	with bench.settings(secret_key=plant["secret_key"], timeout=1):
		for path in (REGISTER, LOGIN, CUSTOMERS):
			for fault in ("", *FAULTS):
				bench.medusa.set_fault(fault, path)
				others = {"confirm_password": plant["password"], "user": {"pin": plant["password"]}}
				bench.call("sign_up", **medusa_customer(), password=plant["password"], **others)
				send_form(bench, plant["password"])
		with bench.settings(sign_up_flow="Own route"):
			for fault in ("", *FAULTS):
				bench.medusa.set_fault(fault, OWN_SIGN_UP)
				bench.call("sign_up", **medusa_customer(), password=plant["password"])
		bench.medusa.set_fault("")
		for name in ("email", "mobile", "t_c_acceptance"):
			bench.call("sign_up", **{**medusa_customer(), "password": plant["password"], name: {"x": 1}})
		bench.call("sign_up", **{**medusa_customer(), "password": {"x": plant["password"]}})
		send_malformed(bench, plant["password"])
		looked_up = bench.find("Medusa Sync Log", {"status": "Failed", "next_attempt": ("is", "set")})[0]
		bench.admin.post(
			f"{bench.url}/api/method/medusa_integration.desk.retry_log", json=looked_up, timeout=60
		)
		if machine.faults:
			bench.medusa.before_answer = {CUSTOMERS: machine.cut_connections}
			bench.attempt("sign_up", **{**medusa_customer(), "password": plant["password"]})
			bench.medusa.before_answer = {}
	taken = bench.make("Lead", first_name="Taken", email_id=medusa_customer()["email"])
	bench.shop("insert_lead", data={**medusa_customer(email=taken["email_id"])})
	for extra in ({"password": plant["password"]}, {"other": [plant["password"]]}):
		bench.call(
			"insert_lead", bench.storefront, data={**medusa_customer(email=taken["email_id"]), **extra}
		)
	plant["api_secret"] = bench.storefront.split(":")[1]
	return plant


def send_form(bench, password: str) -> None:
	"""As a page in a browser would."""
	url = f"{bench.url}/api/method/medusa_integration.api.sign_up"
	sent = {**medusa_customer(), "password": password, "again": password}
	requests.post(url, data=sent, headers={"Accept": "text/html"}, timeout=60)


def send_malformed(bench, password: str) -> None:
	"""JSON with a comma too many."""
	body = f'{{"email": "a@example.com", "password": "{password}",}}'
	headers = {"Content-Type": "application/json"}
	url = f"{bench.url}/api/method/medusa_integration.api.sign_up"
	assert requests.post(url, data=body, headers=headers, timeout=30).status_code == 417


@pytest.mark.parametrize("kind", KINDS)
def test_is_nowhere(planted, machine, kind):
	assert machine.places_of(planted[kind]) == []


def test_search_finds_what_is_there(bench, machine):
	"""The test above means something: what is no secret is found, in the database and in the job."""
	sent = sign_up_form(password="long enough")
	customer_id = bench.call("sign_up", **sent)[1]["customer_id"]
	bench.wait_for("Lead", {"medusa_id": customer_id})
	found = machine.places_of(sent["email"])
	assert {"table tabLead", "table tabMedusa Sync Log"} <= set(found)
	assert any("rq:job" in place for place in found)
