"""What nobody should send: refused, and nothing changes."""

import sys
from pathlib import Path

import pytest
import requests

sys.path.insert(0, str(Path(__file__).parents[1]))

from rubbish import CASES, check

METHODS = (
	"sign_up",
	"insert_lead",
	"create_quotation",
	"update_quotation",
	"update_address",
	"fetch_all_customers",
	"link_medusa_lead",
)
DOCTYPES = ("Lead", "Customer", "Contact", "Address", "Quotation", "Sales Order", "Medusa Sync Log")


def counts(bench) -> dict[str, int]:
	return {doctype: bench.method("frappe.client.get_count", doctype=doctype) for doctype in DOCTYPES}


@pytest.mark.parametrize("name", CASES)
def test_is_refused_and_changes_nothing(bench, name):
	before = counts(bench)
	for method in METHODS:
		token = bench.clerk if method == "link_medusa_lead" else bench.storefront
		options = dict(CASES[name])
		headers = {"Authorization": f"token {token}", **options.pop("headers", {})}
		url = f"{bench.url}/api/method/medusa_integration.api.{method}"
		verb = options.pop("verb", "POST")
		check(requests.request(verb, url, headers=headers, timeout=120, **options), name)
	assert counts(bench) == before
