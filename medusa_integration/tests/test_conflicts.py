"""Two records may be the same customer: what a person is shown, and what each choice does."""

import frappe

from medusa_integration import api, desk
from medusa_integration.arguments import Arguments
from medusa_integration.exceptions import (
	ConflictError,
	CustomerLikelyError,
	LeadAdoptionError,
	LeadConflictError,
)
from medusa_integration.jobs import conflicts
from medusa_integration.medusa_integration.doctype.medusa_sync_log import medusa_sync_log as sync_log
from medusa_integration.selling import accounts, customers
from medusa_integration.setup import duplicate_ids
from medusa_integration.setup.custom_fields import make_custom_fields
from medusa_integration.tests.base import (
	MedusaTestCase,
	drop_unique_index,
	linked_to,
	make_customer,
	make_desk_lead,
	make_lead,
	make_quotation,
	make_user,
	medusa_customer,
	quotation_request,
	request_of,
	settings,
	sync_log_rows,
	unique,
)


class ConflictTestCase(MedusaTestCase):
	def setUp(self):
		super().setUp()
		self.queued = self.enterContext(self.jobs())

	def choices(self) -> list[tuple[str, str, str]]:
		"""Return what is offered for each claim."""
		found = desk.conflict_of(self.row)
		return [
			(claim["record"]["name"], choice["action"], choice["effect"])
			for claim in found["claims"]
			for choice in claim["choices"]
		]

	def actions(self) -> list[tuple[str, str]]:
		return [(record, action) for record, action, _effect in self.choices()]

	def resolve(self, action: str, record: str = "") -> None:
		desk.resolve_conflict(self.row, action, record)
		frappe.db.commit()

	def assert_conflict_with(self, doctype: str, name: str) -> None:
		(row,) = sync_log_rows(name=self.row)
		self.assertEqual((row.conflict_doctype, row.conflict_name), (doctype, name))

	def status(self) -> str:
		return frappe.db.get_value("Medusa Sync Log", self.row, "status")

	def work(self) -> None:
		"""Run the app's jobs that were queued; Frappe queues others, for a new user."""
		while self.queued:
			method, arguments = self.queued.pop(0)
			if not method.startswith("medusa_integration."):
				continue
			frappe.get_attr(method)(
				**{key: value for key, value in arguments.items() if key in ("data", "name", "attempt")}
			)
			frappe.db.commit()


