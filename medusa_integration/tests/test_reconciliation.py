"""The report Medusa Reconciliation: which Customers and Leads belong together, or disagree."""

import json
from typing import Any
from unittest.mock import patch

import frappe

from medusa_integration import api, desk
from medusa_integration.exceptions import InvalidArgumentsError, LeadConflictError
from medusa_integration.medusa_integration.doctype.medusa_sync_log.medusa_sync_log import create_log
from medusa_integration.selling import customers, matching, reconciliation
from medusa_integration.selling.matching_pages import fields, likely_customers_of
from medusa_integration.tests.base import (
	MedusaTestCase,
	bench_only,
	linked_to,
	make_customer,
	make_lead,
	make_user,
	medusa_customer,
	request_of,
	sync_log_rows,
	unique,
	update_log,
)
from medusa_integration.tests.test_matching import add_contact, phone, word

REPORT = "Medusa Reconciliation"


def account_of(lead) -> str:
	"""Return the Contact that has the Medusa id of a Lead."""
	return frappe.db.get_value("Contact", {"medusa_id": lead.medusa_id}, "name")


def add_customer(contact: str, customer: str) -> None:
	"""Link a Contact to a Customer, as a clerk does on the Contact's form."""
	doc = frappe.get_doc("Contact", contact)
	doc.append("links", {"link_doctype": "Customer", "link_name": customer})
	doc.save()


class ReconciliationTestCase(MedusaTestCase):
	def all_rows(self, **filters: Any) -> list[dict[str, Any]]:
		"""Return the rows of all pages."""
		rows, start = [], ""
		while True:
			page = reconciliation.compare({**filters, "start": start})
			rows += page.rows
			if not page.positions:
				return rows
			start = json.dumps(page.positions)

	def rows_of(self, customer, **filters: Any) -> list[tuple[str, str, str]]:
		"""Return kind, Lead and reasons of the rows of a Customer."""
		rows = [row for row in self.all_rows(**filters) if row["customer"] == customer.name]
		return [(row["kind"], row["lead"], row["reasons"]) for row in rows]


class TestLikely(ReconciliationTestCase):
	def setUp(self):
		super().setUp()
		self.name, self.phone = word(), phone()
		self.lead = make_lead(organization_name=f"{self.name} LLC", mobile=self.phone)

	def check(self, customer, reasons: str, **filters: Any):
		expected = [("likely", self.lead.name, reasons)] if reasons else []
		self.assertEqual(self.rows_of(customer, kind="likely", **filters), expected)

	def test_email_of_any_contact(self):
		customer = make_customer()
		add_contact(customer.name, email_ids=[{"email_id": self.lead.email_id.upper(), "is_primary": 1}])
		self.check(customer, "same e-mail")

	def test_email_of_the_leads_contact(self):
		(contact,) = linked_to("Lead", self.lead.name, "Contact")
		doc, email = frappe.get_doc("Contact", contact), f"{unique()}@example.com"
		doc.append("email_ids", {"email_id": email})
		doc.save()
		customer = make_customer()
		add_contact(customer.name, email_ids=[{"email_id": email, "is_primary": 1}])
		self.check(customer, "same e-mail")

	def test_phone(self):
		customer = make_customer()
		number = self.phone.removeprefix("+968 ")
		add_contact(customer.name, phone_nos=[{"phone": number, "is_primary_phone": 1}])
		self.check(customer, "same phone number")

	def test_company(self):
		self.check(make_customer(customer_name=f"{self.name.upper()} & Co."), "same name")

	def test_several_reasons(self):
		customer = make_customer(customer_name=self.name)
		add_contact(customer.name, email_ids=[{"email_id": self.lead.email_id, "is_primary": 1}])
		self.check(customer, "same e-mail, same name")

	def test_similar_name_only_if_asked(self):
		customer = make_customer(customer_name=f"{self.name}s")
		self.check(customer, "")
		self.check(customer, "similar name", with_similar=1)

	def test_customer_with_an_account(self):
		self.check(make_customer(unique("cus_"), customer_name=self.name), "")

	def test_lead_that_is_linked(self):
		customers.convert_lead(self.lead.name)
		self.check(make_customer(customer_name=self.name), "")

	def test_lead_of_a_further_buyer(self):
		api.link_medusa_lead(make_customer(unique("cus_")).name, self.lead.name, True)
		self.check(make_customer(customer_name=self.name), "")

	def test_lead_that_a_customer_names(self):
		make_customer(lead_name=self.lead.name)
		self.check(make_customer(customer_name=self.name), "")

	def test_at_most_five_customers_of_a_lead(self):
		for number in range(7):
			make_customer(customer_name=f"{self.name}{' .-&'[: number % 4]}", name=unique())
		rows = [row for row in self.all_rows(kind="likely") if row["lead"] == self.lead.name]
		self.assertEqual(len(rows), 5)


