"""The customers of the shop, as Medusa has them: a new one becomes a Lead, and changes reach ERPNext.

A change replaces only what no clerk has changed since Medusa said it last. Medusa checks little of what a
customer enters, so a value that ERPNext cannot hold is left out, and the rest is used.
"""

from typing import NamedTuple, cast

import frappe
from frappe import _
from frappe.model.document import Document

from medusa_integration import exact
from medusa_integration.arguments import Arguments, quoted, spellings
from medusa_integration.exceptions import LeadConflictError, throw_conflict
from medusa_integration.selling import accounts, leads, parties, saving, shop_accounts, shop_addresses
from medusa_integration.selling.shop_accounts import Seen
from medusa_integration.selling.shop_addresses import ShopAddress
from medusa_integration.types import MedusaCustomer

# Medusa's field -> the field of MedusaCustomer
FIELDS = {
	"email": "email",
	"first_name": "first_name",
	"last_name": "last_name",
	"phone": "mobile",
	"company_name": "organization_name",
}
LEAD_FIELDS = {
	"email": "email_id",
	"first_name": "first_name",
	"last_name": "last_name",
	"mobile": "mobile_no",
	"organization_name": "company_name",
}
CONTACT_FIELDS = {"first_name": "first_name", "last_name": "last_name", "organization_name": "company_name"}
NEVER_EMPTY = ("email", "first_name", "last_name")
# the keys that are read in a customer
CUSTOMER_KEYS = ("id", *FIELDS, "updated_at", "deleted_at")
CREATED, ADOPTED, UPDATED, UNCHANGED, DELETED = "created", "adopted", "updated", "unchanged", "deleted"


class ShopCustomer(NamedTuple):
	"""A customer as Medusa has it.

	`values` are the fields of FIELDS that ERPNext can hold. `updated_at` is the time of the last change, as
	ISO 8601 in UTC, or "".
	"""

	id: str
	values: dict[str, str]
	addresses: list[ShopAddress]
	updated_at: str
	is_deleted: bool

	def as_sign_up(self) -> MedusaCustomer:
		"""Return the customer as `leads.insert_lead` expects it; missing values are empty."""
		values = {field: self.values.get(field, "") for field in FIELDS.values()}
		return cast(MedusaCustomer, {"id": self.id, **values, "t_c_acceptance": False})


class Outcome(NamedTuple):
	"""What became of a customer: the Lead or Customer ("" for none), and one of the results above."""

	doctype: str
	name: str
	result: str


def read_customer(sent: Arguments, rows: list[Arguments]) -> ShopCustomer:
	"""Return a customer with the addresses of `rows`. `id` and `email` are required, `updated_at` checked."""
	medusa_id, email = sent.identifier("id", required=True), sent.email("email")
	updated_at, deleted_at = sent.instant("updated_at"), sent.instant("deleted_at")
	values = {"email": email}
	for name, field in FIELDS.items():
		own = Arguments(sent.sent)
		value = own.phone(name) if name == "phone" else own.name_of(name)
		if name in sent.sent and name != "email" and not own.problems:
			values[field] = value
	if len(f"{values.get('first_name', '')} {values.get('last_name', '')}") > leads.NAME_LENGTH:
		del values["last_name"]
	addresses = [address for row in rows if (address := shop_addresses.read_address(row))]
	return ShopCustomer(medusa_id, values, addresses, updated_at, bool(deleted_at))


def save_customer(customer: ShopCustomer) -> Outcome:
	"""Create or update the Lead, the Contact and the Addresses of a customer; return what was done.

	What is older than what was seen before changes nothing. Raises LeadConflictError and LeadAdoptionError as
	`leads.insert_lead` does, and LeadConflictError if the new e-mail belongs to another.
	"""
	seen = shop_accounts.load(customer.id)
	party = accounts.find_party(customer.id)
	if seen and party and customer.updated_at < seen.at:
		return Outcome(*party, UNCHANGED)
	if not party and customer.is_deleted:
		return Outcome("", "", UNCHANGED)
	result = UNCHANGED
	if party:
		parties.lock_party(*party)
	else:
		party, result = create(customer)
		seen = shop_accounts.load(customer.id)
	was_changed = bool(seen) and change(customer, cast(Seen, seen))
	title = title_of(*party)
	known = seen.addresses if seen else {}
	was_changed |= shop_addresses.save(customer.addresses, known, party, title)
	if customer.is_deleted and not (seen and seen.is_deleted):
		comment_on_deletion(*party)
		result = DELETED
	remember(customer, seen)
	return Outcome(*party, UPDATED if was_changed and result == UNCHANGED else result)


def create(customer: ShopCustomer) -> tuple[tuple[str, str], str]:
	"""Create a Lead, or adopt one; return the party and the result."""
	before = leads.leads_with_email(customer.values["email"])
	leads.insert_lead(customer.as_sign_up())
	party = accounts.find_party(customer.id)
	return cast(tuple[str, str], party), ADOPTED if party and party[1] in before else CREATED


def foresee(customer: ShopCustomer) -> str:
	"""Return what `save_customer` would do with a customer, without doing it: UNCHANGED if it is known.

	Raises as `save_customer` does.
	"""
	if accounts.find_party(customer.id) or customer.is_deleted:
		return UNCHANGED
	return ADOPTED if leads.find_adoptable(customer.as_sign_up()) else CREATED


