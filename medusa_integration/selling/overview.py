"""What lists and the workspace of the desk show of the shop: the states of drafts, a number, the last days.

Each function takes a fixed number of queries, and reads only what the user may read.
"""

from typing import Any

import frappe
from frappe import _
from frappe.query_builder.functions import Count, Date
from frappe.utils import add_days, formatdate, getdate, nowdate

from medusa_integration.selling import shown
from medusa_integration.settings import get_settings

# the states of a draft for a clerk: what the shop calls requested waits for a price, or for the button
TO_PRICE, TO_OFFER = "to_price", "to_offer"
MOST = 10_000  # Quotations that are counted one by one
DAYS = 28  # of the chart


def states_of_drafts(names: list[str]) -> dict[str, str]:
	"""Return the states of those of some Quotations that are drafts from the shop and that the user may read.

	A state is TO_PRICE, TO_OFFER, or another of `shown.STATUSES` than requested.
	"""
	filters = {"name": ("in", names), "from_ecommerce": 1, "docstatus": 0}
	allowed = frappe.get_list("Quotation", filters=filters, pluck="name", limit=0) if names else []
	if not allowed:
		return {}
	quotation = frappe.qb.DocType("Quotation")
	query = frappe.qb.from_(quotation).select(quotation.name, shown.status_of(quotation))
	rows = query.where(quotation.name.isin(allowed)).run()
	requested = [name for name, status in rows if status == shown.REQUESTED]
	unpriced = unpriced_among(requested)
	waiting = {name: TO_PRICE if name in unpriced else TO_OFFER for name in requested}
	return {**dict(rows), **waiting}


def unpriced_among(names: list[str]) -> set[str]:
	"""Return those of some Quotations that have a line without a price."""
	if not names:
		return set()
	quotation = frappe.qb.DocType("Quotation")
	query = frappe.qb.from_(quotation).select(quotation.name).where(quotation.name.isin(names))
	return set(query.where(shown.has_unpriced_line(quotation)).run(pluck=True))


def count_requested() -> int:
	"""Return how many Quotations the user may read that wait for a price or for an offer; at most MOST."""
	quotation = frappe.qb.DocType("Quotation")
	is_valid = (quotation.valid_till >= nowdate()) | quotation.valid_till.isnull()
	query = frappe.qb.from_(quotation).select(quotation.name)
	query = query.where((quotation.from_ecommerce == 1) & is_valid)
	names = query.where(shown.has_status(quotation, shown.REQUESTED)).limit(MOST).run(pluck=True)
	filters = {"name": ("in", names)}
	return len(frappe.get_list("Quotation", filters=filters, pluck="name", limit=0)) if names else 0


def filters_of_requested() -> dict[str, list[Any]]:
	"""Return the filters of the list of Quotations that wait for a price or for an offer.

	A list can neither compare two fields nor ask for one of two conditions. So the filters miss drafts
	without Valid Till; a Quotation that the app creates has one.
	"""
	filters = {
		"Quotation.from_ecommerce": ["=", 1],
		"Quotation.docstatus": ["=", 0],
		"Quotation.valid_till": [">=", nowdate()],
		"Quotation.medusa_offered_on": ["is", "not set"],
	}
	if get_settings().clerk_offers:
		return filters
	# of one line: as in `shown.has_unpriced_line`
	line = ("rate", "price_list_rate", "is_free_item")
	return {**filters, **{f"Quotation Item.{field}": ["=", 0] for field in line}}


def last_days() -> dict[str, Any]:
	"""Return sign-ups, Quotations and orders of the shop on each of the last DAYS days, for a chart.

	Left out is what the user may not read.
	"""
	first = getdate(add_days(nowdate(), 1 - DAYS))
	days = [str(add_days(first, number)) for number in range(DAYS)]
	lead = frappe.qb.DocType("Lead")
	datasets = []
	if frappe.has_permission("Lead", "read"):
		query = frappe.qb.from_(lead).where((lead.creation >= first) & lead.medusa_id.isnotnull())
		datasets.append({"name": _("Sign-ups"), "values": by_day(query, Date(lead.creation), days)})
	for doctype, label in (("Quotation", _("Quotations")), ("Sales Order", _("Orders"))):
		if frappe.has_permission(doctype, "read"):
			table = frappe.qb.DocType(doctype)
			query = frappe.qb.from_(table).where((table.from_ecommerce == 1) & (table.docstatus < 2))
			query = query.where(table.transaction_date >= first)
			datasets.append({"name": label, "values": by_day(query, table.transaction_date, days)})
	return {"labels": [formatdate(day) for day in days], "datasets": datasets}


def by_day(query: Any, date: Any, days: list[str]) -> list[int]:
	"""Return how many rows of a query there are on each day; `date` is the expression of a row's date."""
	counts = {str(day): number for day, number in query.select(date, Count("*")).groupby(date).run()}
	return [counts.get(day, 0) for day in days]
