"""A customer's decision on a Quotation: approval, with or without a Sales Order, or rejection.

A document is submitted only with the total that the approval names. If it names none, the total of the draft
counts. So a customer whose shop sends the total is never bound to a price that they did not see.
"""

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any, NamedTuple, NoReturn

import frappe
from erpnext.selling.doctype.quotation.quotation import _make_sales_order
from frappe import _
from frappe.model.document import Document
from frappe.utils import add_days, flt, getdate, nowdate

from medusa_integration import exact, transaction
from medusa_integration.arguments import as_text, quoted
from medusa_integration.exceptions import (
	NotOfferedError,
	OfferChangedError,
	QuotationConflictError,
	Reason,
	throw,
)
from medusa_integration.selling import accounts, own_fields, parties, saving, shown
from medusa_integration.selling.customers import convert_lead, customer_of_lead
from medusa_integration.selling.money import as_money
from medusa_integration.selling.quotations import is_unpriced, load_party, totals, wait_if_large
from medusa_integration.settings import get_settings

# what a Sales Order takes from its Quotation
SHARED_FIELDS = ["medusa_order_id", "medusa_customer_id", "po_no"]
# what an approval sets in a draft
CHANGED_BY_APPROVAL = ("quotation_to", "party_name", "medusa_order_id", "medusa_decision", "po_no")


class Approval(NamedTuple):
	"""A customer's approval of a Quotation.

	`order_id` is Medusa's id or "". `grand_total` is the total that the customer saw, in the Quotation's
	currency, or None if the shop did not send it. `po_no` is the number of the customer's purchase order or
	"".
	"""

	order_id: str
	create_sales_order: bool
	grand_total: Decimal | None = None
	po_no: str = ""


def approve(quotation: Document, approval: Approval) -> tuple[Document, str | None]:
	"""Submit the Quotation and create its Sales Order if requested; skip what is already done.

	Returns the Quotation, and the name of its order or None. Raises QuotationConflictError if the Quotation
	is lost or expired, was approved for another order, or its order was cancelled; OfferChangedError if the
	total is not the one that the customer saw; NotOfferedError if the draft is not offered yet;
	CustomerDisabledError if the Customer is disabled.
	"""
	order = lock(quotation)
	if quotation.status == "Lost":
		throw_lost(quotation)
	if quotation.medusa_order_id and approval.order_id not in ("", quotation.medusa_order_id):
		message = _("Quotation {0} was approved for another order: {1}")
		throw_conflict(
			quotation, "other_order", message.format(quotation.name, quoted(quotation.medusa_order_id))
		)
	if order and order.docstatus == 2:
		message = _("Sales Order {0} of this Quotation was cancelled.").format(order.name)
		throw_conflict(quotation, "order_cancelled", message)
	needs_order = approval.create_sales_order and not order
	status = shown.status_of_quotation(quotation.name)
	if is_draft(quotation) or needs_order:
		check_not_expired(quotation)
		check_offered(quotation, status)
		if quotation.quotation_to == "Customer":
			load_party("Customer", quotation.party_name)  # raises if it is disabled
	is_final = bool(order) or not (needs_order or is_draft(quotation))
	agreed = agreed_total(quotation, approval, status, is_final=is_final)
	if needs_order and quotation.quotation_to == "Lead":
		convert_party(quotation)
	set_decision(quotation, approval)
	if is_draft(quotation):
		submit_it = partial(submit_quotation, quotation)
		quotation = submit_at_agreed_total(agreed, status, submit_it)
	if order:
		set_medusa_fields(order, quotation)
		return quotation, order.name
	if not needs_order:
		return quotation, None
	order = submit_at_agreed_total(agreed, status, partial(make_sales_order, quotation))
	return quotation, order.name


def reject(quotation: Document, reason: str) -> None:
	"""Mark the Quotation as Lost, unless it is lost already.

	`reason` is the name of a Quotation Lost Reason of the site, a free text, or "". Raises
	QuotationConflictError if the Quotation has an order.
	"""
	if quotation.status == "Lost":
		return
	order = lock(quotation)
	if order and order.docstatus < 2:
		throw_conflict(quotation, "ordered", _("Quotation {0} is already ordered.").format(quotation.name))
	if is_draft(quotation):
		submit(quotation)
	quotation.db_set("medusa_decision", shown.REJECTED_IN_SHOP, update_modified=False)
	quotation.flags.ignore_permissions = True
	known = exact.find_name("Quotation Lost Reason", "name", reason) if reason else None
	reasons = [{"lost_reason": known}] if known else []
	quotation.declare_enquiry_lost(reasons, [], reason or _("Rejected in the shop"))


