"""Lead -> Customer, by ERPNext's mapping."""

import frappe
from frappe.model.document import Document
from frappe.model.mapper import get_mapped_doc


def make_customer(source_name: str, target_doc: Document | None = None) -> Document:
	return _make_customer(source_name, target_doc)


def _make_customer(
	source_name: str, target_doc: Document | None = None, ignore_permissions: bool = False
) -> Document:
	def set_missing_values(source: Document, target: Document) -> None:
		target.customer_type = "Company" if source.company_name else "Individual"
		target.customer_name = source.company_name or source.lead_name
		target.customer_group = frappe.db.get_single_value("Selling Settings", "customer_group")

	field_map = {"name": "lead_name", "company_name": "customer_name"}
	table_maps = {"Lead": {"doctype": "Customer", "field_map": field_map}}
	return get_mapped_doc("Lead", source_name, table_maps, target_doc, set_missing_values, ignore_permissions)
