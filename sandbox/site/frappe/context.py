"""What belongs to one request, job or test run: its site, database, user, request and messages."""

import secrets
from pathlib import Path
from typing import Any, NoReturn

from werkzeug.local import Local, LocalProxy

from frappe.exceptions import ValidationError
from frappe.types import _dict

local = Local()
db: Any = LocalProxy(lambda: local.db)
session: Any = LocalProxy(lambda: local.session)
flags: Any = LocalProxy(lambda: local.flags)
form_dict: Any = LocalProxy(lambda: local.form_dict)
response: Any = LocalProxy(lambda: local.response)
request: Any = LocalProxy(lambda: local.request)
conf: Any = LocalProxy(lambda: local.conf)


def init(site: str | Path) -> None:
	"""Begin to work with the site whose database is the file `site`."""
	local.site = str(site)
	local.conf = _dict()
	local.flags = _dict(currently_saving=[])
	local.response = _dict()
	local.request = None
	local.request_ip = None
	local.message_log = []
	local.session = _dict()
	local.lang = "en"
	set_user("Administrator")


def set_user(username: str) -> None:
	"""Change the user, and empty what Frappe empties."""
	local.session.update(user=username, sid=username, data=_dict())
	local.cache = {}
	local.form_dict = _dict()
	local.jenv = None
	local.role_permissions = {}
	local.new_doc_templates = {}
	local.user_perms = None


def _(message: str, *_args: Any) -> str:
	return message


def msgprint(msg: str, title: str | None = None, indicator: str | None = None, **_kwargs: Any) -> None:
	message = {"message": msg, "title": title or "Message"}
	local.message_log.append({**message, "indicator": indicator} if indicator else message)


def clear_messages() -> None:
	local.message_log = []


def throw(msg: str, exc: type[Exception] = ValidationError, title: str | None = None) -> NoReturn:
	msgprint(msg, title, "red")
	error: Any = exc(msg)
	error.__frappe_exc_id = generate_hash()  # by which an answer of the API's version 2 finds the message
	local.message_log[-1] |= {"raise_exception": 1, "__frappe_exc_id": error.__frappe_exc_id}
	raise error


def generate_hash(length: int = 10) -> str:
	return secrets.token_hex(length)[:length]
