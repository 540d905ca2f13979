"""Make docs/api.html from docs/openapi.yaml: `make docs`. The page needs no other file and no internet."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markdown_it import MarkdownIt
from markupsafe import Markup

DOCS = Path(__file__).parent
DESCRIPTION = DOCS / "openapi.yaml"
PAGE = DOCS / "api.html"
METHODS = "/api/method/medusa_integration.api."
# schemas with a table of their own, which others link to
OBJECTS = (
	"Quotation",
	"QuotationSummary",
	"Order",
	"Line",
	"Address",
	"SentAddress",
	"Totals",
	"Error",
	"WrongArgument",
)
WORDS = ("QuotationStatus", "OrderStatus", "Reason", "FieldCode")
# JSON's words for types -> ours
TYPES = {
	"string": "text",
	"boolean": "true or false",
	"integer": "whole number",
	"null": "null",
	"array": "list",
}


class Row(NamedTuple):
	"""A row of a table of arguments or keys: `path` is its name, `type` is Markup."""

	path: str
	type: Markup
	is_required: bool
	description: str


class Example(NamedTuple):
	"""A call and its answer. `answer` is "" if the description shows none."""

	title: str
	request: str
	status: str
	answer: str


class Method(NamedTuple):
	"""A method with what the page says about it. `examples` are those of the last verb: they have a body."""

	name: str
	verbs: list[str]
	operation: dict[str, Any]
	arguments: list[Row]
	answer: list[Row]
	examples: list[Example]
	refusals: list[dict[str, Any]]


class Reader:
	"""The description as the page reads it."""

	def __init__(self, description: dict[str, Any]):
		self.description = description

	def resolve(self, part: dict[str, Any]) -> dict[str, Any]:
		"""Return a part with its `$ref` followed. Keys beside `$ref` replace those of its target."""
		while "$ref" in part:
			target: Any = self.description
			for key in part["$ref"].removeprefix("#/").split("/"):
				target = target[key]
			part = {**target, **{key: value for key, value in part.items() if key != "$ref"}}
		return part

	def methods(self, tag: str) -> list[Method]:
		"""Return the methods that have a tag, in the order of the description."""
		paths = self.description["paths"].items()
		return [
			self.method(path, verbs) for path, verbs in paths if tag in next(iter(verbs.values()))["tags"]
		]

	def method(self, path: str, verbs: dict[str, Any]) -> Method:
		"""Return what the page says about the method at `path`."""
		operation, last = next(iter(verbs.values())), list(verbs.values())[-1]
		return Method(
			path.removeprefix(METHODS),
			[verb.upper() for verb in verbs],
			operation,
			list(self.arguments(operation)),
			list(self.answer(operation)),
			list(self.examples(path, last)),
			list(self.refusals(operation)),
		)

	def arguments(self, operation: dict[str, Any]) -> Iterator[Row]:
		"""Yield the arguments of an operation, from its body or its query."""
		body = json_schema(operation.get("requestBody", {}))
		yield from self.rows(body)
		for parameter in map(self.resolve, operation.get("parameters", [])):
			text, required = parameter.get("description", ""), parameter.get("required", False)
			yield Row(parameter["name"], self.type_of(parameter["schema"]), required, text)

	def answer(self, operation: dict[str, Any]) -> Iterator[Row]:
		"""Yield the keys of `message` in the answer; the answer itself if it is not an object."""
		schema = json_schema(self.resolve(operation["responses"]["200"]))
		if not schema:
			return
		message = schema["properties"]["message"]
		if name_of(message) in OBJECTS or "properties" not in self.resolve(message):
			yield Row("message", self.type_of(message), True, self.resolve(message).get("description", ""))
			message = message.get("items", {})
		if name_of(message) not in OBJECTS:
			yield from self.rows(message)

	def rows(self, schema: dict[str, Any], prefix: str = "") -> Iterator[Row]:
		"""Yield the keys of an object, and of the objects inside of it that have no table of their own."""
		schema = self.resolve(schema)
		for name, part in schema.get("properties", {}).items():
			resolved = self.resolve(part)
			path, required = f"{prefix}{name}", name in schema.get("required", [])
			yield Row(path, self.type_of(part), required, resolved.get("description", ""))
			inner, path = (resolved["items"], f"{path}[]") if "items" in resolved else (part, path)
			if name_of(inner) not in OBJECTS:
				yield from self.rows(inner, f"{path}.")

	def type_of(self, schema: dict[str, Any]) -> Markup:
		"""Return what the page says about the type of a value."""
		name, resolved = name_of(schema), self.resolve(schema)
		if name in OBJECTS or name in WORDS:
			return link(name) + (Markup(" or null") if "null" in kinds(resolved) else Markup(""))
		if "const" in resolved:
			return code(resolved["const"])
		if "enum" in resolved:
			return Markup(" or ").join(code(word) for word in resolved["enum"])
		for choices in (resolved.get("oneOf"), resolved.get("anyOf")):
			if choices and "type" not in resolved:
				return self.type_of_choices(choices)
		text = Markup(" or ").join(TYPES.get(kind, kind) for kind in kinds(resolved))
		if "items" in resolved:
			inner = self.type_of(resolved["items"])
			return text + Markup(" of ") + (Markup("objects") if inner == "object" else inner)
		return text + "".join(limits(resolved))

	def type_of_choices(self, choices: list[dict[str, Any]]) -> Markup:
		"""Return what the page says about a value that may have one of several types."""
		if all("const" in choice for choice in choices):
			return Markup("a word of the table of errors")
		return Markup(" or ").join(dict.fromkeys(self.type_of(choice) for choice in choices))

	def examples(self, path: str, operation: dict[str, Any]) -> Iterator[Example]:
		"""Yield the examples of an operation: a request, and the answer of the same name."""
		requests = json_content(operation.get("requestBody", {})).get("examples", {})
		for name, (status, answer) in self.answers(operation).items():
			request = requests.get(name, {})
			head = f"POST {path}\nAuthorization: token API_KEY:API_SECRET"
			body = f"\nContent-Type: application/json\n\n{as_json(request['value'])}" if request else ""
			yield Example(request.get("summary", ""), head + body, status, as_json(answer["value"]))

	def answers(self, operation: dict[str, Any]) -> dict[str, tuple[str, dict[str, Any]]]:
		"""Return name -> status and example of each answer, in the order of the requests."""
		found = {}
		for status, response in operation["responses"].items():
			for name, answer in json_content(self.resolve(response)).get("examples", {}).items():
				found[name] = (status, answer)
		order = list(json_content(operation.get("requestBody", {})).get("examples", {}))
		return dict(sorted(found.items(), key=lambda item: order.index(item[0]) if item[0] in order else -1))

	def refusals(self, operation: dict[str, Any]) -> Iterator[dict[str, Any]]:
		"""Yield the refusals of an operation: status, types of errors, reasons, and when."""
		for status, response in operation["responses"].items():
			response = self.resolve(response)
			error = json_schema(response).get("properties", {}).get("error", {}).get("properties", {})
			if error:
				reasons = error.get("reason", {}).get("enum", [])
				types = error["type"]["enum"]
				yield {"status": status, "types": types, "reasons": reasons, "when": response["description"]}

	def events(self) -> Iterator[dict[str, Any]]:
		"""Yield the events: name, operation, keys of the body, and an example if there is one."""
		for name, verbs in self.description["webhooks"].items():
			operation = verbs["post"]
			content = json_content(operation["requestBody"])
			examples = [as_json(example["value"]) for example in content.get("examples", {}).values()]
			yield {
				"name": name,
				"operation": operation,
				"examples": examples,
				"keys": self.rows(content["schema"]),
			}


def json_content(part: dict[str, Any]) -> dict[str, Any]:
	"""Return the JSON content of a request body or a response."""
	return part.get("content", {}).get("application/json", {})


def json_schema(part: dict[str, Any]) -> dict[str, Any]:
	"""Return the schema of the JSON content of a request body or a response."""
	return json_content(part).get("schema", {})


def name_of(schema: dict[str, Any]) -> str:
	"""Return the name of the schema that a `$ref` points to, or ""."""
	return schema.get("$ref", "").rpartition("/")[2]


def kinds(schema: dict[str, Any]) -> list[str]:
	"""Return the types of a schema as a list."""
	found = schema.get("type", [])
	return [found] if isinstance(found, str) else found


def limits(schema: dict[str, Any]) -> Iterator[str]:
	"""Yield what a value must keep to, beside its type."""
	if "maxLength" in schema:
		yield f", at most {schema['maxLength']:,}"
	if "exclusiveMinimum" in schema:
		yield f" above {schema['exclusiveMinimum']}"
	if "minimum" in schema and "maximum" in schema:
		yield f", {schema['minimum']} to {schema['maximum']:,}"
	elif "minimum" in schema:
		yield f", {schema['minimum']} or more"
	if "default" in schema:
		yield f" (without it: {json.dumps(schema['default'])})"


def code(text: str) -> Markup:
	"""Return a word as HTML's code."""
	return Markup("<code>{}</code>").format(text)


