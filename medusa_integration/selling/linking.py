"""Linking an existing Customer to the Lead of a Medusa customer, on the desk."""

import frappe
from frappe import _
from frappe.model.document import Document

from medusa_integration import transaction
from medusa_integration.arguments import quoted
from medusa_integration.exceptions import LeadLinkedError
from medusa_integration.selling import own_fields, saving
from medusa_integration.selling.customers import move_records_of_lead

EXTRA_LEADS = 200  # read in addition to a page, because Leads that are already linked are left out


def link_lead(customer_name: str, lead_name: str) -> str:
	"""Give a Lead's Medusa id to an existing Customer; return the id.

	The permissions of the session's user apply. The status of the Lead becomes Converted, and the Customer
	gets the Lead's contacts, addresses and draft Quotations. Linking the same two again changes nothing.
	Raises frappe.PermissionError if the user may not write the Customer, frappe.DoesNotExistError if a
	document does not exist or the user may not read it, frappe.ValidationError if the Lead has no Medusa id,
	and LeadLinkedError if the Lead or the Customer is linked to another one.
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
	move_records_of_lead(customer)
	return lead.medusa_id


def get_readable(doctype: str, name: str) -> Document:
	"""Return a document, or raise frappe.DoesNotExistError.

	The error is the same for a document that the user may not read: the answer must not reveal that it
	exists.
	"""
	if frappe.db.exists(doctype, name):
		doc = frappe.get_doc(doctype, name)
		if doc.has_permission("read"):
			return doc
	frappe.throw(_("{0} {1} not found").format(_(doctype), quoted(name)), frappe.DoesNotExistError)


def check_link(customer: Document, lead: Document) -> None:
	"""Raise an error if the Lead and the Customer cannot be linked.

	Raises frappe.ValidationError if the Lead has no Medusa id, and LeadLinkedError if one of the two is
	linked to another one. The message names the other Customer only if the user may read it.
	"""
	if not lead.medusa_id:
		frappe.throw(_("Selected Lead does not have a Medusa ID"))
	other = find_other_customer(lead, customer.name)
	if other and frappe.has_permission("Customer", "read", other):
		message = _("This Medusa Lead is already linked to another Customer: {0}").format(quoted(other))
		frappe.throw(message, LeadLinkedError)
	if other:
		frappe.throw(_("This Medusa Lead is already linked to another Customer."), LeadLinkedError)
	if customer.medusa_id and customer.medusa_id != lead.medusa_id:
		message = _("Customer {0} already has another Medusa ID: {1}")
		frappe.throw(message.format(quoted(customer.name), quoted(customer.medusa_id)), LeadLinkedError)


def find_other_customer(lead: Document, customer: str) -> str | None:
	"""Return the Customer, other than `customer`, that has a Lead's Medusa id or names the Lead, or None.

	There are two queries, each with an index: with OR in one query, MariaDB may read all Customers.
	"""
	for field, value in (("medusa_id", lead.medusa_id), ("lead_name", lead.name)):
		for name in frappe.get_all("Customer", {field: value}, pluck="name", limit=0):
			if name != customer:
				return name
	return None


def search_leads(text: str, start: int, page_length: int) -> list[tuple]:
	"""Return the Leads that the user may read and that have a Medusa id that no Customer has.

	`text` is what the user typed; `start` and `page_length` count rows. Returns tuples of name, title, e-mail
	and Medusa id.
	"""
	fields = ["name", "title", "email_id", "medusa_id"]
	end, rows = start + page_length, []
	# most linked Leads are Converted, so Leads with another status are read first; a Lead is certainly linked
	# only if a Customer has its id
	for is_converted in ("!=", "="):
		leads = frappe.get_list(
			"Lead",
			filters=[["medusa_id", "is", "set"], ["status", is_converted, "Converted"]],
			or_filters=[[field, "like", f"%{text}%"] for field in fields],
			fields=fields,
			limit_page_length=end + EXTRA_LEADS,
			as_list=True,
		)
		ids = [lead[3] for lead in leads]
		linked = set(frappe.get_all("Customer", filters={"medusa_id": ("in", ids)}, pluck="medusa_id"))
		rows += [lead for lead in leads if lead[3] not in linked]
		if len(rows) >= end:
			break
	return rows[start:end]
