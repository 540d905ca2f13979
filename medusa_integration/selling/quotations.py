"""Quotations: asked for and found again. `approvals` has the customer's decision.

A Medusa quotation id is shared along a chain of amendments, so it cannot be unique on Quotation. The record
that is unique is a Medusa Quotation, named by the id: whoever inserts it may make the Quotation.
"""

from typing import Any, NamedTuple

import frappe
from erpnext.accounts.party import set_taxes as taxes_by_rule
from frappe import _
from frappe.contacts.doctype.contact.contact import get_default_contact
from frappe.model.document import Document
from frappe.utils import add_days, flt, nowdate

from medusa_integration import exact, transaction
from medusa_integration.arguments import as_text, quoted
from medusa_integration.exceptions import (
	CustomerDisabledError,
	ExchangeRateError,
	InvalidArgumentsError,
	QuotationConflictError,
	QuotationNotFoundError,
)
from medusa_integration.selling import own_fields, parties, saving
from medusa_integration.selling.addresses import save_billing_address
from medusa_integration.selling.customers import convert_lead
from medusa_integration.selling.items import Line, find_items
from medusa_integration.settings import get_company, get_settings

KEY_DOCTYPE = "Medusa Quotation Key"
HEAVY = 20  # lines; more take so long that such calls go one at a time
VERSION_FIELDS = ("docstatus", "medusa_quotation_id", "quotation_to", "party_name")
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

# where a Lead came from, in ERPNext 15 and 16
ORIGIN = ("source", "utm_source", "utm_campaign", "utm_medium", "utm_content")


class QuotationRequest(NamedTuple):
	"""What a customer asks to be quoted. `billing_address` is None, or fields as `addresses` reads them."""

	customer_id: str
	quotation_id: str
	draft_order_id: str
	lines: list[Line]
	billing_address: dict[str, Any] | None
	is_default_address: bool
	convert_lead: bool


def make_quotation(request: QuotationRequest) -> Document:
	"""Make the draft Quotation for a Medusa quotation id, once; return it.

	Asked again, the answer is the Quotation that there is. Raises CustomerNotFoundError,
	CustomerDisabledError, ItemNotFoundError, InvalidArgumentsError, and QuotationConflictError where the id
	is another customer's.
	"""
	wait_if_heavy(len(request.lines))
	claim_quotation_id(request)
	existing = find_existing(request)
	if existing:
		return existing
	doctype, name = parties.get_party(request.customer_id)
	party = load_party(doctype, name)
	items = find_items(request.lines)
	if request.convert_lead and doctype == "Lead":
		party = load_party("Customer", convert_lead(name))
	address = None
	if request.billing_address:
		fields = (request.billing_address, party.doctype, party.name, party.title, request.is_default_address)
		address = save_billing_address(*fields)
	return insert_quotation(request, party, items, address)


def wait_if_heavy(lines: int) -> None:
	"""Let calls with many lines go one at a time, until the end of the transaction.

	ERPNext takes 10 to 20 ms a line while it holds the naming series that every new Quotation and order
	needs: several at once would make the desk wait for all of them. Before any other lock.
	"""
	if lines > HEAVY:
		frappe.db.get_value("DocType", KEY_DOCTYPE, "name", for_update=True)


def claim_quotation_id(request: QuotationRequest) -> None:
	"""Take the right to make the Quotation for this id; who comes second collides, and finds the Quotation.

	Raises QuotationConflictError where another customer has the id, InvalidArgumentsError where it could be
	the name of another Quotation one day.
	"""
	owner = exact.find(KEY_DOCTYPE, "name", request.quotation_id, ("customer_id", "modified"))
	if not owner:
		if looks_like_a_name(request.quotation_id):
			message = _("quotation_id: {0} looks like the name of a Quotation in ERPNext")
			frappe.throw(message.format(quoted(request.quotation_id)), InvalidArgumentsError)
		key = frappe.new_doc(KEY_DOCTYPE)
		key.update({"quotation_id": request.quotation_id, "customer_id": request.customer_id})
		key.name = request.quotation_id
		key.db_insert()  # nothing to check that the database does not
	elif not exact.is_same(owner.customer_id, request.customer_id):
		throw_other_customer(request.quotation_id)
	elif not versions_of(request.quotation_id):  # a clerk deleted the draft
		transaction.lock(KEY_DOCTYPE, owner.name, owner.modified)
		# moves `modified` on
		frappe.db.set_value(KEY_DOCTYPE, owner.name, "customer_id", owner.customer_id)


def looks_like_a_name(quotation_id: str) -> bool:
	"""Whether ERPNext may give this name to a Quotation, or has done so."""
	series = (frappe.get_meta("Quotation").get_field("naming_series").options or "").split("\n")
	prefixes = [prefix for one in series if (prefix := one.split(".")[0].strip())]
	return any(quotation_id.lower().startswith(prefix.lower()) for prefix in prefixes) or bool(
		frappe.db.exists("Quotation", quotation_id)
	)


def find_existing(request: QuotationRequest) -> Document | None:
	"""The Quotation that an id stands for already, also on a site that has been without its key; else None.

	Raises QuotationConflictError where it is another customer's.
	"""
	chain = versions_of(request.quotation_id)
	if not chain:
		return None
	chain = [version for version in chain if is_of(version, request.customer_id)]
	if not chain:
		throw_other_customer(request.quotation_id)
	return frappe.get_doc("Quotation", newest_of(chain).name)


