"""The storefront's REST methods: each reads its arguments, does the work and returns the answer.

All are at `/api/method/medusa_integration.api.<name>`. `rest/endpoint.py` describes what happens around each
call. Arguments are annotated as Any on purpose: `arguments.py` checks them. With `xss_safe`, Frappe does not
change what a guest sends; otherwise it would change passwords too. This is safe, because no method answers
with HTML.
"""

from functools import partial
from typing import Any

import erpnext
import frappe
from frappe import _
from frappe.utils import get_url_to_form

import medusa_integration
from medusa_integration import sign_up as sign_ups
from medusa_integration import transaction
from medusa_integration.arguments import REQUIRED, Arguments
from medusa_integration.constants import API_VERSION
from medusa_integration.declarations import MAX_LENGTH
from medusa_integration.jobs import retries
from medusa_integration.rest import endpoint, superseding
from medusa_integration.selling import (
	accounts,
	addresses,
	approvals,
	customers,
	leads,
	linking,
	parties,
	printing,
	quotations,
	reading,
	shop_addresses,
	shop_customers,
	shown,
)
from medusa_integration.selling.items import LINE_FIELDS, read_lines
from medusa_integration.session import caller
from medusa_integration.settings import get_settings

APPROVED, REJECTED = "Approved", "Rejected"
PAGE_LENGTH = 500  # rows in a page, at most
QUOTATIONS_IN_PAGE = 50
MAX_LINES = 200  # of a quotation, if Medusa Settings set no maximum


@frappe.whitelist(allow_guest=True, xss_safe=True, methods=["POST"])
@endpoint.anyone
def sign_up(
	email: Any = None,
	first_name: Any = None,
	last_name: Any = None,
	mobile: Any = None,
	organization_name: Any = None,
	t_c_acceptance: Any = None,
	password: Any = None,
) -> dict[str, str]:
	"""Register a customer with Medusa and queue the job that creates the Lead.

	Anyone may call it, within the rate limits.

	Returns {"customer_id": "cus_..."}. With stock Medusa, signing up again with the same password returns the
	same id. Raises InvalidArgumentsError (417), EmailTakenError (409), MedusaRefusedError (417),
	MedusaUnavailableError (502), OverloadedError (503), MedusaTimeoutError (504), TooManyCallsError (429).
	"""
	customer, password = sign_ups.read_sign_up(Arguments(locals()))
	return {"customer_id": sign_ups.sign_up(customer, password)}


@frappe.whitelist(allow_guest=True, xss_safe=True, methods=["POST"])
@endpoint.storefront(reads={"data": leads.CUSTOMER_FIELDS})
def insert_lead(data: Any = None) -> str | None:
	"""Create the Lead of a Medusa customer. This is also the background job that `sign_up` queues.

	`data` contains `id` and `email`, and may contain `first_name`, `last_name`, `mobile`, `organization_name`
	and `t_c_acceptance`. Returns the Lead's name. If a Customer has the id already, returns the Customer's
	`lead_name`, or None. Raises InvalidArgumentsError (417) and LeadConflictError (409).
	"""
	args = Arguments(locals())
	sent = args.required_mapping("data")
	customer = leads.read_customer(sent, names_required=False)
	customer["id"] = sent.identifier("id", required=True)
	args.check()
	return leads.insert_lead(customer)


@frappe.whitelist(allow_guest=True, xss_safe=True, methods=["POST"])
@endpoint.storefront(
	reads={"data": shop_customers.CUSTOMER_KEYS, "addresses": shop_addresses.ADDRESS_KEYS},
	supersedes=superseding.of_update_customer,
)
def update_customer(data: Any = None, addresses: Any = None) -> dict[str, str]:
	"""Take over a customer as Medusa has it: create the Lead, or update what the customer has changed.

	`data`: `id` and `email`, and any of `first_name`, `last_name`, `phone`, `company_name`, `updated_at`,
	`deleted_at`; what is not sent is not changed. `addresses`: the customer's addresses, each with `id` and
	Medusa's fields. What a clerk has changed since is kept, and a call that is older than the last one
	changes nothing. Returns `doctype` and `name` of the Lead or Customer, and `result`: created, adopted,
	updated, unchanged or deleted. Raises InvalidArgumentsError (417), LeadConflictError and LeadAdoptionError
	(409).
	"""
	args = Arguments(locals())
	sent = args.required_mapping("data")
	rows = args.rows("addresses", most=MAX_LENGTH) if addresses not in (None, "", "[]", []) else []
	customer = shop_customers.read_customer(sent, rows)
	args.check()
	return shop_customers.save_customer(customer)._asdict()


