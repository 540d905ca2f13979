"""Likely Customers of a Lead, likely Leads of a Customer, and what the dialogs of the desk find."""

import random
import string

import frappe

from medusa_integration import api, desk
from medusa_integration.selling import customers, matching
from medusa_integration.tests.base import (
	MedusaTestCase,
	bench_only,
	linked_to,
	make_customer,
	make_desk_lead,
	make_lead,
	make_quotation,
	make_user,
	request_of,
	unique,
)
from medusa_integration.tests.queries import recorded


def word() -> str:
	"""Return a name that no other record has, and no similar one."""
	return "".join(random.choices(string.ascii_lowercase, k=14))


def phone() -> str:
	"""Return a phone number that no other record has."""
	return f"+968 {random.randint(10**7, 10**8 - 1)}"


def add_contact(customer: str, **values) -> str:
	"""Add a Contact to a Customer; return its name."""
	contact = frappe.new_doc("Contact")
	contact.update({"first_name": unique(), **values})
	contact.append("links", {"link_doctype": "Customer", "link_name": customer})
	return contact.insert().name


class MatchingTestCase(MedusaTestCase):
	def customers_of(self, lead) -> dict[str, tuple[str, ...]]:
		return {match.name: match.reasons for match in matching.likely_customers(lead)}

	def leads_of(self, customer) -> dict[str, tuple[str, ...]]:
		return {match.name: match.reasons for match in matching.likely_leads(customer)}


class TestLikelyCustomers(MatchingTestCase):
	def setUp(self):
		super().setUp()
		self.name = word()
		self.phone = phone()
		self.lead = make_lead(organization_name=f"{self.name} LLC", mobile=self.phone)

	def check(self, customer, *reasons):
		self.assertEqual(self.customers_of(self.lead).get(customer.name), reasons or None)

	def test_email_of_any_contact(self):
		customer = make_customer()
		add_contact(customer.name)
		email = self.lead.email_id.upper()
		add_contact(
			customer.name,
			email_ids=[{"email_id": unique() + "@example.com", "is_primary": 1}, {"email_id": email}],
		)
		self.check(customer, "email")

	def test_phone(self):
		customer = make_customer()
		add_contact(
			customer.name, phone_nos=[{"phone": self.phone.removeprefix("+968 "), "is_primary_phone": 1}]
		)
		self.check(customer, "phone")

	def test_company(self):
		self.check(make_customer(customer_name=f"The {self.name}"[4:].upper()), "company")

	def test_similar_name(self):
		self.check(make_customer(customer_name=f"{self.name}s"), "similar")

	def test_other_name(self):
		self.check(make_customer(customer_name=self.name[:6] + word()))

	def test_strongest_first(self):
		weak = make_customer(customer_name=self.name)
		strong = make_customer(customer_name=f"{self.name} & Co.")
		add_contact(strong.name, email_ids=[{"email_id": self.lead.email_id, "is_primary": 1}])
		self.assertEqual(list(self.customers_of(self.lead)), [strong.name, weak.name])
		self.check(strong, "email", "company")

	def test_nobody(self):
		self.assertEqual(self.customers_of(self.lead), {})

	def test_lead_without_anything(self):
		self.assertEqual(self.customers_of(frappe.new_doc("Lead")), {})


class TestLikelyLeads(MatchingTestCase):
	def setUp(self):
		super().setUp()
		self.name = word()
		self.phone = phone()
		self.customer = make_customer(customer_name=f"{self.name} L.L.C.")

	def check(self, lead, *reasons):
		self.assertEqual(self.leads_of(self.customer).get(lead.name), reasons or None)

	def test_email_of_any_contact(self):
		lead = make_lead()
		add_contact(self.customer.name, email_ids=[{"email_id": lead.email_id, "is_primary": 1}])
		self.check(lead, "email")

	def test_phone(self):
		lead = make_lead(mobile=self.phone)
		add_contact(self.customer.name, phone_nos=[{"phone": self.phone, "is_primary_phone": 1}])
		self.check(lead, "phone")

	def test_phone_of_the_leads_contact(self):
		lead = make_lead(mobile="")
		(contact,) = linked_to("Lead", lead.name, "Contact")
		contact = frappe.get_doc("Contact", contact)
		contact.append("phone_nos", {"phone": self.phone})
		contact.save()
		add_contact(self.customer.name, phone_nos=[{"phone": self.phone, "is_primary_phone": 1}])
		self.check(lead, "phone")

	def test_company(self):
		self.check(make_lead(organization_name=self.name), "company")

	def test_similar_name(self):
		self.check(make_lead(organization_name=f"{self.name}y"), "similar")

	def test_lead_that_is_linked(self):
		lead = make_lead(organization_name=self.name)
		customers.convert_lead(lead.name)
		self.check(lead)

	def test_further_buyer_of_another(self):
		lead = make_lead(organization_name=self.name)
		api.link_medusa_lead(make_customer(unique("cus_")).name, lead.name, True)
		self.check(lead)

	def test_lead_without_an_account(self):
		self.check(make_desk_lead(company_name=self.name))


