"""Lead -> Customer, and the list of the unlinked."""

from unittest.mock import patch

import frappe
from erpnext.crm.doctype.lead.lead import make_customer as convert_on_desk

from medusa_integration import api
from medusa_integration.exceptions import InvalidArgumentsError
from medusa_integration.selling import customers
from medusa_integration.tests.base import (
	ADDRESS,
	MedusaTestCase,
	linked_to,
	make_customer,
	make_desk_lead,
	make_lead,
	make_quotation,
	unique,
)


class TestConvertLead(MedusaTestCase):
	def test_customer_keeps_both_ids(self):
		lead = make_lead()
		customer = frappe.get_doc("Customer", customers.convert_lead(lead.name))
		self.assertEqual((customer.medusa_id, customer.lead_name), (lead.medusa_id, lead.name))

	def test_name_is_the_company(self):
		lead = make_lead()
		name = customers.convert_lead(lead.name)
		self.assertEqual(frappe.db.get_value("Customer", name, "customer_name"), lead.company_name)

	def test_name_without_company_is_the_leads(self):
		lead = make_lead(organization_name="")
		name = customers.convert_lead(lead.name)
		self.assertEqual(frappe.db.get_value("Customer", name, "customer_name"), lead.lead_name)

	def test_group_is_ecommerce_customer(self):
		name = customers.convert_lead(make_lead().name)
		self.assertEqual(frappe.db.get_value("Customer", name, "customer_group"), "Ecommerce Customer")

	def test_sales_team_adds_up_to_100(self):
		customer = frappe.get_doc("Customer", customers.convert_lead(make_lead().name))
		team = [(row.sales_person, row.allocated_percentage) for row in customer.sales_team]
		self.assertEqual(team, [("Website Sales", 100)])

	def test_territory_comes_along(self):
		territory = frappe.db.get_value("Territory", {"is_group": 0}, "name")
		lead = make_lead()
		lead.territory = territory
		lead.save()
		name = customers.convert_lead(lead.name)
		self.assertEqual(frappe.db.get_value("Customer", name, "territory"), territory)

	def test_lead_is_converted(self):
		lead = make_lead()
		customers.convert_lead(lead.name)
		self.assertEqual(frappe.db.get_value("Lead", lead.name, "status"), "Converted")

	def test_contact_follows(self):
		lead = make_lead()
		customer = customers.convert_lead(lead.name)
		contacts = linked_to("Lead", lead.name, "Contact")
		self.assertEqual(linked_to("Customer", customer, "Contact"), contacts)

	def test_twice_is_one_customer(self):
		lead = make_lead()
		self.assertEqual(customers.convert_lead(lead.name), customers.convert_lead(lead.name))

	def test_drafts_move_to_the_customer(self):
		lead = make_lead()
		quotation = make_quotation(lead.medusa_id, self.item)
		customer = customers.convert_lead(lead.name)
		quotation.reload()
		self.assertEqual((quotation.quotation_to, quotation.party_name), ("Customer", customer))

	def test_moved_draft_keeps_its_total(self):
		lead = make_lead()
		quotation = make_quotation(lead.medusa_id, self.item)
		customers.convert_lead(lead.name)
		self.assertEqual(
			frappe.db.get_value("Quotation", quotation.name, "grand_total"), quotation.grand_total
		)

	def test_same_company_name_makes_another_customer(self):
		company = unique("Same ")
		names = {customers.convert_lead(make_lead(organization_name=company).name) for _i in range(2)}
		self.assertEqual(len(names), 2)

	def test_names_that_erpnext_would_not_take(self):
		group = frappe.db.get_value("Customer Group", {}, "name")
		for company in ("Customer", "New Customer Ltd", group, "x" * 140, unique("a\\b")):
			with self.subTest(company):
				for _time in range(3):
					name = customers.convert_lead(make_lead(organization_name=company).name)
				self.assertEqual(frappe.db.get_value("Customer", name, "customer_name"), company)


