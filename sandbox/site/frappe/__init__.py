"""The slice of Frappe that the app and its tests touch. What is not here raises NotImplementedError or
ImportError.

This file only gathers names. Nothing in frappe imports it; erpnext does, as an app.
"""

# ruff: noqa: F401

import json
import logging
from typing import Any

import frappe.query_builder as qb
from frappe import defaults, permissions, utils
from frappe.apps import (
	allowed_http_methods_for_whitelisted_func,
	call,
	get_attr,
	get_hooks,
	guest_methods,
	validate_and_sanitize_search_inputs,
	whitelist,
	whitelisted,
	xss_safe_methods,
)
from frappe.context import (
	_,
	clear_messages,
	conf,
	db,
	flags,
	form_dict,
	generate_hash,
	init,
	local,
	msgprint,
	request,
	response,
	session,
	set_user,
	throw,
)
from frappe.exceptions import *  # noqa: F403
from frappe.model.document import (
	copy_doc,
	delete_doc,
	get_all,
	get_cached_doc,
	get_cached_value,
	get_doc,
	get_list,
	get_single,
	new_doc,
)
from frappe.model.document_cache import clear_document_cache
from frappe.model.meta import get_meta, recorded
from frappe.permissions import get_roles, has_permission
from frappe.site import clear_cache, connect, destroy, log_error
from frappe.types import _dict
from frappe.utils.background_jobs import enqueue
from frappe.utils.redis_wrapper import cache

__version__ = recorded()["versions"]["frappe"]
is_sandbox = True


def __getattr__(name: str) -> Any:
	if name.startswith("__"):
		raise AttributeError(name)
	raise NotImplementedError(f"The sandbox has no frappe.{name}")


def logger(name: str = "frappe", **_kwargs: Any) -> logging.Logger:
	return logging.getLogger(name)


def sendmail(**_kwargs: Any) -> None:
	raise NotImplementedError("The sandbox sends no mail")


def get_print(*_args: Any, as_pdf: bool = False, **_kwargs: Any) -> str | bytes:
	"""Raise what Frappe raises where wkhtmltopdf is not installed; nothing else is printed here."""
	if not as_pdf:
		raise NotImplementedError("The sandbox has no frappe.get_print")
	raise OSError("No wkhtmltopdf executable found")


def as_json(value: Any) -> str:
	return json.dumps(value, indent=1, default=str, ensure_ascii=False, sort_keys=True)


def bold(text: str) -> str:
	return f"<strong>{text}</strong>"
