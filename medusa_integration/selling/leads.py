"""The Lead of a Medusa customer: created, found, or adopted from those that exist."""

from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document

from medusa_integration import exact
from medusa_integration.arguments import Arguments, quoted, spellings, to_ascii_email
from medusa_integration.compat import lead_source_field
from medusa_integration.constants import LEAD_SOURCE
from medusa_integration.exceptions import LeadAdoptionError, LeadConflictError
from medusa_integration.medusa_integration.doctype.medusa_sync_log.medusa_sync_log import close_logs_of
from medusa_integration.selling import own_fields, saving
from medusa_integration.selling.customers import NAME_LENGTH
from medusa_integration.settings import get_settings
from medusa_integration.types import MedusaCustomer

CUSTOMER_FIELDS = tuple(
	MedusaCustomer.__annotations__
)  # the keys that `read_customer` and `insert_lead` read
ADOPT_BY_HAND = "After a person approves"  # of Medusa Settings


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
		args.refuse("last_name", message.format(NAME_LENGTH))
	return customer


def insert_lead(data: MedusaCustomer, *, may_adopt: bool | None = None) -> str | None:
	"""Make or find the Lead of a Medusa customer; return its name.

	Where a Customer has the id already, no Lead is made and the answer is the Customer's `lead_name`, or
	None. `may_adopt`: whether a Lead with the e-mail may be adopted; None leaves it to the settings. Closes
	the sync log's open rows for this customer. Raises LeadConflictError where another Lead has the e-mail,
	and LeadAdoptionError where a person has to approve the adoption.
	"""
	customer = exact.find("Customer", "medusa_id", data["id"], ("lead_name",))
	if customer:
		close_logs_of(data["id"], "Customer", customer.name)
		return customer.lead_name
	if may_adopt is None:
		may_adopt = get_settings().lead_adoption != ADOPT_BY_HAND
	lead = find_lead(data["id"]) or adopt_lead(data, may_adopt) or make_lead(data)
	close_logs_of(data["id"], "Lead", lead)
	return lead


def find_lead(medusa_id: str) -> str | None:
	"""The name of the Lead with this Medusa id, or None."""
	return exact.find_name("Lead", "medusa_id", medusa_id)


def make_lead(data: MedusaCustomer) -> str:
	"""Insert a new Lead."""
	lead = frappe.new_doc("Lead")
	lead.update(lead_fields(data))
	lead.status = "Lead"
	name = save(lead)
	check_alone(name, data["email"])
	return name


def check_alone(lead: str, email: str) -> None:
	"""Collide with another Lead of this e-mail that was made at the same moment.

	ERPNext's own check reads a snapshot; this reads with a lock, and waits for who has not committed yet.
	Raises frappe.DuplicateEntryError: `transaction.run` starts afresh, and sees the other.
	"""
	table = frappe.qb.DocType("Lead")
	query = frappe.qb.from_(table).select(table.email_id).where(table.email_id.isin(spellings(email)))
	if sum(is_email(found, email) for found in query.for_update().run(pluck=True)) > 1:
		raise frappe.DuplicateEntryError("Lead", lead)


def adopt_lead(data: MedusaCustomer, may_adopt: bool) -> str | None:
	"""Give the id to the one Lead that has the e-mail and is free; fill its blank fields, and only these.

	A Comment says who took it: Medusa does not verify e-mails. Returns its name, or None where no Lead has
	the e-mail. Raises LeadConflictError where it is not free, or ERPNext takes another Lead's e-mail for the
	same, and LeadAdoptionError where it is free and may not be adopted yet.
	"""
	fields = ["name", "medusa_id", "status", "email_id"]
	alike = frappe.get_all("Lead", {"email_id": ("in", spellings(data["email"]))}, fields, limit=0)
	leads = [lead for lead in alike if is_email(lead.email_id, data["email"])]
	if len(leads) == 1 and not leads[0].medusa_id and not is_converted(leads[0]):
		if may_adopt:
			return take_over(leads[0].name, data)
		message = _(
			"Lead {0} has this e-mail address. A person has to approve that the shop account takes it over."
		)
		frappe.throw(message.format(leads[0].name), LeadAdoptionError)
	if leads or (alike and not allows_one_email_twice()):
		message = _("Another Lead has this e-mail address already. A person has to decide which one it is.")
		frappe.throw(message, LeadConflictError)
	return None


def is_email(found: str, email: str) -> bool:
	"""Whether a record's e-mail is this one: letter case apart, and however its domain is written."""
	return to_ascii_email((found or "").strip()) == email


def allows_one_email_twice() -> bool:
	"""Whether ERPNext lets two Leads have one e-mail, or what its database takes for one."""
	return bool(frappe.db.get_single_value("CRM Settings", "allow_lead_duplication_based_on_emails"))


def take_over(name: str, data: MedusaCustomer) -> str:
	"""Adopt a Lead, and say so in a Comment."""
	lead = frappe.get_doc("Lead", name)
	for field, value in lead_fields(data).items():
		if not lead.get(field):
			lead.set(field, value)
	save(lead)
	said = [data["first_name"], data["last_name"], data["organization_name"], data["mobile"]]
	message = _(
		"Adopted by the shop account {0}, which has this e-mail address (not verified). The sign-up said: {1}"
	)
	lead.add_comment("Comment", message.format(quoted(data["id"]), quoted(", ".join(filter(None, said)))))
	return name


def is_converted(lead: Any) -> bool:
	"""Whether a Lead became a Customer, by its status or by a Customer that names it."""
	return lead.status == "Converted" or bool(frappe.db.exists("Customer", {"lead_name": lead.name}))


def lead_fields(data: MedusaCustomer) -> dict[str, Any]:
	"""The Lead's fields that come from Medusa."""
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
	"""Save a Lead, and return its name; permissions and mandatory fields are not enforced."""
	lead.flags.ignore_permissions = True
	lead.flags.ignore_mandatory = True
	with saving.saving_from_medusa(), own_fields.writable(lead):
		return lead.save().name
