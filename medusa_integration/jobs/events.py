"""Events: the shop is told what has changed in ERPNext.

A change writes a row into Medusa Sync Log, in its own transaction. After the commit a job sends the event. It
contains the state at that moment, so an event may be late, sent twice or overtaken without harm. A record has
at most one open row, which later changes join. What the storefront itself has changed is not told.
"""

import json
import re
from contextlib import suppress
from datetime import datetime
from typing import Any

import frappe
from frappe.model.document import Document
from frappe.utils import add_days, flt, now_datetime, nowdate
from redis.exceptions import RedisError

from medusa_integration.jobs import queue
from medusa_integration.medusa.receiver import REFUSALS, Delivery, post_event
from medusa_integration.medusa_integration.doctype.medusa_sync_log import medusa_sync_log as sync_log
from medusa_integration.medusa_integration.doctype.medusa_sync_log.medusa_sync_log import (
	GRACE,
	ORDER_CHANGED,
	QUOTATION_CHANGED,
	MedusaSyncLog,
)
from medusa_integration.selling import accounts, reading, shown
from medusa_integration.selling.addresses import MEDUSA_FIELDS
from medusa_integration.session import in_site_language, is_storefronts_call
from medusa_integration.settings import get_settings

SEND = "medusa_integration.jobs.events.send"
# workers take jobs of the queue "short" first, so sign-ups do not wait for events to a slow shop
QUEUE = "default"
TEST = "test"
# the setting that switches the events of a DocType on
SWITCHES = {"Quotation": "tell_quotations", "Sales Order": "tell_orders"}
AMOUNTS = ("net_total", "total_taxes_and_charges", "grand_total")
# the fields of a document that the shop sees, and those of its lines
SHOWN = {
	"Quotation": (
		"docstatus",
		"status",
		"currency",
		*AMOUNTS,
		"valid_till",
		"customer_address",
		"shipping_address_name",
		"medusa_order_id",
		"medusa_offered_on",
		"medusa_offered_total",
		"medusa_decision",
	),
	"Sales Order": (
		"docstatus",
		"status",
		"currency",
		*AMOUNTS,
		"delivery_date",
		"per_delivered",
		"per_billed",
	),
	"Address": tuple(MEDUSA_FIELDS),
}
SHOWN_OF_LINES = ("item_code", "item_name", "qty", "uom", "rate", "amount")
OPEN = ("Draft", "Open", "Replied")  # the status of Quotations that may still be accepted
# in the beginning of an answer, which may be cut off in the middle of the JSON
REFUSAL_TYPE = re.compile(r'"type"\s*:\s*"([A-Za-z_]{1,60})"')
PAUSE_KEY = "medusa_integration:receiver_down"
JOB_KEY = "medusa_integration:event_job"  # with the name of a row: the id of its newest job
PAUSE = 30  # seconds without events after the shop could not be reached


# what has changed


def tell_quotation(quotation: Document, method: str | None = None) -> None:
	"""Tell the shop about a changed Quotation. The hook runs after each change, and before a deletion."""
	if not quotation.get("medusa_quotation_id") or not is_told("Quotation"):
		return
	if method == "on_trash":
		if quotation.get("amended_from"):
			touch(quotation.amended_from)
	elif not has_changed(quotation):
		return
	tell_about(quotation.medusa_quotation_id, quotation.name, quotation.medusa_customer_id)


def tell_order(order: Document, method: str | None = None) -> None:
	"""Tell the shop about a changed Sales Order, and about its Quotations if it came, went or was cancelled.

	The hook runs after each change, and before a deletion.
	"""
	if not order.get("from_ecommerce"):
		return
	before = order.get_doc_before_save()
	if method == "on_trash" or not before or before.docstatus != order.docstatus:
		tell_quotations_of(order, is_deleted=method == "on_trash")
	if not is_told("Sales Order") or not (method == "on_trash" or has_changed(order)):
		return
	open_row(ORDER_CHANGED, "Sales Order", order.name, order.name, medusa_id=order.medusa_customer_id)


