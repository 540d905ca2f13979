"""Hooks before and after each request to the app's methods: they limit what Frappe logs and answers."""

import json
import re
from typing import Any

import frappe
from frappe import _
from redis.exceptions import RedisError

from medusa_integration.constants import API, APP
from medusa_integration.declarations import Declaration, declaration_of

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

	The hook runs before each request. Frappe ignores unknown arguments too, but copies them into the Error
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


def sanitize_error_response(response: Any = None, request: Any = None) -> None:
	"""Remove tracebacks from answers of Frappe 15 to requests that failed before `before_request`.

	The hook runs after each request. If Frappe 15 cannot read a body, it answers 500, with a traceback and
	paths of the server. Frappe 16 answers 417 without them, and so does this function.
	"""
	was_reached = frappe.local.flags.disable_traceback
	if response is None or was_reached or response.status_code < 400 or f"{APP}." not in request.path:
		return
	body = response.get_json(silent=True)
	if response.status_code == 500 and is_unreadable(request):
		delete_logs_of_unreadable_bodies()
		response.status_code = 417
		message = {"message": _("The body of the request cannot be read."), "raise_exception": 1}
		body = {"exc_type": "DataError", "_server_messages": json.dumps([json.dumps(message)])}
	elif not body and "Traceback" in response.get_data(as_text=True):
		body = {"exc_type": "Exception"}
	if isinstance(body, dict):
		clean = {key: value for key, value in body.items() if key not in ("exc", "exception")}
		response.set_data(json.dumps(clean))
		response.mimetype = "application/json"


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