class TestLikelyOfMany(MedusaTestCase):
	def setUp(self):
		super().setUp()
		self.name = word()
		self.leads = [
			make_lead(organization_name=f"{self.name} {ending}", mobile=phone())
			for ending in ("LLC", "Ltd", "Two")
		]
		self.customer = make_customer(customer_name=self.name)
		add_contact(make_customer().name, email_ids=[{"email_id": self.leads[0].email_id, "is_primary": 1}])

	def found(self, with_similar: bool = True) -> dict[str, list[matching.Match]]:
		names = [lead.name for lead in self.leads]
		rows = frappe.get_all("Lead", {"name": ("in", names)}, fields(), limit=0)
		return likely_customers_of(rows, with_similar=with_similar)

	def test_the_same_as_for_one_lead(self):
		expected = {lead.name: matching.likely_customers(lead) for lead in self.leads}
		self.assertEqual(self.found(), expected)

	def test_where_very_many_have_a_value(self):
		"""A second query reads some of each value: no value hides another."""
		with patch("medusa_integration.selling.matching_pages.MANY", 1):
			self.assertEqual(
				self.found(), {lead.name: matching.likely_customers(lead) for lead in self.leads}
			)


class TestLacking(ReconciliationTestCase):
	def setUp(self):
		super().setUp()
		self.lead = make_lead(mobile=phone())

	def check(self, customer, reasons: str):
		expected = [("lacking", self.lead.name, reasons)] if reasons else []
		self.assertEqual(self.rows_of(customer), expected)

	def test_customer_that_names_the_lead(self):
		customer = make_customer(lead_name=self.lead.name)
		frappe.db.set_value("Customer", customer.name, "medusa_id", None)
		self.check(customer, "the Customer names this Lead")

	def test_customer_of_the_account_s_contact(self):
		customer = make_customer()
		add_customer(account_of(self.lead), customer.name)
		self.check(customer, f"the Contact {account_of(self.lead)} belongs to both")

	def test_customer_of_a_contact_without_an_account(self):
		customer, contact = make_customer(), account_of(self.lead)
		add_customer(contact, customer.name)
		frappe.db.set_value("Contact", contact, "medusa_id", None)
		frappe.db.set_value("Lead", self.lead.name, "status", "Converted")
		self.check(customer, f"the Contact {contact} belongs to both")

	def test_lead_that_was_unlinked(self):
		"""Its Contact stays the Customer's: the report must not propose to link them again."""
		customer = customers.convert_lead(self.lead.name)
		desk.unlink_account(customer, self.lead.medusa_id, "Wrong company")
		self.check(frappe.get_doc("Customer", customer), "")

	def test_customer_with_another_account(self):
		customer = make_customer(unique("cus_"))
		add_customer(account_of(self.lead), customer.name)
		self.check(customer, "")

	def test_lead_whose_account_another_customer_has(self):
		customers.convert_lead(self.lead.name)
		customer = make_customer(lead_name=self.lead.name)
		self.check(customer, "")

	def test_linking_settles_it(self):
		customer = make_customer(lead_name=self.lead.name)
		frappe.db.set_value("Customer", customer.name, "medusa_id", None)
		api.link_medusa_lead(customer.name, self.lead.name)
		self.check(customer, "")


