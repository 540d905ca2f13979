"""The report Medusa Reconciliation: which Customers and Leads belong together, or disagree.

There may be a million of each. So the records are searched in parts, the newest Medusa ids first (they sort
by time), until there are enough rows or the time is over. The next page goes on from there. Each kind of
difference has one or more walks through the records of a DocType. A further kind is a further entry in WALKS.
"""

import json
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import frappe
from frappe import _
from pypika import Order

from medusa_integration.arguments import BAD_FORMAT, NOT_A_CHOICE, Arguments
from medusa_integration.medusa_integration.doctype.medusa_sync_log import medusa_sync_log as sync_log
from medusa_integration.selling import differences, shop_accounts
from medusa_integration.selling.differences import (
	DELETED,
	DISAGREEING,
	LACKING,
	LIKELY,
	MISSING,
	Difference,
	Findings,
	Part,
)
from medusa_integration.selling.keys import name_key
from medusa_integration.selling.linking import get_readable
from medusa_integration.selling.records_about import about_company, about_customer

ROWS = 100  # a walk stops when it has found as many
SECONDS = 0.8  # for all walks of a page; the last part of each may take longer
FIRST, LARGEST = 200, 5000  # records in a part: more as long as parts are quick
QUICK, SLOW = 0.05, 0.2  # seconds
NAMED = 100  # records in a part where they are known by name; fewer than PAGE of `differences`


class Filters(NamedTuple):
	"""What the user asked for; "" where nothing. `company` is the key of a name.

	`conditions` are those of Customers. `positions` says where each walk goes on; without any, all begin.
	"""

	kind: str
	customer: str
	company: str
	conditions: dict[str, Any]
	with_similar: bool
	positions: dict[str, str]


class Walk(NamedTuple):
	"""How differences of a kind are found: in the records of which DocType, and by which function."""

	kind: str
	doctype: str
	find: Callable[[Part, Filters], Findings]


class Page(NamedTuple):
	"""The rows of the report, and the positions of the walks that are not at their end.

	`stops` are these positions in words.
	"""

	rows: list[dict[str, Any]]
	positions: dict[str, str]
	stops: list[str]


WALKS = {
	"lacking": Walk(LACKING, "Lead", lambda part, filters: differences.find_lacking(part)),
	"customers": Walk(
		DISAGREEING, "Customer", lambda part, filters: differences.find_disagreeing_customers(part)
	),
	"contacts": Walk(
		DISAGREEING, "Contact", lambda part, filters: differences.find_disagreeing_contacts(part)
	),
	"missing": Walk(MISSING, sync_log.DOCTYPE, lambda part, filters: differences.find_missing(part)),
	"deleted": Walk(DELETED, shop_accounts.DOCTYPE, lambda part, filters: differences.find_deleted(part)),
	"likely": Walk(LIKELY, "Lead", lambda part, filters: differences.find_likely(part, filters.with_similar)),
}


def describe(kind: str) -> str:
	"""Return a kind of difference in words."""
	return {
		LIKELY: _("Customer with a likely Lead"),
		LACKING: _("Customer lacks the ID"),
		DISAGREEING: _("IDs disagree"),
		MISSING: _("In Medusa only"),
		DELETED: _("Deleted in Medusa"),
	}[kind]


def compare(sent: dict[str, Any]) -> Page:
	"""Return a page of the differences that the user may read.

	`sent` are the filters of the report: `kind`, `customer`, `company_name` (of the Lead), `territory`,
	`customer_group`, `with_similar`, and `start`, the positions of the page as JSON. Raises
	frappe.PermissionError if the user may not read Customers and Leads, InvalidArgumentsError, and
	frappe.DoesNotExistError if there is no such Customer or the user may not read it.
	"""
	if not all(frappe.has_permission(doctype, "read") for doctype in ("Customer", "Lead")):
		message = _("You need the permission to read Customers and Leads.")
		frappe.throw(message, frappe.PermissionError)
	filters = read_filters(sent)
	walks = {key: walk for key, walk in WALKS.items() if filters.kind in ("", walk.kind)}
	if filters.positions:
		walks = {key: walk for key, walk in walks.items() if key in filters.positions}
	rows, positions, end = [], {}, time.monotonic() + SECONDS
	for done, (key, walk) in enumerate(walks.items()):
		share = (end - time.monotonic()) / (len(walks) - done)
		found, position = go_on(walk, filters, filters.positions.get(key, ""), share)
		rows += found
		if position:
			positions[key] = position
	stops = [f"{describe(walks[key].kind)} ({_(walks[key].doctype)} {at})" for key, at in positions.items()]
	return Page(rows, positions, stops)


def read_filters(sent: dict[str, Any]) -> Filters:
	"""Return the filters that were sent. Raises as `compare` does."""
	args = Arguments(sent)
	texts = {name: str(sent.get(name) or "") for name in ("kind", "customer", "company_name", "start")}
	if texts["kind"] not in ("", *(walk.kind for walk in WALKS.values())):
		args.add_problem("kind", NOT_A_CHOICE, _("is not a kind of difference"))
	positions = read_positions(texts["start"])
	if positions is None:
		args.add_problem("start", BAD_FORMAT, _("is not a position in this report"))
	args.check()
	if texts["customer"]:
		get_readable("Customer", texts["customer"])
	conditions = {
		field: ("descendants of (inclusive)", str(sent[field]))
		for field in ("territory", "customer_group")
		if sent.get(field)
	}
	company = name_key(texts["company_name"]) or ""
	with_similar = bool(frappe.utils.cint(sent.get("with_similar")))
	return Filters(texts["kind"], texts["customer"], company, conditions, with_similar, positions or {})


