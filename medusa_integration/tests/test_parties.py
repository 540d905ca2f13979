"""The party of a Medusa customer, also while its Lead is still to come."""

from typing import Any
from unittest.mock import patch

import frappe

from medusa_integration import api, desk
from medusa_integration.exceptions import (
	AddressNotFoundError,
	ConflictError,
	CustomerNotFoundError,
	LeadAdoptionError,
	LeadConflictError,
)
from medusa_integration.selling import parties
from medusa_integration.tests.base import (
	MedusaTestCase,
	SignUpTestCase,
	locks,
	make_customer,
	make_desk_lead,
	make_lead,
	make_quotation,
	quotation_request,
	settings,
	unique,
)


class TestLock(MedusaTestCase):
	def test_party_that_was_deleted_collides(self):
		"""So that the call starts again, and looks the party up again."""
		with self.assertRaises(frappe.TimestampMismatchError):
			parties.lock_party("Customer", unique())

	def test_party_of_a_call(self):
		lead = make_lead()
		with locks() as rows:
			party = parties.get_party(lead.medusa_id)
		self.assertEqual((party, rows), (("Lead", lead.name), [("Lead", lead.name)]))


class TestCustomerName(MedusaTestCase):
	def test_of_a_customer_without_an_account(self):
		with self.assertRaises(CustomerNotFoundError):
			parties.get_party(make_customer().name, or_customer_name=True)


class TestDeletion(MedusaTestCase):
	"""Frappe's search for links does not see a Quotation that was created since the transaction began."""

	def delete(self, party: Any) -> None:
		"""Delete a party, where only the query that locks sees Quotations."""
		run, seen = frappe.db.sql, []

		def sql(query: Any, *args: Any, **kwargs: Any) -> Any:
			rows = run(query, *args, **kwargs)
			if "`tabQuotation`" not in str(query):
				return rows
			seen.append(rows)
			return rows if len(seen) == 1 else ()

		with patch.object(frappe.db, "sql", sql):
			parties.check_unused(party)

	def test_quotation_that_was_just_created(self):
		lead = make_lead()
		make_quotation(lead.medusa_id, self.item)
		frappe.db.commit()
		message = self.assert_refused(frappe.LinkExistsError, self.delete, lead)
		self.assertEqual(message, f"Lead {lead.name} cannot be deleted: a Quotation was just created for it.")

	def test_quotation_of_another_party(self):
		lead = make_lead()
		for _time in range(2):
			make_quotation(make_lead().medusa_id, self.item)
		self.assertIsNone(self.delete(lead))

	def test_quotation_that_frappe_sees_is_left_to_it(self):
		lead = make_lead()
		make_quotation(lead.medusa_id, self.item)
		self.assertIsNone(parties.check_unused(lead))


