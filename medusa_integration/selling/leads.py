"""The Lead of a Medusa customer: found by its id, adopted by its e-mail, or created."""

from typing import Any

import frappe
from frappe import _
from frappe.contacts.doctype.contact.contact import get_default_contact
from frappe.model.document import Document

from medusa_integration import exact
from medusa_integration.arguments import TOO_LONG, Arguments, quoted, spellings, to_ascii_email
from medusa_integration.compat import lead_source_field
from medusa_integration.constants import LEAD_SOURCE
from medusa_integration.exceptions import LeadAdoptionError, LeadConflictError, throw_conflict
from medusa_integration.medusa_integration.doctype.medusa_sync_log.medusa_sync_log import close_logs_of
from medusa_integration.selling import accounts, own_fields, saving, shop_accounts
from medusa_integration.selling.buyers import is_of_customer, set_contact_id
from medusa_integration.selling.customers import NAME_LENGTH
from medusa_integration.settings import get_settings
from medusa_integration.types import MedusaCustomer

# the keys that `read_customer` and `insert_lead` read
CUSTOMER_FIELDS = tuple(MedusaCustomer.__annotations__)
ADOPT_BY_HAND = "After a person approves"  # an option of `lead_adoption` in Medusa Settings


def read_customer(args: Arguments, *, names_required: bool) -> MedusaCustomer:
	"""Return the fields of a customer that `sign_up` and `insert_lead` share; `id` is left empty."""
	customer = MedusaCustomer(
		id="",
		email=args.email("email"),
		first_name=args.name_of("first_name", required=names_required),
		last_name=args.name_of("last_name", required=names_required),
		mobile=args.phone("mobile"),
		organization_name=args.name_of("organization_name"),
		t_c_acceptance=args.boolean("t_c_acceptance"),
	)
	if len(f"{customer['first_name']} {customer['last_name']}") > NAME_LENGTH:
		message = _("is longer than {0} characters together with the first name")
		args.add_problem("last_name", TOO_LONG, message.format(NAME_LENGTH))
	return customer


def insert_lead(data: MedusaCustomer, *, may_adopt: bool | None = None) -> str | None:
	"""Find, adopt or create the Lead of a Medusa customer; return its name.

	If a Customer, or a Contact of a Customer, has the id already, no Lead is created; the name of the Lead of
	this account is returned, or None.
	`may_adopt`: whether a Lead with the same e-mail may be adopted; with None, Medusa Settings decide. Closes
	the open rows of this customer in the sync log. Raises LeadConflictError if another Lead has the e-mail,
	and LeadAdoptionError if a person must approve the adoption.
	"""
	customer = accounts.find_customer(data["id"])
	if customer:
		close_logs_of(data["id"], "Customer", customer)
		return lead_of_customer(customer, data["id"])
	lead = find_lead(data["id"]) or adopt_lead(data, may_adopt) or make_lead(data)
	close_logs_of(data["id"], "Lead", lead)
	return lead


def lead_of_customer(customer: str, medusa_id: str) -> str | None:
	"""Return the Lead of an account that belongs to a Customer, or None.

	It is the one that the Customer names if the id is its own, else the Lead with the id.
	"""
	lead, own_id = frappe.db.get_value("Customer", customer, ["lead_name", "medusa_id"])
	return lead if exact.is_same(own_id or "", medusa_id) else find_lead(medusa_id)


def find_lead(medusa_id: str) -> str | None:
	"""Return the name of the Lead with this Medusa id, or None."""
	return exact.find_name("Lead", "medusa_id", medusa_id)


def make_lead(data: MedusaCustomer) -> str:
	"""Create a Lead; return its name. Raises as `check_no_duplicate` does."""
	lead = frappe.new_doc("Lead")
	lead.update(lead_fields(data))
	lead.status = "Lead"
	name = save(lead)
	check_no_duplicate(name, data["email"])
	if lead.get("contact_doc"):
		set_contact_id(lead.contact_doc.name, data["id"])
	shop_accounts.remember_sign_up(data)
	return name


def check_no_duplicate(lead: str, email: str) -> None:
	"""Raise frappe.DuplicateEntryError if another call created a Lead with this e-mail at the same moment.

	ERPNext's own check reads the transaction's snapshot. This one reads with a lock, so it waits for
	transactions that are not committed yet. After the error `transaction.run` starts again, and then finds
	the other Lead.
	"""
	table = frappe.qb.DocType("Lead")
	query = frappe.qb.from_(table).select(table.email_id).where(table.email_id.isin(spellings(email)))
	if sum(is_email(stored, email) for stored in query.for_update().run(pluck=True)) > 1:
		raise frappe.DuplicateEntryError("Lead", lead)


def adopt_lead(data: MedusaCustomer, may_adopt: bool | None) -> str | None:
	"""Adopt the Lead that has the e-mail; return its name, or None. Raises as `find_adoptable` does."""
	lead = find_adoptable(data, may_adopt)
	return adopt(lead, data) if lead else None


