"""Customers: a Lead is converted to one, and those without a shop account are found."""

from typing import Any

import frappe
from erpnext.crm.doctype.lead.lead import _make_customer
from frappe.model.document import Document
from frappe.query_builder import Criterion
from frappe.query_builder.functions import Locate

from medusa_integration import transaction
from medusa_integration.compat import link_address_and_contact
from medusa_integration.constants import CUSTOMER_GROUP, SALES_PERSON
from medusa_integration.selling import own_fields, saving
from medusa_integration.settings import get_settings

NAME_LENGTH = 130  # characters; ERPNext adds " - 1" to a name that is taken, and a name holds 140


def customer_of_lead(lead: str) -> str | None:
	"""The Customer that a Lead became, whoever converted it; the oldest, should there be several."""
	return frappe.db.get_value("Customer", {"lead_name": lead}, "name", order_by="creation asc")


def convert_lead(lead_name: str, keep_quotation: str | None = None) -> str:
	"""Turn a Lead into a Customer, once; return the Customer's name.

	Goes through ERPNext's own mapping. The Lead's draft Quotations move along (`move_draft_quotations`),
	except `keep_quotation`, which the caller is about to save himself.
	"""
	lead = frappe.get_doc("Lead", lead_name)
	transaction.lock("Lead", lead.name, lead.modified)
	existing = customer_of_lead(lead.name)
	if existing:
		bring_along(existing, lead, keep_quotation)
		return existing
	customer = _make_customer(lead.name, ignore_permissions=True)
	settings = get_settings()
	customer.customer_name = lead.company_name or lead.lead_name
	customer.customer_group = settings.customer_group or CUSTOMER_GROUP
	customer.medusa_id = lead.medusa_id
	customer.lead_name = lead.name
	customer.set("sales_team", [])
	salesperson = settings.sales_person or SALES_PERSON
	customer.append("sales_team", {"sales_person": salesperson, "allocated_percentage": 100})
	customer.flags.medusa_keep_quotation = keep_quotation
	customer.flags.ignore_mandatory = True
	name = saving.harmless(customer.customer_name)
	set_name = None if can_be_a_name(name) else f"{lead.name} {name}"[:140]
	with saving.saving_from_medusa(), own_fields.writable(customer):
		return customer.insert(ignore_permissions=True, set_name=set_name).name


def can_be_a_name(customer_name: str) -> bool:
	"""Whether ERPNext, which names a Customer after his name unless told otherwise, will take this one."""
	return frappe.defaults.get_global_default("cust_master_name") != "Customer Name" or (
		len(customer_name) <= NAME_LENGTH
		and customer_name != "Customer"
		and not saving.is_route(customer_name)
		and not customer_name.startswith("New Customer")
		and not frappe.db.exists("Customer Group", customer_name)
	)


def bring_along(customer_name: str, lead: Document, keep_quotation: str | None) -> None:
	"""Give a Customer that a Lead became before what it has got since: id, addresses, drafts."""
	customer = frappe.get_doc("Customer", customer_name)
	if lead.medusa_id and not customer.medusa_id:
		frappe.db.set_value("Customer", customer.name, "medusa_id", lead.medusa_id)
	customer.flags.medusa_keep_quotation = keep_quotation
	take_over_records(customer)


def take_over_records(customer: Document) -> None:
	"""A Lead's contacts, addresses and drafts become its Customer's; ERPNext does so for new ones."""
	customer.flags.ignore_permissions = True
	with saving.saving_from_medusa():
		link_address_and_contact(customer)
	move_draft_quotations(customer)


def take_medusa_id_from_lead(customer: Document, method: str | None = None) -> None:
	"""Before a Customer is inserted: one that a clerk made from a Lead gets the Lead's Medusa id."""
	if not customer.lead_name or customer.medusa_id:
		return
	medusa_id = frappe.db.get_value("Lead", customer.lead_name, "medusa_id")
	if medusa_id and not frappe.db.exists("Customer", {"medusa_id": medusa_id}):
		customer.medusa_id = medusa_id


def move_draft_quotations(customer: Document, method: str | None = None) -> None:
	"""After a Customer came of a Lead, or was linked to it: the Lead's draft Quotations are the Customer's
	now.

	Written past the Quotation's own save, so that what was quoted is not priced anew, and a draft that
	ERPNext would no longer accept (an Item disabled since) does not stop the sale of another one.
	"""
	if not customer.lead_name:
		return
	drafts = {"quotation_to": "Lead", "party_name": customer.lead_name, "docstatus": 0}
	values = {
		"quotation_to": "Customer",
		"party_name": customer.name,
		"customer_name": customer.customer_name,
		"customer_group": customer.customer_group,
		"territory": customer.territory,
	}
	for name in frappe.get_all("Quotation", drafts, pluck="name"):
		if name != customer.flags.medusa_keep_quotation:
			frappe.db.set_value("Quotation", name, values)


def find_unlinked(name: str, start: int, page_length: int) -> list[dict[str, Any]]:
	"""Customers without a Medusa id whose `customer_name` holds each word of `name`, sorted by
	`customer_name`.

	`start` and `page_length` count rows. Names first, from the index on (medusa_id, customer_name) alone, and
	the rows behind them after: asked the other way round, MariaDB reads every one of a million rows.
	"""
	customer = frappe.qb.DocType("Customer")
	# Locate, for to LIKE the signs % and _ would not mean themselves
	words = [Locate(word, customer.customer_name) > 0 for word in name.split()]
	without_id = customer.medusa_id.isnull()
	if frappe.qb.from_(customer).select(customer.name).where(customer.medusa_id == "").limit(1).run():
		# rare, for migrations make NULL of empty texts: with OR the index gives no order
		without_id = without_id | (customer.medusa_id == "")
	page = (
		frappe.qb.from_(customer)
		.select(customer.name)
		.where(Criterion.all([without_id, *words]))
		.orderby(customer.customer_name, customer.name)
		.limit(page_length)
		.offset(start)
	).run(pluck=True)
	if not page:
		return []
	fields = ["name", "customer_name", "email_id", "mobile_no"]
	rows = frappe.get_all("Customer", filters={"name": ("in", page)}, fields=fields, limit=0)
	place = {name: index for index, name in enumerate(page)}
	return sorted(rows, key=lambda row: place[row["name"]])
