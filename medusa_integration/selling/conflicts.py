"""Conflicts: two records may be the same customer, and a person decides. What each choice does.

A row of Medusa Sync Log waits for the decision. A sign-up has the e-mail of another Lead; or a Lead that is
to be converted may belong to an existing Customer; or, on an old site, several records have the same id.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.permissions import get_doctype_roles

from medusa_integration import exact
from medusa_integration.arguments import quoted, spellings
from medusa_integration.exceptions import ConflictError
from medusa_integration.selling import (
	accounts,
	finding,
	leads,
	linking,
	matching,
	own_fields,
	saving,
	shop_customers,
)
from medusa_integration.selling.customers import customer_of_lead
from medusa_integration.types import MedusaCustomer

ADOPT, CLEAR_EMAIL, LINK, FURTHER_BUYER, NEW_CUSTOMER = "adopt", "clear_email", "link", "further_buyer", "new"
CLEAR_CONTACT, KEEP = "clear_contact", "keep"

# DocTypes, each with a permission
Permissions = tuple[tuple[str, str], ...]


class Choice(NamedTuple):
	"""What a person may choose: the `action`, its label, and what it does, in words.

	`needs` are the permissions that the user must have for it.
	"""

	action: str
	label: str
	effect: str
	needs: Permissions


class Claim(NamedTuple):
	"""A record that may be the same customer, as `finding.describe_all` shows it, and the choices."""

	doctype: str
	record: dict[str, Any]
	choices: list[Choice]


# permissions


def lacking(needs: Permissions) -> str:
	"""Return which of some permissions the user does not have, and which roles give it, in words; or ""."""
	for doctype, permission in needs:
		if not frappe.has_permission(doctype, permission):
			roles = ", ".join(_(role) for role in dict.fromkeys(get_doctype_roles(doctype, permission)))
			message = _("You do not have the permission {0}. It comes with each of these roles: {1}.")
			return message.format(f"{_(doctype)} ({_(permission)})", roles)
	return ""


def check_needs(needs: Permissions) -> None:
	"""Raise frappe.PermissionError if the user does not have all of some permissions."""
	message = lacking(needs)
	if message:
		frappe.throw(message, frappe.PermissionError)


# a sign-up that has the e-mail of another Lead


def claims_of_sign_up(customer: MedusaCustomer) -> list[Claim]:
	"""Return the Leads that have the e-mail of a sign-up and that the user may read.

	A customer who only changed the e-mail has a Lead, and can get no other one. For them the Contacts of
	other accounts count, too.
	"""
	is_new = not accounts.find_party(customer["id"])
	alike = frappe.get_all("Lead", {"email_id": ("in", spellings(customer["email"]))}, pluck="name", limit=0)
	found = []
	for record in finding.describe_all("Lead", alike):
		# the customer's own Lead is no other record
		if not exact.is_same(record["medusa_id"], customer["id"]):
			found.append(Claim("Lead", record, choices_for_lead(record, is_new)))
	return found if is_new else [*found, *claims_of_contacts(customer, found)]


def claims_of_contacts(customer: MedusaCustomer, claims: list[Claim]) -> list[Claim]:
	"""Return the Contacts of other accounts that have the new e-mail of a customer.

	Contacts of the Leads in `claims` are left out: they lose the e-mail together with their Lead.
	"""
	names = shop_customers.contacts_with_email(customer["email"], customer["id"])
	fields = ["name", "first_name", "last_name", "company_name", "mobile_no", "creation", "medusa_id"]
	known = {claim.record["medusa_id"] for claim in claims}
	effect = _("The e-mail is removed from Contact {0}, and this customer gets it.")
	return [
		Claim(
			"Contact",
			{
				"name": row.name,
				"person": " ".join(filter(None, (row.first_name, row.last_name))),
				"company": row.company_name or "",
				"email": customer["email"],
				"phone": row.mobile_no or "",
				"since": str(row.creation)[:10],
				"medusa_id": row.medusa_id,
			},
			[Choice(CLEAR_CONTACT, _("Another person"), effect.format(row.name), (("Contact", "write"),))],
		)
		for row in frappe.get_list("Contact", filters={"name": ("in", names)}, fields=fields, limit=0)
		if row.medusa_id not in known
	]


def choices_for_lead(record: dict[str, Any], is_new: bool) -> list[Choice]:
	"""Return what can be done about a Lead that has the e-mail of a customer, who is new or changed it."""
	choices, needs = [], (("Lead", "write"),)
	if is_new and not record["medusa_id"]:
		choices.append(choice_to_adopt(record, needs))
	effect = _("The e-mail is removed from Lead {0}, and the shop account gets a Lead of its own.")
	if not is_new:
		effect = _("The e-mail is removed from Lead {0}, and this customer gets it.")
	choices.append(Choice(CLEAR_EMAIL, _("Another person"), effect.format(record["name"]), needs))
	return choices


def choice_to_adopt(record: dict[str, Any], needs: Permissions) -> Choice:
	"""Return the choice that a Lead gets the shop account, and so does its Customer if it has one."""
	label, names = _("Same person"), [record["name"]]
	effect = _("Lead {0} gets the shop account. Only its blank fields are filled.")
	if customer_of_lead(record["name"]):
		needs = (*needs, ("Customer", "write"))
		effect = _("Lead {0} gets the shop account, and so does its Customer.")
	if record["customer"]:
		names.append(record["customer"])
		effect = _("Lead {0} gets the shop account, and so does its Customer {1}.")
	return Choice(ADOPT, label, effect.format(*names), needs)


def adopt(lead_name: str, customer: MedusaCustomer) -> None:
	"""Let a shop account adopt a Lead; if the Lead is converted, link its Customer to the account.

	A Customer with an account of another buyer gets a further buyer. Raises frappe.PermissionError if the
	user may not write the Lead, and ConflictError if the Lead has another account, or if ERPNext would not
	save it because another Lead has the e-mail, too.
	"""
	lead = linking.get_readable("Lead", lead_name)
	lead.check_permission("write")
	if lead.medusa_id:
		message = _("Lead {0} has the shop account {1} by now.")
		frappe.throw(message.format(quoted(lead.name), quoted(lead.medusa_id)), ConflictError)
	check_only_lead(lead)
	owner = customer_of_lead(lead.name)
	leads.adopt_by_hand(lead.name, customer)
	if owner:
		is_further = bool(accounts.medusa_id_of("Customer", owner))
		linking.link_lead(owner, lead.name, as_further_buyer=is_further)


def check_only_lead(lead: Document) -> None:
	"""Raise ConflictError if ERPNext refuses to save a Lead because another one has the same e-mail."""
	others = [other.name for other in leads.leads_alike(lead.email_id or "") if other.name != lead.name]
	if lead.email_id and others and not leads.allows_duplicate_emails():
		message = _(
			"Lead {0} has this e-mail, too; ERPNext allows it only once. First choose Another person there."
		)
		frappe.throw(message.format(quoted(others[0])), ConflictError)


def clear_email(lead_name: str) -> None:
	"""Remove the e-mail of a Lead, and of the Contact of its account, with a Comment.

	Raises frappe.PermissionError if the user may not write the Lead.
	"""
	lead = linking.get_readable("Lead", lead_name)
	lead.check_permission("write")
	email, lead.email_id = lead.email_id, None
	with saving.saving_from_medusa(), own_fields.writable(lead):
		lead.flags.ignore_mandatory = True
		lead.save()
	contact = exact.find_name("Contact", "medusa_id", lead.medusa_id) if lead.medusa_id else None
	if contact:
		remove_email(frappe.get_doc("Contact", contact), email or "")
	comment_on_email(lead, email or "")


def clear_contact(contact_name: str, email: str) -> None:
	"""Remove an e-mail of a Contact, with a Comment.

	Raises frappe.PermissionError if the user may not write the Contact.
	"""
	contact = linking.get_readable("Contact", contact_name)
	contact.check_permission("write")
	remove_email(contact, email)
	comment_on_email(contact, email)


def remove_email(contact: Document, email: str) -> None:
	"""Remove an e-mail of a Contact, and of the Customer that has it from there."""
	shop_customers.change_contact(contact, {"email": ""}, {"email": email})


def comment_on_email(document: Document, email: str) -> None:
	"""Add a Comment to a Lead or Contact that lost its e-mail."""
	message = _("removed the e-mail {0}: a shop account of another person has it")
	document.add_comment("Info", message.format(quoted(email)))


# a Lead that may belong to an existing Customer


def claims_of_lead(lead: Document) -> list[Claim]:
	"""Return the Customers that a Lead may belong to and that the user may read.

	Raises frappe.PermissionError if the user may read none.
	"""
	check_needs((("Customer", "read"),))
	matches = matching.likely_customers(lead, matching.STRONG)
	return [
		Claim("Customer", record, [choice_for_customer(record)])
		for record in finding.likely("Customer", matches)
	]


def choice_for_customer(record: dict[str, Any]) -> Choice:
	"""Return what can be done about a Customer that a Lead may belong to."""
	action, needs = LINK, (("Customer", "write"),)
	effect = _("Customer {0} gets the shop account. The draft Quotations move there.")
	if record["medusa_id"]:
		action = FURTHER_BUYER
		effect = _("Customer {0} keeps its shop account, and this person becomes a further buyer.")
	return Choice(action, _("Same company"), effect.format(record["name"]), needs)


def new_customer() -> Choice:
	"""Return the choice that applies if no existing Customer is the right one."""
	effect = _("A new Customer is created from the Lead.")
	return Choice(NEW_CUSTOMER, _("Another company"), effect, (("Customer", "create"),))


def decide_on_lead(action: str, lead: str, customer: str) -> None:
	"""Do what a person chose for a Lead that may belong to a Customer. Raises as `linking` does."""
	actions: dict[str, Callable] = {
		LINK: lambda: linking.link_lead(customer, lead),
		FURTHER_BUYER: lambda: linking.link_lead(customer, lead, as_further_buyer=True),
		NEW_CUSTOMER: lambda: linking.convert(lead),
	}
	actions[action]()


# an id that several records have


def claims_of_duplicates(doctype: str, medusa_id: str) -> list[Claim]:
	"""Return the Leads, or the Customers, that have the same id and that the user may read."""
	records = finding.describe_all(doctype, names_with(doctype, medusa_id))
	return [Claim(doctype, record, [choice_to_keep(doctype, record["name"])]) for record in records]


def choice_to_keep(doctype: str, name: str) -> Choice:
	"""Return the choice that one of several records keeps their id."""
	effect = _("{0} {1} keeps the shop account. It is taken from the others.")
	return Choice(KEEP, _("Keep here"), effect.format(_(doctype), name), ((doctype, "write"),))


def keep(doctype: str, name: str, medusa_id: str) -> None:
	"""Let one of several records keep their id: it is taken from the others, with a Comment.

	Raises frappe.PermissionError if the user may not write one of the others.
	"""
	message = _("took the Medusa ID {0} from this record: {1} keeps it")
	for other in names_with(doctype, medusa_id):
		if other != name:
			document = frappe.get_doc(doctype, other)
			document.check_permission("write")
			document.db_set("medusa_id", None)
			document.add_comment("Info", message.format(quoted(medusa_id), quoted(name)))


def names_with(doctype: str, medusa_id: str) -> list[str]:
	"""Return the names of all records of a DocType with a Medusa id, the oldest first."""
	return [row.name for row in exact.find_all(doctype, "medusa_id", medusa_id, order_by="creation")]
