"""What the made-up customer does: signs up, requests a quotation, approves it."""

from collections.abc import Callable
from typing import Any, NamedTuple, cast

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, fmt_money

from medusa_integration import api
from medusa_integration.rehearsal.checks import ItemToOrder
from medusa_integration.rehearsal.reasons import (
	Reason,
	frames_of,
	labels_of,
	to_customize,
	to_form,
	to_list,
)
from medusa_integration.rehearsal.report import OK, REFUSED, WARNING, Report
from medusa_integration.selling import accounts, offers
from medusa_integration.selling.quotations import KEY_DOCTYPE
from medusa_integration.session import work_as
from medusa_integration.settings import get_company, get_settings


class Visitor(NamedTuple):
	"""The made-up customer; `word` is in all of their ids and names, and in no other."""

	word: str

	@property
	def customer_id(self) -> str:
		"""Return the id of the customer in Medusa."""
		return f"cus_rehearsal_{self.word}"

	@property
	def quotation_id(self) -> str:
		"""Return the id of the quotation in Medusa."""
		return f"quo_rehearsal_{self.word}"

	@property
	def order_id(self) -> str:
		"""Return the id of the order in Medusa."""
		return f"order_rehearsal_{self.word}"


def make_up_visitor() -> Visitor:
	"""Return a customer that does not exist yet."""
	return Visitor(frappe.generate_hash(length=10))


def play(report: Report, visitor: Visitor, item: ItemToOrder | None) -> None:
	"""Play sign-up to order, and add the steps to the report."""
	request_title = _("The customer requests a quotation")
	approval_titles = list(parts_of_approval().values())
	because = _("An earlier step was refused.")
	lead = attempt(report, _("A customer signs up: their Lead is created"), lambda: sign_up(visitor))
	if not lead:
		report.skip(request_title, *approval_titles, because=because)
		return
	warn_of_mandatory(report, "Lead", lead)
	if not item:
		report.skip(request_title, *approval_titles, because=_("There is no Item to order."))
		return
	answer = attempt(report, request_title, lambda: request_quotation(visitor, item))
	if not answer:
		report.skip(*approval_titles, because=because)
		return
	quotation = frappe.get_doc("Quotation", answer["quotationId"])
	check_totals(report, quotation)
	if get_settings().clerk_offers:
		attempt(report, _("A clerk offers the quotation"), lambda: offer(quotation))
	approve(report, visitor, answer["grand_total"])


def attempt(report: Report, title: str, work: Callable[[], Any]) -> Any:
	"""Add a step: what `work` does. Returns its result, or None if the site refuses it."""
	frappe.clear_messages()
	try:
		result = work()
	except Exception as error:
		report.refuse(title, error)
		return None
	report.add(title, OK)
	return result


def call(method: Callable, **sent: Any) -> Any:
	"""Call a method of the storefront as the integration user, without the checks of its caller."""
	return cast(Any, method).rehearse(**sent)


def sign_up(visitor: Visitor) -> str:
	"""Create the Lead, as the job of a sign-up does; return its name."""
	data = {
		"id": visitor.customer_id,
		"email": f"{visitor.word}@rehearsal.invalid",
		"first_name": "Rehearsal",
		"last_name": visitor.word,
		# no country has this code, and nobody this number: a known one could be that of a likely Customer
		"mobile": f"+999{int(visitor.word, 16) % 10**9:09d}",
		"organization_name": f"Rehearsal {visitor.word}",
		"t_c_acceptance": True,
	}
	return call(api.insert_lead, data=data)


def request_quotation(visitor: Visitor, item: ItemToOrder) -> dict[str, Any]:
	"""Request a quotation for one piece of an Item, to an address in the country of the company."""
	line = {"variant_id": item.variant_id} if item.variant_id else {"sku": item.name}
	country = frappe.db.get_value("Company", get_company(), "country")
	address = {"address_1": "1 Rehearsal Street", "city": "Rehearsal", "postal_code": "12345"}
	return call(
		api.create_quotation,
		customer_id=visitor.customer_id,
		quotation_id=visitor.quotation_id,
		items=[{**line, "quantity": 1}],
		billing_address={**address, "country_code": country, "is_default": True} if country else None,
	)


