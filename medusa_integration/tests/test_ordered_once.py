"""A clerk cannot order again what the shop has ordered: ERPNext 15 lets a Quotation be ordered twice."""

import frappe
from erpnext.selling.doctype.quotation.quotation import make_sales_order
from frappe.utils import nowdate

from medusa_integration import api
from medusa_integration.tests.base import (
	MedusaTestCase,
	make_customer,
	make_item,
	make_quotation,
	unique,
)


class TestOrderedOnce(MedusaTestCase):
	def setUp(self):
		super().setUp()
		self.customer = make_customer(medusa_id=unique("cus_"))
		self.other_item = make_item(rate=10)
		lines = [{"sku": self.item.name, "quantity": 2}, {"sku": self.other_item.name, "quantity": 5}]
		self.quotation = make_quotation(self.customer.medusa_id, self.item, items=lines)
		self.approve(create_so=False)
		frappe.db.commit()

	def approve(self, **values):
		return api.update_quotation(self.quotation.name, "Approved", **values)["sales_order_id"]

	def order_of_a_clerk(self, **quantities: float):
		"""Return a new order of these quantities, `item` and `other`; as quoted where not said."""
		order = make_sales_order(self.quotation.name)
		order.delivery_date = nowdate()
		names = {self.item.name: "item", self.other_item.name: "other"}
		for row in order.items:
			row.qty = quantities.get(names[row.item_code], row.qty)
		order.set("items", [row for row in order.items if row.qty])
		return order

	def assert_ordered_already(self, save, by: str) -> None:
		message = self.assert_refused(frappe.ValidationError, save)
		expected = f"Quotation {self.quotation.name} is already ordered, by Sales Order {by}."
		self.assertEqual(message, expected)

	def test_new_order_after_the_shops(self):
		order = self.order_of_a_clerk()
		shops = self.approve(create_so=True)
		frappe.db.commit()
		self.assert_ordered_already(order.insert, by=shops)

	def test_one_item_of_it(self):
		order = self.order_of_a_clerk(item=0, other=1)
		shops = self.approve(create_so=True)
		frappe.db.commit()
		self.assert_ordered_already(order.insert, by=shops)

	def test_draft_that_another_order_came_before(self):
		first, second = self.order_of_a_clerk().insert(), self.order_of_a_clerk().insert()
		first.submit()
		frappe.db.commit()
		self.assert_ordered_already(second.submit, by=first.name)

	def test_draft_that_a_newer_order_came_before(self):
		first, second = self.order_of_a_clerk().insert(), self.order_of_a_clerk().insert()
		second.submit()
		frappe.db.commit()
		self.assert_ordered_already(first.submit, by=second.name)

	def test_drafts_order_nothing(self):
		first, second = self.order_of_a_clerk().insert(), self.order_of_a_clerk().insert()
		self.assertEqual((first.docstatus, second.docstatus), (0, 0))

	def test_what_is_left_of_it(self):
		orders = [self.order_of_a_clerk(item=quantity, other=0) for quantity in (1, 1, 1)]
		for order in orders[:2]:
			order.insert()
			order.submit()
		frappe.db.commit()
		self.assert_ordered_already(orders[2].insert, by=orders[0].name)

	def test_item_that_was_left_out(self):
		order = self.order_of_a_clerk(item=2, other=0).insert()
		order.submit()
		rest = self.order_of_a_clerk(item=0, other=5).insert()
		rest.submit()
		self.assertEqual(rest.docstatus, 1)

	def test_more_than_was_quoted_in_one_order(self):
		"""The app leaves that to ERPNext, which refuses it since version 16: nothing is ordered twice."""
		self.assertTrue(self.order_of_a_clerk(item=3).insert().name)

	def test_again_after_it_was_cancelled(self):
		order = self.order_of_a_clerk().insert()
		order.submit()
		order.cancel()
		again = self.order_of_a_clerk().insert()
		again.submit()
		self.assertEqual(again.docstatus, 1)

	def test_quotation_that_is_not_the_shops(self):
		frappe.db.set_value("Quotation", self.quotation.name, "from_ecommerce", 0)
		first, second = self.order_of_a_clerk(), self.order_of_a_clerk()
		first.insert().submit()
		self.assertTrue(second.insert().name)

	def test_order_of_no_quotation(self):
		order = self.order_of_a_clerk()
		self.approve(create_so=True)
		for row in order.items:
			row.prevdoc_docname = row.quotation_item = None
		order.insert()
		order.submit()
		self.assertEqual(order.docstatus, 1)
