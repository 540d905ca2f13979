"""Around each request to the app's methods: what Frappe may log of it, and what it may say about it."""

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
	"""Before each request: keep Frappe 15 from sending tracebacks, with server paths, to callers of the app's
	methods.
	"""
	if f"{APP}." in f"{frappe.request.path} {frappe.form_dict.get('cmd')}":
		frappe.local.flags.disable_traceback = True
		# Frappe turns 429 into a 500 page for clients that accept HTML; is_ajax forces JSON
		frappe.local.is_ajax = True


def drop_unknown_arguments() -> None:
	"""Before each request: drop every argument that the called method does not declare, and every key inside
	an argument that it does not read.

	Frappe ignores unknown arguments too, but copies them into the Error Log when a call fails; one of them
	may be a password. A method of another app that replaces one of ours may read more, and is left alone.
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
	sent.clear()  # Frappe's Recorder, which logs the request too, holds it


def known_arguments(declarations: list[Declaration], sent: dict[str, Any]) -> frappe._dict:
	"""Return what all of the called methods read, and `cmd`.

	If `cmd` names another method than the path, Frappe 15 calls the one and Frappe 16 the other.
	"""
	known = sent
	for declaration in declarations:
		known = declaration.known(known)
	command = {"cmd": sent["cmd"]} if "cmd" in sent else {}
	return frappe._dict({**command, **known})


def sanitize_error_response(response: Any = None, request: Any = None) -> None:
	"""After each request: remove tracebacks from Frappe 15's answer to a request that failed before
	`before_request` was reached.

	It answers 500 to a body that it cannot read, with a traceback and the server's paths. Frappe 16 answers
	417 without them, and so does this.
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
	"""Return whether a request claims to hold JSON, and does not."""
	if not request.is_json:
		return False
	try:
		json.loads(request.get_data(as_text=True))
	except (ValueError, RecursionError):
		return True
	return False


def delete_logs_of_unreadable_bodies() -> None:
	"""Delete the Error Log entries that Frappe 15 queued for an unreadable body: they contain the body, and
	so a password.

	The entries wait in Redis for a job that inserts them.
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
	"""After each request: say in the header Retry-After how many seconds a limited caller should wait."""
	if response is not None and frappe.flags.get("medusa_retry_after"):
		response.headers["Retry-After"] = str(frappe.flags.medusa_retry_after)
