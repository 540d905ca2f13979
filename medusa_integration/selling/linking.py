"""Linking an existing Customer to the Lead of a Medusa customer, by hand on the desk."""

import frappe
from frappe import _
from frappe.model.document import Document

from medusa_integration import transaction
from medusa_integration.arguments import quoted
from medusa_integration.exceptions import LeadLinkedError
from medusa_integration.selling import own_fields, saving
from medusa_integration.selling.customers import take_over_records

SEARCH_SLACK = 200  # Leads searched beyond a page, for those that are linked already


def link_lead(customer_name: str, lead_name: str) -> str:
	"""Give a Lead's Medusa id to an existing Customer, on behalf of the session's user; return the id.

	The Lead becomes Converted, and its contacts, addresses and draft Quotations the Customer's too. Linking
	the same two again changes nothing. Raises frappe.PermissionError, frappe.DoesNotExistError (also for a
	record that the user may not read), frappe.ValidationError where the Lead has no Medusa id, and
	LeadLinkedError where either of them belongs to another.
	"""
	customer = get_readable("Customer", customer_name)
	lead = get_readable("Lead", lead_name)
	customer.check_permission("write")
	check_link(customer, lead)
	if customer.medusa_id == lead.medusa_id and customer.lead_name == lead.name:
		return lead.medusa_id
	transaction.lock("Lead", lead.name, lead.modified)
	customer.medusa_id = lead.medusa_id
	customer.lead_name = lead.name
	with saving.saving_from_medusa(), own_fields.writable(customer):
		customer.save()
	frappe.db.set_value("Lead", lead.name, "status", "Converted")
	take_over_records(customer)
	return lead.medusa_id


def get_readable(doctype: str, name: str) -> Document:
	"""A document that the user may read. One that they may not is not there: the answer tells no names."""
	if frappe.db.exists(doctype, name):
		doc = frappe.get_doc(doctype, name)
		if doc.has_permission("read"):
			return doc
	frappe.throw(_("{0} {1} not found").format(_(doctype), quoted(name)), frappe.DoesNotExistError)


def check_link(customer: Document, lead: Document) -> None:
	"""Raise unless the Lead has a Medusa id and neither of the two is linked to another."""
	if not lead.medusa_id:
		frappe.throw(_("Selected Lead does not have a Medusa ID"))
	others = {"medusa_id": lead.medusa_id, "lead_name": lead.name}
	other = frappe.get_all(
		"Customer", filters={"name": ("!=", customer.name)}, or_filters=others, pluck="name", limit=1
	)
	if other and frappe.has_permission("Customer", "read", other[0]):
		message = _("This Medusa Lead is already linked to another Customer: {0}").format(quoted(other[0]))
		frappe.throw(message, LeadLinkedError)
	if other:
		frappe.throw(_("This Medusa Lead is already linked to another Customer."), LeadLinkedError)
	if customer.medusa_id and customer.medusa_id != lead.medusa_id:
		message = _("Customer {0} has another Medusa ID already: {1}")
		frappe.throw(message.format(quoted(customer.name), quoted(customer.medusa_id)), LeadLinkedError)


def search_leads(text: str, start: int, page_length: int) -> list[tuple]:
	"""Return Leads, of those that the user may read, with a Medusa id that no Customer has.

	`text` is what the user typed; `start` and `page_length` count rows. Returns tuples of name, title, e-mail
	and Medusa id.
	"""
	fields = ["name", "title", "email_id", "medusa_id"]
	end, found = start + page_length, []
	# most linked Leads are Converted; of the others only the ids tell whether they are linked
	for is_converted in ("!=", "="):
		leads = frappe.get_list(
			"Lead",
			filters=[["medusa_id", "is", "set"], ["status", is_converted, "Converted"]],
			or_filters=[[field, "like", f"%{text}%"] for field in fields],
			fields=fields,
			limit_page_length=end + SEARCH_SLACK,
			as_list=True,
		)
		ids = [lead[3] for lead in leads]
		linked = set(frappe.get_all("Customer", filters={"medusa_id": ("in", ids)}, pluck="medusa_id"))
		found += [lead for lead in leads if lead[3] not in linked]
		if len(found) >= end:
			break
	return found[start:end]
