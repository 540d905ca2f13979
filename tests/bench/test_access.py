"""docs/access.md, on a live bench."""

import pytest
import requests
from helpers import medusa_customer
from helpers.access_table import ARGUMENTS, CALLERS, GUESTS, rows


@pytest.fixture(scope="module")
def tokens(bench):
	roles = {"user without role": [], **{role: [role] for role in CALLERS[3:]}}
	return {**dict.fromkeys(GUESTS, ""), **{name: bench.make_user(*some) for name, some in roles.items()}}


@pytest.mark.parametrize("caller", CALLERS)
def test_status(bench, tokens, caller):
	headers = {"Authorization": f"token {tokens[caller]}"} if tokens[caller] else {}
	answers = {}
	with bench.settings(guest_access=int(caller == "guest, switch on"), event_url=""):
		for method in rows():
			url = f"{bench.url}/api/method/{method}"
			arguments = ARGUMENTS.get(method, {})
			answers[method] = requests.post(url, json=arguments, headers=headers, timeout=60).status_code
	assert answers == {method: statuses[CALLERS.index(caller)] for method, statuses in rows().items()}


def test_frappes_own_methods_do_not_call_ours_by_get(bench):
	"""As `make_mapped_doc` does with a session's cookie, and so without the CSRF token."""
	path = "frappe.model.mapper.make_mapped_doc"
	for method in ("retries.retry", "api.link_medusa_lead", "api.update_quotation"):
		call = {"method": f"medusa_integration.{method}", "source_name": "x"}
		response = bench.admin.get(f"{bench.url}/api/method/{path}", params=call, timeout=60)
		assert (response.status_code, response.json()["exc_type"]) == (403, "PermissionError"), method


def test_fields_of_the_app_are_not_written_over_rest(bench):
	lead = bench.shop("insert_lead", data=medusa_customer())
	url = f"{bench.url}/api/resource/Lead/{lead}"
	response = bench.admin.put(url, json={"medusa_id": "cus_forged"}, timeout=60)
	assert (response.status_code, response.json()["exc_type"]) == (403, "PermissionError")
