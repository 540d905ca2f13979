"""The REST surface: who may call, arguments in, answer out.

All at `/api/method/medusa_integration.api.<name>`. Arguments are annotated as Any on purpose: `arguments.py`
checks them and names every wrong one, where Frappe's own check of types stops at the first. `xss_safe` keeps
Frappe from rewriting what a guest sends (a password too); nothing here answers with HTML.
"""

from typing import Any

import frappe
from frappe import _

from medusa_integration import (
	access,
	addresses,
	approvals,
	customers,
	leads,
	parties,
	quotations,
	sync_log,
	transaction,
)
from medusa_integration.arguments import Arguments
from medusa_integration.items import read_lines
from medusa_integration.medusa import sign_up as medusa_sign_up
from medusa_integration.settings import get_integration_user, get_settings

APPROVED, REJECTED = "Approved", "Rejected"
PAGE_LENGTH = 500  # Customers in a page, at most
MAX_LINES = 200  # of a quotation, where Medusa Settings do not say


@frappe.whitelist(allow_guest=True, xss_safe=True, methods=["POST"])
def sign_up(
	email: Any = None,
	first_name: Any = None,
	last_name: Any = None,
	mobile: Any = None,
	organization_name: Any = None,
	t_c_acceptance: Any = None,
	password: Any = None,
) -> dict[str, str]:
	"""Register a customer with Medusa and queue the Lead; anyone may, within the rate limits.

	Returns {"customer_id": "cus_..."}. Signing up again with the right password gives the same id. Raises
	InvalidArgumentsError (417), EmailTakenError (409), MedusaRefusedError (417), MedusaUnavailableError
	(502), OverloadedError (503), MedusaTimeoutError (504), TooManyCallsError (429).
	"""
	access.admit_sign_up()
	customer, secret = read_sign_up(
		{
			"email": email,
			"first_name": first_name,
			"last_name": last_name,
			"mobile": mobile,
			"organization_name": organization_name,
			"t_c_acceptance": t_c_acceptance,
			"password": password,
		}
	)
	with access.room_for_sign_up():
		access.limit_sign_ups_of(customer["email"])
		with access.work_as(get_integration_user()):
			return {"customer_id": register(customer, secret)}


def read_sign_up(sent: dict[str, Any]) -> tuple[leads.MedusaCustomer, str]:
	"""The customer and the password of a sign-up.

	Apart, so that nothing holds the password while Medusa is asked but variables that Frappe leaves out when
	it writes the variables of a failed request into the Error Log. Raises InvalidArgumentsError.
	"""
	args = Arguments(sent)
	customer = read_customer(args, names_required=True)
	needs_password = get_settings().sign_up_flow != medusa_sign_up.OWN_ROUTE
	secret = args.password("password", required=needs_password)
	args.check()
	return customer, secret


def register(customer: leads.MedusaCustomer, password: str) -> str:
	"""Register with Medusa under a row of the sync log; queue the Lead, unless there is one.

	Returns Medusa's id. No lock of the database is held while Medusa is asked.
	"""
	row = transaction.run(lambda: sync_log.start("sign_up", customer, email=customer["email"]))
	frappe.db.commit()  # the row must be there if this process dies before Medusa answers
	medusa_id, failure = "", None
	try:
		medusa_id = medusa_sign_up.register(customer, password)
	except Exception as error:
		failure = error
	if failure:
		reason = sync_log.describe(failure)
		# what Medusa did is not known where it did not answer: `retries` looks it up
		due = None if sync_log.is_permanent(failure) else sync_log.next_attempt(1)
		values = {"status": "Failed", "attempts": 1, "next_attempt": due, "error": reason}
		transaction.run(lambda: sync_log.update(row, **values))
		frappe.db.commit()  # the failed row must outlive the refusal, which Frappe rolls back
		# without where it came from: the variables there, which Frappe would write down, hold tokens
		failure.__context__ = failure.__cause__ = None
		raise failure.with_traceback(None)
	transaction.run(lambda: follow_up(row, {**customer, "id": medusa_id}))
	return medusa_id


def follow_up(row: str, customer: leads.MedusaCustomer) -> None:
	"""Note in the sync log what Medusa answered, and queue the Lead, unless there is one."""
	sync_log.identify(row, customer["email"], customer["id"])
	lead = leads.find_lead(customer["id"])
	if lead:
		sync_log.succeed(customer["id"], "Lead", lead)
	else:
		leads.enqueue_insert_lead(customer)


