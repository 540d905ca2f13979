"""What the shop sees of a Quotation and of a Sales Order, and one plain word for the status of each.

A number of Quotations is read with a fixed number of queries. The status of a Quotation is part of the query,
so that a list can be filtered by it.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import frappe
from frappe.utils import add_days, flt, get_datetime, get_system_timezone, nowdate
from pypika import Case
from pypika.terms import ExistsCriterion

from medusa_integration.arguments import as_text
from medusa_integration.selling.addresses import MEDUSA_FIELDS
from medusa_integration.settings import get_settings

REQUESTED, OFFERED, ACCEPTED, ORDERED = "requested", "offered", "accepted", "ordered"
REJECTED, EXPIRED, CANCELLED = "rejected", "expired", "cancelled"
STATUSES = (REQUESTED, OFFERED, ACCEPTED, ORDERED, REJECTED, EXPIRED, CANCELLED)
APPROVED_IN_SHOP, REJECTED_IN_SHOP = "Approved", "Rejected"  # of `medusa_decision`
AMOUNTS = {"net_total": "net_total", "tax_total": "total_taxes_and_charges", "grand_total": "grand_total"}
QUOTATION_FIELDS = (
	"name",
	"docstatus",
	"medusa_quotation_id",
	"medusa_customer_id",
	"medusa_order_id",
	"quotation_to",
	"party_name",
	"currency",
	*AMOUNTS.values(),
	"valid_till",
	"customer_address",
	"shipping_address_name",
	"language",
	"modified",
)
ORDER_FIELDS = (
	"name",
	"docstatus",
	"status",
	"medusa_order_id",
	"medusa_customer_id",
	"customer",
	"currency",
	*AMOUNTS.values(),
	"per_delivered",
	"per_billed",
	"delivery_date",
	"modified",
)
ADDRESS_FIELDS = [field for field in MEDUSA_FIELDS if field != "country"]
ITEM_FIELDS = ("parent", "item_code", "item_name", "qty", "uom", "rate", "amount")


def quotation_query(quotation: Any) -> Any:
	"""Return a query of QUOTATION_FIELDS and `shop_status`; `quotation` is the table."""
	fields = [quotation[field] for field in QUOTATION_FIELDS]
	return frappe.qb.from_(quotation).select(*fields, status_of(quotation).as_("shop_status"))


def status_of(quotation: Any) -> Case:
	"""Return the expression for a Quotation's status, one of STATUSES; `quotation` is the table."""
	is_submitted = quotation.docstatus == 1
	return (
		Case()
		.when(quotation.docstatus == 2, CANCELLED)
		.when(quotation.status == "Lost", REJECTED)
		.when(is_ordered(quotation), ORDERED)
		.when(is_submitted & (quotation.medusa_decision == APPROVED_IN_SHOP), ACCEPTED)
		.when(quotation.valid_till < nowdate(), EXPIRED)
		.when(is_submitted | is_offered(quotation), OFFERED)
		.else_(REQUESTED)
	)


def has_status(quotation: Any, status: str) -> Any:
	"""Return the condition that a Quotation has a status; `quotation` is the table.

	What the fields of the Quotation exclude is checked first: it is much faster than a look at its lines.
	"""
	is_possible = {
		CANCELLED: quotation.docstatus == 2,
		REJECTED: quotation.status == "Lost",
		ORDERED: quotation.docstatus == 1,
		ACCEPTED: (quotation.docstatus == 1) & (quotation.medusa_decision == APPROVED_IN_SHOP),
		EXPIRED: (quotation.docstatus < 2) & (quotation.valid_till < nowdate()),
		OFFERED: quotation.docstatus < 2,
		REQUESTED: quotation.docstatus == 0,
	}
	return is_possible[status] & (status_of(quotation) == status)


def is_ordered(quotation: Any) -> ExistsCriterion:
	"""Return the condition that a Quotation has a Sales Order, in any state."""
	item = frappe.qb.DocType("Sales Order Item")
	return ExistsCriterion(
		frappe.qb.from_(item).select(item.name).where(item.prevdoc_docname == quotation.name)
	)


