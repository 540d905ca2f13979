"""Which Items can be quoted, and how many of them."""

import frappe
from frappe.utils import add_days, nowdate

from medusa_integration import api
from medusa_integration.exceptions import InvalidArgumentsError, ItemNotFoundError
from medusa_integration.tests.base import (
	MedusaTestCase,
	make_customer,
	make_item,
	quotation_request,
	unique,
)


class ItemsTestCase(MedusaTestCase):
	def setUp(self):
		super().setUp()
		self.customer = make_customer(medusa_id=unique("cus_"))
		frappe.db.commit()

	def quote(self, *lines: dict) -> list[tuple]:
		"""Ask for lines; return the Item and the quantity of each row of the Quotation."""
		request = quotation_request(self.customer.medusa_id, self.item, items=list(lines))
		name = api.create_quotation(**request)["quotationId"]
		return [(row.item_code, row.qty) for row in frappe.get_doc("Quotation", name).items]

	def item_with(self, **values):
		"""Make an Item for sale at a price, and set fields of it past its own checks."""
		item = make_item(rate=100)
		frappe.db.set_value("Item", item.name, values)
		frappe.db.commit()
		return item

	def assert_not_for_sale(self, **values):
		item = self.item_with(**values)
		line = {"variant_id": item.medusa_variant_id, "quantity": 1}
		message = self.assert_refused(ItemNotFoundError, self.quote, line)
		self.assertEqual(message, f"Items unknown, disabled or not for sale: {item.medusa_variant_id}")


class TestForSale(ItemsTestCase):
	def test_disabled(self):
		self.assert_not_for_sale(disabled=1)

	def test_no_sales_item(self):
		self.assert_not_for_sale(is_sales_item=0)

	def test_template(self):
		self.assert_not_for_sale(has_variants=1)

	def test_past_its_end_of_life(self):
		self.assert_not_for_sale(end_of_life=add_days(nowdate(), -1))

	def test_on_the_day_of_its_end_of_life(self):
		"""From that day on ERPNext refuses to sell it."""
		self.assert_not_for_sale(end_of_life=nowdate())

	def test_on_the_day_before_its_end_of_life(self):
		item = self.item_with(end_of_life=add_days(nowdate(), 1))
		self.assertEqual(self.quote({"sku": item.name, "quantity": 1}), [(item.name, 1)])

	def test_without_an_end_of_life(self):
		item = self.item_with(end_of_life=None)
		self.assertEqual(self.quote({"sku": item.name, "quantity": 1}), [(item.name, 1)])

	def test_missing_ones_are_named_once_in_the_order_of_the_lines(self):
		lines = [{"sku": sku, "quantity": 1} for sku in ("NO-2", "NO-1", "NO-2")]
		message = self.assert_refused(ItemNotFoundError, self.quote, *lines)
		self.assertTrue(message.endswith(": NO-2, NO-1"), message)

	def test_variant_is_named_rather_than_sku(self):
		line = {"variant_id": "variant_none", "sku": "NO-1", "quantity": 1}
		message = self.assert_refused(ItemNotFoundError, self.quote, line)
		self.assertTrue(message.endswith(": variant_none"), message)


class TestWhichItem(ItemsTestCase):
	def test_sku_that_is_the_variant_id_of_another(self):
		item = make_item(rate=100, item_code=self.item.medusa_variant_id)
		frappe.db.commit()
		self.assertEqual(self.quote({"sku": item.name, "quantity": 1}), [(item.name, 1)])

	def test_one_item_by_variant_and_by_sku_is_one_row(self):
		lines = [
			{"variant_id": self.item.medusa_variant_id, "quantity": 1},
			{"sku": self.item.name, "quantity": 2},
		]
		self.assertEqual(self.quote(*lines), [(self.item.name, 3)])


class TestWholeUnits(ItemsTestCase):
	def test_fraction_is_refused_by_its_place(self):
		lines = [{"sku": self.item.name, "quantity": quantity} for quantity in (1, 1.5)]
		message = self.assert_refused(InvalidArgumentsError, self.quote, *lines)
		self.assertEqual(message, "items[1].quantity: must be a whole number of Nos")

	def test_sales_unit_goes_before_the_stock_unit(self):
		item = self.item_with(stock_uom=make_unit(), sales_uom="Nos")
		message = self.assert_refused(InvalidArgumentsError, self.quote, {"sku": item.name, "quantity": 0.5})
		self.assertEqual(message, "items[0].quantity: must be a whole number of Nos")


def make_unit() -> str:
	"""Make a unit that can be split."""
	unit = frappe.new_doc("UOM")
	unit.update({"uom_name": unique("Unit "), "must_be_whole_number": 0, "enabled": 1})
	return unit.insert().name