@frappe.whitelist(allow_guest=True, xss_safe=True, methods=["POST"])
@access.storefront()
def insert_lead(data: Any = None) -> str | None:
	"""Make the Lead of a Medusa customer; also the background job that `sign_up` queues.

	`data` holds `id` and `email`, and may hold `first_name`, `last_name`, `mobile`, `organization_name` and
	`t_c_acceptance`. Returns the Lead's name; where a Customer has the id, its `lead_name` or None. Raises
	InvalidArgumentsError (417) and LeadConflictError (409).
	"""
	args = Arguments({"data": data})
	sent = args.mapping("data", required=True)
	args.check()
	customer = read_customer(sent, names_required=False)
	customer["id"] = sent.identifier("id", required=True)
	args.check()
	return leads.insert_lead(customer)


@frappe.whitelist(allow_guest=True, xss_safe=True, methods=["POST"])
@access.storefront()
def create_quotation(
	customer_id: Any = None,
	quotation_id: Any = None,
	draft_order_id: Any = None,
	items: Any = None,
	billing_address: Any = None,
	create_so: Any = None,
) -> dict[str, Any]:
	"""Make the draft Quotation for a Medusa quotation id, once.

	`items` is a list of {"variant_id" or "sku", "quantity"}; prices in it are ignored. Returns `message`,
	`quotationId`, `currency`, `net_total`, `grand_total` and `valid_till`. Raises InvalidArgumentsError
	(417), CustomerNotFoundError and ItemNotFoundError (404), CustomerDisabledError, ExchangeRateError,
	LeadConflictError and QuotationConflictError (409).
	"""
	args = Arguments(
		{
			"customer_id": customer_id,
			"quotation_id": quotation_id,
			"draft_order_id": draft_order_id,
			"items": items,
			"billing_address": billing_address,
			"create_so": create_so,
		}
	)
	address = args.mapping("billing_address")
	request = quotations.QuotationRequest(
		customer_id=args.identifier("customer_id", required=True),
		quotation_id=args.identifier("quotation_id", required=True),
		draft_order_id=args.identifier("draft_order_id"),
		lines=read_lines(args.rows("items", most=get_settings().max_lines or MAX_LINES)),
		billing_address=addresses.read_billing_address(address) if address else None,
		is_default_address=address.boolean("is_default") if address else False,
		convert_lead=args.boolean("create_so"),
	)
	args.check()
	quotation = quotations.create_quotation(request)
	about = {"quotation_id": request.quotation_id, "medusa_id": request.customer_id}
	sync_log.supersede("create_quotation", about)
	answer = {"message": quotations.describe(quotation), "quotationId": quotation.name}
	return {**answer, **quotations.totals(quotation)}


@frappe.whitelist(allow_guest=True, xss_safe=True, methods=["POST"])
@access.storefront()
def update_quotation(
	quotation_id: Any = None,
	approval: Any = None,
	order_id: Any = None,
	create_so: Any = None,
	customer_id: Any = None,
	grand_total: Any = None,
) -> dict[str, Any]:
	"""Approve or reject a Quotation, by Medusa's quotation id or the name of a Quotation that came from the
	shop.

	`customer_id`: whose it must be. `grand_total`: what the customer saw, in the Quotation's currency.
	Returns `message`, `quotation_id`, `sales_order_id` (or None), `currency`, `net_total`, `grand_total` and
	`valid_till`. Raises InvalidArgumentsError (417), QuotationNotFoundError (404), QuotationConflictError,
	OfferChangedError and NotOfferedError (409).
	"""
	args = Arguments(
		{
			"quotation_id": quotation_id,
			"approval": approval,
			"order_id": order_id,
			"create_so": create_so,
			"customer_id": customer_id,
			"grand_total": grand_total,
		}
	)
	wanted = args.text("quotation_id", required=True)
	customer = args.identifier("customer_id")
	decision = args.choice("approval", (APPROVED, REJECTED))
	yes = approvals.Approval(
		args.identifier("order_id"), args.boolean("create_so"), args.money("grand_total")
	)
	args.check()
	quotation = quotations.find_quotation(wanted, customer)
	order = None
	if decision == APPROVED:
		quotation, order = approvals.approve(quotation, yes)
	else:
		approvals.reject(quotation)
	names = {wanted, quotation.name, quotation.medusa_quotation_id} - {None, ""}
	is_without_order = decision == APPROVED and not order

	def rest_of(earlier: dict[str, Any]) -> dict[str, Any]:
		return earlier if is_without_order and Arguments(earlier).boolean("create_so") else {}

	sync_log.supersede("update_quotation", {"quotation_id": ("in", sorted(names))}, rest_of)
	answer = {"message": _("Quotation updated successfully"), "quotation_id": quotation.name}
	return {**answer, "sales_order_id": order, **quotations.totals(quotation)}


