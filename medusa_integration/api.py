"""The storefront's REST methods: each reads its arguments, does the work and returns the answer.

All are at `/api/method/medusa_integration.api.<name>`. `rest/endpoint.py` describes what happens around each
call. Arguments are annotated as Any on purpose: `arguments.py` checks them. With `xss_safe`, Frappe does not
change what a guest sends; otherwise it would change passwords too. This is safe, because no method answers
with HTML.
"""

from typing import Any

import frappe
from frappe import _

from medusa_integration import sign_up as sign_ups
from medusa_integration import transaction
from medusa_integration.arguments import Arguments
from medusa_integration.declarations import MAX_LENGTH
from medusa_integration.rest import endpoint, superseding
from medusa_integration.selling import addresses, approvals, customers, leads, linking, parties, quotations
from medusa_integration.selling.items import LINE_FIELDS, read_lines
from medusa_integration.settings import get_settings

APPROVED, REJECTED = "Approved", "Rejected"
PAGE_LENGTH = 500  # Customers in a page, at most
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
	reads={"items": LINE_FIELDS, "billing_address": addresses.BILLING_FIELDS},
	supersedes=superseding.of_create_quotation,
)
def create_quotation(
	customer_id: Any = None,
	quotation_id: Any = None,
	draft_order_id: Any = None,
	items: Any = None,
	billing_address: Any = None,
	create_so: Any = None,
) -> dict[str, Any]:
	"""Create the draft Quotation for a Medusa quotation id, once.

	`items` is a list of {"variant_id" or "sku", "quantity"}; prices in it are ignored. Returns `message`,
	`quotationId`, `currency`, `net_total`, `grand_total` and `valid_till`. Raises InvalidArgumentsError
	(417), CustomerNotFoundError and ItemNotFoundError (404), CustomerDisabledError, ExchangeRateError,
	LeadConflictError and QuotationConflictError (409).
	"""
	args = Arguments(locals())
	address = args.mapping("billing_address")
	request = quotations.QuotationRequest(
		customer_id=args.identifier("customer_id", required=True),
		quotation_id=args.identifier("quotation_id", required=True),
		draft_order_id=args.identifier("draft_order_id"),
		lines=read_lines(args.rows("items", most=most_lines())),
		billing_address=addresses.read_billing_address(address) if address else None,
		is_default_address=address.boolean("is_default") if address else False,
		# `create_so` is the shop's name for this argument; here it only converts the Lead to a Customer
		convert_lead=args.boolean("create_so"),
	)
	args.check()
	quotation = quotations.make_quotation(request)
	answer = {"message": quotations.describe(quotation), "quotationId": quotation.name}
	return {**answer, **quotations.totals(quotation)}


@frappe.whitelist(allow_guest=True, xss_safe=True, methods=["POST"])
@endpoint.storefront(supersedes=superseding.of_update_quotation)
def update_quotation(
	quotation_id: Any = None,
	approval: Any = None,
	order_id: Any = None,
	create_so: Any = None,
	customer_id: Any = None,
	grand_total: Any = None,
) -> dict[str, Any]:
	"""Approve or reject a Quotation.

	`quotation_id`: Medusa's id, or the name of a Quotation that came from the shop. `customer_id`: the
	customer that the Quotation must belong to. `grand_total`: the total that the customer saw, in the
	Quotation's currency. `create_so`: whether an approval also creates the Sales Order. Returns `message`,
	`quotation_id`, `sales_order_id` (or None), `currency`, `net_total`, `grand_total` and `valid_till`.
	Raises InvalidArgumentsError (417), QuotationNotFoundError (404), QuotationConflictError,
	CustomerDisabledError, OfferChangedError and NotOfferedError (409).
	"""
	args = Arguments(locals())
	name = args.text("quotation_id", required=True)
	customer = args.identifier("customer_id")
	decision = args.choice("approval", (APPROVED, REJECTED))
	details = approvals.Approval(
		args.identifier("order_id"), args.boolean("create_so"), args.money("grand_total")
	)
	args.check()
	quotation, order = quotations.find_quotation(name, customer), None
	if decision == APPROVED:
		quotation, order = approvals.approve(quotation, details)
	else:
		approvals.reject(quotation)
	answer = {"message": _("Quotation updated successfully"), "quotation_id": quotation.name}
	return {**answer, "sales_order_id": order, **quotations.totals(quotation)}


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
def link_medusa_lead(customer: Any = None, lead: Any = None) -> dict[str, str]:
	"""Link an existing Customer to the Lead of a Medusa customer, with the permissions of the desk user.

	Returns {"status": "success", "medusa_id": ...}. Raises InvalidArgumentsError (417),
	frappe.PermissionError (403) unless the user may write the Customer and read Leads,
	frappe.DoesNotExistError (404) if one of the two does not exist or the user may not read it,
	frappe.ValidationError (417) if the Lead has no Medusa id, and LeadLinkedError (409).
	"""
	args = Arguments(locals())
	names = args.text("customer", required=True), args.text("lead", required=True)
	args.check()
	return {"status": "success", "medusa_id": transaction.run(lambda: linking.link_lead(*names))}


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
