"""Medusa Items: Items for sale that the shop cannot offer, because a variant id or a price is missing.

The shop sells what is for sale, enabled, and no template.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import frappe
from frappe import _
from frappe.utils import nowdate

from medusa_integration.settings import get_settings

VARIANT_ID, PRICE = "Variant ID", "Price"  # what may be missing


class Item(NamedTuple):
	"""An Item as this report reads it."""

	name: str
	item_name: str
	item_group: str
	medusa_variant_id: str | None
	variant_of: str | None
	stock_uom: str
	sales_uom: str | None


def execute(filters: dict[str, Any] | None = None) -> tuple[list[dict], list[list]]:
	"""Return the columns and the rows; Frappe calls this.

	`filters`: `missing` is VARIANT_ID or PRICE, for Items without it; `item_group` is the name of an Item
	Group, which may be a group of groups.
	"""
	filters = filters or {}
	price_list = shop_price_list()
	currency = frappe.db.get_value("Price List", price_list, "currency") if price_list else None
	wanted = filters.get("missing")
	rows = rows_of(filters.get("item_group"), price_list, currency)
	return columns(price_list), [row for missing, row in rows if (wanted in missing if wanted else missing)]


def columns(price_list: str | None) -> list[dict]:
	"""Return the columns."""
	price = _("Price in {0}").format(price_list) if price_list else _("Price")
	currency = {"fieldname": "currency", "label": _("Currency"), "fieldtype": "Link", "options": "Currency"}
	return [
		{"fieldname": "item", "label": _("Item"), "fieldtype": "Link", "options": "Item", "width": 180},
		{"fieldname": "item_name", "label": _("Item Name"), "fieldtype": "Data", "width": 220},
		{
			"fieldname": "item_group",
			"label": _("Item Group"),
			"fieldtype": "Link",
			"options": "Item Group",
			"width": 150,
		},
		{"fieldname": "variant_id", "label": _("Medusa Variant ID"), "fieldtype": "Data", "width": 200},
		{
			"fieldname": "price",
			"label": price,
			"fieldtype": "Currency",
			"options": "currency",
			"width": 200,
		},
		{"fieldname": "missing", "label": _("Missing"), "fieldtype": "Data", "width": 170},
		{**currency, "hidden": 1},
	]


def rows_of(
	item_group: str | None, price_list: str | None, currency: str | None
) -> Iterator[tuple[list[str], list]]:
	"""Yield for each Item that the shop sells what is missing, and its row."""
	found = prices(price_list) if price_list else {}
	words = {VARIANT_ID: _("Variant ID"), PRICE: _("Price")}
	for item in items(item_group):
		price = price_of(item, found)
		missing = [] if item.medusa_variant_id else [VARIANT_ID]
		missing += [] if price else [PRICE]
		told = ", ".join(words[one] for one in missing)
		yield missing, [*item[:4], price, told, currency]


def items(item_group: str | None) -> Iterator[Item]:
	"""Yield the Items that the shop sells, of an Item Group and those below it, or of all."""
	item = frappe.qb.DocType("Item")
	is_sold = (item.is_sales_item == 1) & (item.disabled == 0) & (item.has_variants == 0)
	query = frappe.qb.from_(item).select(*(item[field] for field in Item._fields)).where(is_sold)
	if item_group:
		query = query.where(item.item_group.isin(groups_below(item_group)))
	return map(Item._make, query.orderby(item.name).run())


def groups_below(item_group: str) -> list[str]:
	"""Return an Item Group and all groups below it."""
	borders = frappe.db.get_value("Item Group", item_group, ["lft", "rgt"])
	if not borders:
		return [item_group]
	filters = {"lft": (">=", borders[0]), "rgt": ("<=", borders[1])}
	return frappe.get_all("Item Group", filters, pluck="name", limit=0)


def shop_price_list() -> str | None:
	"""Return the price list of the shop: the one of Medusa Settings, else of Selling Settings."""
	return get_settings().price_list or frappe.db.get_single_value("Selling Settings", "selling_price_list")


def prices(price_list: str) -> dict[tuple[str, str], float]:
	"""Return today's prices for all customers by Item and unit ("" for every unit); the newest one counts."""
	price = frappe.qb.DocType("Item Price")
	today = nowdate()
	is_valid = (price.valid_from.isnull() | (price.valid_from <= today)) & (
		price.valid_upto.isnull() | (price.valid_upto >= today)
	)
	is_for_all = (price.customer.isnull() | (price.customer == "")) & (price.selling == 1)
	query = (
		frappe.qb.from_(price)
		.select(price.item_code, price.uom, price.price_list_rate)
		.where((price.price_list == price_list) & is_valid & is_for_all)
		.orderby(price.valid_from)
	)
	return {(item, uom or ""): rate for item, uom, rate in query.run()}


def price_of(item: Item, found: dict[tuple[str, str], float]) -> float | None:
	"""Return the price of an Item in the unit that the shop sells, as ERPNext finds it; None without one.

	A variant without a price has that of its template.
	"""
	units = dict.fromkeys((item.sales_uom or item.stock_uom, item.stock_uom, ""))
	codes = filter(None, (item.name, item.variant_of))
	return next((rate for code in codes for unit in units if (rate := found.get((code, unit)))), None)