@frappe.whitelist(allow_guest=True, xss_safe=True, methods=["GET", "POST"])
@endpoint.storefront(verbs=("GET", "POST"))
def get_account(customer_id: Any = None) -> dict[str, Any]:
	"""Return who a customer of the shop is in ERPNext: for links in Medusa's admin, not for customers.

	Returns `doctype` ("Customer" or "Lead"), `name`, `title` and `url` of its form. Raises
	InvalidArgumentsError (417) and CustomerNotFoundError (404).
	"""
	args = Arguments(locals())
	customer = args.identifier("customer_id", required=True)
	args.check()
	party = accounts.find_party(customer) or parties.throw_not_found(customer)
	title = shop_customers.title_of(*party)
	return {
		"doctype": party[0],
		"name": party[1],
		"title": title,
		"url": get_url_to_form(*party),
	}


@frappe.whitelist(allow_guest=True, xss_safe=True, methods=["POST"])
@endpoint.storefront(
	reads={
		"items": LINE_FIELDS,
		"billing_address": addresses.ADDRESS_FIELDS,
		"shipping_address": addresses.ADDRESS_FIELDS,
	},
	supersedes=superseding.of_create_quotation,
)
def create_quotation(
	customer_id: Any = None,
	quotation_id: Any = None,
	draft_order_id: Any = None,
	items: Any = None,
	billing_address: Any = None,
	create_so: Any = None,
	shipping_address: Any = None,
	note: Any = None,
) -> dict[str, Any]:
	"""Create the draft Quotation for a Medusa quotation id, once.

	`items` is a list of {"variant_id" or "sku", "quantity"}; prices in it are ignored. `note` is a text of
	the customer. Returns `message`, `quotationId`, `currency`, `net_total`, `grand_total`, `valid_till` and
	`status`. Raises InvalidArgumentsError (417), CustomerNotFoundError and ItemNotFoundError (404),
	CustomerDisabledError, ExchangeRateError, LeadConflictError and QuotationConflictError (409).
	"""
	args = Arguments(locals())
	request = quotations.QuotationRequest(
		customer_id=args.identifier("customer_id", required=True),
		quotation_id=args.identifier("quotation_id", required=True),
		draft_order_id=args.identifier("draft_order_id"),
		lines=read_lines(args.rows("items", most=most_lines())),
		billing_address=addresses.read_address(args.mapping("billing_address")),
		shipping_address=addresses.read_address(args.mapping("shipping_address")),
		note=args.note("note"),
		# `create_so` is the shop's name for this argument; here it only converts the Lead to a Customer
		convert_lead=args.boolean("create_so"),
	)
	args.check()
	quotation = quotations.make_quotation(request)
	answer = {"message": quotations.describe(quotation), "quotationId": quotation.name}
	return {**answer, **quotations.totals(quotation, shown.status_of_quotation(quotation.name))}


