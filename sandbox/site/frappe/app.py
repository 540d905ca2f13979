"""The site over HTTP: Frappe's envelope, statuses, authentication and transactions, for `/api/method/...`."""

import json
import secrets
from typing import Any

from werkzeug.security import check_password_hash
from werkzeug.wrappers import Request, Response

import frappe
from frappe.exceptions import AuthenticationError, PermissionError
from frappe.types import _dict

UNSAFE_METHODS = ("POST", "PUT", "DELETE", "PATCH")
MAX_BODY = 25 * 1024 * 1024  # bytes, Frappe's default
PREFIX = "/api/method/"
_sessions: dict[str, str] = {}


class Application:
	"""A WSGI application for the site in one database file."""

	def __init__(self, site: str):
		self.site = site

	@Request.application
	def __call__(self, request: Request) -> Response:
		frappe.init(self.site)
		frappe.connect()
		try:
			return self.answer(request)
		finally:
			frappe.destroy()

	def answer(self, request: Request) -> Response:
		try:
			begin(request)
			handle(request)
			response = build_response()
			if request.method in UNSAFE_METHODS:
				frappe.db.commit()
			else:
				frappe.db.rollback()
		except Exception as error:
			frappe.db.rollback()
			response = refuse(error)
		for hook in frappe.get_hooks("after_request"):
			frappe.get_attr(hook)(response=response, request=request)
		return response


def begin(request: Request) -> None:
	frappe.local.request = request
	forwarded = request.headers.get("X-Forwarded-For")
	frappe.local.request_ip = forwarded.split(",")[0].strip() if forwarded else request.remote_addr
	frappe.set_user("Guest")
	request.max_content_length = MAX_BODY
	frappe.local.form_dict = read_arguments(request)
	authenticate(request)
	for hook in frappe.get_hooks("before_request"):
		frappe.get_attr(hook)()


def read_arguments(request: Request) -> _dict:
	text = request.get_data(as_text=True)
	if text and request.is_json:
		sent = json.loads(text)
		if not isinstance(sent, dict | list):
			frappe.throw("Invalid request arguments")
		return _dict(sent) if isinstance(sent, dict) else _dict(data=sent)
	return _dict({**request.args.to_dict(), **request.form.to_dict()})


def authenticate(request: Request) -> None:
	kind, _space, credentials = request.headers.get("Authorization", "").partition(" ")
	user = _sessions.get(request.cookies.get("sid", ""))
	if kind.lower() == "token":
		key, _colon, secret = credentials.partition(":")
		user = frappe.db.get_value("User", {"api_key": key, "enabled": 1}, "name") if key else None
		known = (user and frappe.db.get_value("User", user, "api_secret")) or ""
		if not user or not secrets.compare_digest(known.encode(), secret.encode()):
			raise AuthenticationError
	elif kind:
		raise AuthenticationError  # as Frappe, where nobody has a Bearer token or basic credentials
	if user:
		arguments = frappe.local.form_dict
		frappe.set_user(user)
		frappe.local.form_dict = arguments


def handle(request: Request) -> None:
	if not request.path.startswith(PREFIX):
		frappe.throw(f"{request.path} not found", frappe.DoesNotExistError)
	path = request.path.removeprefix(PREFIX)
	if path == "login":
		log_in()
		return
	frappe.local.form_dict.cmd = path
	try:
		method = frappe.get_attr(path)
	except Exception as error:
		frappe.throw(f"Failed to get method for command {path} with {error}")
	is_guest = frappe.session.user == "Guest"
	if method not in frappe.whitelisted or (is_guest and method not in frappe.guest_methods):
		frappe.throw(f"Function {path} is not whitelisted.", PermissionError)
	if request.method not in frappe.allowed_http_methods_for_whitelisted_func[method]:
		frappe.throw("Not permitted", PermissionError)
	if is_guest and method not in frappe.xss_safe_methods:
		raise NotImplementedError("The sandbox does not sanitize what guests send")
	result = frappe.call(method, **frappe.local.form_dict)
	if result is not None:
		frappe.local.response["message"] = result


def log_in() -> None:
	user, password = frappe.local.form_dict.get("usr"), frappe.local.form_dict.get("pwd")
	known = frappe.db.get_value("User", {"name": str(user), "enabled": 1}, "new_password")
	if not known or not check_password_hash(known, str(password)):
		frappe.throw("Invalid login credentials", AuthenticationError)
	frappe.local.response["message"] = "Logged In"
	frappe.flags.new_sid = secrets.token_hex(20)
	_sessions[frappe.flags.new_sid] = user


def build_response(status: int = 200) -> Response:
	if frappe.local.message_log:
		frappe.local.response["_server_messages"] = json.dumps(
			[json.dumps(m) for m in frappe.local.message_log]
		)
	text = json.dumps(frappe.local.response, default=str, separators=(",", ":"))
	response = Response(text, status, mimetype="application/json")
	if frappe.flags.new_sid:
		response.set_cookie("sid", frappe.flags.new_sid, httponly=True)
	return response


def refuse(error: Exception) -> Response:
	"""The answer for an exception; one without a status of its own is a 500 and goes into the Error Log."""
	status: Any = getattr(error, "http_status_code", None) or getattr(error, "code", None) or 500
	frappe.local.response.exc_type = type(error).__name__
	if status >= 500:
		frappe.log_error(title=str(error)[:140])
		frappe.db.commit()
	return build_response(status)
