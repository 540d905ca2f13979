"""docs/access.md, on a live bench."""

import pytest
import requests
from access_table import ARGUMENTS, CALLERS, GUESTS, rows


@pytest.fixture(scope="module")
def tokens(bench):
	roles = {"user without role": [], **{role: [role] for role in CALLERS[3:]}}
	return {**dict.fromkeys(GUESTS, ""), **{name: bench.make_user(*some) for name, some in roles.items()}}


@pytest.mark.parametrize("caller", CALLERS)
def test_status(bench, tokens, caller):
	headers = {"Authorization": f"token {tokens[caller]}"} if tokens[caller] else {}
	answers = {}
	with bench.settings(guest_access=int(caller == "guest, switch on")):
		for method in rows():
			url = f"{bench.url}/api/method/{method}"
			arguments = ARGUMENTS.get(method, {})
			answers[method] = requests.post(url, json=arguments, headers=headers, timeout=60).status_code
	assert answers == {method: statuses[CALLERS.index(caller)] for method, statuses in rows().items()}
