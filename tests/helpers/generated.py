"""Calls that schemathesis generates from docs/openapi.yaml, for the sandbox and for a live bench."""

from functools import cache
from typing import Any
from urllib.parse import urlencode

import schemathesis
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
	content_type_conformance,
	response_schema_conformance,
	status_code_conformance,
)

from helpers.description import FILE

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
# a site without a program for PDF files is not broken; a Medusa that is down is not this server's error
EXPECTED = ["2xx", "3xx", "4xx", "501", "502", "503", "504"]
LONGEST_QUERY = 3900  # characters; gunicorn itself refuses a request line of more than 4094
MODES = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]


@cache
def operations() -> dict[str, Any]:
	"""Return the operations as schemathesis reads them, under "POST sign_up" and so on."""
	schema = schemathesis.openapi.from_path(FILE)
	schema.config.checks.not_a_server_error.expected_statuses = EXPECTED
	found = [result.ok() for result in schema.get_all_operations()]
	return {f"{one.method.upper()} {one.path.rpartition('.')[2]}": one for one in found}


def check(label: str, mode: GenerationMode, url: str, token: str, known: dict[str, Any], most: int) -> None:
	"""Call an operation up to `most` times, the same calls in each run, and check the answers.

	Half of the calls get the `known` arguments, which name records that exist.
	"""

	@settings(
		max_examples=most,
		derandomize=True,
		database=None,
		deadline=None,
		phases=[Phase.generate],
		suppress_health_check=list(HealthCheck),
	)
	@given(case=operations()[label].as_strategy(mode), is_known=st.booleans())
	def call(case: Any, is_known: bool) -> None:
		for sent in (case.body, case.query):
			if is_known and isinstance(sent, dict):
				sent.update({name: value for name, value in known.items() if name in sent})
		assume(len(urlencode(case.query or {}, doseq=True)) < LONGEST_QUERY)
		case.call_and_validate(base_url=url, headers={"Authorization": f"token {token}"}, checks=CHECKS)

	call()