def tell_quotations_of(order: Document, *, is_deleted: bool) -> None:
	"""Tell the shop about the Quotations of a Sales Order."""
	names = sorted({row.get("prevdoc_docname") for row in order.items} - {None, ""})
	if not names or not is_told("Quotation"):
		return
	fields = ["name", "medusa_quotation_id", "medusa_customer_id"]
	filters = {"name": ("in", names), "from_ecommerce": 1}
	for row in frappe.get_all("Quotation", filters, fields, limit=0):
		if is_deleted:
			touch(row.name)
		tell_about(row.medusa_quotation_id, row.name, row.medusa_customer_id)


def tell_address(address: Document, method: str | None = None) -> None:
	"""Tell the shop about the open Quotations with a changed Address. The hook runs after each change."""
	if not address.get_doc_before_save() or not is_told("Quotation") or not has_changed(address):
		return
	found = [(link.link_doctype, link.link_name) for link in address.links]
	ids = [
		*accounts.ids_of(found),
		*filter(None, (accounts.medusa_id_of(*party) for party in leads_of(found))),
	]
	if not ids:
		return
	fields = ["name", "medusa_quotation_id", "medusa_customer_id"]
	filters = {"medusa_customer_id": ("in", ids), "docstatus": ("<", 2), "status": ("in", OPEN)}
	either = {"customer_address": address.name, "shipping_address_name": address.name}
	for row in frappe.get_all("Quotation", filters, fields, or_filters=either, limit=0):
		tell_about(row.medusa_quotation_id, row.name, row.medusa_customer_id)


def leads_of(found: list[tuple[str, str]]) -> list[tuple[str, str]]:
	"""Return the Leads among some parties."""
	return [(doctype, name) for doctype, name in found if doctype == "Lead"]


def tell_expired() -> None:
	"""Tell the shop about the Quotations that have expired since the last run. This is a daily job."""
	told_until = get_settings().expiry_told_until or add_days(nowdate(), -1)
	if is_told("Quotation"):
		quotation = frappe.qb.DocType("Quotation")
		is_new = (quotation.valid_till >= str(told_until)) & (quotation.valid_till < nowdate())
		query = (
			frappe.qb.from_(quotation)
			.select(quotation.name, quotation.medusa_quotation_id, quotation.medusa_customer_id)
			.where((quotation.from_ecommerce == 1) & is_new)
			.where(shown.has_status(quotation, shown.EXPIRED))
		)
		for name, quotation_id, customer_id in query.run():
			tell_about(quotation_id, name, customer_id)
	frappe.db.set_single_value("Medusa Settings", "expiry_told_until", nowdate())
	frappe.clear_document_cache("Medusa Settings", "Medusa Settings")


def tell_about(quotation_id: str, name: str, customer_id: str) -> None:
	"""Open the row of a Quotation. All amendments share one row, under their Medusa quotation id."""
	about = {"quotation_id": quotation_id, "medusa_id": customer_id}
	open_row(QUOTATION_CHANGED, "Quotation", name, quotation_id, **about)


def is_told(doctype: str) -> bool:
	"""Return whether changes of a DocType are told now: not those that the storefront itself makes."""
	settings = get_settings()
	is_on = settings.enabled and settings.event_url and settings.get(SWITCHES[doctype])
	return bool(is_on) and not is_storefronts_call()


def has_changed(doc: Document) -> bool:
	"""Return whether something has changed that the shop sees."""
	before = doc.get_doc_before_save()
	if not before:
		return True
	if (doc.doctype, doc.name) not in (frappe.flags.currently_saving or []):
		# `db_set`; ERPNext may have changed other fields before, with a statement of its own
		return True
	return content(doc) != content(before)


def content(doc: Document) -> list[Any]:
	"""Return what the shop sees of a document, to be compared."""
	lines = [plain(row.get(field)) for row in doc.get("items") or [] for field in SHOWN_OF_LINES]
	return [plain(doc.get(field)) for field in SHOWN[doc.doctype]] + lines


