"""A live bench answers as docs/openapi.yaml says: its examples, and calls that are generated from it."""

import secrets
from typing import Any

import pytest
from helpers import description, generated, medusa_customer

OPERATIONS = description.operations()
EXAMPLES = description.examples()
CALLS = 5  # generated for each operation and mode


def token(bench, operation: description.Operation) -> str:
	return bench.clerk if operation.method == "link_medusa_lead" else bench.storefront


@pytest.fixture(scope="module")
def played(bench) -> dict[str, Any]:
	"""The answers to all examples, which were played in their order, and under "known" what they created."""
	mark = str(secrets.randbelow(10**12))
	coffee, tea, customer = bench.make_item(42), bench.make_item(18.5), bench.make_customer()
	replaced = {
		description.LEAD: bench.shop("insert_lead", data=medusa_customer(id=f"cus_third{mark}")),
		description.CUSTOMER: customer,
		"harbour": customer,
		"variant_coffee": coffee["medusa_variant_id"],
		"TEA-100": tea["item_code"],
	}
	answers = {}
	for example in EXAMPLES:
		called = token(bench, example.operation)
		response = answers[example.label] = description.play(bench.url, called, example, replaced, mark)
		if example.label == "POST create_quotation: two_items":
			replaced["163.00"] = str(response.json()["message"]["grand_total"])  # with the site's taxes
	known = {
		"customer_id": f"cus_example{mark}",
		"quotation_id": f"quo_example{mark}",
		"order_id": f"order_example{mark}",
		"items": [{"variant_id": coffee["medusa_variant_id"], "quantity": 1}],
		"customer": customer,
		"lead": replaced[description.LEAD],
	}
	return {**answers, "known": known}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.label)
def test_example_has_the_status_and_the_keys_that_it_shows(played, example):
	response = played[example.label]
	answer = description.own_part(response.json())
	expected = (example.status, description.shape(example.answer))
	assert (response.status_code, description.shape(answer)) == expected, response.text[:1000]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.label)
def test_answer_keeps_to_the_description(played, example):
	response = played[example.label]
	schema = description.json_content(example.operation.responses[response.status_code])["schema"]
	assert description.problems(schema, description.own_part(response.json())) == []


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
def test_second_envelope(bench, operation):
	first, second = (
		description.call_empty(bench.url, token(bench, operation), operation, version)
		for version in ("", "v2/")
	)
	assert (second.get("data"), second.get("error")) == (first.get("message"), first.get("error"))


@pytest.mark.parametrize("mode", generated.MODES, ids=lambda mode: mode.value)
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
def test_generated_calls(bench, played, operation, mode):
	called = token(bench, operation)
	generated.check(operation.label, mode, bench.url, called, played["known"], CALLS)
