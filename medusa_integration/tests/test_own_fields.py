"""The app's own fields: only the app writes them."""

import frappe

from medusa_integration import api
from medusa_integration.selling import own_fields
from medusa_integration.tests.base import (
	MedusaTestCase,
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