@frappe.whitelist(allow_guest=True, xss_safe=True, methods=["POST"])
@endpoint.storefront(supersedes=superseding.of_update_quotation)
def update_quotation(
	quotation_id: Any = None,
	approval: Any = None,
	order_id: Any = None,
	create_so: Any = None,
	customer_id: Any = None,
	grand_total: Any = None,
	po_no: Any = None,
	reason: Any = None,
) -> dict[str, Any]:
	"""Approve or reject a Quotation.

	`quotation_id`: Medusa's id, or the name of a Quotation that came from the shop. `customer_id`: the
	customer that the Quotation must belong to. `grand_total`: the total that the customer saw, in the
	Quotation's currency. `create_so`: whether an approval also creates the Sales Order. `po_no`: the number
	of the customer's purchase order. `reason` of a rejection: the name of a Quotation Lost Reason of the
	site, or a free text. Returns `message`, `quotation_id`, `sales_order_id` (or None), `currency`,
	`net_total`, `grand_total`, `valid_till` and `status`. Raises InvalidArgumentsError (417),
	QuotationNotFoundError (404), QuotationConflictError, CustomerDisabledError, OfferChangedError and
	NotOfferedError (409).
	"""
	args = Arguments(locals())
	name = args.text("quotation_id", required=True)
	customer = args.identifier("customer_id")
	decision = args.choice("approval", (APPROVED, REJECTED))
	details = approvals.Approval(
		order_id=args.identifier("order_id"),
		create_sales_order=args.boolean("create_so"),
		grand_total=args.money("grand_total"),
		po_no=args.words("po_no"),
	)
	reason = args.note("reason")
	if decision == APPROVED and details.grand_total is None and get_settings().require_grand_total:
		args.add_problem("grand_total", REQUIRED, _("is required"))
	args.check()
	quotation, order = quotations.find_quotation(name, customer), None
	if decision == APPROVED:
		quotation, order = approvals.approve(quotation, details)
	else:
		approvals.reject(quotation, reason)
	answer = {"message": _("Quotation updated successfully"), "quotation_id": quotation.name}
	status = shown.status_of_quotation(quotation.name)
	return {**answer, "sales_order_id": order, **quotations.totals(quotation, status)}


@frappe.whitelist(allow_guest=True, xss_safe=True, methods=["GET", "POST"])
@endpoint.storefront(verbs=("GET", "POST"))
def get_quotation(customer_id: Any = None, quotation_id: Any = None) -> dict[str, Any]:
	"""Return a customer's Quotation as the shop sees it: `selling/shown.py` has its keys and statuses.

	`quotation_id`: Medusa's id, or the name of the Quotation. Raises InvalidArgumentsError (417),
	CustomerNotFoundError and QuotationNotFoundError (404), also for what belongs to another customer.
	"""
	row = reading.find_quotation(*read_two(Arguments(locals()), "quotation_id"))
	return shown.show_quotations([row], with_items=True)[0]


@frappe.whitelist(allow_guest=True, xss_safe=True, methods=["GET", "POST"])
@endpoint.storefront(verbs=("GET", "POST"))
def list_quotations(
	customer_id: Any = None, status: Any = None, start: Any = None, page_length: Any = None
) -> list[dict[str, Any]]:
	"""Return a page of a customer's Quotations, the newest first, each as `get_quotation` without `items`.

	`status`: one of the statuses, or all; `start`: rows to skip; `page_length`: rows in the page, 50 by
	default, 500 at most. Raises InvalidArgumentsError (417) and CustomerNotFoundError (404).
	"""
	args = Arguments(locals())
	customer = args.identifier("customer_id", required=True)
	page = (
		args.choice("status", shown.STATUSES, required=False),
		args.whole_number("start", default=0),
		args.whole_number("page_length", default=QUOTATIONS_IN_PAGE, most=PAGE_LENGTH),
	)
	args.check()
	return reading.list_quotations(customer, *page)


@frappe.whitelist(allow_guest=True, xss_safe=True, methods=["GET", "POST"])
@endpoint.storefront(verbs=("GET", "POST"))
def get_quotation_pdf(customer_id: Any = None, quotation_id: Any = None) -> None:
	"""Answer with a customer's Quotation as a PDF file, in the language of the Quotation.

	Raises as `get_quotation` does, and PdfUnavailableError (501).
	"""
	row = reading.find_quotation(*read_two(Arguments(locals()), "quotation_id"))
	printing.answer_with_pdf(row)


@frappe.whitelist(allow_guest=True, xss_safe=True, methods=["GET", "POST"])
@endpoint.storefront(verbs=("GET", "POST"))
def get_order(customer_id: Any = None, order_id: Any = None) -> dict[str, Any]:
	"""Return a customer's Sales Order as the shop sees it: `selling/shown.py` has its keys and statuses.

	`order_id`: Medusa's id, or the name of the Sales Order. Raises InvalidArgumentsError (417),
	CustomerNotFoundError and OrderNotFoundError (404), also for what belongs to another customer.
	"""
	return shown.show_order(reading.find_order(*read_two(Arguments(locals()), "order_id")))


