"""A customer's decision on a Quotation: yes, with or without a Sales Order, or no.

Nobody is bound to what they did not see: what is submitted costs what the approval names, else what the draft
said.
"""

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple, NoReturn

import frappe
from erpnext.selling.doctype.quotation.quotation import _make_sales_order
from frappe import _
from frappe.model.document import Document
from frappe.utils import add_days, flt, getdate, nowdate

from medusa_integration import transaction
from medusa_integration.arguments import as_text, quoted
from medusa_integration.exceptions import (
	NotOfferedError,
	OfferChangedError,
	QuotationConflictError,
	throw_with_current,
)
from medusa_integration.selling import own_fields, parties, saving
from medusa_integration.selling.customers import convert_lead
from medusa_integration.selling.quotations import is_unpriced, load_party, totals, wait_if_heavy
from medusa_integration.settings import get_settings


class Approval(NamedTuple):
	"""A customer's yes to a Quotation. `grand_total` is what they saw; None where the shop does not say."""

	order_id: str
	create_sales_order: bool
	grand_total: Decimal | None = None


def approve(quotation: Document, approval: Approval) -> tuple[Document, str | None]:
	"""Submit the Quotation and make its Sales Order, as far as that is not done yet; return the Quotation,
	and the name of the order, if any.

	Raises QuotationConflictError where the Quotation is lost or expired, was approved for another order, or
	where its order was cancelled; OfferChangedError where it costs something else than the customer saw;
	NotOfferedError where a line has no price; CustomerDisabledError.
	"""
	order = lock(quotation)
	if quotation.status == "Lost":
		throw_conflict(say_lost(quotation))
	if quotation.medusa_order_id and approval.order_id not in ("", quotation.medusa_order_id):
		message = _("Quotation {0} was approved for another order: {1}")
		throw_conflict(message.format(quotation.name, quoted(quotation.medusa_order_id)))
	if order and order.docstatus == 2:
		throw_conflict(_("Sales Order {0} of this Quotation was cancelled.").format(order.name))
	wants_order = approval.create_sales_order and not order
	if quotation.docstatus == 0 or wants_order:
		check_not_expired(quotation)
		check_offered(quotation)
		load_party(quotation.quotation_to, quotation.party_name)
	is_bound = bool(order) or not (wants_order or is_draft(quotation))
	agreed = agreed_total(quotation, approval, is_bound=is_bound)
	if wants_order and quotation.quotation_to == "Lead":
		make_party_a_customer(quotation)
	set_order_id(quotation, approval.order_id)
	if is_draft(quotation):
		quotation = at_agreed_price(agreed, lambda keep: submit_quotation(quotation, keep))
	if order:
		mark_order(order, quotation)
		return quotation, order.name
	if not wants_order:
		return quotation, None
	return quotation, at_agreed_price(agreed, lambda keep: make_sales_order(quotation, keep)).name


def reject(quotation: Document) -> None:
	"""End the Quotation as Lost; a lost one stays as it is. Raises QuotationConflictError where it is
	ordered.
	"""
	if quotation.status == "Lost":
		return
	order = lock(quotation)
	if order and order.docstatus < 2:
		throw_conflict(_("Quotation {0} is ordered already.").format(quotation.name))
	if is_draft(quotation):
		submit(quotation)
	quotation.flags.ignore_permissions = True
	quotation.declare_enquiry_lost([], [], rejected_in_shop())


def rejected_in_shop() -> str:
	"""The detailed reason on a Quotation that was rejected in the shop."""
	return _("Rejected in the shop")


def say_lost(quotation: Document) -> str:
	"""Who ended a lost Quotation: the customer in the shop, or a clerk."""
	if quotation.order_lost_reason == rejected_in_shop():
		return _("Quotation {0} was rejected.").format(quotation.name)
	return _("Quotation {0} is lost: the seller ended it.").format(quotation.name)


def throw_conflict(message: str) -> NoReturn:
	"""Raise QuotationConflictError."""
	frappe.throw(message, QuotationConflictError)


def lock(quotation: Document) -> frappe._dict | None:
	"""Lock the Quotation's orders, its party and then the Quotation, for as long as this call works with
	them.

	In this order: a clerk who submits an order locks that before `check_ordered_once` locks the Quotation.
	Return the order: a submitted one, else a clerk's draft, else a cancelled one, or None. Raises
	frappe.TimestampMismatchError where the Quotation was changed or ordered since it was read.
	"""
	wait_if_heavy(len(quotation.items))
	names = sorted(
		set(frappe.get_all("Sales Order Item", {"prevdoc_docname": quotation.name}, pluck="parent"))
	)
	fields = ["name", "docstatus", "medusa_order_id", "from_ecommerce"]
	orders = [
		frappe.db.get_value("Sales Order", name, fields, as_dict=True, for_update=True) for name in names
	]
	parties.hold(quotation.quotation_to, quotation.party_name)
	transaction.lock("Quotation", quotation.name, quotation.modified)
	item = frappe.qb.DocType("Sales Order Item")
	query = frappe.qb.from_(item).select(item.parent).where(item.prevdoc_docname == quotation.name)
	if set(query.for_update().run(pluck=True)) != set(names):
		raise frappe.TimestampMismatchError(f"Quotation {quotation.name} was ordered by another transaction")
	found = [order for order in orders if order]
	return min(found, key=lambda order: (1, 0, 2).index(order.docstatus), default=None)


