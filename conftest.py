"""Tests outside a bench run on the sandbox: one embedded site for the whole run."""

import pytest

import sandbox.setup

# isort: split
import frappe


@pytest.fixture(scope="session", autouse=True)
def site(tmp_path_factory):
	"""A fresh site, connected to as Administrator."""
	path = tmp_path_factory.mktemp("site") / "site.db"
	sandbox.setup.make_site(path)
	frappe.flags.in_test = True
	yield path
	frappe.destroy()
