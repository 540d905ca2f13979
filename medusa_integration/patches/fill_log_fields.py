"""Fill the fields of Medusa Sync Log that earlier versions did not have."""

import json
from typing import Any

import frappe

from medusa_integration import exceptions
from medusa_integration.medusa_integration.doctype.medusa_sync_log.medusa_sync_log import (
	DOCTYPE,
	FOR_THE_SHOP,
	NEXT_ATTEMPT,
	PERSON,
	SHOP,
	as_document,
	title_of,
)


def execute() -> None:
	"""Set what each row is about, the kind of its error, and what it waits for."""
	fields = ["name", "method", "email", "medusa_id", "quotation_id", "reference_name", "request"]
	fields += ["status", "next_attempt", "error"]
	for row in frappe.get_all(DOCTYPE, {"title": ("is", "not set")}, fields, limit=0):
		values = {"title": title_of(as_document(row), request_of(row))}
		if row.status == "Failed":
			values |= failure(row)
		frappe.db.set_value(DOCTYPE, row.name, values, update_modified=False)


def request_of(row: frappe._dict) -> dict[str, Any]:
	"""Return the request of a row; {} if it is not JSON."""
	try:
		return json.loads(row.request or "{}")
	except ValueError:
		return {}


def failure(row: frappe._dict) -> dict[str, str]:
	"""Return the fields of a failed row: its error began with its kind before."""
	kind, colon, text = (row.error or "").partition(": ")
	error = getattr(exceptions, kind, None)
	is_for_the_shop = isinstance(error, type) and issubclass(error, FOR_THE_SHOP)
	waits_for = NEXT_ATTEMPT if row.next_attempt else SHOP if is_for_the_shop else PERSON
	split = {"error_type": kind, "error": text} if colon and kind.isidentifier() else {}
	return {**split, "waits_for": waits_for}