@frappe.whitelist(allow_guest=True, xss_safe=True, methods=["POST"])
@access.storefront()
def update_address(
	customer_id: Any = None,
	address_line1: Any = None,
	address_line2: Any = None,
	city: Any = None,
	state: Any = None,
	country: Any = None,
	pincode: Any = None,
) -> str:
	"""Change a customer's billing address; only what is sent changes.

	`customer_id` is a Medusa id or the name of a Customer who has one, `country` a name or an ISO 3166 code.
	Raises InvalidArgumentsError (417), CustomerNotFoundError and AddressNotFoundError (404),
	LeadConflictError (409).
	"""
	args = Arguments(
		{
			"customer_id": customer_id,
			"address_line1": address_line1,
			"address_line2": address_line2,
			"city": city,
			"state": state,
			"country": country,
			"pincode": pincode,
		}
	)
	wanted = args.text("customer_id", required=True)
	changes = addresses.read_changes(args)
	args.check()
	party = parties.get_party(wanted, or_customer_name=True)
	addresses.update_address(*party, changes)
	names = {wanted, party[1], frappe.db.get_value(*party, "medusa_id")} - {None, ""}

	def rest_of(earlier: dict[str, Any]) -> dict[str, Any]:
		rest = {name: value for name, value in earlier.items() if value is not None and name not in changes}
		return rest if rest.keys() - {"customer_id"} else {}

	sync_log.supersede("update_address", {"medusa_id": ("in", sorted(names))}, rest_of)
	return _("Address updated successfully")


@frappe.whitelist(methods=["POST"])
@access.desk(permissions={"Customer": "write", "Lead": "read"})
def link_medusa_lead(customer: Any = None, lead: Any = None) -> dict[str, str]:
	"""Link an existing Customer to the Lead of a Medusa customer, as the desk user who asks for it.

	Returns {"status": "success", "medusa_id": ...}. Raises InvalidArgumentsError (417),
	frappe.PermissionError (403) unless the user may write the Customer and read the Lead,
	frappe.DoesNotExistError (404), LeadLinkedError (409).
	"""
	args = Arguments({"customer": customer, "lead": lead})
	names = args.text("customer", required=True), args.text("lead", required=True)
	args.check()
	return {"status": "success", "medusa_id": transaction.run(lambda: customers.link_lead(*names))}


@frappe.whitelist(allow_guest=True, xss_safe=True, methods=["GET", "POST"])
@access.storefront(verbs=("GET", "POST"))
def fetch_all_customers(name: Any = None, start: Any = None, page_length: Any = None) -> list[dict[str, Any]]:
	"""A page of the Customers without a Medusa id, sorted by `customer_name`.

	`name`: words that must all be in `customer_name`; `start`: rows to skip; `page_length`: rows, 500 by
	default and at most. Returns a list of {"name", "customer_name", "email_id", "mobile_no"}. Raises
	InvalidArgumentsError (417).
	"""
	args = Arguments({"name": name, "start": start, "page_length": page_length})
	page = (
		args.text("name"),
		args.whole_number("start", default=0),
		args.whole_number("page_length", default=PAGE_LENGTH, most=PAGE_LENGTH),
	)
	args.check()
	return customers.find_unlinked(*page)


def read_customer(args: Arguments, *, names_required: bool) -> leads.MedusaCustomer:
	"""The fields of a customer that `sign_up` and `insert_lead` share; `id` is left empty."""
	customer = leads.MedusaCustomer(
		id="",
		email=args.email("email"),
		first_name=args.name_of("first_name", required=names_required),
		last_name=args.name_of("last_name", required=names_required),
		mobile=args.phone("mobile"),
		organization_name=args.name_of("organization_name"),
		t_c_acceptance=args.boolean("t_c_acceptance"),
	)
	if len(f"{customer['first_name']} {customer['last_name']}") > customers.NAME_LENGTH:
		message = _("is longer than {0} characters together with the first name")
		args.refuse("last_name", message.format(customers.NAME_LENGTH))
	return customer
