"""The methods answer as docs/openapi.yaml says: its examples, and calls that are generated from it."""

from types import SimpleNamespace

import pytest
from helpers import call, description, generated

from sandbox.server import running

MARK = "17"
OPERATIONS = description.operations()
EXAMPLES = description.examples()
CALLS = 8  # generated for each operation and mode


@pytest.fixture(scope="module")
def fresh(tmp_path_factory, disconnected):
	"""A site of its own, with the third Lead that the examples speak of."""
	with running(tmp_path_factory.mktemp("description") / "site.db") as site:
		data = {"id": f"cus_third{MARK}", "email": "third@example.com"}
		response = call(site.url, "insert_lead", site.storefront_token, json={"data": data})
		tokens = {"link_medusa_lead": site.desk_token}
		yield SimpleNamespace(
			url=site.url,
			lead=response.json()["message"],
			token=lambda operation: tokens.get(operation.method, site.storefront_token),
		)


@pytest.fixture(scope="module")
def played(fresh):
	"""The answers to all examples, which were played in their order."""
	replaced = {description.LEAD: fresh.lead}
	return {
		example.label: description.play(fresh.url, fresh.token(example.operation), example, replaced, MARK)
		for example in EXAMPLES
	}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.label)
def test_example_is_answered_as_it_says(played, example):
	response = played[example.label]
	answer = description.own_part(response.json())
	expected = (example.status, description.masked(example.answer))
	assert (response.status_code, description.masked(answer)) == expected


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.label)
def test_answer_has_no_key_that_is_not_described(played, example):
	response = played[example.label]
	schema = description.json_content(example.operation.responses[response.status_code])["schema"]
	assert description.problems(schema, description.own_part(response.json())) == []


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
def test_required_arguments_are_those_that_the_method_asks_for(fresh, operation):
	body = description.call_empty(fresh.url, fresh.token(operation), operation)
	fields = body.get("error", {}).get("fields", [])
	asked = {field["name"] for field in fields if field["code"] == "required" and "," not in field["name"]}
	assert asked == operation.required


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
def test_wrong_token(fresh, operation):
	response = call(fresh.url, operation.method, "nobody:nothing", operation.verb)
	schema = description.json_content(operation.responses[401])["schema"]
	assert (response.status_code, description.problems(schema, response.json())) == (401, [])


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
def test_second_envelope(fresh, operation):
	"""The answer is in `data`, and `error` is beside the envelope as in the first version."""
	first, second = (
		description.call_empty(fresh.url, fresh.token(operation), operation, version)
		for version in ("", "v2/")
	)
	assert (second.get("data"), second.get("error")) == (first.get("message"), first.get("error"))


@pytest.mark.parametrize("mode", generated.MODES, ids=lambda mode: mode.value)
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
def test_generated_calls(fresh, played, operation, mode):
	known = {
		"customer_id": f"cus_example{MARK}",
		"quotation_id": f"quo_example{MARK}",
		"order_id": f"order_example{MARK}",
		"items": [{"variant_id": "variant_coffee", "quantity": 1}],
		"customer": description.CUSTOMER,
		"lead": fresh.lead,
	}
	generated.check(operation.label, mode, fresh.url, fresh.token(operation), known, CALLS)
