"""Hooks before and after each request to the app's methods: they limit what Frappe logs and answers."""

import json
import re
from typing import Any

import frappe
from frappe import _
from redis.exceptions import RedisError

from medusa_integration.constants import API, APP
from medusa_integration.declarations import Declaration, declaration_of
from medusa_integration.rest.errors import from_envelope

OF_FRAPPE = ("cmd", "csrf_token", "sid", "_lang")  # arguments that Frappe itself reads
API_METHOD = re.compile(rf"{re.escape(API)}\.([a-z]\w*)")


def disable_tracebacks() -> None:
	"""Keep Frappe 15 from sending tracebacks to callers of the app's methods.

	Tracebacks contain paths of the server. The hook runs before each request.
	"""
	if f"{APP}." in f"{frappe.request.path} {frappe.form_dict.get('cmd')}":
		frappe.local.flags.disable_traceback = True
		# Frappe turns 429 into a 500 page for clients that accept HTML; is_ajax forces JSON
		frappe.local.is_ajax = True


def drop_unknown_arguments() -> None:
	"""Drop every argument, and every key inside an argument, that the called method does not read.

	The hook runs before each request. Their names are sent back as `ignored`: a misspelled argument would
	go unnoticed otherwise. Frappe ignores unknown arguments too, but copies them into the Error
	Log when a call fails; one of them may be a password. If a method of another app replaces the called
	method, nothing is dropped, because that method may read more.
	"""
	named = API_METHOD.findall(f"{frappe.form_dict.get('cmd')} {frappe.request.path}")
	if not named:
		return
	overridden = frappe.get_hooks("override_whitelisted_methods")
	declarations = [found for name in named if (found := declaration_of(name))]
	if not declarations or any(f"{API}.{name}" in overridden for name in named):
		return
	sent = frappe.local.form_dict
	ignored = [name for found in declarations for name in found.ignored(sent) if name not in OF_FRAPPE]
	if ignored:
		frappe.local.response["ignored"] = ignored
	frappe.local.form_dict = known_arguments(declarations, sent)
	sent.clear()  # Frappe's Recorder still refers to it, and logs it


def known_arguments(declarations: list[Declaration], sent: dict[str, Any]) -> frappe._dict:
	"""Return the arguments that all of the called methods read, and `cmd`.

	There are two called methods if `cmd` and the path name different ones: Frappe 15 calls one of them,
	Frappe 16 the other.
	"""
	known = sent
	for declaration in declarations:
		known = declaration.known(known)
	command = {"cmd": sent["cmd"]} if "cmd" in sent else {}
	return frappe._dict({**command, **known})


def complete_error_response(response: Any = None, request: Any = None) -> None:
	"""Add the error as data to refusals that the app's methods did not make, without tracebacks.

	The hook runs after each request.
	"""
	called = f"{request.path} {getattr(frappe.local, 'form_dict', {}).get('cmd')}" if request else ""
	if response is None or response.status_code < 400 or f"{APP}." not in called:
		return
	body = response.get_json(silent=True)
	if not frappe.local.flags.disable_traceback:
		body = sanitize_error_response(response, request, body)
	if isinstance(body, dict) and "error" not in body:
		response.set_data(json.dumps({**body, "error": from_envelope(body)}))
		response.mimetype = "application/json"


def sanitize_error_response(response: Any, request: Any, body: Any) -> Any:
	"""Return the body of an error without tracebacks, for a request that failed before `before_request`.

	If Frappe 15 cannot read a body, it answers 500, with a traceback and paths of the server. Frappe 16
	answers 417 without them, and so does this function.
	"""
	if response.status_code == 500 and is_unreadable(request):
		delete_logs_of_unreadable_bodies()
		response.status_code = 417
		message = {"message": _("The body of the request cannot be read."), "raise_exception": 1}
		return {"exc_type": "DataError", "_server_messages": json.dumps([json.dumps(message)])}
	if not body and "Traceback" in response.get_data(as_text=True):
		return {"exc_type": "Exception"}
	if not isinstance(body, dict):
		return body
	return {key: value for key, value in body.items() if key not in ("exc", "exception")}


def is_unreadable(request: Any) -> bool:
	"""Return whether the body of a request is not JSON, although its Content-Type says so."""
	if not request.is_json:
		return False
	try:
		json.loads(request.get_data(as_text=True))
	except (ValueError, RecursionError):
		return True
	return False


def delete_logs_of_unreadable_bodies() -> None:
	"""Delete the Error Log entries that Frappe 15 queued for an unreadable body.

	They contain the body, which may contain a password. The entries wait in Redis for a job that inserts
	them.
	"""
	try:
		cache: Any = frappe.cache
		waiting = "insert_queue_for_Error Log"
		for entry in cache.lrange(waiting, 0, -1):
			if b"make_form_dict" in entry:
				cache.lrem(cache.make_key(waiting), 0, entry)
	except RedisError:
		return  # then nothing was queued either


def set_retry_after(response: Any = None, request: Any = None) -> None:
	"""Set the header Retry-After of an answer: how many seconds a caller who reached a limit should wait."""
	if response is not None and frappe.flags.get("medusa_retry_after"):
		response.headers["Retry-After"] = str(frappe.flags.medusa_retry_after)
