"""Offering a draft to the customer in the shop: the button Offer to Customer of a Quotation.

A clerk offers a total. If the total or the currency changes later, the offer is taken back.
"""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate, now_datetime, nowdate

from medusa_integration import transaction
from medusa_integration.exceptions import ConflictError
from medusa_integration.selling.money import as_money


def offer(name: str, modified: str) -> None:
	"""Offer a draft to the customer, with the total that it has.

	`modified` is that of the document that the clerk has seen. Raises frappe.PermissionError if the user may
	not write the Quotation, frappe.TimestampMismatchError if it was changed since, and ConflictError if it
	cannot be offered.
	"""
	quotation = frappe.get_doc("Quotation", name)
	quotation.check_permission("write")
	if str(quotation.modified) != modified:
		message = _("Quotation {0} was changed after you opened it. Please reload it.")
		frappe.throw(message.format(name), frappe.TimestampMismatchError)
	check_can_be_offered(quotation)
	transaction.lock("Quotation", name, quotation.modified)
	values = {"medusa_offered_total": quotation.grand_total, "medusa_offered_on": now_datetime()}
	quotation.db_set(values, notify=True)
	total = f"{quotation.currency} {as_money(quotation, quotation.grand_total)}"
	quotation.add_comment("Info", _("offered {0} to the customer in the shop").format(total))


def check_can_be_offered(quotation: Document) -> None:
	"""Raise ConflictError unless the Quotation is a draft from the shop that has not expired."""
	if not quotation.from_ecommerce or not quotation.medusa_quotation_id:
		frappe.throw(_("This Quotation does not come from the shop."), ConflictError)
	if quotation.docstatus != 0:
		frappe.throw(
			_("Only a draft can be offered. A submitted Quotation is offered already."), ConflictError
		)
	if quotation.valid_till and getdate(quotation.valid_till) < getdate(nowdate()):
		frappe.throw(_("This Quotation has expired. Please set Valid Till first."), ConflictError)


def take_back_if_changed(quotation: Document, method: str | None = None) -> None:
	"""Take the offer back if the total or the currency is not the offered one.

	The hook runs after a Quotation is validated, so its totals are calculated.
	"""
	if not quotation.get("medusa_offered_on"):
		return
	before = quotation.get_doc_before_save()
	has_other_currency = before and before.currency != quotation.currency
	if has_other_currency or as_money(quotation, quotation.medusa_offered_total) != as_money(
		quotation, quotation.grand_total
	):
		quotation.update({"medusa_offered_on": None, "medusa_offered_total": 0})


def forget_decision(quotation: Document, method: str | None = None) -> None:
	"""Clear the customer's decision in an amendment: they have not seen it yet.

	The hook runs before a Quotation is inserted.
	"""
	if quotation.get("amended_from"):
		quotation.medusa_decision = None