def remember(customer: ShopCustomer, seen: Seen | None) -> None:
	"""Store what Medusa says now."""
	before = seen or Seen({}, {})
	addresses = {address.id: address.fields for address in customer.addresses}
	now = Seen(
		{**before.values, **customer.values},
		{**before.addresses, **addresses},
		max(customer.updated_at, before.at),
		customer.is_deleted or before.is_deleted,
	)
	if now != seen:
		shop_accounts.store(customer.id, now, is_new=not seen)


# changes


def change(customer: ShopCustomer, seen: Seen) -> bool:
	"""Update the Lead and the Contact with what the customer has changed; return whether anything was."""
	changes = {
		field: value
		for field, value in customer.values.items()
		if seen.values.get(field, value) != value and (value or field not in NEVER_EMPTY)
	}
	if not changes:
		return False
	lead = exact.find_name("Lead", "medusa_id", customer.id)
	contact = exact.find_name("Contact", "medusa_id", customer.id)
	if "email" in changes:
		check_email(changes["email"], lead, customer.id)
	was_changed = False
	if lead:
		document = frappe.get_doc("Lead", lead)
		changes = unchanged_by_clerks(document, changes, seen.values)
		was_changed = change_lead(document, changes)
	if contact:
		# ERPNext copies the numbers of a Contact to its Lead when it saves the Contact
		numbers = lead and frappe.db.get_value("Lead", lead, ["phone", "mobile_no"], as_dict=True)
		was_changed |= change_contact(frappe.get_doc("Contact", contact), changes, seen.values)
		if numbers:
			frappe.db.set_value("Lead", lead, numbers, update_modified=False)
	return was_changed


def check_email(email: str, lead: str | None, medusa_id: str) -> None:
	"""Raise LeadConflictError if another Lead, or the Contact of another account, has an e-mail."""
	others = [("Lead", name) for name in leads.leads_with_email(email) if name != lead]
	others += [("Contact", name) for name in contacts_with_email(email, medusa_id)]
	if others:
		message = _("The customer's new e-mail address {0} belongs to another already. A person must decide.")
		throw_conflict(message.format(quoted(email)), LeadConflictError, *others[0])


def contacts_with_email(email: str, medusa_id: str) -> list[str]:
	"""Return the Contacts of accounts other than `medusa_id` that have an e-mail."""
	contact = frappe.qb.DocType("Contact")
	query = frappe.qb.from_(contact).select(contact.name, contact.medusa_id)
	query = query.where(contact.email_id.isin(spellings(email)) & contact.medusa_id.isnotnull())
	return [name for name, account in query.run() if not exact.is_same(account, medusa_id)]


def unchanged_by_clerks(lead: Document, changes: dict[str, str], seen: dict[str, str]) -> dict[str, str]:
	"""Return those of `changes` whose field of the Lead still has the value that Medusa said last.

	The Contact follows the Lead: they are the same person.
	"""
	return {key: value for key, value in changes.items() if (lead.get(LEAD_FIELDS[key]) or "") == seen[key]}


def change_lead(lead: Document, changes: dict[str, str]) -> bool:
	"""Set fields of a Lead; return whether there were any."""
	if changes:
		lead.update({LEAD_FIELDS[key]: value for key, value in changes.items()})
		leads.save(lead)
	return bool(changes)


def change_contact(contact: Document, changes: dict[str, str], seen: dict[str, str]) -> bool:
	"""Set the fields of a Contact that no clerk has changed since; return whether there were any.

	If the Contact is the primary one of a Customer, the Customer's e-mail and phone follow, as on the form.
	"""
	values = {
		field: changes[key]
		for key, field in CONTACT_FIELDS.items()
		if key in changes and (contact.get(field) or "") == seen[key]
	}
	contact.update(values)
	was_changed = bool(values)
	if "email" in changes:
		was_changed |= change_row(contact, "email_ids", "email_id", seen["email"], changes["email"])
	if "mobile" in changes:
		was_changed |= change_row(contact, "phone_nos", "phone", seen["mobile"], changes["mobile"])
	if not was_changed:
		return False
	with saving.saving_from_medusa():
		contact.save(ignore_permissions=True)
	for name in frappe.get_all("Customer", {"customer_primary_contact": contact.name}, pluck="name"):
		frappe.db.set_value("Customer", name, {"email_id": contact.email_id, "mobile_no": contact.mobile_no})
	return True


def change_row(contact: Document, table: str, field: str, before: str, after: str) -> bool:
	"""Replace an e-mail or a phone number of a Contact, add the first one, or remove it if `after` is "".

	Returns False if a clerk has changed it.
	"""
	rows = contact.get(table)
	row = next((row for row in rows if (row.get(field) or "").lower() == before.lower()), None)
	if row and after:
		row.set(field, after)
	elif row:
		contact.set(table, [other for other in rows if other is not row])
	elif not rows and after:
		primary = "is_primary" if table == "email_ids" else "is_primary_mobile_no"
		contact.append(table, {field: after, primary: 1})
	else:
		return False
	return True


def comment_on_deletion(doctype: str, name: str) -> None:
	"""Add a Comment to the Lead or Customer whose account was deleted in the shop."""
	frappe.get_doc(doctype, name).add_comment("Info", _("the shop account of this customer was deleted"))


def title_of(doctype: str, name: str) -> str:
	"""Return the title of a Lead or Customer, for its Addresses."""
	field = "customer_name" if doctype == "Customer" else "title"
	return frappe.db.get_value(doctype, name, field) or name
