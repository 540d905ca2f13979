"""The lines of a quotation request -> the Items that ERPNext sells."""

from typing import Any, NamedTuple

import frappe
from frappe import _
from frappe.utils import getdate, nowdate

from medusa_integration import exact
from medusa_integration.arguments import Arguments, quoted
from medusa_integration.exceptions import ItemNotFoundError

LINE_FIELDS = ("variant_id", "sku", "quantity")  # the keys that are read of a line
ITEM_FIELDS = ["name", "medusa_variant_id", "disabled", "is_sales_item", "has_variants", "end_of_life"]
UOM_FIELDS = ["stock_uom", "sales_uom"]


class Line(NamedTuple):
	"""One line as it was asked for; `asked` is where its quantity stands in the request."""

	variant_id: str
	sku: str
	quantity: float
	asked: Arguments


def read_lines(rows: list[Arguments]) -> list[Line]:
	"""The lines of the argument `items`: each with `variant_id` or `sku`, and `quantity`."""
	lines = []
	for row in rows:
		line = Line(row.text("variant_id"), row.text("sku"), row.quantity("quantity"), row)
		if not line.variant_id and not line.sku:
			row.refuse("variant_id", _("is required, or a sku"))
		lines.append(line)
	return lines


def find_items(lines: list[Line]) -> list[dict[str, Any]]:
	"""Rows for a document's `items`: item_code and qty, in the order of `lines`, lines of one Item added up.

	ERPNext refuses an Item that stands twice unless Selling Settings allow it. Three queries, however many
	lines. Raises ItemNotFoundError that names all that are unknown, disabled or not for sale, and
	InvalidArgumentsError for a fraction of what comes in whole units only.
	"""
	found = load_items(lines)
	missing = [line.variant_id or line.sku for line in lines if not is_for_sale(pick(found, line))]
	if missing:
		names = ", ".join(quoted(name) for name in dict.fromkeys(missing))
		frappe.throw(_("Items unknown, disabled or not for sale: {0}").format(names), ItemNotFoundError)
	check_whole_units(lines, found)
	rows: dict[str, dict[str, Any]] = {}
	for line in lines:
		row = rows.setdefault(pick(found, line).name, {"item_code": pick(found, line).name, "qty": 0})
		row["qty"] += line.quantity
	return list(rows.values())


def load_items(lines: list[Line]) -> dict[tuple[str, Any], Any]:
	"""The Items that the lines name, under ("variant_id", key) and ("sku", key) of `exact.key`: what only the
	database takes for equal is not found there.
	"""
	found = {}
	for field, key in (("medusa_variant_id", "variant_id"), ("name", "sku")):
		wanted = {getattr(line, key) for line in lines} - {""}
		if not wanted:
			continue
		filters = {field: ("in", sorted(wanted))}
		for item in frappe.get_all("Item", filters=filters, fields=ITEM_FIELDS + UOM_FIELDS, limit=0):
			found[key, exact.key(item[field])] = item
	return found


def pick(found: dict[tuple[str, Any], Any], line: Line) -> Any:
	"""The Item that a line means: by its variant id, else by its sku. None where there is none."""
	return found.get(("variant_id", exact.key(line.variant_id))) or found.get(("sku", exact.key(line.sku)))


def is_for_sale(item: Any) -> bool:
	"""Whether ERPNext would sell it: not disabled, a sales item, no template, not past its end of life."""
	if not item or item.disabled or not item.is_sales_item or item.has_variants:
		return False
	return not item.end_of_life or getdate(item.end_of_life) > getdate(nowdate())


def check_whole_units(lines: list[Line], found: dict[tuple[str, Any], Any]) -> None:
	"""Raise InvalidArgumentsError for each fraction of a unit that ERPNext sells whole only."""
	units = {unit_of(pick(found, line)) for line in lines}
	filters = {"name": ("in", sorted(units)), "must_be_whole_number": 1}
	whole = set(frappe.get_all("UOM", filters=filters, pluck="name", limit=0))
	for line in lines:
		unit = unit_of(pick(found, line))
		if unit in whole and line.quantity != int(line.quantity):
			line.asked.refuse("quantity", _("must be a whole number of {0}").format(quoted(unit)))
	lines[0].asked.check()


def unit_of(item: Any) -> str:
	"""The unit that ERPNext will put on the line."""
	return item.sales_uom or item.stock_uom
