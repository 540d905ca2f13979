"""Medusa customer -> Lead."""

from typing import Any, TypedDict

import frappe
from frappe import _
from frappe.model.document import Document

from medusa_integration import queue, saving, sync_log
from medusa_integration.exceptions import LeadConflictError
from medusa_integration.settings import LEAD_SOURCE, get_settings

INSERT_LEAD = "medusa_integration.api.insert_lead"  # the job's path is part of the API


class MedusaCustomer(TypedDict):
	"""What is known of a customer when he signs up; `id` is Medusa's."""

	id: str
	email: str
	first_name: str
	last_name: str
	mobile: str
	organization_name: str
	t_c_acceptance: bool


def insert_lead(data: MedusaCustomer) -> str | None:
	"""Make or find the Lead of a Medusa customer; return its name.

	Where a Customer has the id already, no Lead is made and the answer is the Customer's `lead_name`, or
	None. Closes the sync log's open rows for this customer. Raises LeadConflictError where another Lead has
	the e-mail.
	"""
	customer = frappe.db.get_value("Customer", {"medusa_id": data["id"]}, ["name", "lead_name"], as_dict=True)
	if customer:
		sync_log.succeed(data["id"], "Customer", customer.name)
		return customer.lead_name
	lead = find_lead(data["id"]) or adopt_lead(data) or make_lead(data)
	sync_log.succeed(data["id"], "Lead", lead)
	return lead


def find_lead(medusa_id: str) -> str | None:
	"""The name of the Lead with this Medusa id, or None."""
	return frappe.db.get_value("Lead", {"medusa_id": medusa_id}, "name")


def enqueue_insert_lead(data: MedusaCustomer) -> None:
	"""Queue `medusa_integration.api.insert_lead` once this transaction is committed."""
	queue.after_commit(INSERT_LEAD, job_id(data["id"], 1), data=data)


def enqueue_again(data: MedusaCustomer, attempt: int) -> bool:
	"""Queue `medusa_integration.api.insert_lead` now; whether the queue could be asked."""
	return queue.enqueue(INSERT_LEAD, job_id(data["id"], attempt), data=data)


def job_id(medusa_id: str, attempt: int) -> str:
	"""The id of the job of one attempt at a Lead.

	A job whose worker was killed counts as running for minutes, and would keep a new one of its name out.
	"""
	return f"medusa_insert_lead_{medusa_id}_{attempt}"


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
	if len(frappe.qb.from_(table).select(table.name).where(table.email_id == email).for_update().run()) > 1:
		raise frappe.DuplicateEntryError("Lead", lead)


def adopt_lead(data: MedusaCustomer) -> str | None:
	"""Give the id to the one Lead that has the e-mail and is free; fill its blank fields, and only these.

	Returns its name, or None where no Lead has the e-mail. Raises LeadConflictError where it is not free.
	"""
	leads = frappe.get_all("Lead", {"email_id": data["email"]}, ["name", "medusa_id", "status"], limit=2)
	if not leads:
		return None
	found = leads[0]
	if len(leads) > 1 or found.medusa_id or is_converted(found):
		message = _("Another Lead has this e-mail address already. A person has to decide which one it is.")
		frappe.throw(message, LeadConflictError)
	lead = frappe.get_doc("Lead", found.name)
	for field, value in lead_fields(data).items():
		if not lead.get(field):
			lead.set(field, value)
	return save(lead)


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
		source_field(): get_settings().lead_source or LEAD_SOURCE,
	}


def source_field() -> str:
	"""The Lead's field for where it came from: `utm_source` since ERPNext 16."""
	return "utm_source" if frappe.get_meta("Lead").has_field("utm_source") else "source"


def save(lead: Document) -> str:
	"""Save a Lead, and return its name; permissions and mandatory fields are not enforced."""
	lead.flags.ignore_permissions = True
	lead.flags.ignore_mandatory = True
	with saving.ours():
		return lead.save().name