class TestFindLeads(MatchingTestCase):
	def setUp(self):
		super().setUp()
		self.name, self.phone = word(), phone()
		self.customer = make_customer(customer_name=f"{self.name} Ltd")
		self.lead = make_lead(organization_name=f"{self.name} Trading", mobile=self.phone)
		frappe.db.commit()

	def find(self, text: str = "") -> list[str]:
		return [row["name"] for row in desk.find_leads(self.customer.name, text)]

	def test_without_a_text_the_likely_ones(self):
		lead = make_lead(organization_name=self.name)
		(row,) = [row for row in desk.find_leads(self.customer.name) if row["name"] == lead.name]
		self.assertEqual(row["reasons"], ["same name"])

	def test_by_what_is_typed(self):
		for text in (
			self.lead.name,
			self.lead.lead_name[:9],
			self.name[:8],
			f"{self.name.upper()}-TRAD",
			self.lead.email_id[:12],
			self.lead.medusa_id,
			self.phone,
			self.phone.removeprefix("+968 "),
		):
			with self.subTest(text):
				self.assertIn(self.lead.name, self.find(text))

	@bench_only  # SQLite has no escape in LIKE unless it is named
	def test_wildcards_mean_themselves(self):
		for text in ("%", "_", "\\", f"%{self.name[2:6]}"):
			with self.subTest(text):
				self.assertNotIn(self.lead.name, self.find(text))

	def test_what_is_shown(self):
		make_quotation(self.lead.medusa_id, self.item)
		(row,) = desk.find_leads(self.customer.name, self.lead.name)
		expected = {
			"name": self.lead.name,
			"person": self.lead.lead_name,
			"company": self.lead.company_name,
			"email": self.lead.email_id,
			"phone": self.lead.mobile_no,
			"since": str(self.lead.creation)[:10],
			"medusa_id": self.lead.medusa_id,
			"quotations": 1,
			"drafts": 1,
			"linked": False,
			"customer": "",
		}
		self.assertEqual(row, expected)

	def test_linked_ones_come_last_and_name_the_customer(self):
		linked = make_lead(organization_name=f"{self.name} Again")
		customer = customers.convert_lead(linked.name)
		rows = desk.find_leads(self.customer.name, self.name)
		self.assertEqual(
			[(row["name"], row["customer"]) for row in rows], [(self.lead.name, ""), (linked.name, customer)]
		)

	def test_further_buyers_name_the_customer(self):
		customer = make_customer(medusa_id=unique("cus_"))
		api.link_medusa_lead(customer.name, self.lead.name, True)
		(row,) = desk.find_leads(self.customer.name, self.lead.name)
		self.assertEqual((row["linked"], row["customer"]), (True, customer.name))

	def test_customer_that_only_names_the_lead(self):
		customer = make_customer(lead_name=self.lead.name)
		frappe.db.set_value("Customer", customer.name, "medusa_id", None)
		(contact,) = linked_to("Lead", self.lead.name, "Contact")
		frappe.db.set_value("Contact", contact, "medusa_id", None)
		(row,) = desk.find_leads(self.customer.name, self.lead.name)
		self.assertEqual((row["linked"], row["customer"]), (False, customer.name))

	@bench_only
	def test_customer_that_the_user_may_not_read_is_not_named(self):
		customers.convert_lead(self.lead.name)
		user = make_user("Sales User", "Sales Manager", "Sales Master Manager")
		rule = frappe.new_doc("User Permission")
		rule.update({"user": user, "allow": "Customer", "for_value": self.customer.name})
		rule.insert()
		with request_of(user):
			(row,) = desk.find_leads(self.customer.name, self.lead.name)
		self.assertEqual((row["linked"], row["customer"]), (True, ""))

	def test_number_of_queries_does_not_grow(self):
		leads = [make_lead(organization_name=f"{self.name} {number}") for number in range(4)]
		customers.convert_lead(leads[0].name)
		with recorded() as few:
			desk.find_leads(self.customer.name, self.name)
		for lead in leads[1:]:
			customers.convert_lead(lead.name)
		with recorded() as many:
			desk.find_leads(self.customer.name, self.name)
		self.assertEqual(many.counts, few.counts)

	def test_lead_without_an_account(self):
		lead = make_desk_lead(company_name=f"{self.name} Desk")
		self.assertNotIn(lead.name, self.find(self.name))

	@bench_only
	def test_lead_that_the_user_may_not_read(self):
		user = make_user("Sales User", "Sales Manager", "Sales Master Manager")
		rule = frappe.new_doc("User Permission")
		rule.update({"user": user, "allow": "Lead", "for_value": make_lead().name})
		rule.insert()
		with request_of(user):
			self.assertEqual(self.find(self.lead.name), [])