class TestDisagreeing(ReconciliationTestCase):
	def setUp(self):
		super().setUp()
		self.lead, self.other = make_lead(mobile=phone()), make_lead(mobile=phone())
		self.customer = frappe.get_doc("Customer", customers.convert_lead(self.lead.name))

	def check(self, customer, *expected):
		self.assertEqual(self.rows_of(customer, kind="disagreeing"), list(expected))

	def test_customer_that_agrees(self):
		self.check(self.customer)

	def test_customer_with_another_id_than_its_lead(self):
		medusa_id = unique("cus_")
		frappe.db.set_value("Customer", self.customer.name, "medusa_id", medusa_id)
		frappe.db.set_value("Contact", account_of(self.lead), "medusa_id", None)
		reason = f"the Customer names this Lead, but has the Medusa ID {medusa_id}"
		self.check(self.customer, ("disagreeing", self.lead.name, reason))

	def test_customer_that_names_another_lead(self):
		frappe.db.set_value("Customer", self.customer.name, "lead_name", self.other.name)
		reason = f"both have this Medusa ID, but the Customer names the Lead {self.other.name}"
		self.check(self.customer, ("disagreeing", self.lead.name, reason))

	def test_linking_a_customer_that_names_another_lead_settles_it(self):
		frappe.db.set_value("Customer", self.customer.name, "lead_name", self.other.name)
		api.link_medusa_lead(self.customer.name, self.lead.name)
		self.check(self.customer)

	def test_customer_that_names_the_lead_of_a_further_buyer(self):
		customer = make_customer(unique("cus_"))
		api.link_medusa_lead(customer.name, self.other.name, True)
		frappe.db.set_value("Customer", customer.name, "lead_name", self.other.name)
		self.check(customer)

	def test_contact_with_another_id_than_its_lead(self):
		medusa_id, contact = unique("cus_"), account_of(self.other)
		frappe.db.set_value("Contact", contact, "medusa_id", medusa_id)
		rows = [row for row in self.all_rows(kind="disagreeing") if row["lead"] == self.other.name]
		reason = f"its Contact {contact} has the Medusa ID {medusa_id}, the Lead has {self.other.medusa_id}"
		self.assertEqual([row["reasons"] for row in rows], [reason])

	def test_contact_with_the_id_of_another_customer(self):
		customer, contact = make_customer(), account_of(self.lead)
		doc = frappe.get_doc("Contact", contact)
		doc.links = [link for link in doc.links if link.link_doctype != "Customer"]
		doc.append("links", {"link_doctype": "Customer", "link_name": customer.name})
		doc.save()
		reason = f"its Contact {contact} has the Medusa ID of the Customer {self.customer.name}"
		self.check(customer, ("disagreeing", "", reason))

	def test_contact_of_two_customers(self):
		customer = make_customer()
		add_customer(account_of(self.lead), customer.name)
		self.check(customer)