class TestHarmlessNames(MedusaTestCase):
	"""Names of records hold nothing that a page could take for markup; the fields keep what was sent."""

	signs = "\"'`\\&quot;"

	def assert_harmless(self, name):
		self.assertFalse(set(name) & set("\"'`<>\\"), name)
		self.assertNotIn("&q", name)

	def setUp(self):
		super().setUp()
		self.company = unique(f"A {self.signs} ")
		self.lead = make_lead()
		# as an earlier version took them, or a clerk writes them
		names = {"first_name": unique(f"B {self.signs} "), "company_name": self.company}
		frappe.db.set_value("Lead", self.lead.name, names)
		self.lead.reload()

	def test_contact(self):
		lead = make_lead(first_name=unique("B \"'`\\ "))
		(contact,) = linked_to("Lead", lead.name, "Contact")
		self.assert_harmless(contact)
		self.assertEqual(frappe.db.get_value("Contact", contact, "first_name"), lead.first_name)

	def test_customer(self):
		name = customers.convert_lead(self.lead.name)
		self.assert_harmless(name)
		self.assertEqual(frappe.db.get_value("Customer", name, "customer_name"), self.company)

	def test_customer_of_a_clerk(self):
		customer = convert_on_desk(self.lead.name)
		customer.customer_group = "Ecommerce Customer"
		self.assert_harmless(customer.insert().name)

	def test_customer_of_a_clerk_where_another_has_the_id(self):
		make_customer(medusa_id=self.lead.medusa_id)
		customer = convert_on_desk(self.lead.name)
		customer.customer_group = "Ecommerce Customer"
		self.assert_harmless(customer.insert().name)
		self.assertIsNone(customer.medusa_id)

	def test_address(self):
		quotation = make_quotation(self.lead.medusa_id, self.item, billing_address=ADDRESS)
		self.assert_harmless(quotation.customer_address)

	def test_address_of_a_clerk(self):
		address = frappe.new_doc("Address")
		address.update({"address_title": self.company, "address_type": "Billing", "address_line1": "x"})
		address.update({"city": "x", "country": "India"})
		address.append("links", {"link_doctype": "Lead", "link_name": self.lead.name})
		self.assert_harmless(address.insert().name)

	def test_others_are_left_to_erpnext(self):
		name = unique("O'Brien & Sons ")
		self.assertEqual(make_customer(customer_name=name).name, name)

	def test_name_that_the_desk_cannot_open(self):
		for name in ("view", "..", "new", "New-customer-1"):
			with self.subTest(name):
				lead = make_lead()
				frappe.db.set_value("Lead", lead.name, "company_name", name)
				self.assertNotEqual(customers.convert_lead(lead.name), name)


class TestConvertedOnTheDesk(MedusaTestCase):
	def convert(self, lead: str):
		customer = convert_on_desk(lead)
		customer.customer_group = "Ecommerce Customer"
		return customer.insert()

	def test_customer_gets_the_medusa_id(self):
		lead = make_lead()
		self.assertEqual(self.convert(lead.name).medusa_id, lead.medusa_id)

	def test_drafts_move(self):
		lead = make_lead()
		quotation = make_quotation(lead.medusa_id, self.item)
		customer = self.convert(lead.name)
		self.assertEqual(frappe.db.get_value("Quotation", quotation.name, "party_name"), customer.name)

	def test_is_not_converted_again(self):
		lead = make_lead()
		customer = self.convert(lead.name)
		self.assertEqual(customers.convert_lead(lead.name), customer.name)

	def test_lead_without_medusa_id(self):
		self.assertIsNone(self.convert(make_desk_lead().name).medusa_id)

	def test_customer_from_before_the_app_gets_the_id(self):
		lead = make_lead()
		customer = self.convert(lead.name)
		frappe.db.set_value("Customer", customer.name, "medusa_id", None)
		customers.convert_lead(lead.name)
		self.assertEqual(frappe.db.get_value("Customer", customer.name, "medusa_id"), lead.medusa_id)

	def test_customer_from_before_the_app_gets_what_the_lead_got_since(self):
		lead = make_lead()
		customer = self.convert(lead.name)
		frappe.db.set_value("Customer", customer.name, "medusa_id", None)
		for contact in linked_to("Lead", lead.name, "Contact"):
			frappe.db.set_value("Contact", contact, "medusa_id", None)
		quotation = make_quotation(lead.medusa_id, self.item, billing_address=ADDRESS)
		customers.convert_lead(lead.name)
		address = linked_to("Lead", lead.name, "Address")
		self.assertEqual(linked_to("Customer", customer.name, "Address"), address)
		self.assertEqual(frappe.db.get_value("Quotation", quotation.name, "party_name"), customer.name)


