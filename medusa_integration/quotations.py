"""Quotations: asked for, approved, rejected.

A Medusa quotation id is shared along a chain of amendments, so it cannot be unique on Quotation. The record
that is unique is a Medusa Quotation, named by the id: whoever inserts it may make the Quotation.
"""

from typing import Any, NamedTuple

import frappe
from erpnext.accounts.party import set_taxes as taxes_by_rule
from erpnext.selling.doctype.quotation.quotation import _make_sales_order
from frappe import _
from frappe.model.document import Document
from frappe.utils import add_days, getdate, nowdate

from medusa_integration import transaction
from medusa_integration.addresses import save_billing_address
from medusa_integration.arguments import as_text, quoted
from medusa_integration.customers import convert_lead, get_party
from medusa_integration.exceptions import (
	CustomerDisabledError,
	InvalidArgumentsError,
	QuotationConflictError,
	QuotationNotFoundError,
)
from medusa_integration.items import Line, find_items
from medusa_integration.settings import get_company, get_settings

KEY = "Medusa Quotation"
PARTY_FIELDS = {
	"Customer": [
		"customer_name",
		"disabled",
		"default_currency",
		"default_price_list",
		"customer_group",
		"territory",
		"language",
	],
	"Lead": ["title", "territory", "language"],
}


class QuotationRequest(NamedTuple):
	"""What a customer asks to be quoted. `billing_address` is None, or fields as `addresses` reads them."""

	customer_id: str
	quotation_id: str
	draft_order_id: str
	lines: list[Line]
	billing_address: dict[str, Any] | None
	is_default_address: bool
	convert_lead: bool


class Approval(NamedTuple):
	"""A customer's yes to a Quotation."""

	order_id: str
	create_sales_order: bool


def create_quotation(request: QuotationRequest) -> Document:
	"""Make the draft Quotation for a Medusa quotation id, once; return it.

	Asked again, the answer is the Quotation that there is. Raises CustomerNotFoundError,
	CustomerDisabledError, ItemNotFoundError, InvalidArgumentsError, and QuotationConflictError where the id
	is another customer's.
	"""
	claim_key(request)
	existing = find_repeated(request)
	if existing:
		return existing
	doctype, name = get_party(request.customer_id)
	party = load_party(doctype, name)
	items = find_items(request.lines)
	if request.convert_lead and doctype == "Lead":
		party = load_party("Customer", convert_lead(name))
	address = None
	if request.billing_address:
		fields = (request.billing_address, party.doctype, party.name, party.title, request.is_default_address)
		address = save_billing_address(*fields)
	return insert_quotation(request, party, items, address)


def claim_key(request: QuotationRequest) -> None:
	"""Take the right to make the Quotation for this id; who comes second collides, and finds the Quotation.

	Raises QuotationConflictError where another customer has the id.
	"""
	owner = frappe.db.get_value(KEY, request.quotation_id, ["customer_id", "modified"], as_dict=True)
	if not owner:
		if frappe.db.exists("Quotation", request.quotation_id):
			refuse(_("{0} is the name of another Quotation.").format(quoted(request.quotation_id)))
		key = frappe.new_doc(KEY)
		key.update({"quotation_id": request.quotation_id, "customer_id": request.customer_id})
		key.name = request.quotation_id
		key.db_insert()  # nothing to check that the database does not
	elif owner.customer_id.lower() != request.customer_id.lower():
		refuse_other_customer(request.quotation_id)
	elif not versions_of(request.quotation_id):  # a clerk deleted the draft
		transaction.lock(KEY, request.quotation_id, owner.modified)
		frappe.db.set_value(
			KEY, request.quotation_id, "customer_id", owner.customer_id
		)  # moves `modified` on


def find_repeated(request: QuotationRequest) -> Document | None:
	"""The Quotation that an id stands for already, also on a site that has been without its key; else None.

	Raises QuotationConflictError where it is another customer's.
	"""
	chain = versions_of(request.quotation_id)
	if not chain:
		return None
	quotation = frappe.get_doc("Quotation", newest_of(chain).name)
	owner = frappe.db.get_value(quotation.quotation_to, quotation.party_name, "medusa_id")
	if (owner or "").strip().lower() != request.customer_id.lower():  # MariaDB found one that ends in spaces
		refuse_other_customer(request.quotation_id)
	return quotation


def refuse_other_customer(quotation_id: str) -> None:
	"""Raise QuotationConflictError."""
	refuse(_("The quotation id {0} belongs to another customer.").format(quoted(quotation_id)))


def load_party(doctype: str, name: str) -> frappe._dict:
	"""What a Quotation takes from its Lead or Customer. Raises CustomerDisabledError for a disabled one."""
	party = frappe.db.get_value(doctype, name, PARTY_FIELDS[doctype], as_dict=True)
	if doctype == "Customer" and party.disabled:
		frappe.throw(_("Customer {0} is disabled.").format(quoted(name)), CustomerDisabledError)
	title = party.get("customer_name") or party.get("title") or name
	return party.update({"doctype": doctype, "name": name, "title": title})


