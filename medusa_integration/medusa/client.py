"""HTTP requests to a Medusa server, and their errors.

Medusa's answers are never shown to anybody, because they can contain SQL: the messages of errors are the
app's own. Frappe writes the local variables of a failed request into the Error Log. So that no token gets
there, `_send` returns the class of an exception instead of raising it, and `sign_up.register` raises errors
without their traceback.
"""

from dataclasses import dataclass, field
from typing import Any, NoReturn

import frappe
import requests
from frappe import _

from medusa_integration.exceptions import MedusaTimeoutError, MedusaUnavailableError
from medusa_integration.settings import get_settings

CONNECT_TIMEOUT = 5  # seconds
DEFAULT_TIMEOUT = 15  # seconds


@dataclass(frozen=True)
class Answer:
	"""An answer of Medusa.

	It has the HTTP status, the JSON object in the answer ({} if there was none), whether it was complete, and
	the header Date.
	"""

	status: int
	body: dict[str, Any] = field(repr=False)  # holds tokens
	is_complete: bool = True
	date: str = ""

	@property
	def message(self) -> str:
		"""Return Medusa's own message. It is used only to distinguish cases, and never shown."""
		return str(self.body.get("message") or "")


def post(path: str, body: dict[str, Any], token: str = "") -> Answer:
	"""POST `body` as JSON to a path of the Medusa server; `token` is sent as Bearer token.

	Returns any answer of Medusa, whatever its status. Raises MedusaTimeoutError and MedusaUnavailableError if
	there is no answer.
	"""
	return _request("POST", path, token, json=body)


def get(path: str, parameters: dict[str, Any]) -> Answer:
	"""GET a path of the Medusa server. Raises as `post` does."""
	return _request("GET", path, "", params=parameters)


def get_as_admin(path: str, parameters: dict[str, Any], secret: str) -> Answer:
	"""GET a path of Medusa's admin API with a secret key (`sk_...`). Raises as `post` does."""
	return _request("GET", path, "", params=parameters, auth=(secret, ""))


def _request(verb: str, path: str, token: str, **options: Any) -> Answer:
	if not get_settings().medusa_url:
		frappe.throw(_("Medusa Settings have no Medusa URL."), MedusaUnavailableError)
	outcome = _send(verb, path, token, **options)
	if isinstance(outcome, Answer):
		return outcome
	del options, token  # hold secrets
	if issubclass(outcome, requests.Timeout):
		frappe.throw(_("Medusa did not answer in time."), MedusaTimeoutError)
	frappe.throw(_("Medusa cannot be reached."), MedusaUnavailableError)


def _send(verb: str, path: str, token: str, **options: Any) -> "Answer | type[Exception]":
	"""Return the answer, or the class of the exception if there is none.

	`options` are those of `requests.request`.
	"""
	settings = get_settings()
	headers = {"x-publishable-api-key": settings.publishable_key or ""}
	if token:
		headers["Authorization"] = f"Bearer {token}"
	timeout = (CONNECT_TIMEOUT, settings.timeout or DEFAULT_TIMEOUT)
	url = (settings.medusa_url or "").rstrip("/") + path
	try:
		response = requests.request(
			verb, url, headers=headers, timeout=timeout, allow_redirects=False, **options
		)
		return read_answer(response)
	except requests.exceptions.ChunkedEncodingError:
		return Answer(200, {}, is_complete=False)
	except (requests.RequestException, UnicodeError) as error:
		return type(error)


def read_answer(response: requests.Response) -> Answer:
	"""Return the answer in a response. It is incomplete if the body is not a JSON object."""
	try:
		body = response.json()
	except ValueError:
		body = None
	is_complete = isinstance(body, dict)
	date = response.headers.get("Date") or ""
	return Answer(response.status_code, body if is_complete else {}, is_complete, date)


def throw_unavailable() -> NoReturn:
	"""Raise MedusaUnavailableError for an answer that says nothing about the customer."""
	frappe.throw(_("Medusa could not process the request."), MedusaUnavailableError)