def throw_lost(quotation: Document) -> NoReturn:
	"""Raise QuotationConflictError for a lost Quotation: the customer rejected it, or a clerk lost it."""
	if quotation.medusa_decision == shown.REJECTED_IN_SHOP:
		message = _("Quotation {0} was rejected.").format(quotation.name)
		throw_conflict(quotation, "rejected", message)
	message = _("Quotation {0} was marked as lost by the seller.").format(quotation.name)
	throw_conflict(quotation, "lost", message)


def throw_conflict(quotation: Document, reason: Reason, message: str) -> NoReturn:
	"""Raise QuotationConflictError with the Quotation as it is now."""
	throw(message, QuotationConflictError, reason=reason, current=shown.show_quotation(quotation.name))


def lock(quotation: Document) -> frappe._dict | None:
	"""Lock the Quotation's orders, its party and then the Quotation, until the end of the transaction.

	The order of the locks matters: a clerk who submits an order locks the order before `check_ordered_once`
	locks the Quotation. Returns the order: a submitted one, else a clerk's draft, else a cancelled one, or
	None. Raises frappe.TimestampMismatchError if the Quotation was changed or ordered after it was read.
	"""
	wait_if_large(len(quotation.items))
	names = sorted(
		set(frappe.get_all("Sales Order Item", {"prevdoc_docname": quotation.name}, pluck="parent"))
	)
	fields = ["name", "docstatus", "medusa_order_id", "medusa_customer_id", "po_no", "from_ecommerce"]
	rows = [frappe.db.get_value("Sales Order", name, fields, as_dict=True, for_update=True) for name in names]
	parties.lock_party(quotation.quotation_to, quotation.party_name)
	transaction.lock("Quotation", quotation.name, quotation.modified)
	item = frappe.qb.DocType("Sales Order Item")
	query = frappe.qb.from_(item).select(item.parent).where(item.prevdoc_docname == quotation.name)
	if set(query.for_update().run(pluck=True)) != set(names):
		raise frappe.TimestampMismatchError(f"Quotation {quotation.name} was ordered by another transaction")
	orders = [row for row in rows if row]
	return min(orders, key=lambda order: (1, 0, 2).index(order.docstatus), default=None)


def is_draft(quotation: Document) -> bool:
	"""Return whether a Quotation is not submitted yet."""
	return quotation.docstatus == 0


# the total that the customer saw


def check_offered(quotation: Document, status: str) -> None:
	"""Raise NotOfferedError if the Quotation is a draft that the customer may not accept yet.

	A clerk must first set the prices, offer it, or submit it.
	"""
	if status != shown.REQUESTED:
		return
	message = _("Quotation {0} is not offered yet.").format(quotation.name)
	unpriced = [row.item_code for row in quotation.items if is_unpriced(row)]
	if unpriced:
		names = ", ".join(quoted(code) for code in unpriced)
		message = f"{message} {_('Items without a price: {0}').format(names)}"
	reason = "no_price" if unpriced else "clerk_must_offer"
	throw(message, NotOfferedError, reason=reason, current=totals(quotation, status))


def agreed_total(quotation: Document, approval: Approval, status: str, *, is_final: bool) -> Decimal:
	"""Return the total that the customer agreed to pay: that of the approval, else that of the Quotation.

	`is_final` means that nothing is left to be submitted. Then the two totals must be equal;
	OfferChangedError is raised if they are not.
	"""
	current = as_money(quotation, quotation.grand_total)
	agreed = current if approval.grand_total is None else as_money(quotation, approval.grand_total)
	if is_final and agreed != current:
		throw_offer_changed(quotation, status)
	return agreed


def submit_at_agreed_total(
	agreed: Decimal, status: str, submit_document: Callable[[bool], Document]
) -> Document:
	"""Submit a document with the total that the customer agreed to; return it.

	`submit_document(keep_prices)` is called with False first: ERPNext calculates the prices again. If this
	changes the total (a Pricing Rule began or ended, or applies to the group of the new Customer), the submit
	is rolled back and repeated with True: with the prices as they were. Raises OfferChangedError if the total
	is still different. The error contains the totals that ERPNext calculated, so an approval with these
	totals will succeed, and the present `status` of the Quotation.
	"""
	frappe.db.savepoint("medusa_bind")
	document = submit_document(False)
	if as_money(document, document.grand_total) == agreed:
		return document
	repriced = document
	frappe.db.rollback(save_point="medusa_bind")
	document = submit_document(True)
	if as_money(document, document.grand_total) != agreed:
		throw_offer_changed(repriced, status)
	return document


