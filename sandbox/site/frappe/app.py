"""The site over HTTP: Frappe's envelopes, statuses, authentication and transactions, for `/api/method/...`,
`/api/v1/method/...` and `/api/v2/method/...`.
"""

import json
import mimetypes
import re
import secrets
from decimal import Decimal
from typing import Any

from werkzeug.wrappers import Request, Response

from frappe.apps import (
	allowed_http_methods_for_whitelisted_func,
	call,
	get_attr,
	get_hooks,
	guest_methods,
	whitelisted,
	xss_safe_methods,
)
from frappe.context import db, init, local, session, set_user, throw
from frappe.exceptions import AuthenticationError, DoesNotExistError, PermissionError, QueryDeadlockError
from frappe.model.meta import VERSION
from frappe.site import connect, destroy, log_error
from frappe.types import _dict

UNSAFE_METHODS = ("POST", "PUT", "DELETE", "PATCH")
MAX_BODY = 25 * 1024 * 1024  # bytes, Frappe's default
METHOD = re.compile(r"/api/(?:(v[12])/)?method/([^/]+)/?")
ATTEMPTS = 20  # at writing an Error Log


class Application:
	"""A WSGI application for the site in one database file."""

	def __init__(self, site: str):
		self.site = site

	@Request.application
	def __call__(self, request: Request) -> Response:
		init(self.site)
		connect()
		try:
			return self.answer(request)
		finally:
			destroy()

	def answer(self, request: Request) -> Response:
		try:
			begin(request)
			authenticate(request)
			handle(request)
			response = build_response()
			if request.method in UNSAFE_METHODS:
				db.commit()
			else:
				db.rollback()
		except Exception as error:
			db.rollback()
			response = refuse(error)
		for hook in get_hooks("after_request"):
			call(hook, response=response, request=request)
		return response


def begin(request: Request) -> None:
	local.request = request
	forwarded = request.headers.get("X-Forwarded-For")
	local.request_ip = forwarded.split(",")[0].strip() if forwarded else request.remote_addr
	set_user("Guest")
	request.max_content_length = MAX_BODY
	local.form_dict = read_arguments(request)
	for hook in get_hooks("before_request"):
		call(hook)


def read_arguments(request: Request) -> _dict:
	text = request.get_data(as_text=True)
	if text and request.is_json:
		sent = json.loads(text)
		if not isinstance(sent, dict | list):
			throw("Invalid request arguments")
		return _dict(sent) if isinstance(sent, dict) else _dict(data=sent)
	return _dict({**request.args.to_dict(), **request.form.to_dict()})


def authenticate(request: Request) -> None:
	"""Read the token; here, as in Frappe, the hooks have run by now and saw a guest."""
	kind, _space, credentials = request.headers.get("Authorization", "").partition(" ")
	if not kind:
		return
	if kind.lower() != "token":
		raise AuthenticationError  # as Frappe, where nobody has a Bearer token or basic credentials
	key, _colon, secret = credentials.partition(":")
	enabled = {} if VERSION == "15" else {"enabled": 1}  # Frappe 15 accepts the token of a disabled user
	user = db.get_value("User", {"api_key": key, **enabled}, "name") if key else None
	known = (user and db.get_value("User", user, "api_secret")) or ""
	if not user or not secrets.compare_digest(known.encode(), secret.encode()):
		raise AuthenticationError
	arguments = local.form_dict
	set_user(user)
	local.form_dict = arguments


def handle(request: Request) -> None:
	named = METHOD.fullmatch(request.path)
	if not named:
		raise DoesNotExistError
	path = named[2]
	if not is_version_2():
		local.form_dict.cmd = path
	try:
		method = get_attr(path)
	except Exception as error:
		for_command = "" if is_version_2() else "for command "
		throw(f"Failed to get method {for_command}{path} with {error}")
	is_guest = session.user == "Guest"
	if method not in whitelisted or (is_guest and method not in guest_methods):
		throw(f"Function {path} is not whitelisted.", PermissionError)
	if request.method not in allowed_http_methods_for_whitelisted_func[method]:
		throw("Not permitted", PermissionError)
	if is_guest and method not in xss_safe_methods:
		raise NotImplementedError("The sandbox does not sanitize what guests send")
	result = call(method, **local.form_dict)
	if result is not None:
		local.response["data" if is_version_2() else "message"] = result


def is_version_2() -> bool:
	return local.request.path.startswith("/api/v2")


def build_response(status: int = 200) -> Response:
	kind = local.response.get("type")
	if kind == "download":
		return build_download()
	if kind:
		raise NotImplementedError(f"The sandbox has no answers of the type {kind}")
	if local.message_log and is_version_2():
		local.response["messages"] = local.message_log
	elif local.message_log:
		local.response["_server_messages"] = json.dumps([json.dumps(m) for m in local.message_log])
	status = local.response.pop("http_status_code", status)
	text = json.dumps(local.response, default=as_json_value, separators=(",", ":"))
	return Response(text, status, mimetype="application/json")


def as_json_value(value: Any) -> Any:
	return float(value) if isinstance(value, Decimal) else str(value)


def build_download() -> Response:
	"""The answer of a method that set `filename` and `filecontent` in `frappe.local.response`."""
	filename = local.response["filename"]
	kind = local.response.get("content_type") or mimetypes.guess_type(filename)[0] or "application/unknown"
	response = Response(local.response["filecontent"], mimetype=kind)
	shown_as = local.response.get("display_content_as", "attachment")
	response.headers.add("Content-Disposition", shown_as, filename=filename)
	return response


def refuse(error: Exception) -> Response:
	"""The answer for an exception; one without a status of its own is a 500 and goes into the Error Log."""
	status: Any = getattr(error, "http_status_code", None) or getattr(error, "code", None) or 500
	if is_version_2():
		local.response.errors = [{"type": type(error).__name__, **message_of(error)}]
	else:
		local.response.exc_type = type(error).__name__
	if status >= 500:
		log_server_error(error)
	return build_response(status)


def log_server_error(error: Exception) -> None:
	"""Write an Error Log, even if others write too: Frappe queues it in Redis, and SQLite has one writer."""
	for attempt in range(ATTEMPTS):
		try:
			log_error(title=str(error)[:140])
			db.commit()
			return
		except QueryDeadlockError:
			db.rollback()
			if attempt == ATTEMPTS - 1:
				raise


def message_of(error: Exception) -> dict[str, Any]:
	"""Take the message that was thrown with an exception out of the messages."""
	for message in local.message_log:
		if message.get("__frappe_exc_id") == getattr(error, "__frappe_exc_id", None):
			local.message_log.remove(message)
			return {k: v for k, v in message.items() if k not in ("raise_exception", "__frappe_exc_id")}
	return {}
