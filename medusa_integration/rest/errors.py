"""Errors as data: one plain object, `error`, beside Frappe's envelope of every refusal.

Its keys are `type` (the class of the error, as in `exc_type`), `message` (without markup), `fields` (every
wrong argument with `name`, `code` and `message`) and `retry_after` (seconds, or None). Where they help, there
are also `reason`, `current` and `ids`: see `exceptions.throw`.
"""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

import frappe
from frappe import _

from medusa_integration.exceptions import as_plain_text, details_of


def answer_errors(function: Callable) -> Callable:
	"""Make a function add the error that it raises, as data, to the answer of the request."""

	@wraps(function)
	def call(*args: Any, **kwargs: Any) -> Any:
		try:
			return function(*args, **kwargs)
		except Exception as error:
			frappe.local.response["error"] = as_data(error)
			raise

	return call


def as_data(error: Exception) -> dict[str, Any]:
	"""Return an error as data.

	The message of an error that is not a refusal is not sent, because it may name what is inside the server.
	"""
	is_refusal = getattr(error, "http_status_code", 500) != 500
	message = as_plain_text(str(error)) if is_refusal else _("The server could not process the request.")
	return {**base(type(error).__name__, message or _("Not permitted")), **details_of(error)}


def base(kind: str, message: str) -> dict[str, Any]:
	"""Return the keys that every error has."""
	pause = frappe.flags.get("medusa_retry_after")
	return {"type": kind, "message": message, "fields": [], "retry_after": pause}


def from_envelope(body: dict[str, Any]) -> dict[str, Any]:
	"""Return the error as data for a refusal that Frappe made before the app was reached.

	`body` is Frappe's envelope: `exc_type` and `_server_messages`, or `errors` in its second version.
	"""
	(first, *_others) = body.get("errors") or [{}]
	messages = json.loads(body.get("_server_messages") or "[]")
	texts = [json.loads(message).get("message") for message in messages] or [first.get("message")]
	kind = body.get("exc_type") or first.get("type") or "Exception"
	message = as_plain_text("<br>".join(str(text) for text in texts if text))
	return base(kind, message or unexplained(kind))


def unexplained(kind: str) -> str:
	"""Return the message of a refusal for which Frappe gives none."""
	if kind == "AuthenticationError":
		return _("The token is wrong, or its user is disabled.")
	return _("The request was refused.")
