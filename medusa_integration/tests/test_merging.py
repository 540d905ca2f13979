"""Renaming and merging on the desk: the shop account stays."""

import frappe

from medusa_integration import api
from medusa_integration.selling import customers
from medusa_integration.tests.base import (
	MedusaTestCase,
	bench_only,
	make_customer,
	make_desk_lead,
	make_lead,
	make_quotation,
	unique,
)


@bench_only  # the sandbox renames nothing
class TestMerging(MedusaTestCase):
	def shop_customer(self):
		"""A Customer with a shop account, and its Lead."""
		lead = make_lead()
		return frappe.get_doc("Customer", customers.convert_lead(lead.name)), lead

	def merge(self, merged, kept):
		frappe.rename_doc(merged.doctype, merged.name, kept.name, merge=True, show_alert=False)
		kept.reload()
		return kept

	def refused(self, merged, kept):
		frappe.db.commit()
		return self.assert_refused(frappe.ValidationError, self.merge, merged, kept)

	def test_customer_keeps_the_account(self):
		customer, lead = self.shop_customer()
		kept = self.merge(customer, make_customer())
		self.assertEqual((kept.medusa_id, kept.lead_name), (lead.medusa_id, lead.name))

	def test_lead_stays_converted(self):
		customer, lead = self.shop_customer()
		self.merge(customer, make_customer())
		self.assertEqual(frappe.db.get_value("Lead", lead.name, "status"), "Converted")

	def test_contacts_follow(self):
		customer, lead = self.shop_customer()
		kept = self.merge(customer, make_customer())
		links = {"link_doctype": "Customer", "link_name": kept.name, "parenttype": "Contact"}
		contact = frappe.db.get_value("Dynamic Link", links, "parent")
		self.assertEqual(frappe.db.get_value("Contact", contact, "first_name"), lead.first_name)

	def test_next_approval_is_the_kept_ones(self):
		customer, lead = self.shop_customer()
		kept = self.merge(customer, make_customer())
		quotation = make_quotation(lead.medusa_id, self.item)
		order = api.update_quotation(quotation.medusa_quotation_id, "Approved", create_so=True)
		self.assertEqual(frappe.db.get_value("Sales Order", order["sales_order_id"], "customer"), kept.name)

	def test_into_the_one_with_the_account(self):
		customer, lead = self.shop_customer()
		kept = self.merge(make_customer(), customer)
		self.assertEqual((kept.medusa_id, kept.lead_name), (lead.medusa_id, lead.name))

	def test_two_accounts(self):
		one, other = self.shop_customer()[0], self.shop_customer()[0]
		message = self.refused(one, other)
		self.assertIn(one.medusa_id, message)
		self.assertIn(other.medusa_id, message)

	def test_two_leads_behind_one_account(self):
		customer = self.shop_customer()[0]
		other = make_customer(lead_name=make_desk_lead().name)
		self.assertIn("Lead", self.refused(customer, other))

	def test_id_that_is_anothers(self):
		customer, lead = self.shop_customer()
		third = make_customer()
		frappe.db.set_value("Customer", third.name, "lead_name", lead.name)
		self.assertIn(third.name, self.refused(customer, make_customer()))

	def test_customers_of_no_shop(self):
		lead = make_desk_lead()
		kept = self.merge(make_customer(lead_name=lead.name), make_customer(lead_name=make_desk_lead().name))
		self.assertFalse(kept.medusa_id)

	def test_lead_keeps_the_account(self):
		lead, other = make_lead(), make_desk_lead()
		kept = self.merge(lead, other)
		self.assertEqual((kept.medusa_id, kept.t_c_acceptance), (lead.medusa_id, 1))

	def test_converted_lead_is_converted_where_it_goes(self):
		customer, lead = self.shop_customer()
		kept = self.merge(frappe.get_doc("Lead", lead.name), make_desk_lead())
		self.assertEqual(kept.status, "Converted")
		self.assertEqual(frappe.db.get_value("Customer", customer.name, "lead_name"), kept.name)

	def test_two_leads_with_accounts(self):
		self.assertIn("Medusa ID", self.refused(make_lead(), make_lead()))

	def test_renamed(self):
		customer, lead = self.shop_customer()
		for doc in (customer, lead):
			with self.subTest(doc.doctype):
				new = unique(doc.doctype)
				frappe.rename_doc(doc.doctype, doc.name, new, show_alert=False)
				self.assertEqual(frappe.db.get_value(doc.doctype, new, "medusa_id"), lead.medusa_id)