def link(name: str) -> Markup:
	"""Return a link to the table of a schema."""
	return Markup('<a href="#{0}">{0}</a>').format(name)


def as_json(value: Any) -> str:
	"""Return JSON as the page shows it: short objects and lists are in one line."""
	return fold(json.dumps(value, indent=2, ensure_ascii=False))


def fold(text: str, width: int = 88) -> str:
	"""Join the lines of each innermost object and list of indented JSON, if the result is not too long."""

	def join(match: re.Match) -> str:
		joined = re.sub(r"\s*\n\s*", " ", match[0])
		return joined if len(joined) <= width else match[0]

	return re.sub(r"[{\[]\n[^{}\[\]]*[}\]]", join, text)


def render() -> str:
	"""Return the page."""
	description = yaml.safe_load(DESCRIPTION.read_text())
	markdown = MarkdownIt("commonmark").enable("table")
	environment = Environment(
		loader=FileSystemLoader(DOCS),
		autoescape=True,
		undefined=StrictUndefined,
		trim_blocks=True,
		lstrip_blocks=True,
	)
	environment.filters["markdown"] = lambda text: Markup(markdown.render(text))
	environment.filters["inline"] = lambda text: Markup(markdown.renderInline(text))
	template = environment.get_template("page.html.jinja")
	return template.render(api=description, read=Reader(description), OBJECTS=OBJECTS, WORDS=WORDS) + "\n"


if __name__ == "__main__":
	PAGE.write_text(render())
	print(f"{PAGE.relative_to(DOCS.parent)} is made of {DESCRIPTION.relative_to(DOCS.parent)}")
