"""locale/main.pot holds every text of the app that users see: `bench generate-pot-file` makes it.

Each po file beside it translates all of them, and the csv files are made of the po files.
"""

import ast
import csv
import json
import re
import runpy
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
APP = ROOT / "medusa_integration"
MAKE_CSV = runpy.run_path(str(ROOT / "docs" / "make_csv.py"))
TEMPLATE = MAKE_CSV["read_messages"](APP / "locale" / "main.pot")
LANGUAGES = sorted(path.stem for path in APP.glob("locale/*.po"))
WHAT_TO_DO = "run: bench generate-pot-file --app medusa_integration"
# what a translation keeps as it is: {0}, and HTML tags
KEPT = re.compile(r"\{\w*\}|</?[a-z][^<>]*>")


def template() -> set[str]:
	"""Return the texts in main.pot."""
	return {text for text, _context in TEMPLATE}


def po_file(language: str) -> Path:
	"""Return the path of the translations into a language."""
	return APP / "locale" / f"{language}.po"


def texts_of_python() -> Iterator[str]:
	"""Yield the literal texts of each call of `_` and `N_`."""
	for path in APP.rglob("*.py"):
		if "tests" in path.parts:
			continue
		for node in ast.walk(ast.parse(path.read_text())):
			if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("_", "N_"):
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


def test_arabic_is_there():
	assert "ar" in LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
class TestTranslations:
	def test_all_is_translated_and_nothing_else(self, language):
		translated = {key for key, text in MAKE_CSV["read_messages"](po_file(language)).items() if text}
		what_to_do = f"translate what is missing in {language}.po, and remove what main.pot does not have"
		assert sorted(TEMPLATE.keys() ^ translated) == [], what_to_do

	def test_placeholders_and_tags_are_kept(self, language):
		different = [
			(text, translation)
			for (text, _context), translation in MAKE_CSV["read_messages"](po_file(language)).items()
			if Counter(KEPT.findall(text)) != Counter(KEPT.findall(translation))
		]
		assert different == []

	def test_has_no_space_at_its_ends(self, language):
		"""Frappe 15 strips what it reads from csv files."""
		messages = MAKE_CSV["read_messages"](po_file(language))
		assert [text for text in messages.values() if text != text.strip()] == []

	def test_nothing_is_marked_as_uncertain(self, language):
		"""Frappe does not compile messages that are fuzzy."""
		assert re.findall(r"^#,.*fuzzy.*$", po_file(language).read_text(), re.MULTILINE) == []

	def test_csv_is_up_to_date(self, language):
		path = MAKE_CSV["path_of_csv"](po_file(language))
		assert path.read_text() == MAKE_CSV["render"](po_file(language)), "run: make locale"

	def test_csv_says_the_same_to_frappe(self, language):
		path = MAKE_CSV["path_of_csv"](po_file(language))
		rows = list(csv.reader(path.read_text().splitlines()))
		read = {(row[0], row[2] if len(row) == 3 else ""): row[1] for row in rows}
		assert read == MAKE_CSV["read_messages"](po_file(language))


def test_csv_of_no_language_is_left_over():
	assert sorted(path.stem for path in APP.glob("translations/*.csv")) == LANGUAGES
