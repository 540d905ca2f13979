"""The whole story on a live bench, with the token of a user who has only the role Medusa Integration."""

import secrets

from fake_medusa import EVENT_SECRET
from helpers import STOREFRONT_METHODS, medusa_customer

from sandbox.story import Stage, Story


def test_story(bench):
	told: list[str] = []
	events = {"event_url": bench.event_url, "event_secret": EVENT_SECRET, "tell_quotations": 1}
	stage = Stage(
		url=bench.url,
		storefront_token=bench.storefront,
		desk_token=bench.clerk,
		find=lambda doctype, filters, fields: bench.find(doctype, filters, *fields),
		customer=bench.make_customer(),
		lines=bench.lines(),
		total=20,
		raise_price=bench.raise_price,
		told=bench.medusa.told.get,
		mark=secrets.token_hex(4),
		tell=told.append,
	)
	with bench.settings(**events):
		Story(stage).play()
	assert told[-1].split() == ["200", "[]"]


def test_clerk_links_an_existing_customer(bench):
	customer, data = bench.make_customer(), medusa_customer()
	lead = bench.shop("insert_lead", data=data)
	status, answer = bench.call("link_medusa_lead", bench.clerk, customer=customer, lead=lead)
	assert (status, answer) == (200, {"status": "success", "medusa_id": data["id"]})


def test_storefront_may_not_link(bench):
	lead = bench.shop("insert_lead", data=medusa_customer())
	status, _answer = bench.call(
		"link_medusa_lead", bench.storefront, customer=bench.make_customer(), lead=lead
	)
	assert status == 403


def test_guest_is_kept_out_and_told_nothing(bench):
	for name in STOREFRONT_METHODS:
		status, body = bench.call(name, data={"id": "x"})
		assert (status, body["exc_type"]) == (403, "PermissionError")
		assert "exc" not in body and "exception" not in body