def offer(quotation: Document) -> bool:
	"""Offer the quotation, as a clerk does who may do everything."""
	with work_as("Administrator"):
		offers.offer(quotation.name, str(quotation.modified))
	return True


def approve(report: Report, visitor: Visitor, grand_total: float) -> None:
	"""Approve the quotation with a Sales Order, and add a step for each part of the approval."""
	parts = parts_of_approval()
	titles = list(parts.values())
	frappe.clear_messages()
	try:
		call(
			api.update_quotation,
			quotation_id=visitor.quotation_id,
			customer_id=visitor.customer_id,
			approval=api.APPROVED,
			order_id=visitor.order_id,
			grand_total=grand_total,
			create_so=True,
		)
	except Exception as error:
		functions = {frame.f_code.co_name for frame in frames_of(error)}
		failed = next((index for index, name in enumerate(parts) if name in functions), 0)
		for title in titles[:failed]:
			report.add(title, OK)
		report.refuse(titles[failed], error)
		report.skip(*titles[failed + 1 :], because=_("An earlier step was refused."))
		return
	for title in titles:
		report.add(title, OK)
	warn_of_mandatory(report, "Customer", accounts.find_customer(visitor.customer_id) or "")


def parts_of_approval() -> dict[str, str]:
	"""Return the parts of an approval in their order: the function of `selling/approvals.py`, and a title.

	An error that passed none of the other functions belongs to the first part.
	"""
	return {
		"check_offered": _("The customer approves the quotation"),
		"convert_party": _("The Lead becomes a Customer"),
		"submit_quotation": _("The Quotation is submitted"),
		"make_sales_order": _("The Sales Order is created and submitted"),
	}


def check_totals(report: Report, quotation: Document) -> None:
	"""Add what the quotation costs, with a warning if there are no taxes."""
	title = _("Taxes are added")
	currency = quotation.currency
	if quotation.get("taxes"):
		taxes = fmt_money(flt(quotation.total_taxes_and_charges), currency=currency)
		total = fmt_money(flt(quotation.grand_total), currency=currency)
		report.add(title, OK, Reason(_("Taxes {0}, total {1}").format(taxes, total)))
		return
	text = _("No Tax Rule fits the customer, and the Company has no default template of taxes.")
	advice = _("If the prices in the price list do not include taxes, mark a template as the default.")
	link = to_list("Sales Taxes and Charges Template")
	report.add(title, WARNING, Reason(text, advice, link))


def warn_of_mandatory(report: Report, doctype: str, name: str) -> None:
	"""Add a warning if mandatory fields of a Lead or Customer are empty.

	The app saves the two nevertheless, so that no customer is lost.
	"""
	doc = frappe.get_doc(doctype, name)
	fields = [field for field in doc.meta.get_fieldnames_with_value() if doc.meta.get_field(field).reqd]
	missing = [field for field in fields if not doc.get(field)]
	if not missing:
		return
	title = _("Clerks can change the {0}").format(_(doctype))
	text = _("Mandatory fields of {0} are empty: {1}").format(_(doctype), labels_of(doctype, missing))
	advice = _("It is created nevertheless. A clerk must fill the fields before they can save it.")
	report.add(title, WARNING, Reason(text, advice, to_customize(doctype)))


def check_nothing_stays(report: Report, visitor: Visitor) -> None:
	"""Add whether everything was undone: a script can commit with a statement of its own."""
	ids = (
		("Lead", "medusa_id", visitor.customer_id),
		("Contact", "medusa_id", visitor.customer_id),
		("Customer", "medusa_id", visitor.customer_id),
		("Quotation", "medusa_quotation_id", visitor.quotation_id),
		("Sales Order", "medusa_order_id", visitor.order_id),
		(KEY_DOCTYPE, "name", visitor.quotation_id),
	)
	title = _("Everything was undone")
	found = [(doctype, frappe.db.get_value(doctype, {field: value})) for doctype, field, value in ids]
	rest = [(doctype, name) for doctype, name in found if name]
	if not rest:
		report.add(title, OK)
		return
	names = ", ".join(f"{_(doctype)} {name}" for doctype, name in rest)
	text = _("These records stay: {0}. A script of this site commits in the middle of a call.").format(names)
	advice = _("Delete them, and correct the script: a call of the shop that fails would stay in part, too.")
	report.add(title, REFUSED, Reason(text, advice, to_form(*rest[0])))