def read_positions(start: str) -> dict[str, str] | None:
	"""Return the position of each walk; None if the text is none that this report has made."""
	try:
		positions = json.loads(start or "{}")
	except ValueError:
		return None
	is_known = isinstance(positions, dict) and positions.keys() <= WALKS.keys()
	return positions if is_known and all(isinstance(value, str) for value in positions.values()) else None


# walking through the records


def go_on(walk: Walk, filters: Filters, position: str, seconds: float) -> tuple[list[dict[str, Any]], str]:
	"""Go on with a walk for some seconds; return the rows, and the position, which is "" at the end.

	The position is the Medusa id of the last record that was looked at, or its name where the filters choose
	the records.
	"""
	names = chosen_names(walk.doctype, filters)
	if names == []:
		return [], ""
	rows, size, end = [], FIRST, time.monotonic() + seconds
	while True:
		began = time.monotonic()
		part = part_of_names(names, position) if names else part_below(walk.doctype, position, size)
		findings = walk.find(part, filters)
		rows += readable_rows(findings.differences, filters)
		position = findings.stopped_at or part.down_to
		now = time.monotonic()
		if not position or len(rows) >= ROWS or now >= end:
			return rows, position
		if now - began < QUICK:
			size = min(size * 2, LARGEST)
		elif now - began > SLOW:
			size = max(size // 2, FIRST)


def chosen_names(doctype: str, filters: Filters) -> list[str] | None:
	"""Return the records of a DocType that the filters leave, sorted by name; None if they leave all."""
	if filters.customer:
		return sorted(about_customer(doctype, filters.customer))
	return sorted(about_company(doctype, filters.company)) if filters.company else None


def part_of_names(names: list[str], position: str) -> Part:
	"""Return the next of some records, by name."""
	left = [name for name in names if name > position]
	return Part(names=tuple(left[:NAMED]), down_to=left[NAMED - 1] if len(left) > NAMED else "")


def part_below(doctype: str, position: str, size: int) -> Part:
	"""Return the next records with an id, the highest id first: `size` of them, or all that are left."""
	table = frappe.qb.DocType(doctype)
	query = frappe.qb.from_(table).select(table.medusa_id).where(Part(below=position).contains(table))
	query = query.orderby(table.medusa_id, order=Order.desc).limit(1).offset(size - 1)
	return Part(below=position, down_to=next(iter(query.run(pluck=True)), ""))


# rows of the report


def readable_rows(found: list[Difference], filters: Filters) -> list[dict[str, Any]]:
	"""Return the rows of those differences whose records the user may read, and that the filters leave."""
	if not found:
		return []
	customers = readable("Customer", {one.customer for one in found}, ["customer_name"], filters.conditions)
	leads = readable("Lead", {one.lead for one in found}, ["lead_name", "company_name", "email_id"])
	others = {
		doctype: readable(doctype, {name for one in found for kind, name in one.others if kind == doctype})
		for doctype in ("Contact", "Customer", "Lead", sync_log.DOCTYPE)
	}
	return [
		row_of(one, customers.get(one.customer, {}), leads.get(one.lead, {}))
		for one in found
		if (not one.lead or one.lead in leads)
		and (one.customer in customers or not (one.customer or filters.conditions))
		and all(name in others[doctype] for doctype, name in one.others)
		and is_wanted(one, leads.get(one.lead), filters)
	]


def is_wanted(one: Difference, lead: Any, filters: Filters) -> bool:
	"""Return whether a difference concerns the Customer or the company that the user asked for."""
	if filters.customer and one.customer != filters.customer:
		return False
	key = (name_key(lead.company_name or lead.lead_name) if lead else "") or ""
	return key.startswith(filters.company)


def readable(
	doctype: str, names: set[str], fields: list[str] | None = None, conditions: dict[str, Any] | None = None
) -> dict[str, Any]:
	"""Return the rows, by name, of those of some records that the user may read and that meet conditions."""
	names = names - {""}
	if not names or not frappe.has_permission(doctype, "read"):
		return {}
	filters = {"name": ("in", sorted(names)), **(conditions or {})}
	rows = frappe.get_list(doctype, filters=filters, fields=["name", *(fields or [])], limit=0)
	return {row.name: row for row in rows}


def row_of(one: Difference, customer: Any, lead: Any) -> dict[str, Any]:
	"""Return a row of the report."""
	return {
		"kind": one.kind,
		"difference": describe(one.kind),
		"customer": one.customer,
		"customer_name": customer.get("customer_name") or "",
		"lead": one.lead,
		"company": lead.get("company_name") or "",
		"person": lead.get("lead_name") or "",
		"email": lead.get("email_id") or one.email,
		"sync_log": dict(one.others).get(sync_log.DOCTYPE, ""),
		"medusa_id": one.medusa_id,
		"reasons": ", ".join(one.reasons),
		"advice": one.advice,
	}