class TestFindCustomers(MatchingTestCase):
	def setUp(self):
		super().setUp()
		self.name = word()
		self.lead = make_lead(organization_name=self.name, mobile="")
		self.customer = make_customer(customer_name=f"{self.name} GmbH")
		frappe.db.commit()

	def test_without_a_text_the_likely_ones(self):
		(row,) = desk.find_customers(self.lead.name)
		self.assertEqual((row["name"], row["reasons"]), (self.customer.name, ["same name"]))

	def test_by_what_is_typed(self):
		add_contact(self.customer.name, email_ids=[{"email_id": f"{self.name}@example.com", "is_primary": 1}])
		for text in (self.customer.name[:8], self.name.upper()[:8], f"{self.name}@ex"):
			with self.subTest(text):
				rows = desk.find_customers(self.lead.name, text)
				self.assertEqual([row["name"] for row in rows], [self.customer.name])


class TestConvert(MedusaTestCase):
	def test_as_an_approval_would(self):
		lead = make_lead()
		customer = desk.convert_lead(lead.name)["customer"]
		stored = frappe.db.get_value("Customer", customer, ["medusa_id", "lead_name", "customer_group"])
		self.assertEqual(stored, (lead.medusa_id, lead.name, "Ecommerce Customer"))

	def test_twice(self):
		lead = make_lead()
		self.assertEqual(desk.convert_lead(lead.name), desk.convert_lead(lead.name))

	def test_second_press_leaves_no_second_comment(self):
		lead = make_lead()
		for _i in range(2):
			desk.convert_lead(lead.name)
		filters = {"reference_name": lead.name, "comment_type": "Info"}
		self.assertEqual(frappe.db.count("Comment", filters), 1)

	def test_lead_without_an_account(self):
		lead = make_desk_lead()
		frappe.db.commit()
		self.assert_unchanged(frappe.ValidationError, desk.convert_lead, lead.name)


class TestDescribeLead(MedusaTestCase):
	def test_lead_of_nobody(self):
		row = desk.describe_lead(make_lead().name)
		self.assertEqual((row["linked"], row["customer"]), (False, ""))

	def test_linked_lead(self):
		lead = make_lead()
		customer = customers.convert_lead(lead.name)
		row = desk.describe_lead(lead.name)
		self.assertEqual((row["linked"], row["customer"]), (True, customer))

	def test_unknown_lead(self):
		self.assert_refused(frappe.DoesNotExistError, desk.describe_lead, unique())


class TestBuyers(MedusaTestCase):
	def test_own_account_first(self):
		first, second = make_lead(), make_lead()
		customer = customers.convert_lead(first.name)
		api.link_medusa_lead(customer, second.name, True)
		found = desk.buyers_of(customer)
		self.assertEqual([row["lead"] for row in found], [first.name, second.name])
		self.assertEqual([row["person"] for row in found], [first.lead_name, second.lead_name])

	def test_customer_of_no_shop(self):
		self.assertEqual(desk.buyers_of(make_customer().name), [])
