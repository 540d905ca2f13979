"""Customers: converting a Lead to one, and finding those without a shop account."""

from typing import Any

import frappe
from erpnext.crm.doctype.lead.lead import _make_customer
from frappe import _
from frappe.model.document import Document
from frappe.query_builder import Criterion
from frappe.query_builder.functions import Locate

from medusa_integration import transaction
from medusa_integration.compat import link_address_and_contact
from medusa_integration.constants import CUSTOMER_GROUP, SALES_PERSON
from medusa_integration.exceptions import CustomerLikelyError, throw_conflict
from medusa_integration.selling import accounts, matching, own_fields, saving
from medusa_integration.settings import get_settings

# characters; ERPNext adds " - 1" to a name that is taken, and a name has at most 140
NAME_LENGTH = 130
WAIT_FOR_PERSON = "Wait for a person"  # an option of `likely_customer` in Medusa Settings


def customer_of_lead(lead: str) -> str | None:
	"""Return the name of the Customer that a Lead was converted to, by the app or by a clerk, or None.

	If there are several, returns the oldest.
	"""
	return frappe.db.get_value("Customer", {"lead_name": lead}, "name", order_by="creation asc")


def convert_lead(lead_name: str, keep_quotation: str | None = None, *, by_hand: bool = False) -> str:
	"""Convert a Lead to a Customer, once; return the Customer's name.

	The Lead of a further buyer is not converted: its account belongs to the Customer of this buyer.
	ERPNext's own mapping is used. The Lead's draft Quotations are moved to the Customer
	(`move_draft_quotations`), except `keep_quotation`, which the caller saves itself. Unless a person does it
	`by_hand`, raises CustomerLikelyError as `check_no_likely_customer` does.
	"""
	lead = frappe.get_doc("Lead", lead_name)
	transaction.lock("Lead", lead.name, lead.modified)
	existing = customer_of_lead(lead.name)
	if existing:
		update_customer_from_lead(existing, lead, keep_quotation)
		return existing
	others = accounts.customers_of_contact(lead.medusa_id) if lead.medusa_id else []
	if others:
		move_records_of_lead(frappe.get_doc("Customer", others[0]), lead.name, keep_quotation)
		return others[0]
	settings = get_settings()
	if not by_hand and settings.likely_customer == WAIT_FOR_PERSON:
		check_no_likely_customer(lead)
	customer = _make_customer(lead.name, ignore_permissions=True)
	customer.customer_name = lead.company_name or lead.lead_name
	customer.customer_group = settings.customer_group or CUSTOMER_GROUP
	customer.medusa_id = lead.medusa_id
	customer.lead_name = lead.name
	customer.set("sales_team", [])
	salesperson = settings.sales_person or SALES_PERSON
	customer.append("sales_team", {"sales_person": salesperson, "allocated_percentage": 100})
	customer.flags.medusa_keep_quotation = keep_quotation
	customer.flags.ignore_mandatory = True
	name = saving.to_safe_name(customer.customer_name)
	set_name = None if can_be_a_name(name) else f"{lead.name} {name}"[:140]
	with saving.saving_from_medusa(), own_fields.writable(customer):
		return customer.insert(ignore_permissions=True, set_name=set_name).name


def check_no_likely_customer(lead: Document) -> None:
	"""Raise CustomerLikelyError if a Lead may belong to an existing Customer. The shop is not told which."""
	likely = matching.likely_customers(lead, matching.STRONG)
	if likely:
		message = _("Lead {0} may belong to an existing Customer. A person must decide.")
		throw_conflict(message.format(lead.name), CustomerLikelyError, "Customer", likely[0].name)


def can_be_a_name(customer_name: str) -> bool:
	"""Return whether ERPNext accepts this `customer_name` as the name of a Customer document.

	By default, ERPNext names a Customer after its `customer_name`.
	"""
	return frappe.defaults.get_global_default("cust_master_name") != "Customer Name" or (
		len(customer_name) <= NAME_LENGTH
		and customer_name != "Customer"
		and not saving.is_route(customer_name)
		and not customer_name.startswith("New Customer")
		and not frappe.db.exists("Customer Group", customer_name)
	)


def update_customer_from_lead(customer_name: str, lead: Document, keep_quotation: str | None) -> None:
	"""Give a Customer what its converted Lead has received since: Medusa id, contacts, addresses, drafts."""
	customer = frappe.get_doc("Customer", customer_name)
	if lead.medusa_id and not customer.medusa_id:
		frappe.db.set_value("Customer", customer.name, "medusa_id", lead.medusa_id)
	move_records_of_lead(customer, lead.name, keep_quotation)


def move_records_of_lead(customer: Document, lead: str, keep_quotation: str | None = None) -> None:
	"""Give a Customer the contacts, addresses and draft Quotations of a Lead, except `keep_quotation`.

	ERPNext does this only when the Customer is inserted. The Customer must not be saved afterwards: its
	`lead_name`, which ERPNext reads, is that of this Lead now.
	"""
	customer.lead_name = lead
	customer.flags.ignore_permissions = True
	customer.flags.medusa_keep_quotation = keep_quotation
	with saving.saving_from_medusa():
		link_address_and_contact(customer)
	move_draft_quotations(customer)


def take_medusa_id_from_lead(customer: Document, method: str | None = None) -> None:
	"""Copy the Medusa id of a Lead to the Customer that a clerk makes from it.

	The hook runs before the Customer is inserted.
	"""
	if not customer.lead_name or customer.medusa_id:
		return
	medusa_id = frappe.db.get_value("Lead", customer.lead_name, "medusa_id")
	if medusa_id and not accounts.find_customer(medusa_id):
		customer.medusa_id = medusa_id


def move_draft_quotations(customer: Document, method: str | None = None) -> None:
	"""Move the draft Quotations of a Lead to its Customer.

	The hook runs after a Customer is inserted; it is also called when a Customer is linked to a Lead. The
	drafts are not saved but updated directly in the database. So their prices are not calculated again, and a
	draft that ERPNext no longer accepts (one of its Items is disabled by now) does not stop the sale of
	another one.
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
	"""Return the Customers without a Medusa id, found by words in their name and sorted by their name.

	`customer_name` must contain each word of `name`. `start` and `page_length` count rows. The first query
	reads only names, from the index on (medusa_id, customer_name); the second reads the rows of these names.
	With a single query MariaDB would read all rows of the table, and there may be a million.
	"""
	customer = frappe.qb.DocType("Customer")
	# LOCATE, not LIKE: % and _ in a name are ordinary characters
	words = [Locate(word, customer.customer_name) > 0 for word in name.split()]
	without_id = customer.medusa_id.isnull()
	if frappe.qb.from_(customer).select(customer.name).where(customer.medusa_id == "").limit(1).run():
		# rare, because migrations set empty texts to NULL; with OR the index cannot sort the rows
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
	positions = {name: position for position, name in enumerate(page)}
	return sorted(rows, key=lambda row: positions[row["name"]])