def insert_quotation(
	request: QuotationRequest, party: frappe._dict, items: list[dict[str, Any]], address: str | None
) -> Document:
	"""Insert the Quotation; prices, taxes and totals are ERPNext's."""
	quotation = frappe.new_doc("Quotation")
	quotation.update(
		{
			"quotation_to": party.doctype,
			"party_name": party.name,
			"order_type": "Sales",
			"company": get_company(),
			"transaction_date": nowdate(),
			"valid_till": add_days(nowdate(), get_settings().quotation_validity_days),
			"customer_address": address,
			"medusa_quotation_id": request.quotation_id,
			"medusa_draft_order_id": request.draft_order_id or None,
			"from_ecommerce": 1,
			"items": items,
		}
	)
	set_party_details(quotation, party)
	set_taxes(quotation)
	try:
		return quotation.insert(ignore_permissions=True)
	except frappe.db.DataError:
		# a price times such a quantity does not fit into a column for amounts
		return frappe.throw(_("items: the amounts are too large"), InvalidArgumentsError)


def set_party_details(quotation: Document, party: frappe._dict) -> None:
	"""Currency, group, territory, language and price list of the party.

	Frappe has filled in the site's defaults, and ERPNext takes those for the clerk's own choice.
	"""
	company_currency = frappe.db.get_value("Company", quotation.company, "default_currency")
	quotation.currency = party.default_currency or company_currency
	for field in ("customer_group", "territory", "language"):
		if party.get(field):
			quotation.set(field, party.get(field))
	group = party.customer_group
	price_list = (
		party.default_price_list
		or (group and frappe.db.get_value("Customer Group", group, "default_price_list"))
		or get_settings().price_list
	)
	if price_list:
		quotation.selling_price_list = price_list


def set_taxes(quotation: Document) -> None:
	"""The taxes of the site's Tax Rules for this party and address, else those of the company's default
	template.
	"""
	if frappe.db.count("Tax Rule"):
		if quotation.quotation_to == "Lead" and quotation.customer_address:
			# ERPNext would look at the Lead's default address only
			where = (quotation.transaction_date, quotation.company)
			template = taxes_by_rule(None, "Lead", *where, billing_address=quotation.customer_address)
			quotation.taxes_and_charges = template
		else:
			quotation.run_method("set_missing_lead_customer_details")
	quotation.run_method("set_taxes")


def find_quotation(quotation_id: str) -> Document:
	"""The newest Quotation that is not cancelled, of the chain that a Medusa id or a Quotation's name stands
	for.

	Raises QuotationNotFoundError where there is none, QuotationConflictError where all of them are cancelled.
	"""
	chain = versions_of(quotation_id) or versions_by_name(quotation_id)
	if not chain:
		message = _("There is no Quotation {0}.").format(quoted(quotation_id))
		frappe.throw(message, QuotationNotFoundError)
	newest = newest_of(chain)
	if newest.docstatus == 2:
		frappe.throw(_("Quotation {0} is cancelled.").format(newest.name), QuotationConflictError)
	return frappe.get_doc("Quotation", newest.name)


def versions_of(medusa_quotation_id: str) -> list:
	"""All Quotations with a Medusa quotation id, the newest first."""
	return quotations_where({"medusa_quotation_id": medusa_quotation_id})


def versions_by_name(name: str) -> list:
	"""A Quotation and its amendments, the newest first; none where there is no such name."""
	chain = quotations_where({"name": name})
	if chain and chain[0].medusa_quotation_id:
		return versions_of(chain[0].medusa_quotation_id)
	while chain and (amendments := quotations_where({"amended_from": chain[0].name})):
		chain = amendments + chain
	return chain


def quotations_where(filters: dict[str, Any]) -> list:
	"""Name, docstatus and Medusa id of the Quotations that match, the newest first."""
	fields = ["name", "docstatus", "medusa_quotation_id"]
	return frappe.get_all("Quotation", filters=filters, fields=fields, order_by="creation desc", limit=0)


def newest_of(chain: list) -> Any:
	"""The newest that is not cancelled, else the newest."""
	return next((version for version in chain if version.docstatus < 2), chain[0])


def approve(quotation: Document, approval: Approval) -> str | None:
	"""Submit the Quotation and make its Sales Order, as far as that is not done yet; return the order, if
	any.

	Raises QuotationConflictError where the Quotation is lost or expired, was approved for another order,
	would cost something else by now, or where its order was cancelled; CustomerDisabledError.
	"""
	transaction.lock("Quotation", quotation.name, quotation.modified)
	if quotation.status == "Lost":
		refuse(_("Quotation {0} was rejected.").format(quotation.name))
	if quotation.medusa_order_id and approval.order_id not in ("", quotation.medusa_order_id):
		message = _("Quotation {0} was approved for another order: {1}")
		refuse(message.format(quotation.name, quoted(quotation.medusa_order_id)))
	order = find_order(quotation.name)
	if order and order.docstatus == 2:
		refuse(_("Sales Order {0} of this Quotation was cancelled.").format(order.name))
	wants_order = approval.create_sales_order and not order
	if quotation.docstatus == 0 or wants_order:
		check_not_expired(quotation)
		load_party(quotation.quotation_to, quotation.party_name)
	if wants_order and quotation.quotation_to == "Lead":
		make_party_a_customer(quotation)
	keep_order_id(quotation, approval.order_id)
	if quotation.docstatus == 0:
		submit_as_agreed(quotation)
	if order:
		mark_order(order, quotation)
		return order.name
	return make_sales_order(quotation) if wants_order else None