class TestSignUp(ConflictTestCase):
	"""A sign-up has the e-mail of another Lead."""

	def conflict(self, *leads, error=LeadConflictError, **values) -> None:
		self.data = medusa_customer(email=leads[0].email_id, **values)
		frappe.db.commit()
		self.assert_refused(error, api.insert_lead, self.data)
		(row,) = sync_log_rows(medusa_id=self.data["id"])
		self.row = row.name

	def lead_of_account(self) -> str | None:
		return frappe.db.get_value("Lead", {"medusa_id": self.data["id"]}, "name")

	def test_both_sides_are_shown(self):
		lead = make_lead()
		self.conflict(lead)
		found = desk.conflict_of(self.row)
		self.assertEqual(found["sent"]["company"], self.data["organization_name"])
		self.assertEqual([claim["record"]["company"] for claim in found["claims"]], [lead.company_name])

	def test_lead_of_another_account(self):
		lead = make_lead()
		self.conflict(lead)
		self.assertEqual(self.actions(), [(lead.name, "clear_email")])
		self.assert_conflict_with("Lead", lead.name)

	def test_another_person(self):
		lead = make_lead()
		self.conflict(lead)
		self.resolve("clear_email", lead.name)
		self.assertIsNone(frappe.db.get_value("Lead", lead.name, "email_id"))
		self.work()
		self.assertNotIn(self.lead_of_account(), (None, lead.name))
		self.assertEqual(self.status(), "Success")

	def test_comment_has_the_email(self):
		lead = make_lead()
		self.conflict(lead)
		self.resolve("clear_email", lead.name)
		filters = {"reference_name": lead.name, "comment_type": "Info"}
		self.assertIn(lead.email_id, frappe.db.get_value("Comment", filters, "content"))

	def test_adoption_by_hand(self):
		lead = make_desk_lead(email_id=f"{unique()}@example.com")
		with settings(lead_adoption="After a person approves"):
			self.conflict(lead, error=LeadAdoptionError)
		self.assertEqual(self.actions(), [(lead.name, "adopt"), (lead.name, "clear_email")])
		self.assert_conflict_with("Lead", lead.name)
		self.resolve("adopt", lead.name)
		self.assertEqual((self.lead_of_account(), self.status()), (lead.name, "Success"))

	def test_lead_that_is_converted(self):
		lead = make_desk_lead(email_id=f"{unique()}@example.com")
		customer = make_customer(lead_name=lead.name)
		self.conflict(lead)
		(name, action, effect), *_others = self.choices()
		self.assertEqual((name, action), (lead.name, "adopt"))
		self.assertIn(customer.name, effect)
		self.resolve("adopt", lead.name)
		self.assertEqual(accounts.find_party(self.data["id"]), ("Customer", customer.name))

	def test_lead_whose_customer_has_another_account(self):
		lead = make_desk_lead(email_id=f"{unique()}@example.com")
		customer = make_customer(unique("cus_"), lead_name=lead.name)
		self.conflict(lead)
		self.resolve("adopt", lead.name)
		kept = frappe.db.get_value("Customer", customer.name, "medusa_id")
		self.assertEqual(kept, customer.medusa_id)
		self.assertEqual(accounts.find_party(self.data["id"]), ("Customer", customer.name))

	def test_two_leads_where_erpnext_allows_one(self):
		"""ERPNext refuses to save either; that is no collision with another user."""
		lead, other = (make_desk_lead(email_id=f"{unique()}@example.com") for _i in range(2))
		frappe.db.set_value("Lead", other.name, "email_id", lead.email_id)
		self.conflict(lead)
		self.assertIn(other.name, self.assert_unchanged(ConflictError, self.resolve, "adopt", lead.name))
		self.resolve("clear_email", other.name)
		self.work()
		self.assertEqual((self.lead_of_account(), self.status()), (lead.name, "Success"))

	def test_clerk_may_decide(self):
		lead = make_lead()
		self.conflict(lead)
		with request_of(make_user("Sales User")):
			self.resolve("clear_email", lead.name)
		self.assertIsNone(frappe.db.get_value("Lead", lead.name, "email_id"))

	def test_user_who_may_not_write_the_customer(self):
		"""They are told which roles may choose, and not who the Customer is."""
		lead = make_desk_lead(email_id=f"{unique()}@example.com")
		customer = make_customer(lead_name=lead.name)
		self.conflict(lead)
		with request_of(make_user("System Manager")):
			(claim,) = desk.conflict_of(self.row)["claims"]
			refused = self.assert_refused(frappe.PermissionError, self.resolve, "adopt", lead.name)
		adopt, clear = claim["choices"]
		self.assertIn("Customer (write)", adopt["lacks"])
		self.assertIn("Sales User", adopt["lacks"])
		self.assertEqual(clear["lacks"], "")
		self.assertNotIn(customer.name, str(claim))
		self.assertIn("Sales User", refused)

	def test_choice_that_is_not_offered(self):
		lead, other = make_lead(), make_lead()
		self.conflict(lead)
		for action, record in (("adopt", lead.name), ("clear_email", other.name), ("link", "")):
			with self.subTest(action, record=record):
				self.assert_refused(ConflictError, self.resolve, action, record)

	def test_new_email_of_a_customer_who_has_a_lead(self):
		"""The customer can get no other Lead: only the other one's e-mail can go."""
		own, other = make_lead(), make_desk_lead(email_id=f"{unique()}@example.com")
		frappe.db.commit()
		sent = {"id": own.medusa_id, "email": other.email_id}
		self.assert_refused(LeadConflictError, api.update_customer, sent)
		(row,) = sync_log_rows(medusa_id=own.medusa_id, status="Failed")
		self.row = row.name
		self.assertEqual(self.actions(), [(other.name, "clear_email")])

	def change_email(self, own, email: str) -> None:
		"""Let the customer of a Lead change their e-mail in the shop to one that is taken."""
		sent = {"id": own.medusa_id, "email": own.email_id, "updated_at": "2026-01-01T00:00:00.000Z"}
		api.update_customer(sent)
		frappe.db.commit()
		sent |= {"email": email, "updated_at": "2026-01-02T00:00:00.000Z"}
		self.assert_refused(LeadConflictError, api.update_customer, sent)
		(row,) = sync_log_rows(medusa_id=own.medusa_id, status="Failed")
		self.row = row.name

	def assert_email_changed(self, own, email: str) -> None:
		self.work()
		self.assertEqual(self.status(), "Success")
		self.assertEqual(frappe.db.get_value("Lead", own.name, "email_id"), email)

	def test_new_email_that_another_account_had(self):
		"""Its Contact has the e-mail, too."""
		own, other = make_lead(), make_lead()
		self.change_email(own, other.email_id)
		self.assertEqual(self.actions(), [(other.name, "clear_email")])
		self.assertIn("this customer gets it", self.choices()[0][2])
		self.assert_conflict_with("Lead", other.name)
		self.assertEqual(sync_log_rows(name=self.row)[0].reference_name, own.name)
		self.resolve("clear_email", other.name)
		self.assert_email_changed(own, other.email_id)

	def test_new_email_that_only_a_contact_has(self):
		own, other = make_lead(), make_lead()
		email = other.email_id
		frappe.db.set_value("Lead", other.name, "email_id", None)
		(contact,) = frappe.get_all("Contact", {"medusa_id": other.medusa_id}, pluck="name")
		self.change_email(own, email)
		self.assertEqual(self.actions(), [(contact, "clear_contact")])
		self.assert_conflict_with("Contact", contact)
		with request_of(make_user("Sales User")):
			self.resolve("clear_contact", contact)
		self.assert_email_changed(own, email)
		self.assertFalse(frappe.db.get_value("Contact", contact, "email_id"))

	def test_second_decision_while_the_first_is_carried_out(self):
		"""Another person chooses the opposite before the row was repeated."""
		lead = make_desk_lead(email_id=f"{unique()}@example.com")
		with settings(lead_adoption="After a person approves"):
			self.conflict(lead, error=LeadAdoptionError)
		row = desk.get_log(Arguments({"name": self.row}))
		self.resolve("clear_email", lead.name)
		self.assertEqual(self.status(), "Queued")
		with self.assertRaises(ConflictError):
			conflicts.decide(row, "adopt", lead.name)

	def test_row_that_waits_for_no_decision(self):
		lead = make_lead()
		self.conflict(lead)
		desk.settle_log(self.row, "Spam")
		frappe.db.commit()
		self.assert_unchanged(ConflictError, desk.conflict_of, self.row)


