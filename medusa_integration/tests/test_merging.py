"""Renaming and merging on the desk: the shop account stays."""

import frappe

from medusa_integration import api
from medusa_integration.selling import customers
from medusa_integration.selling.merging import keep_account
from medusa_integration.tests.base import (
	MedusaTestCase,
	bench_only,
	locks,
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

	def test_lead_of_both_customers_stays_converted(self):
		for has_account in (0, 1):
			with self.subTest(has_account=has_account):
				customer, lead = self.shop_customer()
				pair = (customer, make_customer(lead_name=lead.name))
				self.merge(pair[1 - has_account], pair[has_account])
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


class TestBeforeMerge(MedusaTestCase):
	"""What becomes of the account before Frappe moves all the rest, which the sandbox cannot do."""

	def setUp(self):
		super().setUp()
		self.lead = make_lead()
		self.customer = make_customer(medusa_id=self.lead.medusa_id)
		frappe.db.set_value("Customer", self.customer.name, "lead_name", self.lead.name)
		self.customer.reload()

	def before_rename(self, doc, new: str, merge: bool = True) -> None:
		"""Do what Frappe calls first of all."""
		hook = frappe.get_hooks("doc_events")[doc.doctype]["before_rename"]
		frappe.get_attr(hook[0] if isinstance(hook, list) else hook)(
			doc, "before_rename", doc.name, new, merge=merge
		)

	def values(self, doc, *fields: str) -> list:
		return [frappe.db.get_value(doc.doctype, doc.name, field) or None for field in fields]

	def account(self, customer) -> list:
		return self.values(customer, "medusa_id", "lead_name")

	def assert_not_merged(self, merged, kept) -> str:
		frappe.db.commit()
		message = self.assert_refused(frappe.ValidationError, self.before_rename, merged, kept.name)
		self.assertTrue(message.startswith(f"{merged.name} and {kept.name} cannot be merged: "), message)
		return message.partition(": ")[2]

	def test_account_moves(self):
		kept = make_customer()
		self.before_rename(self.customer, kept.name)
		self.assertEqual(self.account(kept), [self.lead.medusa_id, self.lead.name])
		self.assertEqual(self.account(self.customer), [None, None])

	def test_account_stays_where_the_other_has_none(self):
		self.before_rename(make_customer(), self.customer.name)
		self.assertEqual(self.account(self.customer), [self.lead.medusa_id, self.lead.name])

	def test_lead_that_the_other_has_already(self):
		kept = make_customer(lead_name=self.lead.name)
		frappe.db.set_value("Customer", kept.name, "medusa_id", None)
		self.before_rename(self.customer, kept.name)
		self.assertEqual(self.account(kept), [self.lead.medusa_id, self.lead.name])
		self.assertEqual(self.account(self.customer), [None, None])

	def test_merged_customer_names_no_lead_that_the_kept_one_names(self):
		"""ERPNext would reopen the Lead when it deletes the merged Customer."""
		merged = make_customer(lead_name=self.lead.name)
		self.before_rename(merged, self.customer.name)
		self.assertEqual(self.account(merged), [None, None])
		self.assertEqual(self.account(self.customer), [self.lead.medusa_id, self.lead.name])

	def test_nothing_moves_where_it_is_only_renamed(self):
		other = make_customer()
		for new, merge in ((other.name, False), (unique("New "), True)):
			with self.subTest(new=new, merge=merge):
				self.before_rename(self.customer, new, merge)
				self.assertEqual(self.account(self.customer), [self.lead.medusa_id, self.lead.name])

	def test_nothing_moves_where_frappe_says_nothing_of_a_merge(self):
		keep_account(self.customer, "before_rename", self.customer.name, make_customer().name)
		self.assertEqual(self.account(self.customer), [self.lead.medusa_id, self.lead.name])

	def test_renamed_record_is_locked(self):
		with locks() as rows:
			self.before_rename(self.customer, unique("New "), merge=False)
		self.assertEqual(rows, [("Customer", self.customer.name)])

	def test_merged_records_are_locked_in_the_order_of_their_names(self):
		"""Two merges of the same records, one each way, would wait for each other."""
		one, other = sorted(make_customer().name for _time in range(2))
		for merged, kept in ((one, other), (other, one)):
			with self.subTest(merged), locks() as rows:
				self.before_rename(frappe.get_doc("Customer", merged), kept)
				self.assertEqual(rows, [("Customer", one), ("Customer", other)])

	def test_two_accounts(self):
		other = make_customer(medusa_id=unique("cus_"))
		reason = self.assert_not_merged(self.customer, other)
		label = frappe.get_meta("Customer").get_label("medusa_id")
		expected = f"each has its own {label}, {self.lead.medusa_id} and {other.medusa_id}."
		self.assertEqual(reason, expected)

	def test_two_leads(self):
		other = make_customer(lead_name=make_desk_lead().name)
		for pair in ((self.customer, other), (other, self.customer)):
			with self.subTest(pair[0].name):
				self.assertIn(other.lead_name, self.assert_not_merged(*pair))

	def test_id_of_a_third_customers_lead(self):
		third = make_customer(lead_name=self.lead.name)
		other = make_customer()
		for pair in ((self.customer, other), (other, self.customer)):
			with self.subTest(pair[0].name):
				reason = self.assert_not_merged(*pair)
				self.assertEqual(reason, f"the Medusa id {self.lead.medusa_id} belongs to {third.name}.")

	def test_third_customer_that_is_the_oldest_of_the_leads(self):
		lead = make_lead()
		third = make_customer(lead_name=lead.name)
		frappe.db.set_value("Customer", third.name, "medusa_id", None)
		customer = make_customer(lead.medusa_id, lead_name=lead.name)
		reason = self.assert_not_merged(customer, make_customer())
		self.assertEqual(reason, f"the Medusa id {lead.medusa_id} belongs to {third.name}.")

	def test_customers_of_no_shop(self):
		one, other = (make_customer(lead_name=make_desk_lead().name) for _time in range(2))
		self.before_rename(one, other.name)
		self.assertEqual(self.account(other), [None, other.lead_name])

	def test_lead_hands_over_the_account_and_the_acceptance(self):
		other = make_desk_lead()
		self.before_rename(self.lead, other.name)
		fields = ("medusa_id", "t_c_acceptance")
		self.assertEqual(self.values(other, *fields), [self.lead.medusa_id, 1])
		self.assertEqual(self.values(self.lead, *fields), [None, None])

	def test_status_of_an_open_lead_stays_its_own(self):
		other = make_desk_lead(status="Interested")
		self.before_rename(self.lead, other.name)
		self.assertEqual(self.values(other, "status"), ["Interested"])

	def test_converted_lead_makes_the_other_converted(self):
		other = make_desk_lead()
		frappe.db.set_value("Lead", self.lead.name, "status", "Converted")
		self.before_rename(self.lead, other.name)
		self.assertEqual(self.values(other, "status"), ["Converted"])

	def test_lead_whose_id_is_of_another_leads_customer(self):
		frappe.db.set_value("Customer", self.customer.name, "lead_name", make_desk_lead().name)
		reason = self.assert_not_merged(self.lead, make_desk_lead())
		self.assertEqual(reason, f"the Medusa id {self.lead.medusa_id} belongs to {self.customer.name}.")

	def test_lead_whose_id_is_of_a_customer_without_a_lead(self):
		other = make_desk_lead()
		frappe.db.set_value("Customer", self.customer.name, "lead_name", None)
		self.before_rename(self.lead, other.name)
		self.assertEqual(self.values(other, "medusa_id"), [self.lead.medusa_id])

	def test_lead_without_a_customer(self):
		lead, other = make_lead(), make_desk_lead()
		self.before_rename(lead, other.name)
		self.assertEqual(self.values(other, "medusa_id"), [lead.medusa_id])
