"""One HTTP call to a Medusa server, and what may go wrong with it.

An answer of Medusa is never shown: it can hold SQL. What leaves this module are our own words. Frappe writes
the local variables of a failed request into the Error Log, so no function here raises while it holds a token.
"""

from dataclasses import dataclass, field
from typing import Any

import frappe
import requests
from frappe import _

from medusa_integration.exceptions import MedusaTimeoutError, MedusaUnavailableError
from medusa_integration.settings import get_settings

CONNECT_TIMEOUT = 5  # seconds
DEFAULT_TIMEOUT = 15  # seconds


@dataclass(frozen=True)
class Answer:
	"""A Medusa answer: HTTP status, the JSON object in it ({} where there was none), and whether it was
	whole.
	"""

	status: int
	body: dict[str, Any] = field(repr=False)  # holds tokens
	is_whole: bool = True

	@property
	def message(self) -> str:
		"""Medusa's own message: to tell cases apart, never to be shown."""
		return str(self.body.get("message") or "")


def post(path: str, body: dict[str, Any], token: str = "") -> Answer:
	"""POST `body` as JSON to a path of the Medusa server; `token` is sent as Bearer.

	Raises MedusaTimeoutError and MedusaUnavailableError where there is no answer at all.
	"""
	return _ask("POST", path, token, json=body)


def get_as_admin(path: str, parameters: dict[str, Any], secret: str) -> Answer:
	"""GET a path of Medusa's admin API with a secret key (`sk_...`). Raises as `post` does."""
	return _ask("GET", path, "", params=parameters, auth=(secret, ""))


def _ask(verb: str, path: str, token: str, **options: Any) -> Answer:
	if not get_settings().medusa_url:
		frappe.throw(_("Medusa Settings name no Medusa URL."), MedusaUnavailableError)
	outcome = _send(verb, path, token, **options)
	if isinstance(outcome, Answer):
		return outcome
	del options  # holds keys
	if issubclass(outcome, requests.Timeout):
		frappe.throw(_("Medusa did not answer in time."), MedusaTimeoutError)
	return frappe.throw(_("Medusa cannot be reached."), MedusaUnavailableError)


def _send(verb: str, path: str, token: str, **options: Any) -> "Answer | type[Exception]":
	"""The answer, or what kept it from coming; `options` are those of requests."""
	settings = get_settings()
	headers = {"x-publishable-api-key": settings.publishable_key or ""}
	if token:
		headers["Authorization"] = f"Bearer {token}"
	timeout = (CONNECT_TIMEOUT, settings.timeout or DEFAULT_TIMEOUT)
	url = settings.medusa_url.rstrip("/") + path
	try:
		response = requests.request(
			verb, url, headers=headers, timeout=timeout, allow_redirects=False, **options
		)
		return read_answer(response)
	except requests.exceptions.ChunkedEncodingError:
		return Answer(200, {}, is_whole=False)
	except (requests.RequestException, UnicodeError) as error:
		return type(error)


def read_answer(response: requests.Response) -> Answer:
	"""The answer in a response; one that is no JSON object counts as not whole."""
	try:
		body = response.json()
	except ValueError:
		body = None
	is_whole = isinstance(body, dict)
	return Answer(response.status_code, body if is_whole else {}, is_whole)


def unavailable() -> None:
	"""Raise MedusaUnavailableError for an answer that tells nothing about the customer."""
	frappe.throw(_("Medusa could not do what was asked."), MedusaUnavailableError)
