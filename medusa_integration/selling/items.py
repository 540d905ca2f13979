"""The lines of a quotation request, and the Items of ERPNext that they name."""

from typing import Any, NamedTuple, NoReturn

import frappe
from frappe import _
from frappe.utils import getdate, nowdate

from medusa_integration import exact
from medusa_integration.arguments import OUT_OF_RANGE, REQUIRED, UNKNOWN, Arguments, quoted
from medusa_integration.exceptions import ItemNotFoundError, throw

LINE_FIELDS = ("variant_id", "sku", "quantity")  # the keys that are read in a line
ITEM_FIELDS = ["name", "medusa_variant_id", "disabled", "is_sales_item", "has_variants", "end_of_life"]
UOM_FIELDS = ["stock_uom", "sales_uom"]


class Line(NamedTuple):
	"""One line of a request. `sent` are the arguments it was read from; wrong ones are reported there."""

	variant_id: str
	sku: str
	quantity: float
	sent: Arguments


def read_lines(rows: list[Arguments]) -> list[Line]:
	"""Read the lines of the argument `items`: each with `variant_id` or `sku`, and `quantity`."""
	lines = []
	for row in rows:
		line = Line(row.text("variant_id"), row.text("sku"), row.quantity("quantity"), row)
		if not line.variant_id and not line.sku:
			row.add_problem("variant_id", REQUIRED, _("is required if there is no sku"))
		lines.append(line)
	return lines


def find_items(lines: list[Line]) -> list[dict[str, Any]]:
	"""Return rows for a document's `items` ({"item_code", "qty"}), in the order of `lines`.

	Lines of the same Item are added up: ERPNext refuses duplicate Items unless Selling Settings allow them.
	At most three queries are needed, whatever the number of lines. Raises ItemNotFoundError that names all
	Items that are unknown, disabled or not for sale, and InvalidArgumentsError for a fraction of an Item that
	is sold in whole units.
	"""
	items = load_items(lines)
	missing = [line for line in lines if not is_for_sale(pick_item(items, line))]
	if missing:
		throw_not_found(missing)
	check_whole_units(lines, items)
	rows: dict[str, dict[str, Any]] = {}
	for line in lines:
		item_code = pick_item(items, line).name
		row = rows.setdefault(item_code, {"item_code": item_code, "qty": 0})
		row["qty"] += line.quantity
	return list(rows.values())


def throw_not_found(lines: list[Line]) -> NoReturn:
	"""Raise ItemNotFoundError that names the Items of the lines."""
	ids = list(dict.fromkeys(line.variant_id or line.sku for line in lines))
	reason = _("is unknown, disabled or not for sale")
	fields = [
		{
			"name": f"{line.sent.prefix}{'variant_id' if line.variant_id else 'sku'}",
			"code": UNKNOWN,
			"message": reason,
		}
		for line in lines
	]
	message = _("Items unknown, disabled or not for sale: {0}").format(", ".join(map(quoted, ids)))
	throw(message, ItemNotFoundError, fields=fields, ids=ids)


def load_items(lines: list[Line]) -> dict[tuple[str, Any], Any]:
	"""Return the Items that the lines name, under ("variant_id", exact.key(...)) and ("sku", exact.key(...)).

	Because of these keys, an id that is equal only for the database's collation is not found.
	"""
	items = {}
	for field, key in (("medusa_variant_id", "variant_id"), ("name", "sku")):
		ids = {getattr(line, key) for line in lines} - {""}
		if not ids:
			continue
		filters = {field: ("in", sorted(ids))}
		for item in frappe.get_all("Item", filters=filters, fields=ITEM_FIELDS + UOM_FIELDS, limit=0):
			items[key, exact.key(item[field])] = item
	return items


def pick_item(items: dict[tuple[str, Any], Any], line: Line) -> Any:
	"""Return the Item of a line, by its variant id, else by its sku; None if there is none."""
	return items.get(("variant_id", exact.key(line.variant_id))) or items.get(("sku", exact.key(line.sku)))


def is_for_sale(item: Any) -> bool:
	"""Return whether ERPNext sells an Item; False for None.

	The Item must be an enabled sales item, not a template, and not past its end of life.
	"""
	if not item or item.disabled or not item.is_sales_item or item.has_variants:
		return False
	return not item.end_of_life or getdate(item.end_of_life) > getdate(nowdate())


def check_whole_units(lines: list[Line], items: dict[tuple[str, Any], Any]) -> None:
	"""Raise InvalidArgumentsError that names each fraction of a unit that ERPNext sells only as a whole."""
	parts = [line for line in lines if line.quantity != int(line.quantity)]
	if not parts:
		return
	units = {unit_of(pick_item(items, line)) for line in parts}
	filters = {"name": ("in", sorted(units)), "must_be_whole_number": 1}
	whole = set(frappe.get_all("UOM", filters=filters, pluck="name", limit=0))
	for line in parts:
		unit = unit_of(pick_item(items, line))
		if unit in whole:
			line.sent.add_problem(
				"quantity", OUT_OF_RANGE, _("must be a whole number of {0}").format(quoted(unit))
			)
	lines[0].sent.check()


def unit_of(item: Any) -> str:
	"""Return the unit of measure that ERPNext sets on the line of an Item."""
	return item.sales_uom or item.stock_uom
