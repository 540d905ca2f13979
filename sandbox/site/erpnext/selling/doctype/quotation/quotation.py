"""Quotation -> Sales Order, by ERPNext's mapping."""

import frappe
from frappe.model.document import Document
from frappe.model.mapper import get_mapped_doc
from frappe.utils import getdate, nowdate

from erpnext.crm.doctype.lead.lead import _make_customer as make_customer_from_lead


def make_sales_order(source_name: str) -> Document:
	valid_till = frappe.db.get_value("Quotation", source_name, "valid_till")
	allowed = "allow_sales_order_creation_for_expired_quotation"
	if valid_till and valid_till < getdate(nowdate()):
		if not frappe.db.get_single_value("Selling Settings", allowed):
			frappe.throw("Validity period of this quotation has ended.")
	return _make_sales_order(source_name)


def _make_sales_order(source_name: str, ignore_permissions: bool = False) -> Document:
	customer = _make_customer(source_name, ignore_permissions)

	def set_missing_values(source: Document, target: Document) -> None:
		target.customer, target.customer_name = customer.name, customer.customer_name
		for row in customer.sales_team:
			share = {"sales_person": row.sales_person, "allocated_percentage": row.allocated_percentage}
			target.append("sales_team", share)
		target.flags.ignore_permissions = ignore_permissions

	quotation_item = {
		"doctype": "Sales Order Item",
		"field_map": {"parent": "prevdoc_docname", "name": "quotation_item"},
	}
	table_maps = {
		"Quotation": {"doctype": "Sales Order", "validation": {"docstatus": ["=", 1]}},
		"Quotation Item": quotation_item,
	}
	return get_mapped_doc(
		"Quotation",
		source_name,
		table_maps,
		postprocess=set_missing_values,
		ignore_permissions=ignore_permissions,
	)


def set_expired_status() -> None:
	"""What ERPNext's scheduler does every day with submitted Quotations, past the documents."""
	orders = "SELECT 1 FROM `tabSales Order Item` WHERE docstatus = 1 AND prevdoc_docname = tabQuotation.name"
	conditions = "docstatus = 1 AND status NOT IN ('Expired', 'Lost') AND valid_till < ?"
	query = f"UPDATE tabQuotation SET status = 'Expired' WHERE {conditions} AND NOT EXISTS ({orders})"
	frappe.db.sql(query, (nowdate(),))


def _make_customer(quotation: str, ignore_permissions: bool) -> Document:
	kind, party = frappe.db.get_value("Quotation", quotation, ["quotation_to", "party_name"])
	if kind == "Customer":
		return frappe.get_doc("Customer", party)
	existing = frappe.db.get_value("Customer", {"lead_name": party}, "name")
	if existing:
		return frappe.get_doc("Customer", existing)
	return make_customer_from_lead(party, ignore_permissions=ignore_permissions).insert(
		ignore_permissions=ignore_permissions
	)
