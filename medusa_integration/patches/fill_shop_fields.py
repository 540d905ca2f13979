"""Fill the fields of Quotations and Sales Orders that earlier versions did not have: who requested the
Quotation, and what the customer decided.
"""

import frappe
from frappe import _

from medusa_integration.selling import shown
from medusa_integration.setup.custom_fields import make_custom_fields
from medusa_integration.setup.requesters import set_customer_ids, set_customer_ids_of_orders


def execute() -> None:
	"""Create the fields, and fill those that are empty."""
	make_custom_fields()  # Frappe runs this only after the patches
	set_customer_ids()
	set_customer_ids_of_orders()
	set_decisions()


def set_decisions() -> None:
	"""Set what the customer decided: with an order id it was approved, with the app's reason rejected."""
	quotation = frappe.qb.DocType("Quotation")
	is_open = (quotation.from_ecommerce == 1) & (quotation.docstatus == 1)
	is_open = is_open & (quotation.medusa_decision.isnull() | (quotation.medusa_decision == ""))
	is_lost = quotation.status == "Lost"
	for decision, condition in (
		(shown.APPROVED_IN_SHOP, quotation.medusa_order_id.isnotnull() & (quotation.status != "Lost")),
		(shown.REJECTED_IN_SHOP, is_lost & (quotation.order_lost_reason == _("Rejected in the shop"))),
	):
		frappe.qb.update(quotation).set(quotation.medusa_decision, decision).where(is_open & condition).run()
