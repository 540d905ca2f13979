"""Who may call what, and whom the work is done as.

Domain modules know nothing of this, but where the desk calls them directly. A storefront's role only opens
the door: the work behind it is done as the integration user of the settings. A background job has no request:
it was let in when it was queued.
"""

import ipaddress
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import wraps
from inspect import signature
from time import time
from typing import Any

import frappe
import redis
from frappe import _

from medusa_integration import sync_log, transaction
from medusa_integration.exceptions import IntegrationDisabledError, OverloadedError, TooManyCallsError
from medusa_integration.settings import get_integration_user, get_settings

ROLE = "Medusa Integration"
STOREFRONT_ROLES = {ROLE, "System Manager"}
PREFIX = "medusa_integration."  # of the dotted paths of our methods
API = "medusa_integration.api"
API_METHOD = re.compile(r"medusa_integration\.api\.([a-z]\w*)")
GUEST_WINDOW = 60  # seconds
SIGN_UP_WINDOW = 3600  # seconds
PLACE_TIME = 300  # seconds: longer than a sign-up can wait for Medusa
RETRY_OVERLOADED = 5  # seconds
# what `frappe.set_user` empties or replaces
USER_STATE = ("cache", "form_dict", "jenv", "role_permissions", "new_doc_templates", "user_perms")
SESSION_STATE = ("user", "sid", "data")


def storefront(*, verbs: tuple[str, ...] = ("POST",)) -> Callable:
	"""Let in the storefront only, and do the work as the integration user in one transaction.

	`verbs`: those of HTTP that the method answers. A failure for another reason than the caller's arguments
	leaves a row in the sync log. Raises frappe.PermissionError (403), IntegrationDisabledError (409) and
	TooManyCallsError (429).
	"""

	def guarded(function: Callable) -> Callable:
		def sent(*args: Any, **kwargs: Any) -> dict:
			return signature(function).bind(*args, **kwargs).arguments

		def attempt(*args: Any, **kwargs: Any) -> Any:
			sync_log.check_still_wanted()
			return function(*args, **kwargs)

		@wraps(function)
		def call(*args: Any, **kwargs: Any) -> Any:
			require_verb(verbs)
			admit(function.__name__)
			with work_as(get_integration_user()):
				with sync_log.recorded(function.__name__, sent(*args, **kwargs)):
					answer = transaction.run(lambda: attempt(*args, **kwargs))
			frappe.clear_messages()  # ERPNext's notes are for the desk
			return answer

		return call

	return guarded


def desk(
	*, role: str = "", permissions: dict[str, str] | None = None, verbs: tuple[str, ...] = ("POST",)
) -> Callable:
	"""Let in who has a role on the desk, or permissions: DocType -> "read", "write".

	Before anything else: who may not is not told which names there are. What they may do with one record the
	record's own check says. `verbs` as of `storefront`. Raises frappe.PermissionError (403).
	"""

	def guarded(function: Callable) -> Callable:
		@wraps(function)
		def call(*args: Any, **kwargs: Any) -> Any:
			require_verb(verbs)
			if role and role not in frappe.get_roles():
				frappe.throw(_("Only a {0} may do this.").format(_(role)), frappe.PermissionError)
			for doctype, permission in (permissions or {}).items():
				frappe.has_permission(doctype, permission, throw=True)
			return function(*args, **kwargs)

		return call

	return guarded


def require_verb(verbs: tuple[str, ...]) -> None:
	"""Raise frappe.PermissionError for a request with another verb.

	Frappe checks it only for a method that is called by its own path. Some of Frappe's methods call another
	that they are told, by GET and so without the CSRF token.
	"""
	if frappe.request and frappe.request.method not in verbs:
		frappe.throw(_("Not permitted"), frappe.PermissionError)


def admit(method: str) -> None:
	"""Refuse the request unless its user is a storefront, or a Guest where the settings let Guests in."""
	if not frappe.request:
		return
	settings = get_settings()
	if not is_storefront():
		if frappe.session.user != "Guest" or not settings.guest_access:
			frappe.throw(
				_("Only a storefront may call this: a user with the Role Medusa Integration, by a token."),
				frappe.PermissionError,
			)
		limit(f"guest:{method}:{network()}", settings.guest_calls_per_minute, GUEST_WINDOW)
		limit(f"guest:{method}", settings.guest_calls_per_site, GUEST_WINDOW)
	require_enabled(settings)


