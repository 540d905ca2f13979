"""docs/openapi.yaml says what the code says: methods, arguments, errors and versions."""

import re
from pathlib import Path
from typing import get_args

import frappe
import pytest
from helpers import access_table, description
from helpers.description import Operation

from medusa_integration import api, arguments, exceptions
from medusa_integration.constants import API_VERSION
from medusa_integration.declarations import declaration_of
from medusa_integration.exceptions import Reason
from medusa_integration.tests.methods import METHODS

APP = Path(api.__file__).parent
OPERATIONS = description.operations()
LABELS = [operation.label for operation in OPERATIONS]
# errors of Frappe itself that callers get; DataError exists only where a body cannot be read
OF_FRAPPE = ["AuthenticationError", "PermissionError", "DoesNotExistError", "ValidationError"]


def own_errors() -> dict[str, type[Exception]]:
	"""Return the classes of errors of the app; NotFoundError is only the base of others."""
	found = {name: value for name, value in vars(exceptions).items() if isinstance(value, type)}
	return {
		name: value
		for name, value in found.items()
		if issubclass(value, Exception)
		and value.__module__ == exceptions.__name__
		and name != "NotFoundError"
	}


def types_of(operation: Operation) -> set[str]:
	"""Return all types of errors that the description names for an operation."""
	return {
		word
		for status in operation.responses
		for word in operation.error(status).get("type", {}).get("enum", [])
	}


def test_every_method_is_described():
	described = {operation.method for operation in OPERATIONS}
	assert set(METHODS) - described == set(), "describe the method in docs/openapi.yaml"
	assert described - set(METHODS) == set(), "there is no such method"


def test_every_method_is_in_the_table_of_access():
	assert set(access_table.methods()) == {operation.method for operation in OPERATIONS}


@pytest.mark.parametrize("method", METHODS)
def test_verbs(method):
	described = [operation.verb for operation in OPERATIONS if operation.method == method]
	assert described == list(declaration_of(method).verbs)


@pytest.mark.parametrize("operation", OPERATIONS, ids=LABELS)
def test_arguments(operation):
	expected = set(declaration_of(operation.method).arguments)
	assert expected - set(operation.arguments) == set(), f"describe the arguments of {operation.method}"
	assert set(operation.arguments) - expected == set(), f"{operation.method} does not read them"


@pytest.mark.parametrize("operation", OPERATIONS, ids=LABELS)
def test_keys_inside_of_arguments(operation):
	for name, keys in declaration_of(operation.method).reads.items():
		schema = operation.arguments[name]
		described = description.resolve(schema.get("items", schema))["properties"]
		assert set(described) == set(keys), f"{operation.method}: {name}"


@pytest.mark.parametrize("operation", OPERATIONS, ids=LABELS)
def test_guests_may_call_what_the_table_of_access_says(operation):
	guest = access_table.rows()[f"medusa_integration.api.{operation.method}"][0]
	assert ({} in operation.content.get("security", [])) == (guest != 403)


@pytest.mark.parametrize("operation", OPERATIONS, ids=LABELS)
def test_errors_of_the_docstring_are_described(operation):
	"""What a method raises by its docstring is described, as far as it is an error of the app."""
	named = set(re.findall(r"\w+Error\b", getattr(api, operation.method).__doc__)) & set(own_errors())
	assert named - types_of(operation) == set()


@pytest.mark.parametrize("operation", OPERATIONS, ids=LABELS)
def test_each_type_has_its_status(operation):
	statuses = {name: word["x-status"] for name, word in description.words("ErrorType").items()}
	for status in operation.responses:
		types = operation.error(status).get("type", {}).get("enum", [])
		assert {name: statuses[name] for name in types} == dict.fromkeys(types, status)


def test_every_refusal_names_its_types():
	for operation in OPERATIONS:
		for status in operation.responses:
			assert status < 400 or operation.error(status)["type"]["enum"], f"{operation.label}: {status}"


def test_every_error_of_the_app_is_described_with_its_status():
	described = {name: word["x-status"] for name, word in description.words("ErrorType").items()}
	expected = {name: error.http_status_code for name, error in own_errors().items()}
	expected |= {name: getattr(frappe, name).http_status_code for name in OF_FRAPPE} | {"DataError": 417}
	assert described == expected


def test_table_of_errors_in_readme():
	"""DataError is in the text below the table."""
	table = (APP.parent / "README.md").read_text().split("\n## Errors\n")[1].split("\n## ")[0]
	rows = re.findall(r"^\| [\d, ]+ \| ([^|]+) \|", table, re.MULTILINE)
	named = [name for cell in rows for name in re.findall(r"`(\w+)`", cell)]
	assert sorted(named) == sorted(set(description.words("ErrorType")) - {"DataError"})


def test_reasons_in_readme():
	table = (APP.parent / "README.md").read_text().split("\n## Errors\n")[1]
	row = re.search(r"^\| 409 \| `QuotationConflictError` \| (.*) \|$", table, re.MULTILINE)
	named = set(re.findall(r"`(\w+)`", row[1] if row else "")) - {"reason", "quotation_id", "order_id"}
	assert named == set(description.words("Reason")) - {"price_changed", "no_price", "clerk_must_offer"}


def test_every_type_is_an_answer_of_a_method():
	used = {name for operation in OPERATIONS for name in types_of(operation)}
	assert set(description.words("ErrorType")) - used == set()


def test_codes_of_wrong_arguments():
	codes = {
		value
		for name, value in vars(arguments).items()
		if name.isupper() and isinstance(value, str) and value == name.lower()
	}
	assert set(description.words("FieldCode")) == codes


def test_reasons():
	assert set(description.words("Reason")) == set(get_args(Reason))


def test_every_reason_is_an_answer_of_a_method():
	used = set()
	for operation in OPERATIONS:
		for status in operation.responses:
			used |= set(operation.error(status).get("reason", {}).get("enum", []))
	assert set(description.words("Reason")) == used


def test_version():
	assert description.load()["info"]["version"] == API_VERSION


def test_every_request_has_an_answer():
	for operation in OPERATIONS:
		missing = set(operation.requests()) - {example.name for example in operation.examples()}
		assert missing == ({"quotation"} if "pdf" in operation.method else set()), operation.label


@pytest.mark.parametrize("method", METHODS)
def test_every_method_has_an_example_of_an_answer_and_of_a_refusal(method):
	found = [e.status for e in description.examples() if e.operation.method == method]
	is_file, is_ping = method == "get_quotation_pdf", method == "ping"
	assert (200 in found or is_file, max(found) >= 400 or is_ping) == (True, True)


@pytest.mark.parametrize("example", description.examples(), ids=lambda example: example.label)
def test_example_keeps_to_the_description(example):
	schema = description.json_content(example.operation.responses[example.status])["schema"]
	assert description.problems(schema, example.answer) == []


def test_examples_of_events_keep_to_the_description():
	for name, verbs in description.load()["webhooks"].items():
		content = description.json_content(verbs["post"]["requestBody"])
		for example in content.get("examples", {}).values():
			assert description.problems(content["schema"], example["value"]) == [], name
