"""The app's own fields: only the app writes them."""

import frappe
from frappe.utils import nowdate

from medusa_integration import api
from medusa_integration.exceptions import OrderNotFoundError
from medusa_integration.selling import accounts, own_fields, reading
from medusa_integration.setup.custom_fields import MODULE, make_custom_fields
from medusa_integration.tests.base import (
	MedusaTestCase,
	bench_only,
	company,
	make_customer,
	make_desk_lead,
	make_lead,
	make_quotation,
	medusa_customer,
	unique,
)


class TestOwnFields(MedusaTestCase):
	def assert_kept(self, doc, field, value):
		"""A save with another value is refused, and the record keeps the one it has."""
		before = doc.get(field)
		doc.set(field, value)
		self.assert_refused(frappe.PermissionError, doc.save)
		stored = frappe.db.get_value(doc.doctype, doc.name, field)
		self.assertEqual(own_fields.as_stored(stored), own_fields.as_stored(before))

	def test_every_field_of_a_saved_record(self):
		lead, customer = make_lead(), make_customer(medusa_id=unique("cus_"))
		quotation = make_quotation(customer.medusa_id, self.item)
		made = {"Lead": lead, "Customer": customer, "Quotation": quotation}
		frappe.db.commit()
		for doctype, doc in made.items():
			for field in own_fields.FIELDS[doctype]:
				with self.subTest(f"{doctype}.{field}"):
					is_check = doc.meta.get_field(field).fieldtype == "Check"
					self.assert_kept(
						frappe.get_doc(doctype, doc.name), field, 1 - doc.get(field) if is_check else "forged"
					)

	def test_draft_order(self):
		quotation = make_quotation(make_customer(medusa_id=unique("cus_")).medusa_id, self.item)
		api.update_quotation(quotation.name, "Approved")
		from erpnext.selling.doctype.quotation.quotation import make_sales_order

		order = make_sales_order(quotation.name)
		order.delivery_date = order.transaction_date
		order.insert()
		frappe.db.commit()
		self.assert_kept(order, "medusa_order_id", "forged")

	def test_blank_is_a_change(self):
		lead = make_lead()
		frappe.db.commit()
		self.assert_kept(lead, "medusa_id", None)

	def test_other_fields_may_change(self):
		lead = make_lead()
		lead.job_title = "Buyer"
		self.assertEqual(lead.save().job_title, "Buyer")

	def test_new_record(self):
		for make, field in ((make_desk_lead, "medusa_id"), (make_desk_lead, "t_c_acceptance")):
			with self.subTest(field):
				self.assert_refused(
					frappe.PermissionError, make, **{field: 1 if field[0] == "t" else unique("cus_")}
				)

	def test_new_customer(self):
		doc = frappe.new_doc("Customer")
		values = {"customer_name": unique(), "customer_type": "Company", "medusa_id": unique("cus_")}
		doc.update({**values, "customer_group": "Ecommerce Customer"})
		self.assert_unchanged(frappe.PermissionError, doc.insert)

	def test_another_customers_quotation_id(self):
		"""The victim's next approval would order what the forged Quotation says."""
		victim = make_quotation(make_lead().medusa_id, self.item)
		forged = frappe.copy_doc(frappe.get_doc("Quotation", victim.name))
		forged.update({"quotation_to": "Customer", "party_name": make_customer().name})
		forged.medusa_quotation_id = victim.medusa_quotation_id
		frappe.db.commit()
		self.assert_unchanged(frappe.PermissionError, forged.insert)

	def test_amendment_keeps_them(self):
		quotation = make_quotation(make_lead().medusa_id, self.item)
		frappe.get_doc("Quotation", quotation.name).submit()
		cancelled = frappe.get_doc("Quotation", quotation.name)
		cancelled.cancel()
		amended = frappe.copy_doc(cancelled, ignore_no_copy=True)
		amended.amended_from, amended.docstatus = cancelled.name, 0
		amended.status = "Draft"
		self.assertEqual(amended.insert().medusa_quotation_id, quotation.medusa_quotation_id)

	def amendment(self, **values):
		"""An amendment of a cancelled Quotation, not saved yet, as a program sends it: without the fields."""
		quotation = make_quotation(make_lead().medusa_id, self.item, draft_order_id=unique("order_"))
		frappe.get_doc("Quotation", quotation.name).submit()
		cancelled = frappe.get_doc("Quotation", quotation.name)
		cancelled.cancel()
		amended = frappe.copy_doc(cancelled, ignore_no_copy=False)
		amended.update({"amended_from": cancelled.name, "docstatus": 0, "status": "Draft", **values})
		return amended

	def test_amendment_without_them_gets_them(self):
		amended = self.amendment()
		self.assertFalse(amended.medusa_quotation_id)
		amended.insert()
		cancelled = frappe.get_doc("Quotation", amended.amended_from)
		for name in own_fields.FIELDS["Quotation"]:
			with self.subTest(name):
				actual, expected = amended.get(name), cancelled.get(name)
				self.assertEqual(own_fields.as_stored(actual), own_fields.as_stored(expected))

	def test_amendment_with_another_id(self):
		amended = self.amendment(medusa_quotation_id=unique("quo_"))
		frappe.db.commit()
		self.assert_unchanged(frappe.PermissionError, amended.insert)

	def test_after_the_app_has_saved_the_same_document(self):
		lead = make_lead()
		with own_fields.writable(lead):
			lead.save()
		frappe.db.commit()
		self.assert_kept(lead, "medusa_id", "forged")

	def test_customer_that_a_clerk_makes_of_a_lead_has_the_id(self):
		from erpnext.crm.doctype.lead.lead import make_customer as convert_on_desk

		lead = make_lead()
		customer = convert_on_desk(lead.name)
		customer.customer_group = "Ecommerce Customer"
		self.assertEqual(customer.insert().medusa_id, lead.medusa_id)