class TestMissing(ReconciliationTestCase):
	"""Customers of the shop who could not become Leads, until somebody decides."""

	def setUp(self):
		super().setUp()
		self.data = medusa_customer(email=make_lead().email_id)
		self.assert_refused(LeadConflictError, api.insert_lead, self.data)
		(self.log,) = sync_log_rows(medusa_id=self.data["id"])

	def rows(self, **filters: Any) -> list[dict[str, Any]]:
		rows = self.all_rows(**filters)
		return [row for row in rows if row["medusa_id"] == self.data["id"]]

	def test_row_that_waits_for_a_person(self):
		(row,) = self.rows(kind="missing")
		found = [row[field] for field in ("kind", "email", "sync_log", "reasons", "lead", "customer")]
		self.assertEqual(found, ["missing", self.data["email"], self.log.name, self.log.error, "", ""])

	def test_several_rows_of_one_customer(self):
		about = {"medusa_id": self.data["id"], "waits_for": "Shop"}
		newer = create_log("update_customer", {}, creation="2099-01-01", **about)
		(row,) = self.rows(kind="missing")
		self.assertEqual(row["sync_log"], newer.name)

	def test_failed_call_that_creates_no_lead(self):
		data = {"medusa_id": unique("cus_"), "waits_for": "Person"}
		create_log("update_address", {}, **data)
		rows = self.all_rows(kind="missing")
		self.assertEqual([row for row in rows if row["medusa_id"] == data["medusa_id"]], [])

	def test_row_that_will_be_tried_again(self):
		update_log(self.log.name, waits_for="Next attempt")
		self.assertEqual(self.rows(kind="missing"), [])

	def test_customer_who_has_become_one(self):
		for make in (make_lead, make_customer):
			with self.subTest(make.__name__):
				record = make()
				frappe.db.set_value(record.doctype, record.name, "medusa_id", self.data["id"])
				self.assertEqual(self.rows(kind="missing"), [])
				frappe.db.set_value(record.doctype, record.name, "medusa_id", None)

	def test_further_buyer(self):
		contact = account_of(make_lead())
		frappe.db.set_value("Contact", contact, "medusa_id", self.data["id"])
		self.assertEqual(self.rows(kind="missing"), [])

	@bench_only  # the sandbox's lists do not ask an app which rows a user sees
	def test_clerks_see_only_rows_that_they_can_settle(self):
		update_log(self.log.name, waits_for="Shop")
		for role, shown in (("Sales Manager", 0), ("System Manager", 1)):
			with self.subTest(role), request_of(make_user("Sales Manager", role)):
				self.assertEqual(len(self.rows(kind="missing")), shown)

	def test_customer_and_company_leave_it_out(self):
		self.assertEqual(self.rows(customer=make_customer().name), [])
		self.assertEqual(self.rows(company_name=self.data["organization_name"]), [])


class TestDeleted(ReconciliationTestCase):
	def setUp(self):
		super().setUp()
		self.lead = make_lead(mobile=phone())
		frappe.db.set_value("Medusa Account", self.lead.medusa_id, "is_deleted", 1)

	def rows(self, **filters: Any) -> list[tuple[str, str]]:
		rows = self.all_rows(kind="deleted", **filters)
		mine = [row for row in rows if row["medusa_id"] == self.lead.medusa_id]
		return [(row["customer"], row["lead"]) for row in mine]

	def test_lead(self):
		self.assertEqual(self.rows(), [("", self.lead.name)])

	def test_customer(self):
		customer = customers.convert_lead(self.lead.name)
		for filters in ({}, {"customer": customer}):
			with self.subTest(filters):
				self.assertEqual(self.rows(**filters), [(customer, self.lead.name)])

	def test_further_buyer(self):
		customer = make_customer(unique("cus_")).name
		api.link_medusa_lead(customer, self.lead.name, True)
		for filters in ({}, {"customer": customer}):
			with self.subTest(filters):
				self.assertEqual(self.rows(**filters), [(customer, self.lead.name)])

	def test_company(self):
		name = self.lead.company_name
		self.assertEqual(self.rows(company_name=name), [("", self.lead.name)])

	def test_account_that_exists(self):
		frappe.db.set_value("Medusa Account", self.lead.medusa_id, "is_deleted", 0)
		self.assertEqual(self.rows(), [])

	def test_account_that_was_unlinked(self):
		frappe.db.set_value("Contact", account_of(self.lead), "medusa_id", None)
		frappe.db.set_value("Lead", self.lead.name, "medusa_id", None)
		self.assertEqual(self.rows(), [])


