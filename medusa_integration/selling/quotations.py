"""Quotations: creating them on request, and finding them. `approvals` has the customer's decision.

All Quotations of a chain of amendments have the same Medusa quotation id, so the field cannot be unique. The
unique record is a Medusa Quotation Key, named by the id: the call that inserts it creates the Quotation.
"""

import json
from hashlib import sha256
from typing import Any, NamedTuple, NoReturn

import frappe
from erpnext.accounts.party import set_taxes as taxes_by_rule
from frappe import _
from frappe.contacts.doctype.contact.contact import get_default_contact
from frappe.model.document import Document
from frappe.utils import add_days, escape_html, flt, nowdate

from medusa_integration import exact, transaction
from medusa_integration.arguments import (
	BAD_FORMAT,
	OUT_OF_RANGE,
	Problem,
	as_text,
	quoted,
	throw_invalid,
)
from medusa_integration.exceptions import (
	CustomerDisabledError,
	ExchangeRateError,
	QuotationConflictError,
	QuotationNotFoundError,
	throw,
)
from medusa_integration.selling import accounts, own_fields, parties, saving, shown
from medusa_integration.selling.addresses import BILLING, SHIPPING, SentAddress, save_address
from medusa_integration.selling.customers import convert_lead
from medusa_integration.selling.items import Line, find_items
from medusa_integration.settings import get_company, get_settings

KEY_DOCTYPE = "Medusa Quotation Key"
LARGE = 20  # lines; calls with more take so long that they run one at a time
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
CONTACT_FIELDS = ("name", "full_name", "email_id", "mobile_no")

# the fields for the origin of a Lead, in ERPNext 15 and 16
ORIGIN = ("source", "utm_source", "utm_campaign", "utm_medium", "utm_content")


class QuotationRequest(NamedTuple):
	"""A request for a quotation."""

	customer_id: str
	quotation_id: str
	draft_order_id: str
	lines: list[Line]
	billing_address: SentAddress | None
	shipping_address: SentAddress | None
	note: str
	convert_lead: bool

	def fingerprint(self) -> str:
		"""Return a text that is equal for requests of the same lines and addresses."""
		lines: dict[tuple[str, str], float] = {}
		for line in self.lines:
			item = (line.variant_id, line.sku)
			lines[item] = lines.get(item, 0) + line.quantity
		content = [sorted(lines.items()), self.billing_address, self.shipping_address]
		return sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def make_quotation(request: QuotationRequest) -> Document:
	"""Create the draft Quotation for a Medusa quotation id, once; return it.

	If the id has a Quotation already, that Quotation is returned unchanged. Raises CustomerNotFoundError,
	CustomerDisabledError, ItemNotFoundError, LeadConflictError, InvalidArgumentsError, ExchangeRateError, and
	QuotationConflictError if the id belongs to another customer, or if other lines or addresses were
	requested with it.
	"""
	wait_if_large(len(request.lines))
	claim_quotation_id(request)
	existing = find_existing(request)
	if existing:
		return existing
	doctype, name = parties.get_party(request.customer_id)
	party = load_party(doctype, name)
	items = find_items(request.lines)
	if request.convert_lead and doctype == "Lead":
		party = load_party("Customer", convert_lead(name))
	quotation = insert_quotation(request, party, items, save_addresses(request, party))
	if request.note:
		quotation.add_comment("Comment", escape_html(request.note).replace("\n", "<br>"))
	return quotation


def save_addresses(request: QuotationRequest, party: frappe._dict) -> dict[str, str]:
	"""Save the addresses of a request; return the fields of the Quotation that name them."""
	fields = {}
	for field, sent, kind in (
		("customer_address", request.billing_address, BILLING),
		("shipping_address_name", request.shipping_address, SHIPPING),
	):
		if sent:
			fields[field] = save_address(sent, kind, party.doctype, party.name, party.title)
	return fields