def is_draft(quotation: Document) -> bool:
	"""Whether it is not submitted yet."""
	return quotation.docstatus == 0


# what the customer saw


def check_offered(quotation: Document) -> None:
	"""Raise NotOfferedError for a draft with a line that has no price: a clerk prices or submits it first."""
	unpriced = [row.item_code for row in quotation.items if is_unpriced(row)] if is_draft(quotation) else []
	if unpriced:
		message = _("Quotation {0} is not offered yet: {1} has no price.")
		said = message.format(quotation.name, ", ".join(quoted(code) for code in unpriced))
		throw_with_current(totals(quotation), said, NotOfferedError)


def agreed_total(quotation: Document, approval: Approval, *, is_bound: bool) -> Decimal:
	"""What the customer agreed to pay: what the approval names, else what the Quotation says.

	Where nothing is left to be submitted (`is_bound`) the two must be the same. Raises OfferChangedError.
	"""
	said = as_money(quotation, quotation.grand_total)
	agreed = said if approval.grand_total is None else as_money(quotation, approval.grand_total)
	if is_bound and agreed != said:
		throw_changed(quotation)
	return agreed


def at_agreed_price(agreed: Decimal, bind: Callable[[bool], Document]) -> Document:
	"""Submit a document at the total that was agreed; return it.

	`bind(keep)` submits it: as ERPNext prices it now, and where that is another total by now (a Pricing Rule
	began or ended, or is for the group of the new Customer), once more with the prices `keep`t as they are.
	Raises OfferChangedError with the totals that ERPNext would make of it: an approval that names those goes
	through.
	"""
	frappe.db.savepoint("medusa_bind")
	document = bind(False)
	if as_money(document, document.grand_total) == agreed:
		return document
	repriced = document
	frappe.db.rollback(save_point="medusa_bind")
	document = bind(True)
	if as_money(document, document.grand_total) != agreed:
		throw_changed(repriced)
	return document


def as_money(document: Document, amount: Any) -> Decimal:
	"""An amount in the smallest unit that ERPNext keeps of the document's currency."""
	digits = document.precision("grand_total")
	return Decimal(str(amount or 0)).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


def throw_changed(document: Document) -> NoReturn:
	"""Raise OfferChangedError with the totals of a document."""
	message = _("The total is {0} {1} now. The customer has to see it before they approve.")
	total = as_money(document, document.grand_total)
	throw_with_current(totals(document), message.format(document.currency, total), OfferChangedError)


def check_not_expired(quotation: Document) -> None:
	"""Raise QuotationConflictError past its validity, unless Selling Settings allow such orders."""
	if not quotation.valid_till or getdate(quotation.valid_till) >= getdate(nowdate()):
		return
	rule = ("Selling Settings", "allow_sales_order_creation_for_expired_quotation")
	if not frappe.db.get_single_value(*rule):
		throw_conflict(
			_("Quotation {0} expired on {1}.").format(quotation.name, as_text(quotation.valid_till))
		)


# submitting


def make_party_a_customer(quotation: Document) -> None:
	"""Convert the Quotation's Lead. A draft is the Customer's from here on, a submitted one the Lead's."""
	customer = convert_lead(quotation.party_name, keep_quotation=quotation.name)
	if is_draft(quotation):
		quotation.quotation_to = "Customer"
		quotation.party_name = customer


def set_order_id(quotation: Document, order_id: str) -> None:
	"""Note Medusa's order id on the Quotation, past its save where it is submitted already."""
	if not order_id or quotation.medusa_order_id:
		return
	if is_draft(quotation):
		quotation.medusa_order_id = order_id
	else:
		quotation.db_set("medusa_order_id", order_id)


def submit_quotation(quotation: Document, keep_prices: bool) -> Document:
	"""Submit a draft; return it."""
	if not keep_prices:
		submit(quotation)
		return quotation
	changes = {field: quotation.get(field) for field in ("quotation_to", "party_name", "medusa_order_id")}
	quotation = frappe.get_doc("Quotation", quotation.name).update(changes)
	rules = [row.pricing_rules for row in quotation.items]
	quotation.ignore_pricing_rule = 1
	for row in quotation.items:
		row.pricing_rules = None  # ERPNext would take back what the rules had done
	submit(quotation)
	for row, rule in zip(quotation.items, rules, strict=True):
		if rule:
			row.db_set("pricing_rules", rule, update_modified=False)
	return quotation


