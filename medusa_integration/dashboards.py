"""Connections: the rows of Medusa Sync Log about a record, on the record's form."""

from typing import Any

from frappe import _

LOG = "Medusa Sync Log"


def of_lead(data: Any) -> Any:
	"""Add the rows about a Lead to its Connections. `data` is what Frappe and other apps show there."""
	return add_rows(data, "Lead")


def of_customer(data: Any) -> Any:
	"""Add the rows about a Customer to its Connections."""
	return add_rows(data, "Customer")


def of_quotation(data: Any) -> Any:
	"""Add the rows about a Quotation to its Connections."""
	return add_rows(data, "Quotation")


def of_sales_order(data: Any) -> Any:
	"""Add the rows about a Sales Order to its Connections."""
	return add_rows(data, "Sales Order")


def add_rows(data: Any, doctype: str) -> Any:
	"""Add the sync log to the Connections of a DocType; return them."""
	data["non_standard_fieldnames"] = {**(data.get("non_standard_fieldnames") or {}), LOG: "reference_name"}
	links = {**(data.get("dynamic_links") or {}), "reference_name": [doctype, "reference_doctype"]}
	data["dynamic_links"] = links
	data["transactions"] = [*(data.get("transactions") or []), {"label": _("Shop"), "items": [LOG]}]
	return data