def is_offered(quotation: Any) -> Any:
	"""Return the condition that a draft is offered.

	A clerk has offered its present total; or all lines have a price, and Medusa Settings want no clerk.
	"""
	by_clerk = quotation.medusa_offered_on.isnotnull() & (
		quotation.medusa_offered_total == quotation.grand_total
	)
	return by_clerk if get_settings().clerk_offers else by_clerk | has_unpriced_line(quotation).negate()


def has_unpriced_line(quotation: Any) -> ExistsCriterion:
	"""Return the condition that a line of a Quotation has no price.

	A free item of a Pricing Rule needs none.
	"""
	item = frappe.qb.DocType("Quotation Item")
	has_no_price = (item.rate == 0) & (item.price_list_rate == 0) & (item.is_free_item == 0)
	unpriced = frappe.qb.from_(item).select(item.name).where((item.parent == quotation.name) & has_no_price)
	return ExistsCriterion(unpriced)


def status_of_quotation(name: str) -> str:
	"""Return the status of one Quotation, one of STATUSES."""
	quotation = frappe.qb.DocType("Quotation")
	query = frappe.qb.from_(quotation).select(status_of(quotation)).where(quotation.name == name)
	return query.run(pluck=True)[0]


def show_quotation(name: str) -> dict[str, Any]:
	"""Return a Quotation as the shop sees it."""
	quotation = frappe.qb.DocType("Quotation")
	rows = quotation_query(quotation).where(quotation.name == name).run(as_dict=True)
	return show_quotations(rows, with_items=True)[0]


def show_quotations(rows: list, *, with_items: bool) -> list[dict[str, Any]]:
	"""Return Quotations as the shop sees them; `rows` are rows of `quotation_query`."""
	if not rows:
		return []
	names = [row.name for row in rows]
	orders = orders_of(names)
	addresses = addresses_of_rows(rows)
	items = items_of("Quotation Item", names) if with_items else {}
	return [
		{
			"quotation_id": row.medusa_quotation_id,
			"customer_id": row.medusa_customer_id,
			"name": row.name,
			"status": row.shop_status,
			"currency": row.currency,
			**{key: flt(row[field]) for key, field in AMOUNTS.items()},
			"valid_till": as_text(row.valid_till),
			"order_id": row.medusa_order_id or None,
			"sales_order_id": orders[row.name].name if row.name in orders else None,
			"billing_address": as_medusa_address(addresses.get(row.customer_address)),
			"shipping_address": as_medusa_address(addresses.get(row.shipping_address_name)),
			"modified": as_utc(latest_change(row, addresses, orders.get(row.name))),
			**({"items": items.get(row.name, [])} if with_items else {}),
		}
		for row in rows
	]


class Ordered(NamedTuple):
	"""The Sales Order of a Quotation, and when one of its Sales Orders was saved last."""

	name: str
	modified: datetime


def orders_of(quotations: Iterable[str]) -> dict[str, Ordered]:
	"""Return the Sales Order of each Quotation: a submitted one, else a draft, else a cancelled one."""
	item = frappe.qb.DocType("Sales Order Item")
	query = (
		frappe.qb.from_(item)
		.select(item.prevdoc_docname, item.parent, item.docstatus, item.modified)
		.where(item.prevdoc_docname.isin(list(quotations)))
		.distinct()
	)
	orders: dict[str, Ordered] = {}
	rows = sorted(query.run(), key=lambda row: (preference(row[2]), row[1]))
	for quotation, order, _docstatus, modified in rows:
		first = orders.get(quotation, Ordered(order, modified))
		orders[quotation] = Ordered(first.name, max(first.modified, modified))
	return orders


def preference(docstatus: int) -> int:
	"""Return the rank of a Sales Order among those of one Quotation; 0 is the one that counts."""
	return (1, 0, 2).index(docstatus)


