"""Linking a Customer to the shop account of a Lead, and taking it away again."""

from unittest.mock import patch

import frappe
from erpnext.crm.doctype.lead.lead import make_customer as convert_on_desk
from frappe.model.document import Document

from medusa_integration import api, desk
from medusa_integration.exceptions import ConflictError, InvalidArgumentsError, LeadLinkedError
from medusa_integration.selling import accounts, customers
from medusa_integration.tests.base import (
	ADDRESS,
	MedusaTestCase,
	bench_only,
	linked_to,
	make_customer,
	make_desk_lead,
	make_lead,
	make_quotation,
	make_user,
	medusa_customer,
	records,
	request_of,
	unique,
)


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


class FurtherBuyerTestCase(MedusaTestCase):
	"""A Customer with an account, and the Lead of a colleague."""

	def setUp(self):
		super().setUp()
		self.first = make_lead()
		self.customer = customers.convert_lead(self.first.name)
		self.lead = make_lead()
		frappe.db.commit()

	def link(self, customer: str | None = None, lead: str | None = None):
		answer = api.link_medusa_lead(customer or self.customer, lead or self.lead.name, True)
		frappe.db.commit()
		return answer

	def contact(self, lead=None) -> str | None:
		lead = lead or self.lead
		return frappe.db.get_value("Contact", {"medusa_id": lead.medusa_id}, "name")


class TestFurtherBuyer(FurtherBuyerTestCase):
	def test_answer_has_the_medusa_id_of_the_buyer(self):
		self.assertEqual(self.link(), {"status": "success", "medusa_id": self.lead.medusa_id})

	def test_customer_keeps_its_own_id_and_lead(self):
		self.link()
		kept = frappe.db.get_value("Customer", self.customer, ["medusa_id", "lead_name"])
		self.assertEqual(kept, (self.first.medusa_id, self.first.name))

	def test_contact_has_the_id_and_is_the_customers(self):
		self.link()
		self.assertIn(self.contact(), linked_to("Customer", self.customer, "Contact"))

	def test_customer_is_found_by_the_id(self):
		self.link()
		self.assertEqual(accounts.find_party(self.lead.medusa_id), ("Customer", self.customer))

	def test_lead_is_converted_and_keeps_its_id(self):
		self.link()
		stored = frappe.db.get_value("Lead", self.lead.name, ["status", "medusa_id"])
		self.assertEqual(stored, ("Converted", self.lead.medusa_id))

	def test_drafts_move(self):
		quotation = make_quotation(self.lead.medusa_id, self.item)
		self.link()
		quotation.reload()
		self.assertEqual((quotation.quotation_to, quotation.party_name), ("Customer", self.customer))

	def test_addresses_follow(self):
		make_quotation(self.lead.medusa_id, self.item, billing_address=ADDRESS)
		self.link()
		(address,) = linked_to("Lead", self.lead.name, "Address")
		self.assertIn(address, linked_to("Customer", self.customer, "Address"))

	def test_both_have_a_comment(self):
		self.link()
		for doctype, name in (("Customer", self.customer), ("Lead", self.lead.name)):
			filters = {"reference_doctype": doctype, "reference_name": name, "comment_type": "Info"}
			with self.subTest(doctype):
				comments = frappe.get_all("Comment", filters, pluck="content")
				self.assertEqual(sum("further buyer" in text for text in comments), 1)

	def test_again_changes_nothing(self):
		self.link()
		before = records()
		self.link()
		self.assertEqual(records(), before)

	def test_lead_without_a_contact_gets_one(self):
		for contact in linked_to("Lead", self.lead.name, "Contact"):
			frappe.delete_doc("Contact", contact, force=True)
		self.link()
		self.assertIn(self.contact(), linked_to("Customer", self.customer, "Contact"))

	def test_contact_of_another_account_is_not_used(self):
		(contact,) = linked_to("Lead", self.lead.name, "Contact")
		frappe.db.set_value("Contact", contact, "medusa_id", unique("cus_"))
		frappe.db.commit()
		self.link()
		self.assertNotEqual(self.contact(), contact)

	def test_buyer_of_another_customer(self):
		other = make_customer().name
		self.link(other)
		message = self.assert_refused(LeadLinkedError, self.link)
		self.assertEqual(message, f"This Medusa Lead is already linked to another Customer: {other}")

	def test_cannot_be_linked_as_the_only_buyer_elsewhere(self):
		self.link()
		refused = (LeadLinkedError, api.link_medusa_lead, make_customer().name, self.lead.name)
		self.assertIn(self.customer, self.assert_refused(*refused))

	def test_own_account_of_the_customer(self):
		before = records()
		self.link(lead=self.first.name)
		self.assertEqual(records(), before)

	def test_lead_without_medusa_id(self):
		lead = make_desk_lead()
		frappe.db.commit()
		message = self.assert_refused(frappe.ValidationError, self.link, lead=lead.name)
		self.assertEqual(message, "Selected Lead does not have a Medusa ID")


