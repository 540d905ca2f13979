"""The slice of Frappe 15 that the app and its tests touch. What is not here raises NotImplementedError or
ImportError.
"""

import json
import logging
import secrets
import traceback
from contextlib import suppress
from functools import wraps
from importlib import import_module
from inspect import signature
from pathlib import Path
from typing import Any

from werkzeug.local import Local, LocalProxy

from frappe.exceptions import *  # noqa: F403
from frappe.exceptions import PermissionError, ValidationError
from frappe.types import _dict

__version__ = "15.55.1"
is_sandbox = True

local = Local()
db = LocalProxy(lambda: local.db)
session = LocalProxy(lambda: local.session)
flags = LocalProxy(lambda: local.flags)
form_dict = LocalProxy(lambda: local.form_dict)
response = LocalProxy(lambda: local.response)
request = LocalProxy(lambda: local.request)
conf = LocalProxy(lambda: local.conf)

_metas: dict[str, dict[str, Any]] = {}  # of each site
_apps = ["frappe", "erpnext", "medusa_integration"]


def __getattr__(name: str) -> Any:
	if name in ("qb", "cache", "utils", "defaults", "permissions"):
		return _lazy(name)
	if name.startswith("__"):
		raise AttributeError(name)
	raise NotImplementedError(f"The sandbox has no frappe.{name}")


def _lazy(name: str) -> Any:
	if name == "cache":
		from frappe.queue import cache

		return cache()
	return import_module({"qb": "frappe.query_builder"}.get(name, f"frappe.{name}"))


# site


def init(site: str | Path) -> None:
	"""Begin to work with the site whose database is the file `site`."""
	local.site = str(site)
	local.conf = _dict()
	local.flags = _dict()
	local.form_dict = _dict()
	local.response = _dict()
	local.request = None
	local.request_ip = None
	local.message_log = []
	local.session = _dict(user="Administrator", sid="Administrator", data=_dict())
	local.cache = {}
	local.role_permissions = {}
	local.user_perms = None
	local.jenv = None
	local.new_doc_templates = {}


def connect() -> None:
	"""Open the database of the site."""
	from frappe.database import Database

	local.db = Database(local.site)


def destroy() -> None:
	"""Close the database and forget everything local."""
	with suppress(AttributeError):
		local.db.close()
	local.__release_local__()


def get_hooks(hook: str | None = None, default: Any = None, app_name: str | None = None) -> Any:
	"""What the installed app's hooks.py says."""
	hooks = import_module("medusa_integration.hooks")
	value = getattr(hooks, hook, default if default is not None else [])
	return value if isinstance(value, list | dict) else [value]


def get_installed_apps() -> list[str]:
	return list(_apps)


def get_attr(path: str) -> Any:
	module, name = path.rsplit(".", 1)
	return getattr(import_module(module), name)


def call(function: Any, **kwargs: Any) -> Any:
	"""Call with those of `kwargs` that the function takes."""
	if isinstance(function, str):
		function = get_attr(function)
	names = signature(function).parameters
	return function(**{key: value for key, value in kwargs.items() if key in names})


def clear_cache(*_args: Any, **_kwargs: Any) -> None:
	_metas.pop(local.site, None)


def clear_document_cache(doctype: str, name: str | None = None) -> None:
	"""Documents are not cached here."""


def logger(name: str = "frappe", **_kwargs: Any) -> logging.Logger:
	return logging.getLogger(name)


# users


def set_user(username: str) -> None:
	"""Empties what Frappe empties."""
	local.session.user = username
	local.session.sid = username
	local.session.data = _dict()
	local.cache = {}
	local.form_dict = _dict()
	local.jenv = None
	local.role_permissions = {}
	local.new_doc_templates = {}
	local.user_perms = None


def get_roles(username: str | None = None) -> list[str]:
	from frappe.permissions import get_roles

	return get_roles(username or local.session.user)