class TestFilters(ReconciliationTestCase):
	def setUp(self):
		super().setUp()
		self.name = word()
		self.lead = make_lead(organization_name=f"{self.name} LLC", mobile=phone())
		self.customer = make_customer(customer_name=self.name)
		other = make_lead(organization_name=f"{self.name} Two", mobile=phone())
		self.lacking = make_customer(lead_name=other.name)
		frappe.db.set_value("Customer", self.lacking.name, "medusa_id", None)

	def shown(self, **filters: Any) -> list[tuple[str, str]]:
		mine = (self.customer.name, self.lacking.name)
		return [(row["kind"], row["customer"]) for row in self.all_rows(**filters) if row["customer"] in mine]

	def test_all(self):
		both = [("lacking", self.lacking.name), ("likely", self.customer.name)]
		self.assertCountEqual(self.shown(), both)  # which page has a row depends on the time that is left

	def test_kind(self):
		self.assertEqual(self.shown(kind="lacking"), [("lacking", self.lacking.name)])

	def test_customer(self):
		for customer, kind in ((self.customer, "likely"), (self.lacking, "lacking")):
			rows = self.all_rows(customer=customer.name)
			self.assertEqual([(row["kind"], row["customer"]) for row in rows], [(kind, customer.name)])

	def test_company_of_the_lead(self):
		rows = self.all_rows(company_name=f"{self.name[:9].upper()}")
		self.assertEqual([row["customer"] for row in rows], [self.lacking.name, self.customer.name])
		self.assertEqual(self.shown(company_name=f"{self.name} Two"), [("lacking", self.lacking.name)])

	def test_company_that_nobody_has(self):
		self.assertEqual(self.all_rows(company_name=word()), [])

	@bench_only  # the sandbox keeps no trees
	def test_territory(self):
		root = frappe.db.get_value("Territory", {"parent_territory": ("in", ("", None))}, "name")
		territory = frappe.new_doc("Territory")
		territory.update({"territory_name": unique(), "parent_territory": root})
		territory.insert()
		frappe.db.set_value("Customer", self.customer.name, "territory", territory.name)
		self.assertEqual(self.shown(territory=territory.name), [("likely", self.customer.name)])
		self.assertEqual(len(self.shown(territory=root)), 2)

	def test_what_is_no_filter(self):
		for filters in (
			{"kind": "x"},
			{"start": "x"},
			{"start": "[]"},
			{"start": '{"x": ""}'},
			{"start": '{"likely": 1}'},
		):
			with self.subTest(filters):
				self.assert_refused(InvalidArgumentsError, reconciliation.compare, filters)

	def test_customer_that_does_not_exist(self):
		self.assert_refused(frappe.DoesNotExistError, reconciliation.compare, {"customer": unique()})


class TestPages(ReconciliationTestCase):
	"""The same rows come, in as many pages as it takes."""

	def setUp(self):
		super().setUp()
		self.name = word()
		for number in range(5):
			make_lead(organization_name=f"{self.name} {number}", mobile=phone())
			make_customer(customer_name=f"{self.name}-{number}")

	def pages(self, **filters: Any) -> list[reconciliation.Page]:
		pages, start = [], ""
		while not pages or pages[-1].positions:
			pages.append(reconciliation.compare({"kind": "likely", **filters, "start": start}))
			start = json.dumps(pages[-1].positions)
		return pages

	def rows(self, pages) -> list[tuple[str, str]]:
		rows = [(row["customer"], row["lead"]) for page in pages for row in page.rows]
		return [row for row in rows if row[0].startswith(self.name)]

	def test_page_of_few_rows(self):
		with patch.multiple(reconciliation, ROWS=1, FIRST=1, LARGEST=1):
			pages = self.pages()
		self.assertEqual(len(self.rows(pages)), 5)
		self.assertEqual([len(page.rows) for page in pages if self.rows([page])], [1] * 5)

	def test_page_without_time(self):
		with patch.object(reconciliation, "SECONDS", 0), patch.object(reconciliation, "FIRST", 2):
			pages = self.pages()
		self.assertGreater(len(pages), 2)
		self.assertEqual(self.rows(pages), self.rows(self.pages()))

	def test_more_leads_than_are_matched_at_once(self):
		with patch("medusa_integration.selling.differences.PAGE", 2):
			self.assertEqual(len(self.rows(self.pages())), 5)

	def test_pages_of_chosen_leads(self):
		with patch.object(reconciliation, "SECONDS", 0), patch.object(reconciliation, "NAMED", 2):
			pages = self.pages(company_name=self.name)
		self.assertEqual([len(page.rows) for page in pages], [2, 2, 1])

	def test_page_says_where_it_ends(self):
		with patch.object(reconciliation, "SECONDS", 0), patch.object(reconciliation, "FIRST", 1):
			page = reconciliation.compare({"kind": "likely"})
		highest = frappe.get_all(
			"Lead", {"medusa_id": ("is", "set")}, ["medusa_id"], order_by="medusa_id desc", limit=1
		)
		self.assertEqual(page.stops, [f"Customer with a likely Lead (Lead {highest[0].medusa_id})"])


