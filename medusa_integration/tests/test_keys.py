"""Keys of names and phone numbers: equal for spellings of the same."""

import unittest

import frappe

from medusa_integration.selling.keys import name_key, phone_key
from medusa_integration.tests.base import MedusaTestCase, linked_to, make_customer, make_desk_lead


class TestNames(unittest.TestCase):
	def test_same_company(self):
		for one, other in (
			("ACME Trading L.L.C.", "Acme-Trading"),
			("Müller & Söhne GmbH & Co. KG", "Muller Sohne"),
			("The  Palm, Ltd", "the palm"),
			("شركة المها للتجارة ش.م.م", "المها للتجاره"),
			("مؤسسة النُّور", "النور"),
			("أحمد", "احمد"),
			("Straße", "STRASSE"),
			("\N{FULLWIDTH LATIN CAPITAL LETTER A}cme", "acme"),
		):
			with self.subTest(one):
				self.assertEqual(name_key(one), name_key(other))

	def test_other_company(self):
		for one, other in (
			("Acme Trading", "Acme Travel"),
			("Company of Heroes", "Heroes"),
			("Palm 1", "Palm 2"),
		):
			with self.subTest(one):
				self.assertNotEqual(name_key(one), name_key(other))

	def test_legal_form_alone_is_a_name(self):
		self.assertEqual(name_key("Company"), "company")

	def test_nothing_is_left(self):
		for name in (None, "", " ", "&", "."):
			with self.subTest(name):
				self.assertIsNone(name_key(name))

	def test_long_name(self):
		self.assertEqual(len(name_key("x" * 200) or ""), 140)


class TestPhones(unittest.TestCase):
	def test_same_number(self):
		for one, other in (
			("+968 9123 4567", "91234567"),
			("+971 (50) 123-4567", "050 123 4567"),
			("٩١٢٣٤٥٦٧", "91234567"),
		):
			with self.subTest(one):
				self.assertEqual(phone_key(one), phone_key(other))

	def test_other_number(self):
		self.assertNotEqual(phone_key("+968 9123 4567"), phone_key("+968 9123 4568"))

	def test_too_short(self):
		for number in (None, "", "123456", "abc"):
			with self.subTest(number):
				self.assertIsNone(phone_key(number))


class TestRecords(MedusaTestCase):
	"""The keys follow the record."""

	def test_lead(self):
		lead = make_desk_lead(company_name="Acme L.L.C.", mobile_no="+968 9123 4567")
		self.assertEqual((lead.medusa_name_key, lead.medusa_phone_key), ("acme", "91234567"))

	def test_lead_without_a_company(self):
		self.assertEqual(make_desk_lead(first_name="Ann", last_name="Lee").medusa_name_key, "annlee")

	def test_changed_lead(self):
		lead = make_desk_lead(company_name="Acme")
		lead.update({"company_name": "Palm", "mobile_no": ""})
		lead.save()
		stored = frappe.db.get_value("Lead", lead.name, ["medusa_name_key", "medusa_phone_key"])
		self.assertEqual(stored, ("palm", None))

	def test_customer(self):
		customer = make_customer()
		customer.customer_name = "Acme & Co."
		customer.save()
		key = frappe.db.get_value("Customer", customer.name, "medusa_name_key")
		self.assertEqual(key, "acme")

	def test_contact(self):
		lead = make_desk_lead(mobile_no="+968 9123 4567")
		(contact,) = linked_to("Lead", lead.name, "Contact")
		keys = frappe.get_all("Contact Phone", {"parent": contact}, pluck="medusa_phone_key")
		self.assertEqual(keys, ["91234567"])
