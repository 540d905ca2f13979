"""The report Medusa Items: Items for sale without a variant id or without a price."""

import frappe
from frappe.utils import add_days, nowdate

from medusa_integration.medusa_integration.report.medusa_items import medusa_items
from medusa_integration.tests.base import (
	MedusaTestCase,
	bench_only,
	make_item,
	make_price_list,
	make_user,
	set_price,
	settings,
	unique,
)

NO_ID = {"medusa_variant_id": None}


class ItemsReportTestCase(MedusaTestCase):
	def row_of(self, item, **filters) -> dict | None:
		"""Return the row of an Item by column, or None."""
		columns, rows = medusa_items.execute(filters)
		names = [column["fieldname"] for column in columns]
		found = [dict(zip(names, row, strict=True)) for row in rows if row[0] == item.name]
		return found[0] if found else None

	def missing(self, item, **filters) -> str | None:
		row = self.row_of(item, **filters)
		return row and row["missing"]


class TestMissing(ItemsReportTestCase):
	def test_item_with_both_is_not_in_the_report(self):
		self.assertIsNone(self.missing(make_item(rate=5)))

	def test_without_a_variant_id(self):
		self.assertEqual(self.missing(make_item(rate=5, **NO_ID)), "Variant ID")

	def test_without_a_price(self):
		self.assertEqual(self.missing(make_item()), "Price")

	def test_without_both(self):
		self.assertEqual(self.missing(make_item(**NO_ID)), "Variant ID, Price")

	def test_row(self):
		item = make_item(rate=5, **NO_ID)
		row = self.row_of(item)
		currency = frappe.db.get_value("Price List", make_price_list(), "currency")
		expected = {
			"item": item.name,
			"item_name": item.item_name,
			"item_group": item.item_group,
			"variant_id": None,
			"price": 5,
			"missing": "Variant ID",
			"currency": currency,
		}
		self.assertEqual(row, expected)

	def test_item_that_is_not_for_sale(self):
		self.assertIsNone(self.missing(make_item(is_sales_item=0)))

	def test_disabled_item(self):
		self.assertIsNone(self.missing(make_item(disabled=1)))


class TestPrice(ItemsReportTestCase):
	def test_price_of_another_list_does_not_count(self):
		other = make_price_list(unique("List "))
		self.assertEqual(self.missing(make_item(rate=5, price_list=other)), "Price")

	def test_list_of_selling_settings_where_the_settings_name_none(self):
		name = frappe.db.get_single_value("Selling Settings", "selling_price_list")
		with settings(price_list=None):
			self.assertEqual(medusa_items.shop_price_list(), name)

	def test_price_that_is_over_does_not_count(self):
		item = make_item()
		dates = {"valid_from": add_days(nowdate(), -9), "valid_upto": add_days(nowdate(), -1)}
		set_price(item.name, "Medusa Test Prices", 5, **dates)
		self.assertEqual(self.missing(item), "Price")

	def test_price_that_is_to_come_does_not_count(self):
		item = make_item()
		set_price(item.name, "Medusa Test Prices", 5, valid_from=add_days(nowdate(), 1))
		self.assertEqual(self.missing(item), "Price")

	def test_newest_price_counts(self):
		item = make_item(**NO_ID)
		for days, rate in ((-9, 4), (-2, 6)):
			set_price(item.name, "Medusa Test Prices", rate, valid_from=add_days(nowdate(), days))
		self.assertEqual(self.row_of(item)["price"], 6)

	def test_price_in_another_unit_does_not_count(self):
		item = make_item(rate=5)
		price = frappe.db.get_value("Item Price", {"item_code": item.name}, "name")
		frappe.db.set_value("Item Price", price, "uom", "Box")
		self.assertEqual(self.missing(item), "Price")

	def test_price_of_0_is_none(self):
		self.assertEqual(self.missing(make_item(rate=0)), "Price")


class TestFilters(ItemsReportTestCase):
	def test_only_without_a_price(self):
		self.assertIsNone(self.missing(make_item(rate=5, **NO_ID), missing="Price"))
		self.assertEqual(self.missing(make_item(), missing="Price"), "Price")

	def test_only_without_a_variant_id(self):
		self.assertIsNone(self.missing(make_item(), missing="Variant ID"))

	def test_group_of_the_item(self):
		item = make_item()
		self.assertEqual(self.missing(item, item_group=item.item_group), "Price")

	def test_group_above(self):
		above = frappe.db.get_value("Item Group", {"is_group": 1}, "name")
		self.assertEqual(self.missing(make_item(), item_group=above), "Price")

	def test_unknown_group(self):
		self.assertIsNone(self.missing(make_item(), item_group=unique()))


@bench_only
class TestReport(ItemsReportTestCase):
	"""The report as the desk runs it."""

	def test_template_is_left_out_and_gives_its_variants_the_price(self):
		template = make_item(rate=7)
		values = {"has_variants": 1, "variant_based_on": "Manufacturer"}
		frappe.db.set_value("Item", template.name, values)
		variant = make_item(**NO_ID)
		frappe.db.set_value("Item", variant.name, "variant_of", template.name)
		self.assertIsNone(self.row_of(template))
		self.assertEqual(self.row_of(variant)["price"], 7)

	def test_clerk_may_run_it(self):
		from frappe.desk.query_report import run

		item = make_item()
		frappe.set_user(make_user("Sales User"))
		self.addCleanup(frappe.set_user, "Administrator")
		answer = run("Medusa Items", filters={"missing": "Price"}, ignore_prepared_report=True)
		self.assertIn(item.name, [row["item"] for row in answer["result"]])

	def test_user_without_a_role_may_not(self):
		from frappe.desk.query_report import run

		frappe.set_user(make_user())
		self.addCleanup(frappe.set_user, "Administrator")
		self.assert_refused(frappe.PermissionError, run, "Medusa Items", filters={})
