"""Lead -> Customer, linking by hand, and the list of the unlinked."""

from unittest.mock import patch

import frappe
from erpnext.crm.doctype.lead.lead import make_customer as convert_on_desk
from frappe.model.document import Document

from medusa_integration import api
from medusa_integration.desk import search_leads_to_link
from medusa_integration.exceptions import InvalidArgumentsError, LeadLinkedError
from medusa_integration.selling import customers
from medusa_integration.tests.base import (
	ADDRESS,
	MedusaTestCase,
	make_customer,
	make_desk_lead,
	make_lead,
	make_quotation,
	make_user,
	records,
	request_of,
	unique,
)


def linked_to(doctype: str, name: str, parenttype: str) -> list[str]:
	filters = {"link_doctype": doctype, "link_name": name, "parenttype": parenttype}
	return frappe.get_all("Dynamic Link", filters, pluck="parent")


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


class TestLink(MedusaTestCase):
	def setUp(self):
		super().setUp()
		self.lead = make_lead()
		self.customer = make_customer()
		frappe.db.commit()

	def test_answer_has_the_medusa_id(self):
		answer = api.link_medusa_lead(self.customer.name, self.lead.name)
		self.assertEqual(answer, {"status": "success", "medusa_id": self.lead.medusa_id})

	def test_customer_has_id_and_lead(self):
		api.link_medusa_lead(self.customer.name, self.lead.name)
		self.customer.reload()
		actual = (self.customer.medusa_id, self.customer.lead_name)
		self.assertEqual(actual, (self.lead.medusa_id, self.lead.name))

	def test_customer_name_stays(self):
		api.link_medusa_lead(self.customer.name, self.lead.name)
		name = frappe.db.get_value("Customer", self.customer.name, "customer_name")
		self.assertEqual(name, self.customer.customer_name)

	def test_lead_is_converted(self):
		api.link_medusa_lead(self.customer.name, self.lead.name)
		self.assertEqual(frappe.db.get_value("Lead", self.lead.name, "status"), "Converted")

	def test_contacts_follow(self):
		api.link_medusa_lead(self.customer.name, self.lead.name)
		contact = linked_to("Lead", self.lead.name, "Contact")[0]
		self.assertIn(contact, linked_to("Customer", self.customer.name, "Contact"))

	def test_addresses_follow(self):
		make_quotation(self.lead.medusa_id, self.item, billing_address=ADDRESS)
		api.link_medusa_lead(self.customer.name, self.lead.name)
		address = linked_to("Lead", self.lead.name, "Address")
		self.assertEqual(linked_to("Customer", self.customer.name, "Address"), address)

	def test_drafts_move(self):
		quotation = make_quotation(self.lead.medusa_id, self.item)
		api.link_medusa_lead(self.customer.name, self.lead.name)
		quotation.reload()
		actual = (quotation.quotation_to, quotation.party_name, quotation.customer_name)
		self.assertEqual(actual, ("Customer", self.customer.name, self.customer.customer_name))

	def test_again_is_the_same_answer(self):
		first = api.link_medusa_lead(self.customer.name, self.lead.name)
		self.assertEqual(api.link_medusa_lead(self.customer.name, self.lead.name), first)

	def test_again_changes_nothing(self):
		api.link_medusa_lead(self.customer.name, self.lead.name)
		frappe.db.commit()
		before = records()
		api.link_medusa_lead(self.customer.name, self.lead.name)
		self.assertEqual(records(), before)

	def test_lead_without_medusa_id(self):
		lead = make_desk_lead()
		frappe.db.commit()
		message = self.assert_unchanged(
			frappe.ValidationError, api.link_medusa_lead, self.customer.name, lead.name
		)
		self.assertEqual(message, "Selected Lead does not have a Medusa ID")

	def test_lead_of_another_customer(self):
		other = make_customer()
		api.link_medusa_lead(other.name, self.lead.name)
		frappe.db.commit()
		message = self.assert_refused(
			LeadLinkedError, api.link_medusa_lead, self.customer.name, self.lead.name
		)
		expected = f"This Medusa Lead is already linked to another Customer: {other.name}"
		self.assertEqual(message, expected)

	def test_lead_that_another_customer_only_names(self):
		other = make_customer(lead_name=self.lead.name)
		frappe.db.set_value("Customer", other.name, "medusa_id", None)
		frappe.db.commit()
		message = self.assert_refused(
			LeadLinkedError, api.link_medusa_lead, self.customer.name, self.lead.name
		)
		self.assertIn(other.name, message)

	def test_customer_with_another_medusa_id(self):
		customer = make_customer(medusa_id=unique("cus_"))
		frappe.db.commit()
		self.assert_refused(LeadLinkedError, api.link_medusa_lead, customer.name, self.lead.name)
		kept = frappe.db.get_value("Customer", customer.name, "medusa_id")
		self.assertEqual(kept, customer.medusa_id)

	def test_unknown_customer(self):
		self.assert_refused(frappe.DoesNotExistError, api.link_medusa_lead, unique(), self.lead.name)

	def test_unknown_lead(self):
		self.assert_refused(frappe.DoesNotExistError, api.link_medusa_lead, self.customer.name, unique())

	def test_bad_arguments(self):
		for customer, lead, name in (
			(None, "x", "customer"),
			("x", None, "lead"),
			(["x"], "x", "customer"),
			("x", {"a": 1}, "lead"),
			("", "x", "customer"),
			("x\0", "x", "customer"),
		):
			with self.subTest(customer=customer, lead=lead):
				message = self.assert_unchanged(InvalidArgumentsError, api.link_medusa_lead, customer, lead)
				self.assertIn(name, message)

	def test_user_who_may_not_write_the_customer(self):
		user = make_user("Medusa Integration")
		frappe.db.commit()
		with request_of(user):
			self.assert_refused(
				frappe.PermissionError, api.link_medusa_lead, self.customer.name, self.lead.name
			)

	def test_customer_that_the_user_may_only_read(self):
		"""They are not told that it could not be linked either."""
		api.link_medusa_lead(make_customer().name, self.lead.name)
		frappe.db.commit()

		def may(_doc, permtype="read", **_options):
			return permtype == "read"

		with patch.object(Document, "has_permission", may):
			refused = (frappe.PermissionError, api.link_medusa_lead)
			self.assert_refused(*refused, self.customer.name, self.lead.name)

	def test_user_who_may_not_is_not_told_what_there_is(self):
		user = make_user("Medusa Integration")
		with request_of(user):
			self.assert_refused(frappe.PermissionError, api.link_medusa_lead, unique(), unique())

	def test_record_that_the_user_may_not_read_is_not_there(self):
		user = make_user("Sales Manager", "Sales User", "Sales Master Manager")
		frappe.db.commit()
		with request_of(user), patch.object(Document, "has_permission", return_value=False):
			refused = (frappe.DoesNotExistError, api.link_medusa_lead)
			hidden = self.assert_refused(*refused, self.customer.name, self.lead.name)
			missing = self.assert_refused(*refused, "No Such", self.lead.name)
		self.assertEqual(hidden.replace(self.customer.name, "No Such"), missing)

	def test_customer_that_the_user_may_not_read_is_not_named(self):
		other = make_customer().name
		api.link_medusa_lead(other, self.lead.name)
		frappe.db.commit()

		def may(doctype, ptype="read", doc=None, **_options):
			return doc != other

		with patch.object(frappe, "has_permission", side_effect=may):
			refused = (LeadLinkedError, api.link_medusa_lead)
			message = self.assert_refused(*refused, self.customer.name, self.lead.name)
		self.assertEqual(message, "This Medusa Lead is already linked to another Customer.")

	def test_user_who_may_works_as_themselves(self):
		user = make_user("Sales Manager", "Sales User", "Sales Master Manager")
		frappe.db.commit()
		with request_of(user):
			api.link_medusa_lead(self.customer.name, self.lead.name)
		self.assertEqual(frappe.db.get_value("Customer", self.customer.name, "modified_by"), user)

	def test_search_offers_only_free_medusa_leads(self):
		linked = make_lead()
		api.link_medusa_lead(make_customer().name, linked.name)
		desk = make_desk_lead()
		offered = [
			search_leads_to_link("Lead", lead.name, "name", 0, 20, {}) for lead in (self.lead, linked, desk)
		]
		self.assertEqual([len(rows) for rows in offered], [1, 0, 0])

	def test_search_takes_get_and_numbers_as_text(self):
		"""As the desk sends them."""
		user = make_user("Sales User")
		for verb in ("GET", "POST"):
			with self.subTest(verb), request_of(user, verb=verb):
				rows = search_leads_to_link("Lead", self.lead.name, "name", "0", "20", {})
				self.assertEqual([row[0] for row in rows], [self.lead.name])

	def leads_read(self, page_length: int) -> list[tuple]:
		"""Return which status each reading of Leads was for, and how many it was to read, in a search."""
		with patch.object(frappe, "get_list", wraps=frappe.get_list) as read:
			search_leads_to_link("Lead", self.lead.name, "name", 0, page_length, {})
		calls = [call.kwargs for call in read.call_args_list if call.args == ("Lead",)]
		return [(call["filters"][1][1], call["limit_page_length"]) for call in calls]

	def test_search_reads_no_more_than_it_may_need(self):
		self.assertEqual(self.leads_read(page_length=20), [("!=", 220), ("=", 220)])

	def test_search_does_not_read_converted_leads_for_a_full_page(self):
		self.assertEqual(self.leads_read(page_length=1), [("!=", 201)])

	def test_search_offers_a_converted_lead_whose_customer_lacks_the_id(self):
		customer = customers.convert_lead(self.lead.name)
		frappe.db.set_value("Customer", customer, "medusa_id", None)
		rows = search_leads_to_link("Lead", self.lead.name, "name", 0, 20, {})
		self.assertEqual([row[0] for row in rows], [self.lead.name])


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