def find_adoptable(data: MedusaCustomer, may_adopt: bool | None = None) -> str | None:
	"""Return the Lead that has the e-mail, if there is exactly one, without a Medusa id and not converted.

	Returns None if no Lead has the e-mail. `may_adopt` is that of `insert_lead`. Raises LeadConflictError if
	the Lead cannot be adopted, or if ERPNext would refuse a new Lead as a duplicate because an e-mail is
	equal for the database; LeadAdoptionError if the Lead can be adopted, but a person must approve it first.
	"""
	alike = leads_alike(data["email"])
	leads = [lead for lead in alike if is_email(lead.email_id, data["email"])]
	if len(leads) == 1 and not leads[0].medusa_id and not is_converted(leads[0]):
		if get_settings().lead_adoption != ADOPT_BY_HAND if may_adopt is None else may_adopt:
			return leads[0].name
		message = _(
			"Lead {0} has this e-mail address. A person must approve that the shop account adopts this Lead."
		)
		throw_conflict(message.format(leads[0].name), LeadAdoptionError, "Lead", leads[0].name)
	if leads or (alike and not allows_duplicate_emails()):
		message = _("Another Lead has this e-mail address already. A person must decide which Lead to use.")
		throw_conflict(message, LeadConflictError, "Lead", (leads or alike)[0].name)
	return None


def leads_alike(email: str) -> list:
	"""Return the Leads whose e-mail is equal to `email` for the database."""
	fields = ["name", "medusa_id", "status", "email_id"]
	return frappe.get_all("Lead", {"email_id": ("in", spellings(email))}, fields, limit=0)


def leads_with_email(email: str) -> list[str]:
	"""Return the names of the Leads that have an e-mail."""
	return [lead.name for lead in leads_alike(email) if is_email(lead.email_id, email)]


def adopt_by_hand(lead: str, data: MedusaCustomer) -> None:
	"""Let a shop account adopt a Lead that a person has chosen, and close the rows that wait for its Lead."""
	adopt(lead, data)
	close_logs_of(data["id"], "Lead", lead)


def is_email(stored: str, email: str) -> bool:
	"""Return whether the e-mail of a document is `email`.

	Letter case and the spelling of the domain (IDNA) do not matter.
	"""
	return to_ascii_email((stored or "").strip()) == email


def allows_duplicate_emails() -> bool:
	"""Return whether ERPNext allows two Leads whose e-mails are equal for the database."""
	return bool(frappe.db.get_single_value("CRM Settings", "allow_lead_duplication_based_on_emails"))


def adopt(name: str, data: MedusaCustomer) -> str:
	"""Set the Medusa id of a Lead and fill its blank fields; return its name.

	Fields that have a value are not changed. A Comment on the Lead names the shop account, because Medusa
	does not verify e-mails.
	"""
	lead = frappe.get_doc("Lead", name)
	for field, value in lead_fields(data).items():
		if not lead.get(field):
			lead.set(field, value)
	save(lead)
	give_contact_id(name, data)
	sent = [data["first_name"], data["last_name"], data["organization_name"], data["mobile"]]
	message = _(
		"Adopted by the shop account {0}, which has this e-mail address (not verified). Sign-up data: {1}"
	)
	lead.add_comment("Comment", message.format(quoted(data["id"]), quoted(", ".join(filter(None, sent)))))
	shop_accounts.remember_sign_up(data)
	return name


def give_contact_id(lead: str, data: MedusaCustomer) -> None:
	"""Give the Contact of an adopted Lead the Medusa id, if it has the e-mail.

	If the Contact belongs to a Customer, only a person may do this: Medusa does not verify e-mails.
	"""
	contact = get_default_contact("Lead", lead)
	if not contact or is_of_customer(contact):
		return
	if is_email(frappe.db.get_value("Contact", contact, "email_id"), data["email"]):
		set_contact_id(contact, data["id"])


def is_converted(lead: Any) -> bool:
	"""Return whether a Lead was converted: by its status, or because a Customer names it as its Lead."""
	return lead.status == "Converted" or bool(frappe.db.exists("Customer", {"lead_name": lead.name}))


def lead_fields(data: MedusaCustomer) -> dict[str, Any]:
	"""Return the values of the Lead's fields for a Medusa customer."""
	return {
		"medusa_id": data["id"],
		"first_name": data["first_name"],
		"last_name": data["last_name"],
		"email_id": data["email"],
		"mobile_no": data["mobile"],
		"company_name": data["organization_name"],
		"t_c_acceptance": int(data["t_c_acceptance"]),
		lead_source_field(): get_settings().lead_source or LEAD_SOURCE,
	}


def save(lead: Document) -> str:
	"""Save a Lead without checks of permissions and mandatory fields; return its name."""
	lead.flags.ignore_permissions = True
	lead.flags.ignore_mandatory = True
	with saving.saving_from_medusa(), own_fields.writable(lead):
		return lead.save().name