def reject(quotation: Document) -> None:
	"""End the Quotation as Lost; a lost one stays as it is. Raises QuotationConflictError where it is
	ordered.
	"""
	if quotation.status == "Lost":
		return
	transaction.lock("Quotation", quotation.name, quotation.modified)
	order = find_order(quotation.name)
	if order and order.docstatus < 2:
		refuse(_("Quotation {0} is ordered already.").format(quotation.name))
	if quotation.docstatus == 0:
		submit(quotation)
	quotation.flags.ignore_permissions = True
	quotation.declare_enquiry_lost([], [], _("Rejected in the shop"))


def refuse(message: str) -> None:
	"""Raise QuotationConflictError."""
	frappe.throw(message, QuotationConflictError)


def find_order(quotation: str) -> frappe._dict | None:
	"""The Quotation's Sales Order: a submitted one, else a clerk's draft, else a cancelled one, or None."""
	names = frappe.get_all("Sales Order Item", {"prevdoc_docname": quotation}, pluck="parent", limit=0)
	if not names:
		return None
	fields = ["name", "docstatus", "medusa_order_id", "from_ecommerce"]
	filters = {"name": ("in", list(set(names)))}
	orders = frappe.get_all("Sales Order", filters, fields, order_by="creation asc", limit=0)
	return min(orders, key=lambda order: (1, 0, 2).index(order.docstatus))


def mark_order(order: frappe._dict, quotation: Document) -> None:
	"""Let the shop find an order that a clerk made: fill its blank Medusa fields, past its save."""
	blank = {"medusa_order_id": quotation.medusa_order_id, "from_ecommerce": 1}
	values = {field: value for field, value in blank.items() if value and not order[field]}
	if values:
		frappe.db.set_value("Sales Order", order.name, values)


def check_not_expired(quotation: Document) -> None:
	"""Raise QuotationConflictError past its validity, unless Selling Settings allow such orders."""
	if not quotation.valid_till or getdate(quotation.valid_till) >= getdate(nowdate()):
		return
	rule = ("Selling Settings", "allow_sales_order_creation_for_expired_quotation")
	if not frappe.db.get_single_value(*rule):
		refuse(_("Quotation {0} expired on {1}.").format(quotation.name, as_text(quotation.valid_till)))


def make_party_a_customer(quotation: Document) -> None:
	"""Convert the Quotation's Lead. A draft is the Customer's from here on, a submitted one the Lead's."""
	customer = convert_lead(quotation.party_name, keep_quotation=quotation.name)
	if quotation.docstatus == 0:
		quotation.quotation_to = "Customer"
		quotation.party_name = customer


def keep_order_id(quotation: Document, order_id: str) -> None:
	"""Note Medusa's order id on the Quotation, past its save where it is submitted already."""
	if not order_id or quotation.medusa_order_id:
		return
	if quotation.docstatus == 0:
		quotation.medusa_order_id = order_id
	else:
		quotation.db_set("medusa_order_id", order_id)


def submit_as_agreed(quotation: Document) -> None:
	"""Submit a draft. Raises QuotationConflictError if that changes what it costs: the customer agreed to no
	more.
	"""
	agreed = quotation.grand_total
	submit(quotation)
	if round(quotation.grand_total - agreed, 3):
		message = _("Quotation {0} was for {1} and would cost {2} now.")
		refuse(message.format(quotation.name, agreed, quotation.grand_total))


def submit(document: Document) -> None:
	"""Submit a document, new or saved, whatever the integration user may do on the desk."""
	document.flags.ignore_permissions = True
	document.submit()


def make_sales_order(quotation: Document) -> str:
	"""Make and submit the Sales Order of a submitted Quotation, in one save; return its name."""
	order = _make_sales_order(quotation.name, ignore_permissions=True)
	order.delivery_date = add_days(nowdate(), get_settings().delivery_days)
	for item in order.items:
		item.delivery_date = order.delivery_date
	order.medusa_order_id = quotation.medusa_order_id
	order.from_ecommerce = 1
	submit(order)
	return order.name


def totals(quotation: Document) -> dict[str, Any]:
	"""What a storefront shows of a Quotation; amounts are in `currency`, dates ISO 8601."""
	return {
		"currency": quotation.currency,
		"net_total": quotation.net_total,
		"grand_total": quotation.grand_total,
		"valid_till": as_text(quotation.valid_till),
	}