def throw_offer_changed(document: Document, status: str) -> NoReturn:
	"""Raise OfferChangedError with the totals of a document, and the status of the Quotation."""
	message = _("The total is now {0} {1}. The customer must see it before they approve.")
	total = as_money(document, document.grand_total)
	message = message.format(document.currency, total)
	throw(message, OfferChangedError, reason="price_changed", current=totals(document, status))


def check_not_expired(quotation: Document) -> None:
	"""Raise QuotationConflictError if the Quotation has expired.

	Selling Settings can allow orders of expired Quotations.
	"""
	if not quotation.valid_till or getdate(quotation.valid_till) >= getdate(nowdate()):
		return
	rule = ("Selling Settings", "allow_sales_order_creation_for_expired_quotation")
	if not frappe.db.get_single_value(*rule):
		message = _("Quotation {0} expired on {1}.").format(quotation.name, as_text(quotation.valid_till))
		throw_conflict(quotation, "expired", message)


# submitting


def convert_party(quotation: Document) -> None:
	"""Convert the Quotation's Lead to a Customer.

	A draft is changed to name the Customer. A submitted Quotation keeps the Lead.
	"""
	customer = convert_lead(quotation.party_name, keep_quotation=quotation.name)
	if is_draft(quotation):
		quotation.quotation_to = "Customer"
		quotation.party_name = customer


def set_decision(quotation: Document, approval: Approval) -> None:
	"""Set on the Quotation that it is approved, Medusa's order id, and the customer's purchase order.

	If the Quotation is submitted already, they are set directly in the database.
	"""
	values = {"medusa_decision": shown.APPROVED_IN_SHOP, "po_no": approval.po_no or quotation.po_no}
	if not quotation.medusa_order_id:
		values["medusa_order_id"] = approval.order_id or None
	changed = {field: value for field, value in values.items() if value and quotation.get(field) != value}
	if is_draft(quotation):
		quotation.update(changed)
	elif changed:
		quotation.db_set(changed)


def submit_quotation(quotation: Document, keep_prices: bool) -> Document:
	"""Submit a draft; return it."""
	if not keep_prices:
		submit(quotation)
		return quotation
	changes = {field: quotation.get(field) for field in CHANGED_BY_APPROVAL}
	quotation = frappe.get_doc("Quotation", quotation.name).update(changes)
	rules = [row.pricing_rules for row in quotation.items]
	quotation.ignore_pricing_rule = 1
	for row in quotation.items:
		row.pricing_rules = None  # otherwise ERPNext would undo the changes of these rules
	submit(quotation)
	for row, rule in zip(quotation.items, rules, strict=True):
		if rule:
			row.db_set("pricing_rules", rule, update_modified=False)
	return quotation


def submit(document: Document) -> None:
	"""Submit a new or saved document, without checking the permissions of the integration user.

	A workflow is checked. Raises as `check_workflow` does.
	"""
	check_workflow(document)
	document.flags.ignore_permissions = True
	with own_fields.writable(document), saving.saving_from_medusa():
		document.submit()


def check_workflow(document: Document) -> None:
	"""Raise frappe.PermissionError if a workflow lets only other users submit this document.

	Frappe checks a workflow only when its buttons are used.
	"""
	name = document.meta.get_workflow()
	if not name:
		return
	workflow, roles = frappe.get_cached_doc("Workflow", name), set(frappe.get_roles())
	state = document.get(workflow.workflow_state_field) or workflow.states[0].state
	submitted = {row.state for row in workflow.states if row.doc_status in ("1", 1)}
	for step in workflow.transitions:
		if step.state == state and step.next_state in submitted and step.allowed in roles:
			return
	message = _("The workflow {0} does not let {1} submit this {2}.")
	message = message.format(quoted(name), frappe.session.user, _(document.doctype))
	frappe.throw(message, frappe.PermissionError)


def make_sales_order(quotation: Document, keep_prices: bool) -> Document:
	"""Create and submit the Sales Order of a submitted Quotation in one save; return it."""
	order = map_order(quotation, keep_prices)
	order.delivery_date = add_days(nowdate(), get_settings().delivery_days)
	for item in order.items:
		item.delivery_date = order.delivery_date
	order.update(fields_of_order(quotation))
	submit(order)
	# ERPNext does not set the status of a document that is submitted as it is inserted
	order.set_status(update=True)
	return order


def map_order(quotation: Document, keep_prices: bool) -> Document:
	"""Return the unsaved Sales Order that ERPNext makes from the Quotation.

	ERPNext calculates the prices again. With `keep_prices` it does not: meanwhile `ignore_pricing_rule` is
	set in the stored Quotation, and ERPNext reads it there. So it does the party.
	"""
	values = {"ignore_pricing_rule": 1} if keep_prices else {}
	values |= party_of_further_buyer(quotation)
	before = {field: quotation.get(field) for field in values}
	if values:
		quotation.db_set(values, update_modified=False)
	order = _make_sales_order(quotation.name, ignore_permissions=True)
	if values:
		quotation.db_set(before, update_modified=False)
	return order


