"""The party of a Medusa customer: the Customer with the id, else the Lead."""

import frappe
from frappe import _
from frappe.model.document import Document

from medusa_integration import exact
from medusa_integration.arguments import quoted
from medusa_integration.exceptions import CustomerNotFoundError
from medusa_integration.medusa_integration.doctype.medusa_sync_log.medusa_sync_log import find_accepted
from medusa_integration.selling import leads


def find_party(medusa_id: str) -> tuple[str, str] | None:
	"""Return the DocType ("Customer", else "Lead") and name of the party with this Medusa id, or None."""
	for doctype in ("Customer", "Lead"):
		name = exact.find_name(doctype, "medusa_id", medusa_id)
		if name:
			return doctype, name
	return None


def get_party(medusa_id: str, or_customer_name: bool = False) -> tuple[str, str]:
	"""Return the party with this Medusa id, locked until the end of the transaction.

	If wanted, a Customer's name serves as well, where the Customer has a Medusa id. The Lead of an accepted
	sign-up that its job has not made yet is made here. Raises CustomerNotFoundError where there is none, and
	LeadConflictError where the Lead cannot be made.
	"""
	party = (
		find_party(medusa_id)
		or (or_customer_name and find_shop_customer(medusa_id))
		or make_awaited_lead(medusa_id)
	)
	if not party:
		message = _("No Customer and no Lead has the Medusa id {0}.").format(quoted(medusa_id))
		frappe.throw(message, CustomerNotFoundError)
	hold(*party)
	return party


def find_shop_customer(name: str) -> tuple[str, str] | None:
	"""Return the Customer of this name that has a Medusa id, or None."""
	row = exact.find("Customer", "name", name, ("medusa_id",))
	return ("Customer", row.name) if row and row.medusa_id else None


def make_awaited_lead(medusa_id: str) -> tuple[str, str] | None:
	"""Make the Lead of an accepted sign-up whose job has not come to it yet; None where there is no such
	sign-up.

	The job finds it. Raises LeadConflictError as `leads.insert_lead` does.
	"""
	data = find_accepted(medusa_id)
	lead = leads.insert_lead(data) if data else None
	return ("Lead", lead) if lead else None


def hold(doctype: str, name: str) -> None:
	"""Lock a party until the end of the transaction, so that nobody renames, merges or deletes it meanwhile.

	Always before other records: two calls that lock in another order would wait for each other. Raises
	frappe.TimestampMismatchError where it is gone by now: `transaction.run` starts again and looks for it
	anew.
	"""
	if not frappe.db.get_value(doctype, name, "name", for_update=True):
		raise frappe.TimestampMismatchError(f"{doctype} {name} was renamed or deleted by another transaction")


def medusa_id_of(doctype: str, name: str) -> str:
	"""Return the Medusa id of a Lead or Customer, or ""."""
	return frappe.db.get_value(doctype, name, "medusa_id") or ""


def check_unused(party: Document, method: str | None = None) -> None:
	"""Before a Lead or Customer of the shop is deleted: see what a call made for it a moment ago.

	Frappe looks for such records in a snapshot that may be older; this reads with a lock, past the snapshot.
	Raises frappe.LinkExistsError, as Frappe does.
	"""
	if not party.get("medusa_id"):
		return
	quotation = frappe.qb.DocType("Quotation")
	is_its = (quotation.party_name == party.name) & (quotation.quotation_to == party.doctype)
	query = frappe.qb.from_(quotation).select(quotation.name).where(is_its).limit(1)
	if query.for_update().run() and not query.run():
		message = _("{0} {1} cannot be deleted: a Quotation was made for it a moment ago.")
		frappe.throw(message.format(_(party.doctype), quoted(party.name)), frappe.LinkExistsError)