class TestPermissions(ReconciliationTestCase):
	def setUp(self):
		super().setUp()
		name = word()
		self.lead, self.customer = make_lead(organization_name=name), make_customer(customer_name=name)

	def test_user_who_may_not_read_customers(self):
		with request_of(make_user("System Manager")):
			self.assert_refused(frappe.PermissionError, reconciliation.compare, {})

	@bench_only
	def test_user_permissions(self):
		user = make_user("Sales User", "Sales Manager")
		rule = frappe.new_doc("User Permission")
		rule.update({"user": user, "allow": "Customer", "for_value": make_customer().name})
		rule.insert()
		with request_of(user):
			rows = self.all_rows(kind="likely")
		self.assertEqual([row for row in rows if row["customer"] == self.customer.name], [])


@bench_only
class TestReport(ReconciliationTestCase):
	def run_as(self, *roles: str, **filters: Any) -> dict[str, Any]:
		from frappe.desk.query_report import run

		with request_of(make_user(*roles)):
			return run(REPORT, filters=filters)

	def test_sales_manager(self):
		name = word()
		lead, customer = make_lead(organization_name=name), make_customer(customer_name=name)
		result = self.run_as("Sales Manager", customer=customer.name)
		(row,) = result["result"]
		self.assertEqual((row["customer"], row["lead"]), (customer.name, lead.name))
		self.assertLessEqual({column["fieldname"] for column in result["columns"]}, row.keys())

	def test_customers_in_medusa_only(self):
		"""They have no Lead and no Customer, so these columns would be empty."""
		data = medusa_customer(email=make_lead().email_id)
		self.assert_refused(LeadConflictError, api.insert_lead, data)
		result = self.run_as("Sales Manager", kind="missing")
		names = [column["fieldname"] for column in result["columns"]]
		self.assertEqual((names[1], "lead" in names), ("email", False))
		self.assertIn(data["email"], [row["email"] for row in result["result"]])

	def test_line_above_the_rows(self):
		with patch.object(reconciliation, "SECONDS", 0), patch.object(reconciliation, "FIRST", 1):
			make_lead(), make_lead()
			self.assertIn("Next Page", self.run_as("Sales Manager", kind="likely")["message"])
		name = make_customer().name
		self.assertIn("All records are compared", self.run_as("Sales Manager", customer=name)["message"])

	def test_refusals_are_shown_and_not_raised(self):
		"""Frappe 15 turns a report that raises an error into a background report."""
		result = self.run_as("System Manager")
		expected = ([], "You need the permission to read Customers and Leads.")
		self.assertEqual((result["result"], result["message"]), expected)
		result = self.run_as("Sales Manager", customer=unique())
		self.assertIn("not found", result["message"])
		self.assertIn("kind", self.run_as("Sales Manager", kind="x")["message"])

	def test_sales_user(self):
		with self.assertRaises(frappe.PermissionError):
			self.run_as("Sales User")
