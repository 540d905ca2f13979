"""The installed apps: their hooks, their functions by dotted path, and which may be called over HTTP."""

import re
from functools import lru_cache, wraps
from importlib import import_module
from inspect import signature
from typing import Any

from frappe.context import db, throw
from frappe.exceptions import DataError
from frappe.utils.data import cint

# app -> its hooks. The sandbox's own are in no file called hooks.py: `bench generate-pot-file` imports each
APPS = {
	"frappe": "frappe.app_hooks",
	"erpnext": "erpnext.app_hooks",
	"medusa_integration": "medusa_integration.hooks",
}

whitelisted: list[Any] = []
guest_methods: list[Any] = []
xss_safe_methods: list[Any] = []
allowed_http_methods_for_whitelisted_func: dict[Any, list[str]] = {}


def get_hooks(hook: str, default: Any = None, app_name: str | None = None) -> Any:
	"""Return what the hooks of all apps, or of one, say: a list, or a dict of lists."""
	return _hooks(hook, app_name) or ([] if default is None else default)


@lru_cache
def _hooks(hook: str, app_name: str | None) -> Any:
	found: dict[str, Any] = {}
	for app in [app_name] if app_name else APPS:
		module = import_module(APPS[app])
		if hasattr(module, hook):
			_append_hook(found, hook, getattr(module, hook))
	return found.get(hook)


def _append_hook(target: dict[str, Any], key: str, value: Any) -> None:
	if isinstance(value, dict):
		for inner_key, inner_value in value.items():
			_append_hook(target.setdefault(key, {}), inner_key, inner_value)
	else:
		target.setdefault(key, []).extend(value if isinstance(value, list) else [value])


def get_attr(path: str) -> Any:
	module, name = path.rsplit(".", 1)
	return getattr(import_module(module), name)


def call(function: Any, **kwargs: Any) -> Any:
	"""Call with those of `kwargs` that the function takes."""
	if isinstance(function, str):
		function = get_attr(function)
	names = signature(function).parameters
	return function(**{key: value for key, value in kwargs.items() if key in names})


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
	"""Check what the desk's search sends to a query of its own."""

	@wraps(function)
	def query(*args: Any, **kwargs: Any) -> Any:
		kwargs.update(zip(function.__code__.co_varnames, args, strict=False))
		if re.search(r"[\W]", kwargs["searchfield"] or ""):
			throw(f"Invalid Search Field {kwargs['searchfield']}", DataError)
		kwargs |= {"start": cint(kwargs["start"]), "page_len": cint(kwargs["page_len"])}
		if kwargs["doctype"] and not db.exists("DocType", kwargs["doctype"]):
			return []
		return function(**kwargs)

	return query