class TestOtherConnector(MedusaTestCase):
	"""A connector that imports orders of Medusa writes their ids into a field of the same name."""

	def make_order(self, customer, **values):
		"""A Sales Order as another app makes it, without a Quotation."""
		order = frappe.new_doc("Sales Order")
		order.update({"customer": customer, "company": company(), "order_type": "Sales"})
		order.update({"transaction_date": nowdate(), "delivery_date": nowdate(), **values})
		order.append("items", {"item_code": self.item.name, "qty": 1, "delivery_date": nowdate()})
		return order.insert()

	def test_order_with_their_id_is_saved_and_changed(self):
		order = self.make_order(make_customer().name, medusa_order_id=unique("order_"))
		order.medusa_order_id = unique("order_")
		order.save()
		order.submit()
		self.assertEqual(frappe.db.get_value("Sales Order", order.name, "docstatus"), 1)

	def test_their_order_is_not_the_shops(self):
		"""Not even with the Medusa id of a customer, as somebody may have forged it before."""
		customer, order_id = make_customer(medusa_id=unique("cus_")), unique("order_")
		order = self.make_order(customer.name, medusa_order_id=order_id)
		frappe.db.set_value("Sales Order", order.name, "medusa_customer_id", customer.medusa_id)
		frappe.db.commit()
		for wanted in (order_id, order.name):
			self.assert_refused(OrderNotFoundError, api.get_order, customer.medusa_id, wanted)

	def test_event_of_the_shops_order_does_not_contain_theirs(self):
		quotation = make_quotation(make_customer(medusa_id=unique("cus_")).medusa_id, self.item)
		order_id = unique("order_")
		answer = api.update_quotation(quotation.name, "Approved", order_id=order_id, create_so=True)
		self.make_order(quotation.party_name, medusa_order_id=order_id)
		self.assertEqual(reading.newest_order(answer["sales_order_id"]).name, answer["sales_order_id"])

	def test_approval_with_the_id_of_their_order_makes_its_own_order(self):
		quotation = make_quotation(make_customer(medusa_id=unique("cus_")).medusa_id, self.item)
		order_id = unique("order_")
		theirs = self.make_order(quotation.party_name, medusa_order_id=order_id)
		answer = api.update_quotation(quotation.name, "Approved", order_id=order_id, create_so=True)
		self.assertNotEqual(answer["sales_order_id"], theirs.name)

	def test_id_in_an_order_that_becomes_the_shops_is_replaced(self):
		quotation = make_quotation(make_customer(medusa_id=unique("cus_")).medusa_id, self.item)
		order_id = unique("order_")
		api.update_quotation(quotation.name, "Approved", order_id=order_id)
		from erpnext.selling.doctype.quotation.quotation import make_sales_order

		order = make_sales_order(quotation.name)
		order.update({"delivery_date": order.transaction_date, "medusa_order_id": "forged"})
		self.assertEqual(order.insert().medusa_order_id, order_id)

	def test_order_of_theirs_cannot_be_made_the_shops(self):
		order = self.make_order(make_customer().name, medusa_order_id=unique("order_"))
		frappe.db.commit()
		order.from_ecommerce = 1
		self.assert_refused(frappe.PermissionError, order.save)

	@bench_only  # the sandbox has no `create_custom_fields`
	def test_their_fields_stay_theirs_and_ours_ours(self):
		"""A connector creates its fields as below, and updates those that exist already."""
		from frappe.custom.doctype.custom_field.custom_field import create_custom_fields

		field = {"fieldtype": "Data", "read_only": 1, "no_copy": 1, "print_hide": 1}
		theirs = {"fieldname": "medusa_customer_id", "label": "Medusa Customer ID", **field}
		shared = {"fieldname": "medusa_order_id", "label": "Their Label", **field}
		self.addCleanup(frappe.delete_doc, "Custom Field", "Customer-medusa_customer_id", force=True)
		self.addCleanup(make_custom_fields)
		create_custom_fields({"Customer": [theirs], "Sales Order": [shared]}, update=True)
		make_custom_fields()
		modules = {
			name: frappe.db.get_value("Custom Field", name, "module")
			for name in ("Customer-medusa_customer_id", "Sales Order-medusa_order_id")
		}
		self.assertEqual(list(modules.values()), [None, MODULE])
		customer = make_customer()
		customer.medusa_customer_id = unique("cus_")
		customer.save()
		self.assertFalse(accounts.find_customer(customer.medusa_customer_id))


class TestForgedBefore(MedusaTestCase):
	"""What was forged before the app checked it counts for nothing."""

	def test_quotation_of_another_party_is_not_approved(self):
		customer = medusa_customer()
		api.insert_lead(customer)
		own = make_quotation(customer["id"], self.item)
		other = make_quotation(make_lead().medusa_id, self.item)
		frappe.db.set_value("Quotation", other.name, "medusa_quotation_id", own.medusa_quotation_id)
		answer = api.update_quotation(own.medusa_quotation_id, "Approved")
		self.assertEqual(answer["quotation_id"], own.name)