def addresses_of_rows(rows: list) -> dict[str, Any]:
	"""Return the addresses of Quotations, as rows under their names."""
	names = {row[field] for row in rows for field in ("customer_address", "shipping_address_name")} - {None}
	if not names:
		return {}
	address, country = frappe.qb.DocType("Address"), frappe.qb.DocType("Country")
	query = (
		frappe.qb.from_(address)
		.left_join(country)
		.on(country.name == address.country)
		.select(address.name, address.modified, country.code)
		.select(*(address[field] for field in MEDUSA_FIELDS if field != "country"))
		.where(address.name.isin(sorted(names)))
	)
	return {row.name: row for row in query.run(as_dict=True)}


def latest_change(row: Any, addresses: dict[str, Any], ordered: Ordered | None) -> datetime:
	"""Return when what the shop sees of a Quotation changed last: events are ordered by it.

	An address, a Sales Order and the end of the validity change it without a save of the Quotation.
	"""
	own = (addresses.get(row.customer_address), addresses.get(row.shipping_address_name))
	moments = [row.modified, *(address.modified for address in own if address)]
	if ordered:
		moments.append(ordered.modified)
	if row.shop_status == EXPIRED:
		moments.append(get_datetime(add_days(row.valid_till, 1)))
	return max(moments)


def as_medusa_address(row: Any) -> dict[str, Any] | None:
	"""Return an address with Medusa's names of the fields; None for none."""
	if not row:
		return None
	values = {**row, "country": row.code}
	return {medusa_field: values[field] or None for field, medusa_field in MEDUSA_FIELDS.items()}


def items_of(doctype: str, parents: list[str]) -> dict[str, list[dict[str, Any]]]:
	"""Return the lines of documents, under the names of the documents. `doctype` is that of the lines."""
	line, item = frappe.qb.DocType(doctype), frappe.qb.DocType("Item")
	query = (
		frappe.qb.from_(line)
		.left_join(item)
		.on(item.name == line.item_code)
		.select(item.medusa_variant_id, *(line[field] for field in ITEM_FIELDS))
		.where(line.parent.isin(parents))
		.orderby(line.parent, line.idx)
	)
	lines: dict[str, list[dict[str, Any]]] = {}
	for row in query.run(as_dict=True):
		lines.setdefault(row.parent, []).append(
			{
				"variant_id": row.medusa_variant_id or None,
				"sku": row.item_code,
				"item_name": row.item_name,
				"quantity": flt(row.qty),
				"uom": row.uom,
				"rate": flt(row.rate),
				"amount": flt(row.amount),
			}
		)
	return lines


def order_query(order: Any) -> Any:
	"""Return a query of ORDER_FIELDS; `order` is the table."""
	return frappe.qb.from_(order).select(*(order[field] for field in ORDER_FIELDS))


def show_order(row: Any) -> dict[str, Any]:
	"""Return a Sales Order as the shop sees it; `row` is a row of `order_query`."""
	return {
		"order_id": row.medusa_order_id or None,
		"customer_id": row.medusa_customer_id or None,
		"name": row.name,
		"status": status_of_order(row),
		"delivered_percent": flt(row.per_delivered, 2),
		"billed_percent": flt(row.per_billed, 2),
		"currency": row.currency,
		**{key: flt(row[field]) for key, field in AMOUNTS.items()},
		"delivery_date": as_text(row.delivery_date),
		"modified": as_utc(row.modified),
		"items": items_of("Sales Order Item", [row.name]).get(row.name, []),
	}


def status_of_order(row: Any) -> str:
	"""Return the status of a Sales Order: placed, partly_delivered, delivered, closed or cancelled."""
	if row.docstatus == 2:
		return CANCELLED
	if row.status == "Closed":
		return "closed"
	delivered = flt(row.per_delivered, 2)
	return "delivered" if delivered >= 100 else "partly_delivered" if delivered > 0 else "placed"


def as_utc(moment: datetime) -> str:
	"""Return a moment of the site's time zone as text in UTC, in ISO 8601 with microseconds."""
	local = moment.replace(tzinfo=ZoneInfo(get_system_timezone()))
	return local.astimezone(ZoneInfo("UTC")).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