class TestWhatFurtherBuyersDo(FurtherBuyerTestCase):
	"""Everything that speaks of the customer of an id follows."""

	def setUp(self):
		super().setUp()
		self.link()

	def order(self):
		quotation = make_quotation(self.lead.medusa_id, self.item, billing_address=ADDRESS)
		answer = api.update_quotation(quotation.medusa_quotation_id, "Approved", create_so=True)
		frappe.db.commit()
		return quotation, frappe.get_doc("Sales Order", answer["sales_order_id"])

	def test_quotation_is_the_customers(self):
		quotation, _order = self.order()
		actual = (quotation.quotation_to, quotation.party_name, quotation.contact_person)
		self.assertEqual(actual, ("Customer", self.customer, self.contact()))

	def test_order_is_the_customers(self):
		_quotation, order = self.order()
		self.assertEqual((order.customer, order.medusa_customer_id), (self.customer, self.lead.medusa_id))

	def test_no_second_customer(self):
		before = frappe.db.count("Customer")
		self.order()
		self.assertEqual(frappe.db.count("Customer"), before)

	def test_quotation_that_was_submitted_for_the_lead(self):
		lead = make_lead()
		quotation = make_quotation(lead.medusa_id, self.item)
		quotation.submit()
		self.link(lead=lead.name)
		answer = api.update_quotation(quotation.medusa_quotation_id, "Approved", create_so=True)
		customer = frappe.db.get_value("Sales Order", answer["sales_order_id"], "customer")
		self.assertEqual(customer, self.customer)

	def test_job_of_the_sign_up_makes_no_second_lead(self):
		data = medusa_customer(id=self.lead.medusa_id)
		self.assertEqual(api.insert_lead(data), self.lead.name)

	def test_sign_up_whose_lead_was_deleted(self):
		frappe.delete_doc("Lead", self.lead.name, force=True)
		frappe.db.commit()
		self.assertIsNone(api.insert_lead(medusa_customer(id=self.lead.medusa_id)))

	def test_clerk_who_converts_the_lead(self):
		"""ERPNext lets them; the account stays with the Customer of the buyer."""
		customer = convert_on_desk(self.lead.name)
		customer.customer_name = unique("Other ")
		customer.insert()
		self.assertFalse(customer.medusa_id)
		self.assertEqual(accounts.find_party(self.lead.medusa_id), ("Customer", self.customer))

	@bench_only
	def test_customer_is_merged_into_another(self):
		other = make_customer().name
		frappe.rename_doc("Customer", self.customer, other, merge=True)
		self.assertEqual(accounts.find_party(self.lead.medusa_id), ("Customer", other))

	@bench_only
	def test_contact_is_merged_into_another(self):
		other = frappe.new_doc("Contact")
		other.first_name = unique()
		other.append("links", {"link_doctype": "Customer", "link_name": self.customer})
		other.insert()
		frappe.rename_doc("Contact", self.contact(), other.name, merge=True)
		self.assertEqual(self.contact(), other.name)

	@bench_only
	def test_contacts_of_two_accounts_are_not_merged(self):
		refused = (frappe.ValidationError, frappe.rename_doc, "Contact", self.contact())
		message = self.assert_refused(*refused, self.contact(self.first), merge=True)
		self.assertIn(self.lead.medusa_id, message)


