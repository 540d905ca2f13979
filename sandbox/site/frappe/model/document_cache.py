"""Documents in Frappe's cache: forgotten when they change, and once more when the transaction ends."""

from frappe.context import db
from frappe.utils.redis_wrapper import cache


def get_document_cache_key(doctype: str, name: str) -> str:
	return f"document_cache::{doctype}::{name}"


def clear_document_cache(doctype: str, name: str | None = None) -> None:
	"""Forget a document, or all of a DocType."""

	def clear() -> None:
		if name is None:
			cache.delete_keys(get_document_cache_key(doctype, ""))
		else:
			cache.delete_value(get_document_cache_key(doctype, name))

	clear()
	db.after_commit.add(clear)
	db.after_rollback.add(clear)