def admit_sign_up() -> None:
	"""Let in anyone, but not too often from one address.

	A caller with the storefront's role is not held to the limit per address: a shop's server has only one.
	"""
	require_verb(("POST",))
	if not frappe.request:
		return
	settings = get_settings()
	if not is_storefront():
		limit(f"sign_up:ip:{network()}", settings.sign_ups_per_ip, SIGN_UP_WINDOW)
	require_enabled(settings)


def limit_sign_ups_of(email: str) -> None:
	"""Hold sign-ups with one e-mail, and those of the whole site, to the settings, wherever they come from.

	Those with the storefront's token are counted apart: strangers must not use up what the shop needs. After
	the arguments were checked: rubbish must not use up what is there for everybody.
	"""
	if frappe.request:
		settings, caller = get_settings(), "shop" if is_storefront() else "guest"
		limit(f"sign_up:email:{caller}:{email}", settings.sign_ups_per_email, SIGN_UP_WINDOW)
		limit(f"sign_up:site:{caller}", settings.sign_ups_per_site, SIGN_UP_WINDOW)


def network() -> str:
	"""The caller's network address; of an IPv6 address the first half, which is what one customer of a
	provider has.
	"""
	address = frappe.local.request_ip or ""
	try:
		if ipaddress.ip_address(address).version == 6:
			return str(ipaddress.ip_network(f"{address}/64", strict=False))
	except ValueError:
		pass  # a name in a forged header: it counts as it is
	return address


@contextmanager
def room_for_sign_up() -> Iterator[None]:
	"""Let no more sign-ups wait for Medusa at a time than the settings say: each holds a thread of the web
	server.

	Raises OverloadedError (503). A place whose process died is free again after PLACE_TIME seconds.
	"""
	most = get_settings().sign_ups_at_once
	if not most or not frappe.request:
		yield
		return
	place, places = (
		frappe.generate_hash(length=12),
		frappe.cache.make_key("medusa_integration:sign_ups_waiting"),
	)
	try:
		is_free = take_place(places, place, most)
	except redis.exceptions.RedisError:
		frappe.logger("medusa_integration").error("Sign-ups are not counted: Redis cannot be reached")
		is_free = True
	if not is_free:
		frappe.flags.medusa_retry_after = RETRY_OVERLOADED
		frappe.throw(_("Too many sign-ups at this moment. Please try again."), OverloadedError)
	try:
		yield
	finally:
		with suppress(redis.exceptions.RedisError):
			frappe.cache.zrem(places, place)


def take_place(places: str, place: str, most: int) -> bool:
	"""Take one of the places, a sorted set by the time of taking; whether there was one."""
	now = time()
	frappe.cache.zremrangebyscore(places, 0, now - PLACE_TIME)
	frappe.cache.zadd(places, {place: now})
	frappe.cache.expire(places, PLACE_TIME)
	if frappe.cache.zrank(places, place) < most:
		return True
	frappe.cache.zrem(places, place)
	return False


def is_storefront() -> bool:
	"""Whether the user of the session has a role that makes a storefront."""
	return not STOREFRONT_ROLES.isdisjoint(frappe.get_roles())


def require_enabled(settings: Any) -> None:
	"""Raise IntegrationDisabledError while the integration is switched off."""
	if not settings.enabled:
		frappe.throw(
			_("The Medusa integration is switched off in Medusa Settings."), IntegrationDisabledError
		)


def limit(what: str, most: int, window: int) -> None:
	"""Count one call of `what`; raise TooManyCallsError beyond `most` in a window of `window` seconds.

	Frappe's own `rate_limit` knows no limit for a whole site and does not say how long to wait. 0 means no
	limit.
	"""
	if not most:
		return
	try:
		calls, wait = count_call(f"medusa_integration:{what}", window)
	except redis.exceptions.RedisError:
		# better a sign-up too many than none at all
		frappe.logger("medusa_integration").error("Calls are not counted: Redis cannot be reached")
		return
	if calls > most:
		frappe.flags.medusa_retry_after = wait
		frappe.throw(_("Too many calls. Please try again later."), TooManyCallsError)


def count_call(what: str, window: int) -> tuple[int, int]:
	"""Count one call; the calls in this window so far, and the seconds until it ends."""
	key = frappe.cache.make_key(what)
	calls = frappe.cache.incrby(key, 1)
	if calls == 1 or frappe.cache.ttl(key) < 0:
		frappe.cache.expire(key, window)
	return calls, max(1, frappe.cache.ttl(key))


@contextmanager
def work_as(user: str) -> Iterator[None]:
	"""Work as `user`, and put the session back as it was: `frappe.set_user` alone would leave it broken."""
	session = {name: frappe.session.get(name) for name in SESSION_STATE}
	state = {name: getattr(frappe.local, name, None) for name in USER_STATE}
	frappe.set_user(user)
	try:
		yield
	finally:
		frappe.local.session.update(session)
		for name, value in state.items():
			setattr(frappe.local, name, value)