def submit(document: Document) -> None:
	"""Submit a document, new or saved, whatever the integration user may do on the desk but for a
	workflow.
	"""
	check_workflow(document)
	document.flags.ignore_permissions = True
	with own_fields.writable(document), saving.saving_from_medusa():
		document.submit()


def check_workflow(document: Document) -> None:
	"""Raise frappe.PermissionError where a workflow lets only others submit this document.

	Frappe asks a workflow only where somebody uses its buttons.
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
	said = message.format(quoted(name), frappe.session.user, _(document.doctype))
	frappe.throw(said, frappe.PermissionError)


def make_sales_order(quotation: Document, keep_prices: bool) -> Document:
	"""Make and submit the Sales Order of a submitted Quotation, in one save; return it."""
	order = map_order(quotation, keep_prices)
	order.delivery_date = add_days(nowdate(), get_settings().delivery_days)
	for item in order.items:
		item.delivery_date = order.delivery_date
	order.medusa_order_id = quotation.medusa_order_id
	order.from_ecommerce = 1
	submit(order)
	# ERPNext leaves the status out of a document that is submitted as it is inserted
	order.set_status(update=True)
	return order


def map_order(quotation: Document, keep_prices: bool) -> Document:
	"""The Sales Order as ERPNext maps it, which prices it anew; to `keep_prices` the Quotation has to say
	so.
	"""
	before = quotation.ignore_pricing_rule
	if keep_prices:
		quotation.db_set("ignore_pricing_rule", 1, update_modified=False)
	order = _make_sales_order(quotation.name, ignore_permissions=True)
	if keep_prices:
		quotation.db_set("ignore_pricing_rule", before, update_modified=False)
	return order


# the order


def mark_order(order: frappe._dict, quotation: Document) -> None:
	"""Let the shop find an order that a clerk made: fill its blank Medusa fields, past its save."""
	blank = {"medusa_order_id": quotation.medusa_order_id, "from_ecommerce": 1}
	values = {field: value for field, value in blank.items() if value and not order[field]}
	if values:
		frappe.db.set_value("Sales Order", order.name, values)


def check_ordered_once(order: Document, method: str | None = None) -> None:
	"""Before a clerk's Sales Order is inserted or saved: see that it does not order again what the shop has
	ordered.

	Locks the shop's Quotations of the order until the end of the transaction, as an approval does. ERPNext
	itself lets a Quotation be ordered any number of times. Raises frappe.ValidationError where this order and
	others that are submitted ask for more than was quoted.
	"""
	if order.flags.medusa_writes:
		return
	for name in sorted({row.prevdoc_docname for row in order.items if row.get("prevdoc_docname")}):
		if not frappe.db.get_value("Quotation", {"name": name, "from_ecommerce": 1}, "name", for_update=True):
			continue
		ordered = ordered_elsewhere(name, order.name)
		if ordered and is_too_much(order, name, ordered):
			message = _("Quotation {0} is ordered already, by Sales Order {1}.")
			frappe.throw(message.format(name, quoted(ordered[0].parent)))


def ordered_elsewhere(quotation: str, order: str | None) -> list:
	"""The lines of a Quotation in submitted orders other than `order`, past the snapshot."""
	item = frappe.qb.DocType("Sales Order Item")
	query = (
		frappe.qb.from_(item)
		.select(item.parent, item.item_code, item.stock_qty)
		.where((item.prevdoc_docname == quotation) & (item.docstatus == 1) & (item.parent != (order or "")))
	)
	return query.for_update().run(as_dict=True)


def is_too_much(order: Document, quotation: str, ordered: list) -> bool:
	"""Whether a new order asks for more of an Item than other orders have left of the Quotation."""
	rows = frappe.get_all("Quotation Item", {"parent": quotation}, ["item_code", "stock_qty"], limit=0)
	left: dict[str, float] = {}
	for row in rows:
		left[row.item_code] = left.get(row.item_code, 0) + flt(row.stock_qty)
	for row in ordered:
		left[row.item_code] = left.get(row.item_code, 0) - flt(row.stock_qty)
	for row in order.items:
		if row.get("prevdoc_docname") == quotation:
			wanted = flt(row.get("stock_qty")) or flt(row.qty) * (flt(row.get("conversion_factor")) or 1)
			left[row.item_code] = left.get(row.item_code, 0) - wanted
	return any(quantity < -0.000001 for quantity in left.values())