def read_two(args: Arguments, name: str) -> tuple[str, str]:
	"""Return the required arguments `customer_id` and `name`."""
	values = args.identifier("customer_id", required=True), args.text(name, required=True)
	args.check()
	return values


@frappe.whitelist(allow_guest=True, xss_safe=True, methods=["GET", "POST"])
@endpoint.storefront(verbs=("GET", "POST"), when_disabled=True)
def ping() -> dict[str, Any]:
	"""Return who the caller is, whether the integration is enabled, and the versions: a call without effect.

	Returns `user`, `enabled`, `version` (of the app), `api_version` (of the description of these methods) and
	`erpnext_version`. It also answers while the integration is switched off.
	"""
	return {
		"user": caller(),
		"enabled": bool(get_settings().enabled),
		"version": medusa_integration.__version__,
		"api_version": API_VERSION,
		"erpnext_version": erpnext.__version__,
	}


@frappe.whitelist(allow_guest=True, xss_safe=True, methods=["POST"])
@endpoint.storefront(supersedes=superseding.of_update_address)
def update_address(
	customer_id: Any = None,
	address_line1: Any = None,
	address_line2: Any = None,
	city: Any = None,
	state: Any = None,
	country: Any = None,
	pincode: Any = None,
) -> str:
	"""Update a customer's billing address. Only the fields that are sent are changed.

	`customer_id` is a Medusa id, or the name of a Customer that has a Medusa id. `country` is a name or an
	ISO 3166 code. Raises InvalidArgumentsError (417), CustomerNotFoundError and AddressNotFoundError (404),
	LeadConflictError (409).
	"""
	args = Arguments(locals())
	customer = args.text("customer_id", required=True)
	changes = addresses.read_changes(args)
	args.check()
	party = parties.get_party(customer, or_customer_name=True)
	addresses.update_address(*party, changes)
	return _("Address updated successfully")


@frappe.whitelist(methods=["POST"])
@endpoint.desk(permissions={"Customer": "write", "Lead": "read"})
def link_medusa_lead(customer: Any = None, lead: Any = None, as_further_buyer: Any = None) -> dict[str, str]:
	"""Link an existing Customer to the Lead of a Medusa customer, with the permissions of the desk user.

	With `as_further_buyer` the Medusa id is given to the Lead's Contact, which becomes one of the Customer's.
	Returns {"status": "success", "medusa_id": ...}. Raises InvalidArgumentsError (417),
	frappe.PermissionError (403) unless the user may write the Customer and read Leads,
	frappe.DoesNotExistError (404) if one of the two does not exist or the user may not read it,
	frappe.ValidationError (417) if the Lead has no Medusa id, and LeadLinkedError (409).
	"""
	args = Arguments(locals())
	names = args.text("customer", required=True), args.text("lead", required=True)
	is_further = args.boolean("as_further_buyer")
	args.check()
	medusa_id = transaction.run(partial(linking.link_lead, *names, as_further_buyer=is_further))
	retries.retry_waiting(medusa_id)
	return {"status": "success", "medusa_id": medusa_id}


@frappe.whitelist(allow_guest=True, xss_safe=True, methods=["GET", "POST"])
@endpoint.storefront(verbs=("GET", "POST"))
def fetch_all_customers(name: Any = None, start: Any = None, page_length: Any = None) -> list[dict[str, Any]]:
	"""Return a page of the Customers without a Medusa id, sorted by `customer_name`.

	`name`: words that must all be in `customer_name`; `start`: rows to skip; `page_length`: rows in the page,
	500 by default, which is also the maximum. Returns a list of {"name", "customer_name", "email_id",
	"mobile_no"}. Raises InvalidArgumentsError (417).
	"""
	args = Arguments(locals())
	page = (
		args.text("name"),
		args.whole_number("start", default=0),
		args.whole_number("page_length", default=PAGE_LENGTH, most=PAGE_LENGTH),
	)
	args.check()
	return customers.find_unlinked(*page)


def most_lines() -> int:
	"""Return how many lines a quotation may have: never more than a row of the sync log holds for Retry."""
	return min(get_settings().max_lines or MAX_LINES, MAX_LENGTH)
