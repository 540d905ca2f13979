"""Secrets are planted, things go right and wrong, and then the whole database, both Redis and the logs are
searched for them.
"""

import secrets

import pytest
import requests
from fake_medusa import CUSTOMERS, EVENT_SECRET, EVENTS, FAULTS, LOGIN, OWN_SIGN_UP, REGISTER
from helpers import medusa_customer, sign_up_form, until
from test_races import lead_of, quote

KINDS = ("password", "token", "secret_key", "api_secret", "event_secret", "next_event_secret")
SET_VALUE = "/api/method/frappe.client.set_value"


@pytest.fixture(scope="module")
def planted(bench, machine) -> dict[str, str]:
	"""Kind of secret -> what it was, after everything that can happen to it has happened."""
	plant = {kind: f"planted{secrets.token_hex(12)}" for kind in KINDS}
	# first: the sign-ups keep the worker busy
	tell_events(bench, machine, {kind: plant[kind] for kind in ("event_secret", "next_event_secret")})
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


def tell_events(bench, machine, plant: dict[str, str]) -> None:
	"""Have events signed with these secrets, accepted and refused, and the settings saved and refused."""
	switches = {"tell_quotations": 1, "tell_orders": 1, "retry_pauses": "1"}
	with bench.settings(event_url=bench.event_url, **plant, **switches):
		for secret in plant.values():  # the shop verifies with either
			bench.medusa.event_secret = secret
			tell_event(bench, machine, "Success")
		for fault in FAULTS:
			bench.medusa.set_fault(fault, EVENTS)
			tell_event(bench, machine, "Success" if fault in ("half", "lost", "list") else "Failed")
		bench.medusa.set_fault("")
		bench.medusa.event_secret = "another"
		tell_event(bench, machine, "Failed")
		bench.change("Medusa Settings", "Medusa Settings", event_url="http://127.0.0.1:9/")
		tell_event(bench, machine, "Failed")
		for values in ({**plant, "event_url": "ftp://example.com"}, {**plant, "retry_pauses": "soon"}):
			change = {"doctype": "Medusa Settings", "name": "Medusa Settings", "fieldname": values}
			assert bench.admin.post(bench.url + SET_VALUE, json=change, timeout=60).status_code == 417
	bench.medusa.event_secret = EVENT_SECRET


def tell_event(bench, machine, status: str) -> None:
	"""Change a Quotation and wait until its event has this status; send a test event, too."""
	machine.end_pause()
	quotation = quote(bench, lead_of(bench)["id"])
	bench.raise_price(quotation["quotationId"])
	filters = {"direction": "Out", "quotation_id": quotation["key"], "status": status}
	until(lambda: bench.find("Medusa Sync Log", filters), pause=0.2)
	bench.method("medusa_integration.desk.send_test_event")


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
