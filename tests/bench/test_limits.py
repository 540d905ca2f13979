"""Rate limits over HTTP: 429 and how long to wait, whatever the caller accepts and claims to be."""

import secrets

import pytest
import requests
from helpers import medusa_customer

FORMS = ("application/json", "text/html", "text/plain", "*/*")


def sign_up(bench, accept: str, **values) -> requests.Response:
	url = f"{bench.url}/api/method/medusa_integration.api.sign_up"
	headers = {"Accept": accept, "X-Forwarded-For": secrets.token_hex(8)}
	sent = {**medusa_customer(password="long enough"), **values}
	return requests.post(url, json=sent, headers=headers, timeout=60)


def is_told_to_wait(response: requests.Response) -> bool:
	assert (response.status_code, response.json()["exc_type"]) == (429, "TooManyCallsError")
	return 0 < int(response.headers["Retry-After"]) <= 3600


@pytest.mark.parametrize("accept", FORMS)
def test_email(bench, accept):
	email = f"{secrets.token_hex(5)}@example.com"
	with bench.settings(sign_ups_per_email=1):
		assert sign_up(bench, accept, email=email).status_code == 200
		assert is_told_to_wait(sign_up(bench, accept, email=email))


def test_site(bench):
	with bench.settings(sign_ups_per_site=1):
		answers = [sign_up(bench, "*/*") for _time in range(2)]
		assert is_told_to_wait(answers[1])


@pytest.mark.parametrize("accept", FORMS)
def test_other_refusals(bench, accept):
	"""No web page for them either."""
	response = sign_up(bench, accept, email="rubbish")
	assert (response.status_code, response.json()["exc_type"]) == (417, "InvalidArgumentsError")


def test_guests_of_the_switch(bench):
	url = f"{bench.url}/api/method/medusa_integration.api.fetch_all_customers"
	with bench.settings(guest_access=1, guest_calls_per_minute=0, guest_calls_per_site=3):
		elsewhere = [{"X-Forwarded-For": secrets.token_hex(8)} for _time in range(4)]
		answers = [requests.post(url, headers=headers, timeout=60) for headers in elsewhere]
	assert is_told_to_wait(answers[-1])
