"""What nobody should send: refused, and nothing changes."""

import pytest
import requests
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


def records(bench) -> dict[str, tuple]:
	"""How many there are of each kind, and when the last was changed."""
	found = {}
	for doctype in DOCTYPES:
		newest = {"doctype": doctype, "fields": ["name", "modified"], "order_by": "modified desc"}
		last = bench.method("frappe.client.get_list", **newest, limit_page_length=1)
		found[doctype] = (bench.method("frappe.client.get_count", doctype=doctype), last)
	return found


@pytest.mark.parametrize("name", CASES)
def test_is_refused_and_changes_nothing(bench, name):
	before = records(bench)
	for method in METHODS:
		token = bench.clerk if method == "link_medusa_lead" else bench.storefront
		options = dict(CASES[name])
		headers = {"Authorization": f"token {token}", **options.pop("headers", {})}
		url = f"{bench.url}/api/method/medusa_integration.api.{method}"
		verb = options.pop("verb", "POST")
		check(requests.request(verb, url, headers=headers, timeout=120, **options), name)
	assert records(bench) == before
