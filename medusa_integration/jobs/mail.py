"""The daily mail about calls that are not done."""

from typing import Any

import frappe
from frappe import _
from frappe.utils import add_to_date, escape_html, now_datetime
from frappe.utils.user import get_system_managers

from medusa_integration.declarations import repeatable_methods
from medusa_integration.medusa_integration.doctype.medusa_sync_log.medusa_sync_log import DOCTYPE, EVENTS

FIELDS = ["name", "method", "email", "error"]
MOST_ROWS = 100  # in one mail


def mail_open_rows() -> None:
	"""Mail the System Managers the rows of the sync log that are not done after a day, the newest first.

	This is the daily scheduled job.
	"""
	filters = {
		"status": ("in", ("Queued", "Failed")),  # with "!=", Frappe's query would use no index
		"method": ("in", [*repeatable_methods(), *EVENTS]),
		"creation": ("<", add_to_date(now_datetime(), days=-1)),
	}
	rows = frappe.get_all(DOCTYPE, filters, FIELDS, order_by="creation desc", limit=MOST_ROWS)
	if not rows:
		return
	lines = "".join(table_row([row[field] for field in FIELDS]) for row in rows)
	what_to_do = _("Open Medusa Sync Log: press Retry, or delete the rows that are settled.")
	frappe.sendmail(
		recipients=get_system_managers(only_name=True),
		subject=_("Medusa: {0} calls are not done after a day").format(frappe.db.count(DOCTYPE, filters)),
		message=f"<p>{what_to_do}</p><table>{lines}</table>",
	)


def table_row(values: list[Any]) -> str:
	"""Return a row of an HTML table. The values are escaped."""
	cells = "".join(f"<td>{escape_html(str(value or ''))}</td>" for value in values)
	return f"<tr>{cells}</tr>"