def throw_other_customer(quotation_id: str) -> None:
	"""Raise QuotationConflictError."""
	message = _("The quotation id {0} belongs to another customer.").format(quoted(quotation_id))
	frappe.throw(message, QuotationConflictError)


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
	set_contact(quotation, party)
	set_taxes(quotation)
	try:
		with own_fields.writable(quotation), saving.saving_from_medusa():
			quotation.insert(ignore_permissions=True)
	except frappe.db.DataError:
		# a price times such a quantity does not fit into a column for amounts
		frappe.throw(_("items: the amounts are too large"), InvalidArgumentsError)
	check_exchange_rate(quotation)
	return quotation


def check_exchange_rate(quotation: Document) -> None:
	"""Raise ExchangeRateError where prices are in a currency without an exchange rate: ERPNext takes them
	one to one.
	"""
	if quotation.price_list_currency != quotation.currency and not flt(quotation.plc_conversion_rate):
		message = _("ERPNext has no exchange rate for the currency {0} of the price list {1}.")
		said = message.format(quotation.price_list_currency, quoted(quotation.selling_price_list))
		frappe.throw(said, ExchangeRateError)


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


def set_contact(quotation: Document, party: frappe._dict) -> None:
	"""The party's contact person, and where its Lead came from: the desk's form fills them in, the server
	does not.
	"""
	contact = get_default_contact(party.doctype, party.name)
	if contact:
		fields = ["full_name", "email_id", "mobile_no"]
		full_name, email, mobile = frappe.db.get_value("Contact", contact, fields)
		values = {"contact_display": full_name, "contact_email": email, "contact_mobile": mobile}
		quotation.update({"contact_person": contact, **values})
	if party.doctype == "Lead":
		meta = frappe.get_meta("Lead")
		origin = [field for field in ORIGIN if meta.has_field(field) and quotation.meta.has_field(field)]
		quotation.update(frappe.db.get_value("Lead", party.name, origin, as_dict=True))


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


def find_quotation(quotation_id: str, customer_id: str = "") -> Document:
	"""The newest Quotation that is not cancelled, of the chain that a Medusa id stands for, or the name of a
	Quotation that came from the shop.

	Of the chain only what is its customer's: an id that stands on another's record does not count. With
	`customer_id`, only where that is the customer. Raises QuotationNotFoundError where there is none,
	QuotationConflictError where all of them are cancelled.
	"""
	chain = versions_of_customer(quotation_id, customer_id) or versions_by_name(quotation_id, customer_id)
	if not chain:
		message = _("There is no Quotation {0}.").format(quoted(quotation_id))
		frappe.throw(message, QuotationNotFoundError)
	newest = newest_of(chain)
	if newest.docstatus == 2:
		frappe.throw(_("Quotation {0} is cancelled.").format(newest.name), QuotationConflictError)
	return frappe.get_doc("Quotation", newest.name)


def versions_of(medusa_quotation_id: str) -> list:
	"""All Quotations with a Medusa quotation id, the newest first."""
	return exact.find_all(
		"Quotation", "medusa_quotation_id", medusa_quotation_id, VERSION_FIELDS, order_by="creation desc"
	)


def versions_of_customer(medusa_quotation_id: str, customer_id: str) -> list:
	"""Those of them that are the customer's who asked for it, and, where given, who is `customer_id`."""
	key = exact.find(KEY_DOCTYPE, "name", medusa_quotation_id, ("customer_id",))
	if key and customer_id and not exact.is_same(key.customer_id, customer_id):
		return []
	owner = key.customer_id if key else customer_id
	return [version for version in versions_of(medusa_quotation_id) if is_of(version, owner)]


def versions_by_name(name: str, customer_id: str) -> list:
	"""The chain of the Quotation of this name, where it came from the shop; else none."""
	named = exact.find("Quotation", "name", name, ("medusa_quotation_id",))
	return (
		versions_of_customer(named.medusa_quotation_id, customer_id)
		if named and named.medusa_quotation_id
		else []
	)


def is_of(version: Any, customer_id: str) -> bool:
	"""Whether a Quotation's party has this Medusa id; "" stands for any."""
	owner = parties.medusa_id_of(version.quotation_to, version.party_name)
	return exact.is_same(owner, customer_id) if customer_id else bool(owner)


def newest_of(chain: list) -> Any:
	"""The newest that is not cancelled, else the newest."""
	return next((version for version in chain if version.docstatus < 2), chain[0])


def is_unpriced(row: Any) -> bool:
	"""Whether a line has no price: neither in the price list nor by a clerk, and no Pricing Rule gives it
	away.
	"""
	return not flt(row.rate) and not flt(row.price_list_rate) and not row.get("is_free_item")


def describe(quotation: Document) -> str:
	"""What the answer says of a Quotation that was asked for: that it is there, or why nobody can approve
	it any more.
	"""
	if quotation.docstatus == 2:
		return _("Quotation {0} was created before and is cancelled").format(quotation.name)
	if quotation.status == "Lost":
		return _("Quotation {0} was created before and is lost").format(quotation.name)
	return _("Quotation created successfully")


def totals(quotation: Document) -> dict[str, Any]:
	"""What a storefront shows of a Quotation; amounts are in `currency`, dates ISO 8601."""
	return {
		"currency": quotation.currency,
		"net_total": quotation.net_total,
		"grand_total": quotation.grand_total,
		"valid_till": as_text(quotation.get("valid_till")),
	}
