"""Sites: connect to one, forget what is cached of it, write its Error Log."""

import traceback
from contextlib import suppress
from typing import Any

from frappe.context import local
from frappe.database import Database
from frappe.model.document import Document, new_doc
from frappe.model.document_cache import get_document_cache_key
from frappe.model.meta import clear_metas
from frappe.utils.redis_wrapper import cache


def connect() -> None:
	"""Open the database of the site."""
	local.db = Database(local.site)


def destroy() -> None:
	"""Close the database and forget everything local."""
	with suppress(AttributeError):
		local.db.close()
	local.__release_local__()


def clear_cache(doctype: str = "") -> None:
	"""Forget all DocTypes, and the documents of all or of one."""
	clear_metas()
	cache.delete_keys(get_document_cache_key(doctype, "") if doctype else "document_cache::")


def log_error(title: str = "", message: str | None = None, **_kwargs: Any) -> Document:
	"""Write an Error Log with the traceback of the exception under way."""
	log = new_doc("Error Log")
	log.update({"method": title[:140], "error": message or traceback.format_exc()})
	return log.insert(ignore_permissions=True)