def keep_tracebacks_inside() -> None:
	"""Before each request: Frappe 15 would send tracebacks, with server paths, to callers of our methods."""
	if PREFIX in f"{frappe.request.path} {frappe.form_dict.get('cmd')}":
		frappe.local.flags.disable_traceback = True
		# to who would rather have a web page Frappe answers a 429 with 500
		frappe.local.is_ajax = True


def say_when_to_retry(response: Any = None, request: Any = None) -> None:
	"""After each request: tell a caller that was refused by a rate limit how many seconds to wait."""
	if response is not None and frappe.flags.get("medusa_retry_after"):
		response.headers["Retry-After"] = str(frappe.flags.medusa_retry_after)


def keep_to_arguments() -> None:
	"""Before each request: forget what a caller of our methods sent and they do not read.

	Frappe drops it too, but writes it down first where a call fails (502, 504 and what was not expected): a
	second password, under any name. A method that another app put in the place of ours may read more.
	"""
	named = API_METHOD.findall(f"{frappe.form_dict.get('cmd')} {frappe.request.path}")
	overridden = frappe.get_hooks("override_whitelisted_methods")
	if not named or any(f"{API}.{name}" in overridden for name in named):
		return
	from medusa_integration import api  # not before it is needed: it imports this module, and ERPNext's

	functions = [function for name in named if callable(function := getattr(api, name, None))]
	if not functions:
		return
	# where `cmd` names another method than the path, Frappe 15 calls the one and Frappe 16 the other
	read = set.intersection(*({*signature(function).parameters} for function in functions)) | {"cmd"}
	sent = frappe.local.form_dict
	frappe.local.form_dict = frappe._dict(
		(name, known_part(parsed(name, value))) for name, value in sent.items() if name in read
	)
	sent.clear()  # Frappe's Recorder, which writes it down too, holds it


def parsed(name: str, value: Any) -> Any:
	"""What a form sends as JSON text; any other value as it is."""
	if name in sync_log.CONTAINERS and isinstance(value, str):
		try:
			return json.loads(value)
		except (ValueError, RecursionError):
			return value
	return value


def known_part(value: Any, depth: int = sync_log.KEPT_DEPTH) -> Any:
	"""A value without what the methods do not read in it."""
	if depth and isinstance(value, dict):
		return {key: known_part(part, depth - 1) for key, part in value.items() if key in sync_log.KEPT}
	if depth and isinstance(value, list):
		return [known_part(part, depth - 1) for part in value]
	return value


def mend_early_refusals(response: Any = None, request: Any = None) -> None:
	"""After each request: what Frappe 15 answers callers of our methods before it asks `before_request`.

	It answers 500 to a body that it cannot read, with a traceback and the server's paths; Frappe 16 answers
	417 without, and so does this.
	"""
	reached = frappe.local.flags.disable_traceback
	if response is None or reached or response.status_code < 400 or PREFIX not in request.path:
		return
	body = response.get_json(silent=True)
	if response.status_code == 500 and is_unreadable(request):
		forget_unreadable_body()
		response.status_code = 417
		message = {"message": _("The body of the request cannot be read."), "raise_exception": 1}
		body = {"exc_type": "DataError", "_server_messages": json.dumps([json.dumps(message)])}
	elif not body and "Traceback" in response.get_data(as_text=True):
		body = {"exc_type": "Exception"}
	if isinstance(body, dict):
		said = {key: value for key, value in body.items() if key not in ("exc", "exception")}
		response.set_data(json.dumps(said))
		response.mimetype = "application/json"


def is_unreadable(request: Any) -> bool:
	"""Whether a request says that it brings JSON, and does not."""
	if not request.is_json:
		return False
	try:
		json.loads(request.get_data(as_text=True))
	except (ValueError, RecursionError):
		return True
	return False


def forget_unreadable_body() -> None:
	"""Take what Frappe 15 wrote down of a body that it could not read, a password in it too, out of the Error
	Logs to come.

	They wait in Redis for a job that inserts them. What is no JSON is no fault of the server's.
	"""
	try:
		cache, waiting = frappe.cache, "insert_queue_for_Error Log"
		for entry in cache.lrange(waiting, 0, -1):
			if b"make_form_dict" in entry:
				cache.lrem(cache.make_key(waiting), 0, entry)
	except redis.exceptions.RedisError:
		return  # then nothing was written there