def wait_if_large(lines: int) -> None:
	"""Make a call with many lines wait until no other one runs; it blocks others until its transaction ends.

	ERPNext needs 10 to 20 ms per line, and locks during this time the naming series that every new Quotation
	and order needs. Clerks on the desk would have to wait for all calls that run at the same time. This must
	be called before any other lock is taken.
	"""
	if lines > LARGE:
		frappe.db.get_value("DocType", KEY_DOCTYPE, "name", for_update=True)


def claim_quotation_id(request: QuotationRequest) -> None:
	"""Insert the key of this id, so that only one call creates the Quotation.

	A second call at the same moment fails with a collision, runs again (`transaction.run`), and finds the
	Quotation. Raises QuotationConflictError if the id belongs to another customer, or if something else was
	requested with it; InvalidArgumentsError if ERPNext could give the same name to another Quotation later.
	"""
	fields = ("customer_id", "fingerprint", "modified")
	owner = exact.find(KEY_DOCTYPE, "name", request.quotation_id, fields)
	if not owner:
		if looks_like_a_name(request.quotation_id):
			reason = _("must not look like the name of a Quotation in ERPNext: {0}")
			throw_invalid([Problem("quotation_id", BAD_FORMAT, reason.format(quoted(request.quotation_id)))])
		key = frappe.new_doc(KEY_DOCTYPE)
		key.update({"quotation_id": request.quotation_id, "customer_id": request.customer_id})
		key.fingerprint = request.fingerprint()
		key.name = request.quotation_id
		key.db_insert()  # `insert` is not needed: the database checks that the key is unique
	elif not exact.is_same(owner.customer_id, request.customer_id):
		throw_other_customer(request.quotation_id)
	elif not versions_of(request.quotation_id):  # a clerk deleted the draft
		transaction.lock(KEY_DOCTYPE, owner.name, owner.modified)
		# also updates `modified`, so that a second call at the same moment fails with a collision
		frappe.db.set_value(KEY_DOCTYPE, owner.name, "fingerprint", request.fingerprint())
	elif owner.fingerprint not in (None, "", request.fingerprint()):
		throw_other_content(request)


def looks_like_a_name(quotation_id: str) -> bool:
	"""Return whether ERPNext has given this name to a Quotation, or could do so."""
	series = (frappe.get_meta("Quotation").get_field("naming_series").options or "").split("\n")
	prefixes = [prefix for option in series if (prefix := option.split(".")[0].strip())]
	return any(quotation_id.lower().startswith(prefix.lower()) for prefix in prefixes) or bool(
		frappe.db.exists("Quotation", quotation_id)
	)


def find_existing(request: QuotationRequest) -> Document | None:
	"""Return the existing Quotation of the requested id, or None.

	Also finds a Quotation without a key from before the update that introduced keys. Raises
	QuotationConflictError if it belongs to another customer.
	"""
	chain = versions_of(request.quotation_id)
	if not chain:
		return None
	chain = [version for version in chain if belongs_to(version, request.customer_id)]
	if not chain:
		throw_other_customer(request.quotation_id)
	return frappe.get_doc("Quotation", newest_of(chain).name)


def throw_other_customer(quotation_id: str) -> NoReturn:
	"""Raise QuotationConflictError for an id of another customer."""
	message = _("The quotation id {0} belongs to another customer.").format(quoted(quotation_id))
	throw(message, QuotationConflictError, reason="other_customer")


def throw_other_content(request: QuotationRequest) -> NoReturn:
	"""Raise QuotationConflictError for an id that was requested with other lines or addresses before."""
	message = _("Other lines or addresses were requested with the quotation id {0} before.")
	existing = find_existing(request)
	current = shown.show_quotation(existing.name) if existing else None
	message = message.format(quoted(request.quotation_id))
	throw(message, QuotationConflictError, reason="other_content", current=current)


