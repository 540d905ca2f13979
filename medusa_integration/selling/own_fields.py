"""Fields that only the app may change.

`read_only` has an effect only on the form: REST, Data Import and `frappe.client.set_value` ignore it. A user
who could write another customer's id on a record of their own would get that customer's orders.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document

FIELDS = {
	"Lead": ("medusa_id", "t_c_acceptance"),
	"Customer": ("medusa_id",),
	"Contact": ("medusa_id",),
	"Address": ("medusa_address_id",),
	"Quotation": (
		"from_ecommerce",
		"medusa_quotation_id",
		"medusa_draft_order_id",
		"medusa_order_id",
		"medusa_customer_id",
		"medusa_offered_total",
		"medusa_offered_on",
		"medusa_decision",
	),
	"Sales Order": ("from_ecommerce", "medusa_order_id", "medusa_customer_id"),
}
# what another connector may write on a record that is not from the shop: the id of the order that it imported
FREE_ELSEWHERE = {"Sales Order": ("medusa_order_id",)}


@contextmanager
def writable(doc: Document) -> Iterator[None]:
	"""Allow the block to save the app's fields of a document."""
	doc.flags.medusa_writes = True
	try:
		yield
	finally:
		doc.flags.medusa_writes = False


def check(doc: Document, method: str | None = None) -> None:
	"""Refuse values in the app's fields that the app did not set.

	The hook runs before a document is inserted. An amendment gets the values of the document that it amends.
	Raises frappe.PermissionError (403).
	"""
	amended = doc.get("amended_from")
	before = amended and frappe.db.get_value(doc.doctype, amended, FIELDS[doc.doctype], as_dict=True)
	for field, value in (before or {}).items():
		if value and not doc.get(field):
			doc.set(field, value)
	throw_if_changed(doc, before or {})


def check_change(doc: Document, method: str | None = None) -> None:
	"""Refuse changes of the app's fields that the app did not make, as `check` does.

	The hook runs before a document is saved again.
	"""
	before = doc.get_doc_before_save()
	if before:
		throw_if_changed(doc, before)


def throw_if_changed(doc: Document, before: Any) -> None:
	"""Raise frappe.PermissionError that names each of the app's fields that differs from `before`.

	Inside a block of `writable`, the fields may differ.
	"""
	if doc.flags.medusa_writes:
		return
	changed = [
		_(doc.meta.get_label(field))
		for field in fields_to_check(doc, before)
		if as_stored(doc.get(field)) != as_stored(before.get(field))
	]
	if changed:
		message = _("{0}: only the Medusa integration may change this.")
		frappe.throw(message.format(", ".join(changed)), frappe.PermissionError)


def fields_to_check(doc: Document, before: Any) -> tuple[str, ...]:
	"""Return the fields of a document that only the app may change.

	A connector that imports Medusa's orders may have a field of the same name. Nothing reads it on an order
	that is not from the shop.
	"""
	is_from_shop = doc.get("from_ecommerce") or before.get("from_ecommerce")
	free = () if is_from_shop else FREE_ELSEWHERE.get(doc.doctype, ())
	return tuple(field for field in FIELDS[doc.doctype] if field not in free)


def as_stored(value: Any) -> str:
	"""Return a value as text; 0, "0" and None are equal to "", and 200 is equal to 200.0."""
	if value in (None, 0, "0"):
		return ""
	return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
