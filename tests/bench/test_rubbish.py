"""What nobody should send: refused, and nothing changes."""

import pytest
from helpers import METHODS, call
from helpers.rubbish import CASES, check


@pytest.mark.parametrize("name", CASES)
def test_is_refused_and_changes_nothing(bench, name):
	before = bench.records()
	for method in METHODS:
		token = bench.clerk if method == "link_medusa_lead" else bench.storefront
		check(call(bench.url, method, token, **CASES[name]), name)
	assert bench.records() == before
