"""The party that a call of the storefront works for: found by the Medusa id, created if needed, locked."""

from typing import NoReturn

import frappe
from frappe import _
from frappe.model.document import Document

from medusa_integration import exact
from medusa_integration.arguments import quoted
from medusa_integration.exceptions import CustomerNotFoundError
from medusa_integration.medusa_integration.doctype.medusa_sync_log.medusa_sync_log import find_accepted
from medusa_integration.selling import leads
from medusa_integration.selling.accounts import find_party


def get_party(medusa_id: str, or_customer_name: bool = False) -> tuple[str, str]:
	"""Return the DocType and name of the party with this Medusa id, locked until the end of the transaction.

	With `or_customer_name`, `medusa_id` may also be the name of a Customer that has a Medusa id. If the job
	of an accepted sign-up has not created the Lead yet, it is created here. Raises CustomerNotFoundError if
	there is no party, and LeadConflictError if the Lead cannot be created.
	"""
	party = (
		find_party(medusa_id)
		or (or_customer_name and find_shop_customer(medusa_id))
		or make_pending_lead(medusa_id)
	)
	if not party:
		throw_not_found(medusa_id)
	lock_party(*party)
	return party


def throw_not_found(medusa_id: str) -> NoReturn:
	"""Raise CustomerNotFoundError."""
	message = _("No Customer and no Lead has the Medusa id {0}.").format(quoted(medusa_id))
	frappe.throw(message, CustomerNotFoundError)


def find_shop_customer(name: str) -> tuple[str, str] | None:
	"""Return DocType and name of the Customer with this name, or None if it has no Medusa id."""
	row = exact.find("Customer", "name", name, ("medusa_id",))
	return ("Customer", row.name) if row and row.medusa_id else None


def make_pending_lead(medusa_id: str) -> tuple[str, str] | None:
	"""Create the Lead of an accepted sign-up before its job does; return DocType and name.

	The job will find this Lead. Returns None if there is no such sign-up, or no Lead for it. Raises
	LeadConflictError as `leads.insert_lead` does.
	"""
	data = find_accepted(medusa_id)
	lead = leads.insert_lead(data) if data else None
	return ("Lead", lead) if lead else None


def lock_party(doctype: str, name: str) -> None:
	"""Lock a party until the end of the transaction, so that nobody renames, merges or deletes it meanwhile.

	A call must lock the party before the Quotation and before anything that it creates for the party: two
	calls that lock in different orders would wait for each other. Raises frappe.TimestampMismatchError if the
	party no longer exists: then `transaction.run` starts again, and the party is searched again.
	"""
	if not frappe.db.get_value(doctype, name, "name", for_update=True):
		raise frappe.TimestampMismatchError(f"{doctype} {name} was renamed or deleted by another transaction")


def check_unused(party: Document, method: str | None = None) -> None:
	"""Refuse to delete a Lead or Customer of the shop if a call has just created a Quotation for it.

	The hook runs before the record is deleted. Frappe looks for linked documents in the transaction's
	snapshot, which may be older. This query locks, so it reads what is committed now. Raises
	frappe.LinkExistsError, as Frappe does.
	"""
	if not party.get("medusa_id"):
		return
	quotation = frappe.qb.DocType("Quotation")
	is_of_party = (quotation.party_name == party.name) & (quotation.quotation_to == party.doctype)
	query = frappe.qb.from_(quotation).select(quotation.name).where(is_of_party).limit(1)
	if query.for_update().run() and not query.run():
		message = _("{0} {1} cannot be deleted: a Quotation was just created for it.")
		frappe.throw(message.format(_(party.doctype), quoted(party.name)), frappe.LinkExistsError)
