"""docs/api.html is made of docs/openapi.yaml, and opens without the internet."""

import re
import runpy
from pathlib import Path

import pytest

DOCS = Path(__file__).parent.parent / "docs"
PAGE = (DOCS / "api.html").read_text()
MAKE_PAGE = runpy.run_path(str(DOCS / "make_page.py"))


def test_is_up_to_date():
	assert MAKE_PAGE["render"]() == PAGE, "run: make docs"


@pytest.mark.parametrize("word", ["<script", "<link", "<img", "<iframe", " src=", "@import", "url(", "<base"])
def test_needs_no_other_file(word):
	assert word not in PAGE


def test_links_lead_somewhere():
	targets = {f"#{name}" for name in re.findall(r'\bid="([^"]+)"', PAGE)}
	links = set(re.findall(r'href="([^"]+)"', PAGE))
	broken = {link for link in links - targets if link.startswith("#") or not (DOCS / link).is_file()}
	assert broken == set()


def test_names_are_unique():
	names = re.findall(r'\bid="([^"]+)"', PAGE)
	assert sorted(names) == sorted(set(names))


def test_examples_are_short_lines():
	"""Objects and lists without others inside are in one line, if they are not too long."""
	text = MAKE_PAGE["as_json"]({"items": [{"sku": "TEA-100", "quantity": 2}], "ids": [], "note": "x" * 100})
	lines = ["{", '  "items": [', '    { "sku": "TEA-100", "quantity": 2 }', "  ],", '  "ids": [],']
	assert text.split("\n")[:5] == lines
