"""Linking an existing Customer to the Lead of a Medusa customer, on the desk."""

import frappe
from frappe import _
from frappe.model.document import Document

from medusa_integration import exact, transaction
from medusa_integration.arguments import quoted
from medusa_integration.exceptions import ConflictError, LeadLinkedError
from medusa_integration.selling import accounts, own_fields, parties, saving
from medusa_integration.selling.buyers import give_contact_account
from medusa_integration.selling.customers import convert_lead, customer_of_lead, move_records_of_lead


def link_lead(customer_name: str, lead_name: str, *, as_further_buyer: bool = False) -> str:
	"""Give a Lead's Medusa id to an existing Customer; return the id.

	With `as_further_buyer` the id is given to the Lead's Contact, which becomes one of the Customer's: then
	the Customer has another buyer, and keeps an id and a Lead of its own.

	The permissions of the session's user apply. The status of the Lead becomes Converted, and the Customer
	gets the Lead's contacts, addresses and draft Quotations. Linking the same two again changes nothing.
	Raises frappe.PermissionError if the user may not write the Customer, frappe.DoesNotExistError if a
	document does not exist or the user may not read it, frappe.ValidationError if the Lead has no Medusa id,
	and LeadLinkedError if the Lead or the Customer is linked to another one.
	"""
	customer = get_readable("Customer", customer_name)
	lead = get_readable("Lead", lead_name)
	customer.check_permission("write")
	check_link(customer, lead, as_further_buyer)
	if is_linked(customer, lead, as_further_buyer):
		return lead.medusa_id
	transaction.lock("Lead", lead.name, lead.modified)
	if as_further_buyer:
		parties.lock_party("Customer", customer.name)
		give_contact_account(lead)
	else:
		customer.medusa_id = lead.medusa_id
		customer.lead_name = lead.name
		with saving.saving_from_medusa(), own_fields.writable(customer):
			customer.save()
	frappe.db.set_value("Lead", lead.name, "status", "Converted")
	move_records_of_lead(customer, lead.name)
	comment_on_link(customer, lead, as_further_buyer)
	return lead.medusa_id


def is_linked(customer: Document, lead: Document, as_further_buyer: bool) -> bool:
	"""Return whether the two are linked already."""
	if customer.medusa_id == lead.medusa_id:
		return as_further_buyer or customer.lead_name == lead.name
	return as_further_buyer and customer.name in accounts.customers_of_contact(lead.medusa_id)


def comment_on_link(customer: Document, lead: Document, as_further_buyer: bool) -> None:
	"""Add a Comment to both: it says who linked them."""
	message = _("linked this Customer to the Medusa Lead {0} ({1})")
	if as_further_buyer:
		message = _("made the Medusa Lead {0} ({1}) a further buyer of this Customer")
	customer.add_comment("Info", message.format(quoted(lead.name), quoted(lead.medusa_id)))
	message = _("linked this Lead to the Customer {0}")
	if as_further_buyer:
		message = _("made this Lead a further buyer of the Customer {0}")
	lead.add_comment("Info", message.format(quoted(customer.name)))


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


def check_link(customer: Document, lead: Document, as_further_buyer: bool) -> None:
	"""Raise an error if the Lead and the Customer cannot be linked.

	Raises frappe.ValidationError if the Lead has no Medusa id, and LeadLinkedError if one of the two is
	linked to another one; a Customer with a further buyer may be. The message names the other Customer only
	if the user may read it.
	"""
	if not lead.medusa_id:
		frappe.throw(_("Selected Lead does not have a Medusa ID"))
	other = find_other_customer(lead, customer.name)
	if other and frappe.has_permission("Customer", "read", other):
		message = _("This Medusa Lead is already linked to another Customer: {0}").format(quoted(other))
		frappe.throw(message, LeadLinkedError)
	if other:
		frappe.throw(_("This Medusa Lead is already linked to another Customer."), LeadLinkedError)
	if customer.medusa_id and customer.medusa_id != lead.medusa_id and not as_further_buyer:
		message = _("Customer {0} already has another Medusa ID: {1}")
		frappe.throw(message.format(quoted(customer.name), quoted(customer.medusa_id)), LeadLinkedError)