def has_permission(doctype: str, ptype: str = "read", doc: Any = None, throw: bool = False) -> bool:
	from frappe.permissions import has_permission

	allowed = has_permission(doctype, ptype, doc)
	if throw and not allowed:
		raise PermissionError(f"No {ptype} permission for {doctype}")
	return allowed


# methods over HTTP

whitelisted: list[Any] = []
guest_methods: list[Any] = []
xss_safe_methods: list[Any] = []
allowed_http_methods_for_whitelisted_func: dict[Any, list[str]] = {}


def whitelist(allow_guest: bool = False, xss_safe: bool = False, methods: list[str] | None = None) -> Any:
	"""Mark a function as one that may be called over HTTP."""

	def register(function: Any) -> Any:
		@wraps(function)
		def method(*args: Any, **kwargs: Any) -> Any:
			return function(*args, **kwargs)

		whitelisted.append(method)
		allowed_http_methods_for_whitelisted_func[method] = methods or ["GET", "POST", "PUT", "DELETE"]
		if allow_guest:
			guest_methods.append(method)
			if xss_safe:
				xss_safe_methods.append(method)
		return method

	return register


def validate_and_sanitize_search_inputs(function: Any) -> Any:
	"""The desk's search, which sends what needs sanitizing, is not here."""
	return function


def enqueue(method: str, **kwargs: Any) -> Any:
	from frappe.queue import enqueue

	return enqueue(method, **kwargs)


# messages


def _(message: str, *_args: Any) -> str:
	return message


def msgprint(msg: str, title: str | None = None, indicator: str | None = None, **_kwargs: Any) -> None:
	local.message_log.append({"message": msg, "title": title, "indicator": indicator})


def clear_messages() -> None:
	local.message_log = []


def throw(msg: str, exc: type[Exception] = ValidationError, title: str | None = None) -> None:
	local.message_log.append({"message": msg, "title": title, "indicator": "red", "raise_exception": 1})
	raise exc(msg)


def sendmail(**_kwargs: Any) -> None:
	raise NotImplementedError("The sandbox sends no mail")


def log_error(title: str = "", message: str | None = None, **_kwargs: Any) -> Any:
	"""Write an Error Log with the traceback of the exception under way."""
	values = {"doctype": "Error Log", "method": title[:140], "error": message or traceback.format_exc()}
	return get_doc(values).insert(ignore_permissions=True)


# documents


def get_meta(doctype: str) -> Any:
	from frappe.model.meta import Meta

	metas = _metas.setdefault(local.site, {})
	if doctype not in metas:
		metas[doctype] = Meta(doctype)
	return metas[doctype]


def get_doc(*args: Any, **kwargs: Any) -> Any:
	"""get_doc(doctype, name), get_doc(doctype) for a Single, or get_doc({"doctype": ...}) for a new one."""
	from frappe.model.document import load, make

	if isinstance(args[0], dict):
		return make(args[0])
	return load(*args, **kwargs)


get_cached_doc = get_single = get_doc


def new_doc(doctype: str) -> Any:
	from frappe.model.document import make

	return make({"doctype": doctype})


def copy_doc(doc: Any, ignore_no_copy: bool = True) -> Any:
	from frappe.model.document import copy

	return copy(doc, ignore_no_copy)


def delete_doc(doctype: str, name: str, **kwargs: Any) -> None:
	from frappe.model.document import delete

	delete(doctype, name, **kwargs)


def get_all(doctype: str, filters: Any = None, fields: Any = None, **kwargs: Any) -> list:
	return local.db.get_all(doctype, filters, fields, **kwargs)


def get_list(doctype: str, *args: Any, **kwargs: Any) -> list:
	has_permission(doctype, "read", throw=True)
	return get_all(doctype, *args, **kwargs)


# small things


def generate_hash(length: int = 10) -> str:
	return secrets.token_hex(length)[:length]


def as_json(value: Any) -> str:
	return json.dumps(value, indent=1, default=str, ensure_ascii=False, sort_keys=True)


def bold(text: str) -> str:
	return f"<strong>{text}</strong>"