class TestFetchAllCustomers(MedusaTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.word = unique("w")
		for name in ("Zebra 100%", "Apple_1", "Mango & Co", "Appleton"):
			make_customer(customer_name=f"{cls.word} {name}")
		cls.linked = make_customer(customer_name=f"{cls.word} Linked", medusa_id=unique("cus_"))

	def names(self, words: str = "", **page) -> list[str]:
		rows = api.fetch_all_customers(name=f"{self.word} {words}".strip(), **page)
		return [row["customer_name"].removeprefix(self.word + " ") for row in rows]

	def test_sorted_and_without_the_linked(self):
		self.assertEqual(self.names(), ["Apple_1", "Appleton", "Mango & Co", "Zebra 100%"])

	def test_fields(self):
		row = api.fetch_all_customers(name=f"{self.word} Zebra")[0]
		self.assertEqual(list(row), ["name", "customer_name", "email_id", "mobile_no"])

	def test_each_word_counts(self):
		self.assertEqual(self.names("zeb 100"), ["Zebra 100%"])
		self.assertEqual(self.names("zeb 200"), [])

	def test_letter_case_does_not_matter(self):
		self.assertEqual(self.names("ZEBRA"), ["Zebra 100%"])

	def test_percent_and_underscore_mean_themselves(self):
		self.assertEqual(self.names("%"), ["Zebra 100%"])
		self.assertEqual(self.names("e_"), ["Apple_1"])

	def test_pages(self):
		self.assertEqual(self.names(start=1, page_length=2), ["Appleton", "Mango & Co"])

	def test_pages_as_text(self):
		self.assertEqual(self.names(start="3", page_length="2"), ["Zebra 100%"])

	def test_page_of_nothing(self):
		self.assertEqual(self.names(page_length=0), [])
		self.assertEqual(self.names(start=99), [])

	def test_at_most_500(self):
		self.assertEqual(api.PAGE_LENGTH, 500)
		with patch.object(api, "PAGE_LENGTH", 3):
			self.assertEqual((len(self.names(page_length=10_000)), len(self.names())), (3, 3))

	def test_empty_text_counts_as_no_id(self):
		customer = make_customer(customer_name=f"{self.word} Void")
		frappe.db.set_value("Customer", customer.name, "medusa_id", "")
		self.assertEqual(self.names("Void"), ["Void"])

	def test_bad_arguments(self):
		for values in (
			{"name": ["x"]},
			{"name": 7},
			{"name": "x" * 141},
			{"start": -1},
			{"start": "x"},
			{"start": 0.5},
			{"start": [1]},
			{"page_length": "1e9"},
			{"page_length": float("nan")},
			{"page_length": True},
		):
			with self.subTest(values):
				message = self.assert_refused(InvalidArgumentsError, api.fetch_all_customers, **values)
				self.assertIn(next(iter(values)), message)

	def test_injection_finds_nothing(self):
		self.assertEqual(self.names("' OR 1=1 -- "), [])
