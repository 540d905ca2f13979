"""Finding what a customer may see: their Quotations and Sales Orders, and no others.

A record of another customer and one that does not exist are told apart by nothing: the same queries, and the
same words.
"""

from typing import Any, NamedTuple, NoReturn

import frappe
from frappe import _
from frappe.query_builder import Criterion, Order

from medusa_integration import exact
from medusa_integration.arguments import quoted
from medusa_integration.exceptions import OrderNotFoundError, QuotationNotFoundError
from medusa_integration.medusa_integration.doctype.medusa_sync_log.medusa_sync_log import find_accepted
from medusa_integration.selling import accounts, parties, shown
from medusa_integration.settings import get_settings


class Buyer(NamedTuple):
	"""A customer who reads: the Medusa ids whose records they see, and their Customers and Leads."""

	medusa_ids: list[str]
	parties: list[tuple[str, str]]


def get_buyer(medusa_id: str) -> Buyer:
	"""Return the buyer with this Medusa id. Raises CustomerNotFoundError if there is no such customer."""
	found = accounts.parties_of(medusa_id)
	if not found and not find_accepted(medusa_id):
		parties.throw_not_found(medusa_id)
	ids = accounts.ids_of(found) if get_settings().buyers_share else []
	return Buyer(list(dict.fromkeys([medusa_id, *ids])), found)


def find_quotation(medusa_id: str, quotation_id: str) -> Any:
	"""Return the newest Quotation with this Medusa id, or name, as a row of `shown.quotation_query`.

	Raises CustomerNotFoundError and QuotationNotFoundError.
	"""
	buyer = get_buyer(medusa_id)
	rows = quotations_where(buyer, "medusa_quotation_id", quotation_id)
	if not rows:
		named = quotations_where(buyer, "name", quotation_id)
		rows = named and quotations_where(buyer, "medusa_quotation_id", named[0].medusa_quotation_id)
	if not rows:
		throw_quotation_not_found(quotation_id)
	return newest_of(rows)


def quotations_where(buyer: Buyer, field: str, value: str) -> list:
	"""Return the buyer's Quotations whose `field` is `value`, the newest first."""
	quotation = frappe.qb.DocType("Quotation")
	query = shown.quotation_query(quotation).where((quotation[field] == value) & belongs_to(quotation, buyer))
	rows = query.orderby(quotation.creation, order=Order.desc).run(as_dict=True)
	return [row for row in rows if exact.is_same(row[field], value)]


def list_quotations(medusa_id: str, status: str, start: int, page_length: int) -> list[dict[str, Any]]:
	"""Return a page of a customer's Quotations as the shop sees them, without lines, the newest first.

	`status` is one of `shown.STATUSES`, or "" for all. Raises CustomerNotFoundError.
	"""
	buyer = get_buyer(medusa_id)
	quotation, amendment = frappe.qb.DocType("Quotation"), frappe.qb.DocType("Quotation").as_("amendment")
	# `amended_from` has no index in ERPNext 15; the amendments share the Medusa quotation id
	is_in_chain = amendment.medusa_quotation_id == quotation.medusa_quotation_id
	amendments = frappe.qb.from_(amendment).select(amendment.name)
	amendments = amendments.where(is_in_chain & (amendment.amended_from == quotation.name))
	is_newest = (quotation.docstatus < 2) | shown.ExistsCriterion(amendments).negate()
	query = shown.quotation_query(quotation).where(belongs_to(quotation, buyer) & is_newest)
	if status:
		query = query.where(shown.has_status(quotation, status))
	query = query.orderby(quotation.creation, order=Order.desc).limit(page_length).offset(start)
	return shown.show_quotations(query.run(as_dict=True), with_items=False)


def belongs_to(quotation: Any, buyer: Buyer) -> Any:
	"""Return the condition that a Quotation was requested by the buyer, and is for one of their parties."""
	pairs = [
		(quotation.quotation_to == doctype) & (quotation.party_name == name)
		for doctype, name in buyer.parties or [("", "")]
	]
	return quotation.medusa_customer_id.isin(buyer.medusa_ids) & Criterion.any(pairs)


def find_order(medusa_id: str, order_id: str) -> Any:
	"""Return the newest Sales Order with this Medusa order id, or name, as a row of `shown.order_query`.

	Raises CustomerNotFoundError and OrderNotFoundError.
	"""
	buyer = get_buyer(medusa_id)
	rows = orders_where(buyer, "medusa_order_id", order_id)
	if not rows:
		rows = orders_where(buyer, "name", order_id)
		if rows and rows[0].medusa_order_id:
			rows = orders_where(buyer, "medusa_order_id", rows[0].medusa_order_id)
	if not rows:
		message = _("Order {0} does not exist.").format(quoted(order_id))
		frappe.throw(message, OrderNotFoundError)
	return newest_of(rows)


def orders_where(buyer: Buyer, field: str, value: str) -> list:
	"""Return the buyer's Sales Orders whose `field` is `value`, the newest first."""
	order = frappe.qb.DocType("Sales Order")
	customers = [name for doctype, name in buyer.parties if doctype == "Customer"] or [""]
	is_theirs = order.medusa_customer_id.isin(buyer.medusa_ids) & order.customer.isin(customers)
	is_theirs = is_theirs & (order.from_ecommerce == 1)  # another connector may write the same order id
	query = shown.order_query(order).where((order[field] == value) & is_theirs)
	rows = query.orderby(order.creation, order=Order.desc).run(as_dict=True)
	return [row for row in rows if exact.is_same(row[field], value)]


def newest_quotation(quotation_id: str, customer_id: str) -> str | None:
	"""Return the name of the newest Quotation that a customer requested with this Medusa id, or None."""
	filters = {"medusa_customer_id": customer_id}
	options = {"filters": filters, "order_by": "creation desc"}
	rows = exact.find_all("Quotation", "medusa_quotation_id", quotation_id, ("docstatus",), **options)
	return newest_of(rows).name if rows else None


def newest_order(name: str) -> Any:
	"""Return the newest Sales Order with the Medusa order id of this one, as a row of `shown.order_query`.

	Returns None if the Sales Order was deleted.
	"""
	order = frappe.qb.DocType("Sales Order")
	rows = shown.order_query(order).where(order.name == name).run(as_dict=True)
	if rows and rows[0].medusa_order_id:
		is_same = (order.medusa_order_id == rows[0].medusa_order_id) & (order.from_ecommerce == 1)
		query = shown.order_query(order).where(is_same & (order.customer == rows[0].customer))
		rows = query.orderby(order.creation, order=Order.desc).run(as_dict=True)
	return newest_of(rows) if rows else None


def newest_of(rows: list) -> Any:
	"""Return the newest row that is not cancelled, else the newest. `rows` has the newest first."""
	return next((row for row in rows if row.docstatus < 2), rows[0])


def throw_quotation_not_found(quotation_id: str) -> NoReturn:
	"""Raise QuotationNotFoundError."""
	frappe.throw(_("Quotation {0} does not exist.").format(quoted(quotation_id)), QuotationNotFoundError)
