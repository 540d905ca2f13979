"""Who requested a Quotation of the shop, where an earlier version, or an earlier app, did not store it."""

from typing import Any

import frappe
from pypika import Criterion
from pypika.terms import Tuple

from medusa_integration.selling.quotations import KEY_DOCTYPE


def set_customer_ids() -> None:
	"""Set who requested a Quotation: the customer of its key, else the party's Medusa id."""
	quotation, key = frappe.qb.DocType("Quotation"), frappe.qb.DocType(KEY_DOCTYPE)
	owner = frappe.qb.from_(key).select(key.customer_id).where(key.name == quotation.medusa_quotation_id)
	set_missing(quotation, owner)
	for doctype in ("Customer", "Lead"):
		party = frappe.qb.DocType(doctype)
		owner = frappe.qb.from_(party).select(party.medusa_id).where(party.name == quotation.party_name)
		set_missing(quotation, owner, quotation.quotation_to == doctype)


def set_customer_ids_of_orders() -> None:
	"""Set who requested the Quotation of a Sales Order."""
	order, item = frappe.qb.DocType("Sales Order"), frappe.qb.DocType("Sales Order Item")
	quotation = frappe.qb.DocType("Quotation")
	query = frappe.qb.from_(item).join(quotation).on(quotation.name == item.prevdoc_docname)
	query = query.select(quotation.medusa_customer_id).where(item.parent == order.name).limit(1)
	set_missing(order, query)


def set_missing(table: Any, owner: Any, *conditions: Any) -> None:
	"""Set the missing `medusa_customer_id` of the shop's documents to the result of a query."""
	is_missing = (table.from_ecommerce == 1) & table.medusa_customer_id.isnull()
	query = frappe.qb.update(table).set(table.medusa_customer_id, Tuple(owner))
	query.where(Criterion.all([is_missing, *conditions])).run()