class TestCallBeforeTheLead(ConflictTestCase):
	"""A customer whose sign-up waits for a decision requests a quotation: a second row waits for the same."""

	def setUp(self):
		super().setUp()
		self.lead = make_lead()
		self.data = medusa_customer(email=self.lead.email_id)
		log = {"medusa_id": self.data["id"], "email": self.data["email"]}
		sync_log.create_log("sign_up", self.data, **log)
		frappe.db.commit()
		self.request = quotation_request(self.data["id"], self.item)
		self.assert_refused(LeadConflictError, api.create_quotation, **self.request)
		(row,) = sync_log_rows(method="create_quotation", medusa_id=self.data["id"])
		self.row = row.name

	def test_both_sides_are_shown(self):
		found = desk.conflict_of(self.row)
		self.assertEqual(found["sent"]["company"], self.data["organization_name"])
		self.assertEqual(self.actions(), [(self.lead.name, "clear_email")])

	def test_decision_creates_lead_and_quotation(self):
		self.resolve("clear_email", self.lead.name)
		self.work()
		filters = {"medusa_quotation_id": self.request["quotation_id"]}
		party = frappe.db.get_value("Quotation", filters, "party_name")
		self.assertEqual(frappe.db.get_value("Lead", party, "medusa_id"), self.data["id"])

	def test_sign_up_that_was_deleted(self):
		for row in sync_log_rows(method="sign_up", medusa_id=self.data["id"]):
			frappe.delete_doc("Medusa Sync Log", row.name)
		frappe.db.commit()
		self.assert_unchanged(ConflictError, desk.conflict_of, self.row)


