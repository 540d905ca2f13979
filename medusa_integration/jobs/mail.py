"""The mail in the morning about rows of Medusa Sync Log that a person has to look at."""

from typing import Any

import frappe
from frappe import _
from frappe.utils import add_to_date, escape_html, get_url_to_form, now_datetime
from frappe.utils.user import get_system_managers

from medusa_integration.medusa_integration.doctype.medusa_sync_log.medusa_sync_log import DOCTYPE, PERSON
from medusa_integration.session import in_site_language

FIELDS = ["name", "title", "error", "creation"]
MOST_ROWS = 100  # that one mail shows


@in_site_language()
def mail_open_rows() -> None:
	"""Mail the System Managers the rows that wait for a person, or are Queued for more than a day.

	Each row is in one mail only. This is a scheduled job, every morning.
	"""
	rows = find_rows()
	if not rows:
		return
	lines = "".join(table_row(row) for row in rows[:MOST_ROWS])
	what_to_do = _("Open each row: it says what can be done. Press Settled where nothing has to be done.")
	frappe.sendmail(
		recipients=get_system_managers(only_name=True),
		subject=_("Medusa: {0} calls wait for a person").format(len(rows)),
		message=f"<p>{what_to_do}</p><table>{lines}</table>",
	)
	log = frappe.qb.DocType(DOCTYPE)
	frappe.qb.update(log).set(log.mailed, 1).where(log.name.isin([row.name for row in rows])).run()


def find_rows() -> list[Any]:
	"""Return the rows that no mail has shown yet, the newest first."""
	a_day_ago = add_to_date(now_datetime(), days=-1)
	rows = []
	for filters in ({"waits_for": PERSON}, {"status": "Queued", "creation": ("<", a_day_ago)}):
		rows += frappe.get_all(DOCTYPE, {**filters, "mailed": 0}, FIELDS, order_by="creation desc", limit=0)
	return sorted(rows, key=lambda row: row.creation, reverse=True)


def table_row(row: Any) -> str:
	"""Return a row of an HTML table, with a link. The values are escaped."""
	title = escape_html(row.title or row.name)
	link = f'<a href="{get_url_to_form(DOCTYPE, row.name)}">{title}</a>'
	return f"<tr><td>{link}</td><td>{escape_html(row.error or '')}</td></tr>"
