"""The declaration of a method: what it reads of a request.

The names of its arguments are those of its function. If an argument is an object, or a list of objects, the
decorator of the method (`rest/endpoint.py`) names the keys that the method reads in it:
`reads={"note": ("text", "author")}`. All other keys are dropped before the method runs. The declaration also
determines what may be logged, which arguments a form sends as JSON text, and whether a call may be repeated.
"""

import json
from collections.abc import Callable, Mapping
from importlib import import_module
from inspect import isfunction, signature
from typing import Any, NamedTuple

from medusa_integration.constants import API

# argument -> the keys that the method reads in it
Reads = Mapping[str, tuple[str, ...]]
POST = ("POST",)
MAX_IGNORED = 20  # names of ignored arguments in an answer
MAX_PATH = 140  # characters of such a name
SECRETS = ("password",)  # arguments that are never stored
MAX_LENGTH = 1000  # characters of a text, rows of a list: what is stored of a call


class Declaration(NamedTuple):
	"""How a method is called: its HTTP `verbs`, its `arguments`, and the keys that it `reads` inside of them.

	`is_logged`: its failures are rows of Medusa Sync Log.
	"""

	verbs: tuple[str, ...]
	arguments: tuple[str, ...]
	reads: Reads
	is_logged: bool

	@property
	def is_repeatable(self) -> bool:
		"""Return whether Retry may repeat a failed call: only if the method may change documents."""
		return self.is_logged and self.verbs == POST

	def known(self, sent: Mapping[str, Any]) -> dict[str, Any]:
		"""Return the part of a request that the method reads, with the JSON text of a form parsed."""
		return {
			name: known_value(sent[name], self.reads.get(name)) for name in self.arguments if name in sent
		}

	def ignored(self, sent: Mapping[str, Any]) -> list[str]:
		"""Return the paths of what a request contains and the method does not read, at most MAX_IGNORED."""
		paths = [name for name in sent if name not in self.arguments]
		for name, keys in self.reads.items():
			paths += unknown_paths(name, parse(sent.get(name)), keys)
		return [path[:MAX_PATH] for path in paths[:MAX_IGNORED]]

	def loggable(self, sent: Mapping[str, Any]) -> dict[str, Any]:
		"""Return the part of a request that may be stored: without secrets, and shortened to MAX_LENGTH."""
		known = {name: value for name, value in self.known(sent).items() if name not in SECRETS}
		# a text in the place of an object is not valid JSON, and may contain a secret
		unreadable = {name: None for name in self.reads if isinstance(known.get(name), str)}
		return shorten({**known, **unreadable})


def declare(
	function: Callable, verbs: tuple[str, ...], reads: Reads | None = None, *, is_logged: bool = False
) -> Declaration:
	"""Return the declaration of a method of the app."""
	return Declaration(verbs, tuple(signature(function).parameters), reads or {}, is_logged)


def declaration_of(method: str) -> Declaration | None:
	"""Return the declaration of a method of `api.py`, by its name; None if there is no such method."""
	# by its path: api.py imports this module
	function = vars(import_module(API)).get(method)
	return vars(function).get("declaration") if isfunction(function) else None


def repeatable_methods() -> list[str]:
	"""Return the names of the methods whose failed calls can be repeated."""
	return [
		name for name in vars(import_module(API)) if (found := declaration_of(name)) and found.is_repeatable
	]


def known_value(value: Any, keys: tuple[str, ...] | None) -> Any:
	"""Return the part of an argument that the method reads."""
	if keys is None:
		return without_content(value)
	value = parse(value)
	if isinstance(value, list):
		return [known_keys(row, keys) for row in value]
	return known_keys(value, keys)


def known_keys(value: Any, keys: tuple[str, ...]) -> Any:
	"""Return an object with only the keys that the method reads."""
	if not isinstance(value, dict):
		return without_content(value)
	return {key: without_content(part) for key, part in value.items() if key in keys}


def without_content(value: Any) -> Any:
	"""Return a text or a number unchanged; return an empty object or list in place of one with content.

	The method expects a text or a number, so it will refuse the value. The content may be a secret.
	"""
	return type(value)() if isinstance(value, dict | list) else value


def unknown_paths(name: str, value: Any, keys: tuple[str, ...]) -> list[str]:
	"""Return the paths of the keys inside an argument, or inside the rows of a list, that are not read.

	Lists inside of lists are not searched: nothing in them is read, and they may be thousands deep.
	"""
	rows = value if isinstance(value, list) else []
	paths = [path for index, row in enumerate(rows) for path in unknown_keys(f"{name}[{index}]", row, keys)]
	return paths or unknown_keys(name, value, keys)


def unknown_keys(name: str, value: Any, keys: tuple[str, ...]) -> list[str]:
	"""Return the paths of the keys of an object that are not read."""
	return [f"{name}.{key}" for key in value if key not in keys] if isinstance(value, dict) else []


def parse(value: Any) -> Any:
	"""Return the value of a JSON text, as forms send objects; return anything else unchanged."""
	if not isinstance(value, str):
		return value
	try:
		return json.loads(value)
	except (ValueError, RecursionError):
		return value


def shorten(value: Any) -> Any:
	"""Return a value with its texts and lists cut to MAX_LENGTH."""
	if isinstance(value, dict):
		return {key: shorten(part) for key, part in value.items()}
	if isinstance(value, list):
		return [shorten(part) for part in value[:MAX_LENGTH]]
	return value[:MAX_LENGTH] if isinstance(value, str) else value