class TestAccountOfAnAdoptedLead(MedusaTestCase):
	def test_contact_of_a_customer_is_left_alone(self):
		"""The e-mail is not verified: nobody becomes a buyer of an existing Customer by signing up."""
		email, customer = f"{unique()}@example.com", make_customer().name
		lead = make_desk_lead(email_id=email)
		(contact,) = linked_to("Lead", lead.name, "Contact")
		contact = frappe.get_doc("Contact", contact)
		contact.append("links", {"link_doctype": "Customer", "link_name": customer})
		contact.save()
		frappe.db.commit()
		data = medusa_customer(email=email)
		self.assertEqual(api.insert_lead(data), lead.name)
		self.assertEqual(accounts.find_party(data["id"]), ("Lead", lead.name))


class TestUnlink(FurtherBuyerTestCase):
	def unlink(self, medusa_id: str, reason: str = "Wrong company", customer: str | None = None):
		return desk.unlink_account(customer or self.customer, medusa_id, reason)

	def test_id_leaves_the_customer(self):
		self.assertEqual(self.unlink(self.first.medusa_id), {"lead": self.first.name})
		left = frappe.db.get_value("Customer", self.customer, ["medusa_id", "lead_name"])
		self.assertEqual(left, (None, None))

	def test_id_leaves_the_contact(self):
		self.link()
		contact = self.contact()
		self.unlink(self.lead.medusa_id)
		self.assertIsNone(frappe.db.get_value("Contact", contact, "medusa_id"))

	def test_account_of_the_other_buyer_stays(self):
		self.link()
		self.unlink(self.lead.medusa_id)
		kept = frappe.db.get_value("Customer", self.customer, ["medusa_id", "lead_name"])
		self.assertEqual(kept, (self.first.medusa_id, self.first.name))

	def test_lead_is_open_again_and_the_party(self):
		self.unlink(self.first.medusa_id)
		self.assertEqual(frappe.db.get_value("Lead", self.first.name, "status"), "Open")
		self.assertEqual(accounts.find_party(self.first.medusa_id), ("Lead", self.first.name))

	def test_drafts_move_back(self):
		quotation = make_quotation(self.first.medusa_id, self.item)
		self.unlink(self.first.medusa_id)
		quotation.reload()
		self.assertEqual((quotation.quotation_to, quotation.party_name), ("Lead", self.first.name))

	def test_drafts_of_other_buyers_stay(self):
		self.link()
		quotation = make_quotation(self.lead.medusa_id, self.item)
		self.unlink(self.first.medusa_id)
		quotation.reload()
		self.assertEqual(quotation.party_name, self.customer)

	def test_moved_draft_can_be_approved(self):
		quotation = make_quotation(self.first.medusa_id, self.item)
		self.unlink(self.first.medusa_id)
		answer = api.update_quotation(quotation.medusa_quotation_id, "Approved", create_so=True)
		customer = frappe.db.get_value("Sales Order", answer["sales_order_id"], "customer")
		self.assertNotEqual(customer, self.customer)

	def test_can_be_linked_again(self):
		self.unlink(self.first.medusa_id)
		other = make_customer().name
		api.link_medusa_lead(other, self.first.name)
		self.assertEqual(accounts.find_party(self.first.medusa_id), ("Customer", other))

	def test_comments_have_the_reason(self):
		self.unlink(self.first.medusa_id, "Typed too fast")
		for doctype, name in (("Customer", self.customer), ("Lead", self.first.name)):
			filters = {"reference_doctype": doctype, "reference_name": name, "comment_type": "Info"}
			with self.subTest(doctype):
				comments = frappe.get_all("Comment", filters, pluck="content")
				self.assertEqual(sum("Typed too fast" in text for text in comments), 1)

	def test_account_without_a_lead(self):
		medusa_id = unique("cus_")
		customer = make_customer(medusa_id).name
		self.assertEqual(self.unlink(medusa_id, customer=customer), {"lead": None})

	def test_account_of_another_customer(self):
		other = make_customer().name
		frappe.db.commit()
		self.assert_unchanged(ConflictError, self.unlink, self.first.medusa_id, customer=other)

	def test_reason_is_required(self):
		self.assert_unchanged(InvalidArgumentsError, self.unlink, self.first.medusa_id, "")

	def test_only_a_system_manager(self):
		with request_of(make_user("Sales Manager", "Sales Master Manager")):
			self.assert_refused(frappe.PermissionError, self.unlink, self.first.medusa_id)
