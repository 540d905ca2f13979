"""CONTRIBUTING.md's section "A new method", followed as it is written in a copy of the repository."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SECTION = "## A new method"
DECLARATIONS = "medusa_integration/tests/test_declarations.py"


def blocks() -> dict[str, str]:
	"""Return the section's blocks of code, by the file that the text before each names last."""
	section = (ROOT / "CONTRIBUTING.md").read_text().split(SECTION)[1].split("\n## ")[0]
	parts = re.split(r"```\w*\n(.*?)```", section, flags=re.DOTALL)
	paths = [re.findall(r"`([\w/]+\.\w+)`", text)[-1] for text in parts[:-1:2]]
	return dict(zip(paths, parts[1::2], strict=True))


@pytest.fixture
def copy(tmp_path):
	"""A copy of the repository with the new method."""
	left_out = shutil.ignore_patterns(".*", "node_modules", "__pycache__")
	shutil.copytree(ROOT, tmp_path / "copy", ignore=left_out)
	for path, text in blocks().items():
		with (tmp_path / "copy" / path).open("a") as file:
			file.write(f"\n\n{text}")
	return tmp_path / "copy"


def run_tests(copy: Path, *paths: str) -> subprocess.CompletedProcess:
	"""Run tests of the copy, as a developer would."""
	command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *paths]
	return subprocess.run(command, cwd=copy, capture_output=True, text=True, timeout=300)


def edit(copy: Path, path: str, old: str, new: str) -> None:
	text = (copy / path).read_text()
	assert old in text
	(copy / path).write_text(text.replace(old, new))


def test_method_works_everywhere_once_it_is_written_down(copy):
	outer = ("tests/http/test_access_table.py", "tests/test_description.py")
	result = run_tests(copy, "medusa_integration/tests/test_notes.py", DECLARATIONS, *outer)
	assert result.returncode == 0, result.stdout[-3000:]


def test_key_that_is_not_declared_is_named(copy):
	edit(copy, "medusa_integration/api.py", '(reads={"note": ("text",)})', "()")
	result = run_tests(copy, DECLARATIONS)
	assert "declare what add_note reads" in result.stdout


def test_example_that_is_missing_is_named(copy):
	edit(copy, "medusa_integration/tests/methods.py", 'EXAMPLES["add_note"]', "OTHER")
	result = run_tests(copy, DECLARATIONS)
	assert "add an example of the method" in result.stdout


def test_method_that_is_not_described_is_named(copy):
	edit(copy, "docs/openapi.yaml", "medusa_integration.api.add_note:", "medusa_integration.api.add_notes:")
	result = run_tests(copy, "tests/test_description.py")
	assert "describe the method in docs/openapi.yaml" in result.stdout
	assert "add_note" in result.stdout
