"""docs/openapi.yaml as the tests read it, on the sandbox and on a live bench.

The examples of requests and answers belong together by their names. `marked` makes their ids unique, and
`masked` makes answers comparable: both change only digits.
"""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema_rs
import requests
import yaml

FILE = Path(__file__).parents[2] / "docs" / "openapi.yaml"
PATH = "/api/method/medusa_integration.api."
LEAD, CUSTOMER = "CRM-LEAD-2026-00003", "Harbour Cafe"  # in the examples of link_medusa_lead
OF_FRAPPE = ("_server_messages", "_debug_messages")  # in answers, beside what the description has


@cache
def load() -> dict[str, Any]:
	"""Return the description."""
	return yaml.safe_load(FILE.read_text())


def resolve(part: dict[str, Any]) -> dict[str, Any]:
	"""Return a part of the description with its `$ref` followed; keys beside `$ref` replace its target's."""
	while "$ref" in part:
		target: Any = load()
		for key in part["$ref"].removeprefix("#/").split("/"):
			target = target[key]
		part = {**target, **{key: value for key, value in part.items() if key != "$ref"}}
	return part


def words(name: str) -> dict[str, dict[str, Any]]:
	"""Return the words of a schema such as ErrorType, each with what is said about it."""
	return {word["const"]: word for word in load()["components"]["schemas"][name]["oneOf"]}


class Operation(NamedTuple):
	"""A method under one HTTP verb, as the description has it."""

	method: str
	verb: str
	content: dict[str, Any]

	@property
	def label(self) -> str:
		return f"{self.verb} {self.method}"

	@property
	def parameters(self) -> list[dict[str, Any]]:
		return [resolve(parameter) for parameter in self.content.get("parameters", [])]

	@property
	def body(self) -> dict[str, Any]:
		"""Return the schema of the body."""
		return resolve(json_content(self.content.get("requestBody", {})).get("schema", {}))

	@property
	def arguments(self) -> dict[str, dict[str, Any]]:
		"""Return the schema of each argument."""
		of_query = {parameter["name"]: resolve(parameter["schema"]) for parameter in self.parameters}
		return of_query | {name: resolve(part) for name, part in self.body.get("properties", {}).items()}

	@property
	def required(self) -> set[str]:
		"""Return the names of the arguments that must be sent."""
		of_query = {parameter["name"] for parameter in self.parameters if parameter.get("required")}
		return of_query | set(self.body.get("required", []))

	@property
	def responses(self) -> dict[int, dict[str, Any]]:
		return {int(status): resolve(response) for status, response in self.content["responses"].items()}

	def error(self, status: int) -> dict[str, Any]:
		"""Return what the description says about `error` of a refusal; {} for other answers."""
		schema = json_content(self.responses[status]).get("schema", {})
		return schema.get("properties", {}).get("error", {}).get("properties", {})

	def examples(self) -> Iterator["Example"]:
		"""Yield the examples of requests that have an example of an answer."""
		answers = {
			name: (status, example["value"])
			for status, response in self.responses.items()
			for name, example in json_content(response).get("examples", {}).items()
		}
		for name, sent in self.requests().items():
			if name in answers:
				yield Example(self, name, sent, *answers[name])

	def requests(self) -> dict[str, dict[str, Any]]:
		"""Return the examples of requests by their names; GET has those of POST, sent in the query."""
		by_post = load()["paths"][f"{PATH}{self.method}"]["post"]
		examples = json_content(by_post.get("requestBody", {})).get("examples", {"ping": {"value": {}}})
		return {name: example["value"] for name, example in examples.items()}


class Example(NamedTuple):
	"""A request as the description shows it, and its answer."""

	operation: Operation
	name: str
	sent: dict[str, Any]
	status: int
	answer: Any

	@property
	def label(self) -> str:
		return f"{self.operation.label}: {self.name}"


def json_content(part: dict[str, Any]) -> dict[str, Any]:
	"""Return the JSON content of a request body or a response."""
	return part.get("content", {}).get("application/json", {})


def operations() -> list[Operation]:
	"""Return all operations, in the order of the description."""
	return [
		Operation(path.removeprefix(PATH), verb.upper(), content)
		for path, verbs in load()["paths"].items()
		for verb, content in verbs.items()
	]


def examples() -> list[Example]:
	"""Return all examples that can be played, in an order in which they work."""
	return [example for operation in operations() for example in operation.examples()]


# playing examples


def play(url: str, token: str, example: Example, replaced: dict[str, str], mark: str) -> requests.Response:
	"""Call a method as an example does, with unique ids and with `replaced` texts."""
	operation, sent = example.operation, marked(example.sent, mark)
	text = json.dumps(sent)
	for old, new in replaced.items():
		text = text.replace(json.dumps(old)[1:-1], json.dumps(new)[1:-1])
	arguments = {"json" if operation.verb == "POST" else "params": json.loads(text)}
	headers = {"Authorization": f"token {token}"}
	address = f"{url}{PATH}{operation.method}"
	return requests.request(operation.verb, address, headers=headers, timeout=120, **arguments)


def call_empty(url: str, token: str, operation: Operation, version: str = "") -> dict[str, Any]:
	"""Call an operation without arguments; return the body. `version` is "v2/" for the second envelope."""
	address = f"{url}{PATH.replace('/api/', f'/api/{version}')}{operation.method}"
	headers = {"Authorization": f"token {token}"}
	return requests.request(operation.verb, address, headers=headers, timeout=120).json()


def marked(value: Any, mark: str) -> Any:
	"""Return a value with `mark`, some digits, in its ids and e-mails."""
	text = re.sub(r'"((?:cus|quo|order)_[a-z]+)"(?!:)', rf'"\g<1>{mark}"', json.dumps(value))
	return json.loads(re.sub(r"\b(\w+)@example\.com", rf"\g<1>{mark}@example.com", text))


def masked(value: Any) -> Any:
	"""Return an answer without what differs from one site or call to the next: hosts, the digits in texts."""
	text = re.sub(r"cus_01\w+", "cus_", json.dumps(value))
	text = re.sub(r'"https?://[^"]*?/app/', '"/app/', text)
	return json.loads(re.sub(r'"[^"]*"', lambda match: re.sub(r"\d", "", match[0]), text))


def shape(value: Any) -> Any:
	"""Return the keys of an answer, and the keys inside of it, without the values."""
	if isinstance(value, dict):
		return {key: shape(part) for key, part in value.items()}
	return [shape(value[0])] if isinstance(value, list) and value else None


def own_part(body: dict[str, Any]) -> dict[str, Any]:
	"""Return an answer without what Frappe adds for the desk."""
	return {key: value for key, value in body.items() if key not in OF_FRAPPE}


# checking answers


def problems(schema: dict[str, Any], value: Any, *, closed: bool = True) -> list[str]:
	"""Return what is wrong with a value. With `closed`, a key that the description does not have is wrong."""
	whole = {**schema, "components": {"schemas": load()["components"]["schemas"]}}
	validator = jsonschema_rs.validator_for(close(whole) if closed else whole, validate_formats=True)
	return [f"{error.instance_path}: {error.message}"[:500] for error in validator.iter_errors(value)]


def close(schema: Any) -> Any:
	"""Return a schema whose objects have no other keys than those that it lists."""
	if isinstance(schema, list):
		return [close(part) for part in schema]
	if not isinstance(schema, dict):
		return schema
	closed = {key: close(part) for key, part in schema.items()}
	if "object" in str(schema.get("type", "")) and isinstance(schema.get("properties"), dict):
		closed["additionalProperties"] = False
	return closed