def party_of_further_buyer(quotation: Document) -> dict[str, str]:
	"""Return the Customer for the order of a Quotation that was submitted for the Lead of a further buyer.

	The Customer names another Lead, so ERPNext would convert this one. Returns the fields of the party, or {}
	for all other Quotations.
	"""
	if quotation.quotation_to != "Lead" or customer_of_lead(quotation.party_name):
		return {}
	medusa_id = accounts.medusa_id_of("Lead", quotation.party_name)
	customer = accounts.find_customer(medusa_id) if medusa_id else None
	return {"quotation_to": "Customer", "party_name": customer} if customer else {}


# the order


def fields_of_order(quotation: Any) -> dict[str, Any]:
	"""Return the fields that an order takes from its Quotation from the shop."""
	return {"from_ecommerce": 1, **{field: quotation.get(field) for field in SHARED_FIELDS}}


def missing_fields(order: Any, quotation: Any) -> dict[str, Any]:
	"""Return the fields that an order of a Quotation from the shop must still get.

	What a clerk entered stays. But until an order is the shop's, anything may be in `medusa_order_id`: then
	the id of the Quotation replaces it.
	"""
	free = () if order.get("from_ecommerce") else own_fields.FREE_ELSEWHERE["Sales Order"]
	fields = fields_of_order(quotation)
	return {
		field: value for field, value in fields.items() if value and (field in free or not order.get(field))
	}


def set_medusa_fields(order: frappe._dict, quotation: Document) -> None:
	"""Set the Medusa fields of an order that a clerk made, so that the shop can find it.

	The fields are set directly in the database.
	"""
	values = missing_fields(order, quotation)
	if values:
		frappe.db.set_value("Sales Order", order.name, values)


def check_ordered_once(order: Document, method: str | None = None) -> None:
	"""Refuse a clerk's Sales Order if its Quotation from the shop is ordered already.

	The hook runs before the order is inserted or submitted. A new order takes the shop's fields from the
	Quotation. It locks the shop's Quotations of the order until
	the end of the transaction, as an approval does. ERPNext itself allows any number of orders of one
	Quotation. Raises frappe.ValidationError if this order and the other submitted orders together exceed the
	quoted quantity of an Item.
	"""
	if order.flags.medusa_writes:
		return
	for name in sorted({row.prevdoc_docname for row in order.items if row.get("prevdoc_docname")}):
		filters = {"name": name, "from_ecommerce": 1}
		quotation = frappe.db.get_value("Quotation", filters, SHARED_FIELDS, as_dict=True, for_update=True)
		if not quotation:
			continue
		if method == "before_insert" and not order.from_ecommerce:
			order.update(missing_fields(order, quotation))
		ordered = ordered_elsewhere(name, order.name)
		if ordered and is_too_much(order, name, ordered):
			message = _("Quotation {0} is already ordered, by Sales Order {1}.")
			frappe.throw(message.format(name, quoted(min(row.parent for row in ordered))))


def ordered_elsewhere(quotation: str, order: str | None) -> list:
	"""Return the lines of a Quotation in submitted orders other than `order`.

	Locks them, and reads what is committed now, not the transaction's snapshot.
	"""
	item = frappe.qb.DocType("Sales Order Item")
	query = (
		frappe.qb.from_(item)
		.select(item.parent, item.item_code, item.stock_qty)
		.where((item.prevdoc_docname == quotation) & (item.docstatus == 1) & (item.parent != (order or "")))
	)
	return query.for_update().run(as_dict=True)


def is_too_much(order: Document, quotation: str, ordered: list) -> bool:
	"""Return whether an order needs more of an Item than the `ordered` lines left of the Quotation."""
	rows = frappe.get_all("Quotation Item", {"parent": quotation}, ["item_code", "stock_qty"], limit=0)
	left: dict[str, float] = {}
	for row in rows:
		left[row.item_code] = left.get(row.item_code, 0) + flt(row.stock_qty)
	for row in ordered:
		left[row.item_code] = left.get(row.item_code, 0) - flt(row.stock_qty)
	for row in order.items:
		if row.get("prevdoc_docname") == quotation:
			# not `stock_qty`, because ERPNext updates it only during validation
			quantity = flt(row.qty) * (flt(row.get("conversion_factor")) or 1)
			left[row.item_code] = left.get(row.item_code, 0) - quantity
	return any(quantity < -0.000001 for quantity in left.values())