def find_other_customer(lead: Document, customer: str) -> str | None:
	"""Return the Customer, other than `customer`, that a Lead is linked to, or None.

	It has the Lead's Medusa id, or names the Lead, or is that of the Contact with the id. The queries have an
	index each: with OR in one query, MariaDB may read all Customers.
	"""
	for field, value in (("medusa_id", lead.medusa_id), ("lead_name", lead.name)):
		for name in frappe.get_all("Customer", {field: value}, pluck="name", limit=0):
			if name != customer:
				return name
	buyers_of = accounts.customers_of_contact(lead.medusa_id)
	return next((name for name in buyers_of if name != customer), None) if customer not in buyers_of else None


def convert(lead_name: str) -> tuple[str, str]:
	"""Convert a Lead to a Customer by hand, as an approval would; return the Customer and the Medusa id.

	Raises frappe.DoesNotExistError if the Lead does not exist or the user may not read it, and
	frappe.ValidationError if it has no Medusa id.
	"""
	lead = get_readable("Lead", lead_name)
	if not lead.medusa_id:
		frappe.throw(_("Selected Lead does not have a Medusa ID"))
	was_converted = bool(customer_of_lead(lead.name))
	customer = convert_lead(lead.name, by_hand=True)
	if was_converted:
		return customer, lead.medusa_id
	lead.add_comment("Info", _("converted this Lead to the Customer {0}").format(quoted(customer)))
	return customer, lead.medusa_id


def unlink_account(customer_name: str, medusa_id: str, reason: str) -> str | None:
	"""Take a shop account from a Customer; return the name of its Lead, which is open again, or None.

	The id leaves the Customer, or the Contact of a further buyer. The account's draft Quotations move back to
	the Lead. Contacts and addresses that came with the account stay with the Customer. Both records get a
	Comment with the `reason`. Raises frappe.DoesNotExistError if the Customer does not exist, and
	ConflictError if it does not have this account.
	"""
	customer = get_readable("Customer", customer_name)
	customer.check_permission("write")
	transaction.lock("Customer", customer.name, customer.modified)
	contact = exact.find("Contact", "medusa_id", medusa_id, ("modified",))
	if contact:
		transaction.lock("Contact", contact.name, contact.modified)
	is_own = exact.is_same(customer.medusa_id or "", medusa_id)
	if not is_own and customer.name not in accounts.customers_of_contact(medusa_id):
		message = _("Customer {0} does not have the shop account {1}.")
		frappe.throw(message.format(quoted(customer.name), quoted(medusa_id)), ConflictError)
	lead = exact.find_name("Lead", "medusa_id", medusa_id)
	if is_own:
		keeps_lead = customer.lead_name and customer.lead_name != lead
		values = {"medusa_id": None, "lead_name": customer.lead_name if keeps_lead else None}
		frappe.db.set_value("Customer", customer.name, values)
	if contact:
		frappe.db.set_value("Contact", contact.name, "medusa_id", None)
	if lead:
		reopen_lead(lead, customer.name, medusa_id)
	comment_on_unlink(customer, lead, medusa_id, reason)
	return lead


def reopen_lead(lead: str, customer: str, medusa_id: str) -> None:
	"""Open a Lead again, and give it the drafts that its account requested for a Customer."""
	frappe.db.set_value("Lead", lead, "status", "Open")
	drafts = {"quotation_to": "Customer", "party_name": customer, "docstatus": 0}
	name, territory = frappe.db.get_value("Lead", lead, ["title", "territory"])
	values = {"quotation_to": "Lead", "party_name": lead, "customer_name": name, "territory": territory}
	for quotation in frappe.get_all("Quotation", {**drafts, "medusa_customer_id": medusa_id}, pluck="name"):
		frappe.db.set_value("Quotation", quotation, {**values, "customer_group": None})


def comment_on_unlink(customer: Document, lead: str | None, medusa_id: str, reason: str) -> None:
	"""Add a Comment to both: it says who took the account away, and why."""
	message = _("took the shop account {0} from this Customer: {1}")
	customer.add_comment("Info", message.format(quoted(medusa_id), quoted(reason)))
	if lead:
		message = _("took the shop account of this Lead from the Customer {0}: {1}")
		message = message.format(quoted(customer.name), quoted(reason))
		frappe.get_doc("Lead", lead).add_comment("Info", message)