class TestCustomerOfMedusa(ConflictTestCase):
	"""A customer that Medusa sends has the e-mail of another Lead."""

	def setUp(self):
		super().setUp()
		self.lead = make_lead()
		self.data = {"id": unique("cus_"), "email": self.lead.email_id, "company_name": "Oasis Clinic"}
		frappe.db.commit()
		self.assert_refused(LeadConflictError, api.update_customer, data=self.data)
		(row,) = sync_log_rows(medusa_id=self.data["id"])
		self.row = row.name

	def test_both_sides_are_shown(self):
		self.assertEqual(desk.conflict_of(self.row)["sent"]["company"], "Oasis Clinic")
		self.assertEqual(self.actions(), [(self.lead.name, "clear_email")])

	def test_another_person(self):
		self.resolve("clear_email", self.lead.name)
		self.work()
		self.assertEqual(self.status(), "Success")
		self.assertTrue(frappe.db.exists("Lead", {"medusa_id": self.data["id"]}))


class TestLikelyCustomer(ConflictTestCase):
	"""A Lead that is to be converted may belong to an existing Customer."""

	def setUp(self):
		super().setUp()
		self.enterContext(settings(likely_customer="Wait for a person"))
		name = unique("Zeta ")
		self.customer = make_customer(customer_name=f"{name} LLC")
		self.lead = make_lead(organization_name=name, mobile="")
		self.quotation = make_quotation(self.lead.medusa_id, self.item)
		frappe.db.commit()
		self.assert_refused(CustomerLikelyError, self.approve)
		(row,) = sync_log_rows(quotation_id=self.quotation.medusa_quotation_id)
		self.row = row.name

	def approve(self):
		return api.update_quotation(self.quotation.medusa_quotation_id, "Approved", create_so=True)

	def order(self):
		"""Return the Customer of the order, once the row was repeated."""
		self.work()
		item = {"prevdoc_docname": self.quotation.name}
		return frappe.db.get_value(
			"Sales Order", frappe.db.get_value("Sales Order Item", item, "parent"), "customer"
		)

	def test_nothing_is_made(self):
		self.assertEqual(frappe.db.get_value("Quotation", self.quotation.name, "docstatus"), 0)

	def test_customer_is_not_named_to_the_shop(self):
		message = self.assert_refused(CustomerLikelyError, self.approve)
		self.assertNotIn(self.customer.name, message)

	def test_choices(self):
		found = desk.conflict_of(self.row)
		self.assertEqual(self.actions(), [(self.customer.name, "link")])
		self.assert_conflict_with("Customer", self.customer.name)
		self.assertEqual([choice["action"] for choice in found["choices"]], ["new"])
		self.assertEqual(found["claims"][0]["record"]["reasons"], ["same name"])

	def test_same_company(self):
		self.resolve("link", self.customer.name)
		self.assertEqual((self.order(), self.status()), (self.customer.name, "Success"))

	def test_further_buyer(self):
		frappe.db.set_value("Customer", self.customer.name, "medusa_id", unique("cus_"))
		frappe.db.commit()
		self.assertEqual(self.actions(), [(self.customer.name, "further_buyer")])
		self.resolve("further_buyer", self.customer.name)
		self.assertEqual(self.order(), self.customer.name)

	def test_another_company(self):
		self.resolve("new")
		self.assertNotIn(self.order(), (None, self.customer.name))

	def test_user_who_may_not_read_customers(self):
		with request_of(make_user("System Manager")):
			for call in (lambda: desk.conflict_of(self.row), lambda: self.resolve("new")):
				self.assertIn("Sales User", self.assert_refused(frappe.PermissionError, call))

	def test_user_who_may_not_create_customers(self):
		with request_of(make_user("Sales Manager")):
			(new,) = desk.conflict_of(self.row)["choices"]
			refused = self.assert_refused(frappe.PermissionError, self.resolve, "new")
		for text in (new["lacks"], refused):
			self.assertIn("Customer (create)", text)
			self.assertIn("Sales User", text)

	def test_linked_on_the_form_of_the_customer(self):
		"""The row that waits is repeated by itself."""
		api.link_medusa_lead(self.customer.name, self.lead.name)
		frappe.db.commit()
		self.assertEqual(self.order(), self.customer.name)

	def test_converted_on_the_form_of_the_lead(self):
		desk.convert_lead(self.lead.name)
		frappe.db.commit()
		self.assertNotIn(self.order(), (None, self.customer.name))

	def test_similar_name_is_no_reason_to_wait(self):
		name = unique("Theta")
		make_customer(customer_name=f"{name}x")
		lead = make_lead(organization_name=name, mobile="")
		self.assertTrue(customers.convert_lead(lead.name))

	def test_default_is_a_new_customer(self):
		with settings(likely_customer="Create a new Customer"):
			self.assertTrue(self.approve()["sales_order_id"])

	def test_contacts_of_the_lead_itself_do_not_count(self):
		lead = make_lead(organization_name=unique("Eta "), mobile="")
		self.assertTrue(linked_to("Lead", lead.name, "Contact"))
		self.assertTrue(customers.convert_lead(lead.name))


