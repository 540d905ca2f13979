"""Rows of Medusa Sync Log for the Medusa ids that several Leads, or several Customers, of an old site have.

A person decides on the row which record keeps the account; see `selling.conflicts`.
"""

import frappe
from frappe import _

from medusa_integration.medusa_integration.doctype.medusa_sync_log.medusa_sync_log import (
	DUPLICATE_ID,
	create_log,
	failed_for_a_person,
	find_logs,
)
from medusa_integration.setup.checks import TEXT_TYPES, find_duplicates, get_fieldtype

DOCTYPES = ("Lead", "Customer")
FIELD = "medusa_id"


def make_rows() -> None:
	"""Open a row for each duplicate id, and close the rows of those that no longer are."""
	duplicates = find()
	for row in open_rows():
		if not duplicates.pop((row.reference_doctype, row.medusa_id), None):
			row.mark_success()
	for (doctype, medusa_id), names in duplicates.items():
		open_row(doctype, medusa_id, names)


def find() -> dict[tuple[str, str], list[str]]:
	"""Return the names of the records of each duplicate id, under DocType and id."""
	duplicates = {}
	for doctype in DOCTYPES:
		# a field of another app may hold something else
		if get_fieldtype(doctype, FIELD) in TEXT_TYPES and frappe.db.has_column(doctype, FIELD):
			for medusa_id, names in find_duplicates(doctype, FIELD).items():
				duplicates[doctype, medusa_id] = names
	return duplicates


def open_rows() -> list:
	"""Return the rows of duplicate ids that nobody has decided yet."""
	return find_logs({"method": DUPLICATE_ID, "status": ("!=", "Success")})


def open_row(doctype: str, medusa_id: str, names: list[str]) -> None:
	"""Open the row of an id that several records of a DocType have."""
	message = _("Several records have the Medusa ID {1} ({0}): {2}. A person must decide which one keeps it.")
	error = message.format(_(doctype), medusa_id, ", ".join(names))
	about = {"medusa_id": medusa_id, "reference_doctype": doctype, "reference_name": names[0]}
	about |= {"conflict_doctype": doctype, "conflict_name": names[1]}
	create_log(DUPLICATE_ID, {"doctype": doctype}, **failed_for_a_person(DUPLICATE_ID, error), **about)
