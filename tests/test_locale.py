"""locale/main.pot holds every text of the app that users see: `bench generate-pot-file` makes it."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

APP = Path(__file__).parent.parent / "medusa_integration"
WHAT_TO_DO = "run: bench generate-pot-file --app medusa_integration"


def template() -> set[str]:
	"""Return the texts in main.pot."""
	entries = re.findall(r'^msgid ((?:".*"\n)+)', (APP / "locale" / "main.pot").read_text(), re.MULTILINE)
	return {"".join(json.loads(line) for line in entry.splitlines()) for entry in entries}


def texts_of_python() -> Iterator[str]:
	"""Yield the literal texts of each call of `_`."""
	for path in APP.rglob("*.py"):
		if "tests" in path.parts:
			continue
		for node in ast.walk(ast.parse(path.read_text())):
			if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_":
				if isinstance(node.args[0], ast.Constant):
					yield node.args[0].value


def texts_of_javascript() -> Iterator[str]:
	"""Yield the literal texts of each call of `__`."""
	for path in APP.rglob("*.js"):
		yield from map(json.loads, re.findall(r'__\(\s*("(?:[^"\\]|\\.)*")', path.read_text()))


def texts_of_doctypes() -> Iterator[str]:
	"""Yield the labels and descriptions of the DocTypes' fields."""
	for path in APP.glob("medusa_integration/doctype/*/*.json"):
		for field in json.loads(path.read_text())["fields"]:
			yield from filter(None, (field.get("label"), field.get("description")))


def test_messages_of_python():
	assert sorted(set(texts_of_python()) - template()) == [], WHAT_TO_DO


def test_messages_of_javascript():
	assert sorted(set(texts_of_javascript()) - template()) == [], WHAT_TO_DO


def test_labels_and_descriptions():
	assert sorted(set(texts_of_doctypes()) - template()) == [], WHAT_TO_DO