class TestDuplicateId(ConflictTestCase):
	"""On an old site several Customers have the same Medusa id."""

	def setUp(self):
		super().setUp()
		drop_unique_index("Customer", "medusa_id")
		self.medusa_id = unique("cus_")
		self.customers = [make_customer().name for _i in range(2)]
		for name in self.customers:
			frappe.db.set_value("Customer", name, "medusa_id", self.medusa_id)
		duplicate_ids.make_rows()
		frappe.db.commit()
		(row,) = sync_log_rows(medusa_id=self.medusa_id)
		self.row = row.name

	def tearDown(self):
		for name in self.customers:
			frappe.db.set_value("Customer", name, "medusa_id", None)
		make_custom_fields()
		frappe.db.commit()
		super().tearDown()

	def test_choices(self):
		self.assertEqual(self.actions(), [(name, "keep") for name in self.customers])
		self.assert_conflict_with("Customer", self.customers[1])

	def test_row_says_which(self):
		error = frappe.db.get_value("Medusa Sync Log", self.row, "error")
		for word in (*self.customers, self.medusa_id):
			self.assertIn(word, error)

	def test_migrating_again_opens_no_second_row(self):
		duplicate_ids.make_rows()
		self.assertEqual(len(sync_log_rows(medusa_id=self.medusa_id)), 1)

	def test_keep(self):
		self.resolve("keep", self.customers[1])
		kept = [frappe.db.get_value("Customer", name, "medusa_id") for name in self.customers]
		self.assertEqual((kept, self.status()), ([None, self.medusa_id], "Success"))

	def test_comment_says_who_keeps_it(self):
		self.resolve("keep", self.customers[1])
		filters = {"reference_name": self.customers[0], "comment_type": "Info"}
		self.assertIn(self.customers[1], frappe.db.get_value("Comment", filters, "content"))

	def test_second_choice(self):
		"""Another person chooses with a form that is out of date."""
		row = desk.get_log(Arguments({"name": self.row}))
		self.resolve("keep", self.customers[1])
		with self.assertRaises(ConflictError):
			conflicts.decide(row, "keep", self.customers[0])
		self.assertEqual(frappe.db.get_value("Customer", self.customers[1], "medusa_id"), self.medusa_id)

	def test_ids_that_are_no_longer_duplicates(self):
		"""The next migration closes their row."""
		frappe.db.set_value("Customer", self.customers[0], "medusa_id", None)
		duplicate_ids.make_rows()
		self.assertEqual(self.status(), "Success")

	def test_user_who_may_not_write_customers(self):
		with request_of(make_user("Sales Manager")):
			self.assert_refused(frappe.PermissionError, self.resolve, "keep", self.customers[0])
