"""The report Medusa Reconciliation: its columns, and the line above them."""

import json
from typing import Any

import frappe
from frappe import _
from frappe.utils import escape_html

from medusa_integration.exceptions import InvalidArgumentsError, as_plain_text

# a dotted path: the modules of the reports and DocTypes import nothing from above them
COMPARE = "medusa_integration.selling.reconciliation.compare"
COLUMNS_OF_MISSING = ("difference", "email", "reasons", "sync_log", "advice", "medusa_id")
REFUSALS = (frappe.PermissionError, frappe.DoesNotExistError, InvalidArgumentsError)


def execute(filters: dict[str, Any] | None = None) -> tuple[list[dict[str, Any]], list[dict[str, Any]], str]:
	"""Return columns, rows and the line above them.

	A refusal of `compare` is not raised, but shown in this line. Frappe 15 would turn a report that raises an
	error into a background report, for all users: it does not stop the timer that does so after 15 seconds.
	"""
	shown = columns((filters or {}).get("kind"))
	try:
		page = frappe.get_attr(COMPARE)(filters or {})
	except REFUSALS as refusal:
		frappe.clear_messages()
		return shown, [], escape_html(as_plain_text(str(refusal)))
	return shown, page.rows, describe_end(page.stops, page.positions, bool((filters or {}).get("start")))


def columns(kind: Any) -> list[dict[str, Any]]:
	"""Return the columns; for the customers who are in Medusa only, without those of Leads and Customers."""
	found = all_columns()
	if kind != "missing":
		return found
	by_name = {one["fieldname"]: one for one in found}
	return [by_name[name] for name in COLUMNS_OF_MISSING]


def all_columns() -> list[dict[str, Any]]:
	"""Return the columns, with those that tell the kinds of differences apart first."""
	return [
		column("difference", _("Difference"), 220),
		column("customer", _("Customer"), 130, fieldtype="Link", options="Customer"),
		column("customer_name", _("Customer Name"), 170),
		column("lead", _("Lead"), 170, fieldtype="Link", options="Lead"),
		column("company", _("Company of the Lead"), 170),
		column("reasons", _("Reasons"), 220),
		column("advice", _("What to Do"), 340),
		column("sync_log", _("Medusa Sync Log"), 130, fieldtype="Link", options="Medusa Sync Log"),
		column("person", _("Person"), 140),
		column("email", _("Email"), 190),
		column("medusa_id", _("Medusa ID"), 250),
	]


def column(fieldname: str, label: str, width: int, **values: str) -> dict[str, Any]:
	"""Return a column, which contains text unless `values` say otherwise."""
	return {"fieldname": fieldname, "label": label, "width": width, "fieldtype": "Data", **values}


def describe_end(stops: list[str], positions: dict[str, str], is_later: bool) -> str:
	"""Return where the page ends, and the buttons for the other pages, as HTML.

	`is_later` says that it is not the first page.
	"""
	text, buttons = _("All records are compared."), ""
	if positions:
		text = _("More records are left to compare. This page ends at: {0}").format(
			escape_html("; ".join(stops))
		)
		buttons = button(_("Next Page"), json.dumps(positions))
	if is_later:
		buttons += button(_("First Page"), "")
	return f"<span>{text}</span> {buttons}"


def button(label: str, start: str) -> str:
	"""Return a button that opens the page which begins at `start`."""
	return (
		f' <button type="button" class="btn btn-xs btn-default" data-medusa-start="{escape_html(start)}">'
		f"{escape_html(label)}</button>"
	)