class TestAwaitedLead(SignUpTestCase):
	"""A sign-up was accepted, and its job has not run."""

	def setUp(self):
		super().setUp()
		self.medusa_id = self.sign_up()
		frappe.db.commit()

	def lead(self):
		return frappe.get_all("Lead", {"medusa_id": self.medusa_id}, ["name", "email_id", "company_name"])

	def test_quotation_is_made_for_it(self):
		quotation = make_quotation(self.medusa_id, self.item)
		(lead,) = self.lead()
		self.assertEqual((quotation.quotation_to, quotation.party_name), ("Lead", lead.name))

	def test_lead_holds_what_was_said(self):
		make_quotation(self.medusa_id, self.item)
		(lead,) = self.lead()
		expected = (self.email, self.customer["organization_name"])
		self.assertEqual((lead.email_id, lead.company_name), expected)

	def test_job_finds_it(self):
		quotation = make_quotation(self.medusa_id, self.item)
		frappe.db.commit()
		self.assertEqual(api.insert_lead({**self.customer, "id": self.medusa_id}), quotation.party_name)

	def test_row_is_closed(self):
		quotation = make_quotation(self.medusa_id, self.item)
		row = self.row()
		self.assertEqual((row.status, row.reference_name), ("Success", quotation.party_name))

	def test_refused_call_makes_no_lead(self):
		request = quotation_request(self.medusa_id, self.item, items=[{"sku": unique(), "quantity": 1}])
		with self.assertRaises(frappe.DoesNotExistError):
			api.create_quotation(**request)
		frappe.db.rollback()
		self.assertEqual(self.lead(), [])

	def test_address_of_it(self):
		refused = (AddressNotFoundError, api.update_address)
		self.assert_refused(*refused, customer_id=self.medusa_id, city="Dubai")

	def test_lead_that_was_deleted_since_is_not_made_again(self):
		name = api.insert_lead({**self.customer, "id": self.medusa_id})
		for contact in frappe.get_all("Dynamic Link", {"link_name": name}, pluck="parent"):
			frappe.delete_doc("Contact", contact, force=True)
		frappe.delete_doc("Lead", name, force=True)
		frappe.db.commit()
		request = quotation_request(self.medusa_id, self.item)
		self.assert_refused(CustomerNotFoundError, api.create_quotation, **request)

	def test_conflict_is_said(self):
		make_desk_lead(email_id=self.email)
		other = make_desk_lead()
		frappe.db.set_value("Lead", other.name, "email_id", self.email)
		frappe.db.commit()
		request = quotation_request(self.medusa_id, self.item)
		self.assert_refused(LeadConflictError, api.create_quotation, **request)

	def test_unknown_id_is_still_unknown(self):
		request = quotation_request(unique("cus_"), self.item)
		self.assert_refused(CustomerNotFoundError, api.create_quotation, **request)


class TestAdoptionByHand(SignUpTestCase):
	"""The settings say that a person approves who takes a Lead over."""

	def setUp(self):
		super().setUp()
		self.enterContext(settings(lead_adoption="After a person approves"))
		self.desk_lead = make_desk_lead(email_id=self.email)
		self.medusa_id = self.sign_up()
		frappe.db.commit()
		self.assert_refused(LeadAdoptionError, api.insert_lead, {**self.customer, "id": self.medusa_id})

	def id_of_lead(self):
		return frappe.db.get_value("Lead", self.desk_lead.name, "medusa_id")

	def test_lead_is_left_alone(self):
		self.assertFalse(self.id_of_lead())

	def test_row_waits_for_a_person(self):
		row = self.row()
		self.assertEqual((row.status, row.next_attempt), ("Failed", None))
		self.assertIn(self.desk_lead.name, row.error)

	def test_person_approves(self):
		self.assertEqual(desk.adopt_lead(self.row().name), self.desk_lead.name)
		self.assertEqual((self.id_of_lead(), self.row().status), (self.medusa_id, "Success"))

	def test_retry_does_not_approve(self):
		desk.retry_log(self.row().name)
		self.assert_refused(LeadAdoptionError, api.insert_lead, {**self.customer, "id": self.medusa_id})
		self.assertFalse(self.id_of_lead())

	def test_row_that_waits_for_no_lead(self):
		desk.adopt_lead(self.row().name)
		frappe.db.commit()
		self.assert_refused(ConflictError, desk.adopt_lead, self.row().name)


class TestAdoptionComment(SignUpTestCase):
	def test_says_who_took_the_lead(self):
		lead = make_desk_lead(email_id=self.email)
		data = {**self.customer, "id": unique("cus_"), "first_name": "Eve & Co"}
		api.insert_lead(data)
		about = {"reference_doctype": "Lead", "reference_name": lead.name, "comment_type": "Comment"}
		(text,) = frappe.get_all("Comment", about, pluck="content")
		for said in (data["id"], "Eve &amp; Co", data["organization_name"]):
			self.assertIn(said, text)

	def test_not_for_a_new_lead(self):
		lead = api.insert_lead({**self.customer, "id": unique("cus_")})
		about = {"reference_doctype": "Lead", "reference_name": lead, "comment_type": "Comment"}
		self.assertEqual(frappe.get_all("Comment", about), [])