def plain(value: Any) -> Any:
	"""Return a number as a rounded number, and anything else as text: documents hold either."""
	return flt(value, 6) if isinstance(value, int | float) else str(value or "")


def touch(quotation: str) -> None:
	"""Renew `modified` of a Quotation that the shop sees otherwise since a document was deleted."""
	frappe.db.set_value("Quotation", quotation, "modified", now_datetime())


# the row and its job


def open_row(event: str, doctype: str, name: str, key: str, **about: Any) -> None:
	"""Open a row for a changed record, or join the open one, and queue the job after the commit."""
	row = sync_log.open_event(event, doctype, name, f"{event}:{key}"[:140], **about)
	frappe.db.after_commit.add(lambda: enqueue_job(row))


def enqueue_job(row: str) -> bool:
	"""Queue the job of a row, unless one waits already. Returns False if the queue accepts no jobs.

	A job that waits will tell this change, too. One that runs may have read the state before it. Each job has
	an id of its own: Frappe deletes a job that has ended before it queues another with the same id, and RQ
	fails to delete one that ends at this moment.
	"""
	key = f"{JOB_KEY}:{row}"
	job_id = f"medusa_event_{row}_{frappe.generate_hash(length=8)}"
	with suppress(RedisError):  # without the cache, one job too many is queued; the clerk's data are saved
		last = frappe.cache.get_value(key, expires=True)
		if last and queue.is_waiting(last):
			return True
		frappe.cache.set_value(key, job_id, expires_in_sec=GRACE * 60)
	return queue.enqueue(SEND, job_id, queue=QUEUE, is_new=True, name=row)


def enqueue_again(row: MedusaSyncLog) -> bool:
	"""Queue the job of a row that is due. Returns False if the queue accepts no jobs."""
	row.postpone()
	return enqueue_job(row.name)


@in_site_language()
def send(name: str) -> None:
	"""Send the event of a row. This is the background job.

	If the record changes meanwhile, the row stays open: the job of the newer change sends it.
	"""
	row = sync_log.find_open_log(name)
	if not row:
		return
	if frappe.cache.get_value(PAUSE_KEY, expires=True):
		row.postpone(minutes=1)
		return
	body = encode(row.name, row.method, row.creation, data_of(row))
	# no transaction is open while the shop answers
	frappe.db.commit()  # nosemgrep: frappe-manual-commit
	delivery = post_event(body)
	if not delivery.status:
		frappe.cache.set_value(PAUSE_KEY, 1, expires_in_sec=PAUSE)
	row.end_event(None if delivery.is_accepted else describe(delivery))


def describe(delivery: Delivery) -> str:
	"""Return why an event was not accepted: the status, and the `type` of a refusal if it is one word.

	Nothing else of what the shop answered is stored.
	"""
	if delivery.problem:
		return delivery.problem
	found = REFUSAL_TYPE.search(delivery.text) if delivery.status in REFUSALS else None
	return f"HTTP {delivery.status} {found[1]}" if found else f"HTTP {delivery.status}"


def encode(name: str, event: str, created: datetime, data: dict[str, Any]) -> bytes:
	"""Return an event as JSON."""
	payload = {"id": name, "event": event, "created_at": shown.as_utc(created), "data": data}
	return json.dumps(payload, ensure_ascii=False).encode()


def data_of(row: MedusaSyncLog) -> dict[str, Any]:
	"""Return the present state of the record of a row."""
	gone = {
		"customer_id": row.medusa_id,
		"status": shown.CANCELLED,
		"modified": shown.as_utc(row.modified),
	}
	if row.method == ORDER_CHANGED:
		found = reading.newest_order(row.reference_name or "")
		return shown.show_order(found) if found else {"name": row.reference_name, **gone}
	name = reading.newest_quotation(row.quotation_id or "", row.medusa_id or "")
	return shown.show_quotation(name) if name else {"quotation_id": row.quotation_id, **gone}


def send_test() -> Delivery:
	"""Send a test event; return what came back."""
	body = encode(frappe.generate_hash(length=10), TEST, now_datetime(), {})
	return post_event(body, reads_answer=True)
