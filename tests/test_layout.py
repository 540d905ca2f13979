"""The directions in which modules import each other, as pyproject.toml declares them."""

from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports


def test_import_contracts():
	assert lint_imports(no_cache=True, no_logo=True) == EXIT_STATUS_SUCCESS, "see the contract printed above"