def load_party(doctype: str, name: str) -> frappe._dict:
	"""Return what a Quotation copies from its Lead or Customer, with its `doctype`, `name` and `title`.

	Raises CustomerDisabledError if the Customer is disabled.
	"""
	party = frappe.db.get_value(doctype, name, PARTY_FIELDS[doctype] + origin_fields(doctype), as_dict=True)
	if doctype == "Customer" and party.disabled:
		frappe.throw(_("Customer {0} is disabled.").format(quoted(name)), CustomerDisabledError)
	title = party.get("customer_name") or party.get("title") or name
	return party.update({"doctype": doctype, "name": name, "title": title})


def origin_fields(doctype: str) -> list[str]:
	"""Return the fields for the origin of a Lead that a Quotation has too; none for a Customer."""
	if doctype != "Lead":
		return []
	lead, quotation = frappe.get_meta("Lead"), frappe.get_meta("Quotation")
	return [field for field in ORIGIN if lead.has_field(field) and quotation.has_field(field)]


def insert_quotation(
	request: QuotationRequest, party: frappe._dict, items: list[dict[str, Any]], addresses: dict[str, str]
) -> Document:
	"""Insert the draft Quotation and return it. ERPNext calculates prices, taxes and totals.

	`items` are rows of `find_items`, `addresses` the fields of `save_addresses`. Raises
	InvalidArgumentsError if amounts are too large for the database, ExchangeRateError.
	"""
	quotation = frappe.new_doc("Quotation")
	quotation.update(
		{
			"quotation_to": party.doctype,
			"party_name": party.name,
			"order_type": "Sales",
			"company": get_company(),
			"transaction_date": nowdate(),
			"valid_till": add_days(nowdate(), get_settings().quotation_validity_days),
			**addresses,
			"medusa_customer_id": request.customer_id,
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
		# price times quantity does not fit into a column for amounts
		throw_invalid([Problem("items", OUT_OF_RANGE, _("the amounts are too large"))])
	check_exchange_rate(quotation)
	return quotation


def check_exchange_rate(quotation: Document) -> None:
	"""Raise ExchangeRateError if the prices are in another currency and there is no exchange rate.

	ERPNext would convert the prices one to one.
	"""
	if quotation.price_list_currency != quotation.currency and not flt(quotation.plc_conversion_rate):
		message = _("ERPNext has no exchange rate for the currency {0} of the price list {1}.")
		message = message.format(quotation.price_list_currency, quoted(quotation.selling_price_list))
		frappe.throw(message, ExchangeRateError)


def set_party_details(quotation: Document, party: frappe._dict) -> None:
	"""Set the currency, group, territory, language and price list of the party.

	Frappe has already set the site's defaults in these fields. ERPNext does not replace them, because it
	cannot distinguish them from values that a clerk has chosen.
	"""
	company_currency = frappe.get_cached_doc("Company", quotation.company).default_currency
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
	"""Set the contact person, and the origin of a Lead.

	The contact person is the Contact with the customer's Medusa id, else the party's default. The form on the
	desk sets these fields, but ERPNext's server code does not.
	"""
	contact = exact.find("Contact", "medusa_id", quotation.medusa_customer_id, CONTACT_FIELDS)
	if not contact and (default := get_default_contact(party.doctype, party.name)):
		contact = frappe.db.get_value("Contact", default, CONTACT_FIELDS, as_dict=True)
	if contact:
		quotation.contact_person = contact.name
		quotation.contact_display = contact.full_name
		quotation.contact_email = contact.email_id
		quotation.contact_mobile = contact.mobile_no
	quotation.update({field: party[field] for field in origin_fields(party.doctype)})


def set_taxes(quotation: Document) -> None:
	"""Set the taxes.

	They come from the site's Tax Rules for this party and address, or else from the company's default
	template.
	"""
	if frappe.db.count("Tax Rule"):
		if quotation.quotation_to == "Lead" and quotation.customer_address:
			# for a Lead, ERPNext itself uses only the default address
			options = (quotation.transaction_date, quotation.company)
			template = taxes_by_rule(None, "Lead", *options, billing_address=quotation.customer_address)
			quotation.taxes_and_charges = template
		else:
			quotation.run_method("set_missing_lead_customer_details")
	quotation.run_method("set_taxes")


def find_quotation(quotation_id: str, customer_id: str = "") -> Document:
	"""Return the newest Quotation that is not cancelled, among the amendments with the same Medusa id.

	`quotation_id` is the Medusa id, or the name of a Quotation that came from the shop. Quotations of
	customers other than the one who requested it are ignored. With `customer_id`, Quotations of all other
	customers are ignored. Raises QuotationNotFoundError if there is none, QuotationConflictError if all of
	them are cancelled.
	"""
	chain = versions_of_customer(quotation_id, customer_id) or versions_by_name(quotation_id, customer_id)
	if not chain:
		message = _("Quotation {0} does not exist.").format(quoted(quotation_id))
		frappe.throw(message, QuotationNotFoundError)
	newest = newest_of(chain)
	if newest.docstatus == 2:
		message = _("Quotation {0} is cancelled.").format(newest.name)
		current = shown.show_quotation(newest.name)
		throw(message, QuotationConflictError, reason="cancelled", current=current)
	return frappe.get_doc("Quotation", newest.name)


def versions_of(medusa_quotation_id: str) -> list:
	"""Return all Quotations with a Medusa quotation id, of any customer, the newest first."""
	return exact.find_all(
		"Quotation", "medusa_quotation_id", medusa_quotation_id, VERSION_FIELDS, order_by="creation desc"
	)


def versions_of_customer(medusa_quotation_id: str, customer_id: str) -> list:
	"""Return the Quotations of a Medusa quotation id that belong to the customer who requested it.

	Returns none if `customer_id` is given and is not this customer.
	"""
	key = exact.find(KEY_DOCTYPE, "name", medusa_quotation_id, ("customer_id",))
	if key and customer_id and not exact.is_same(key.customer_id, customer_id):
		return []
	owner = key.customer_id if key else customer_id
	return [version for version in versions_of(medusa_quotation_id) if belongs_to(version, owner)]


def versions_by_name(name: str, customer_id: str) -> list:
	"""Return the chain of amendments of the Quotation with this name, or [] if it is not from the shop."""
	named = exact.find("Quotation", "name", name, ("medusa_quotation_id",))
	return (
		versions_of_customer(named.medusa_quotation_id, customer_id)
		if named and named.medusa_quotation_id
		else []
	)


def belongs_to(version: Any, customer_id: str) -> bool:
	"""Return whether the party of a Quotation has this Medusa id; "" means any Medusa id."""
	owner = accounts.medusa_id_of(version.quotation_to, version.party_name)
	if not customer_id or exact.is_same(owner, customer_id):
		return bool(owner)
	# a further buyer of this Customer
	return version.quotation_to == "Customer" and version.party_name in accounts.customers_of_contact(
		customer_id
	)


def newest_of(chain: list) -> Any:
	"""Return the newest Quotation that is not cancelled, else the newest. `chain` has the newest first."""
	return next((version for version in chain if version.docstatus < 2), chain[0])


def is_unpriced(row: Any) -> bool:
	"""Return whether a line has no price, neither from the price list nor from a clerk.

	A free item of a Pricing Rule needs no price.
	"""
	return not flt(row.rate) and not flt(row.price_list_rate) and not row.get("is_free_item")


def describe(quotation: Document) -> str:
	"""Return the message about a requested Quotation.

	It says that the Quotation was created, or why it can no longer be approved.
	"""
	if quotation.docstatus == 2:
		return _("Quotation {0} was created before and is cancelled").format(quotation.name)
	if quotation.status == "Lost":
		return _("Quotation {0} was created before and is lost").format(quotation.name)
	return _("Quotation created successfully")


def totals(quotation: Document, status: str) -> dict[str, Any]:
	"""Return what a storefront shows of a Quotation; amounts are in `currency`, dates in ISO 8601."""
	return {
		"currency": quotation.currency,
		"net_total": quotation.net_total,
		"grand_total": quotation.grand_total,
		"valid_till": as_text(quotation.get("valid_till")),
		"status": status,
	}
