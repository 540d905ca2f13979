"""What sites that ran an earlier version need once."""

import frappe

from medusa_integration import api
from medusa_integration.constants import INTEGRATION_USER
from medusa_integration.medusa_integration.doctype.medusa_sync_log.medusa_sync_log import create_log
from medusa_integration.patches import (
	fill_log_fields,
	fill_shop_fields,
	give_contacts_their_ids,
	rename_harmful_names,
	set_status_of_orders,
	use_own_integration_user,
)
from medusa_integration.selling.customers import convert_lead
from medusa_integration.setup.masters import make_masters
from medusa_integration.tests.base import (
	MedusaTestCase,
	bench_only,
	linked_to,
	make_customer,
	make_lead,
	make_quotation,
	make_user,
	settings,
	unique,
)


class TestStatusOfOrders(MedusaTestCase):
	def setUp(self):
		super().setUp()
		quotation = make_quotation(make_lead().medusa_id, self.item)
		self.order = api.update_quotation(quotation.name, "Approved", create_so=True)["sales_order_id"]

	def status_after(self, **values):
		frappe.db.set_value("Sales Order", self.order, {"status": "Draft", **values})
		set_status_of_orders.execute()
		return frappe.db.get_value("Sales Order", self.order, "status")

	def test_order_of_the_app(self):
		self.assertEqual(self.status_after(), "To Deliver and Bill")

	@bench_only  # nothing is delivered in the sandbox
	def test_what_was_delivered_counts(self):
		self.assertEqual(self.status_after(per_delivered=100), "To Bill")

	def test_order_of_a_clerk_is_left_alone(self):
		self.assertEqual(self.status_after(from_ecommerce=0), "Draft")

	def test_order_that_is_closed_is_left_alone(self):
		self.assertEqual(self.status_after(status="Closed"), "Closed")


class TestIntegrationUser(MedusaTestCase):
	def user_after(self, user):
		with settings(integration_user=user):
			use_own_integration_user.execute()
			make_masters()
			return frappe.db.get_single_value("Medusa Settings", "integration_user")

	def test_administrator_is_replaced(self):
		self.assertEqual(self.user_after("Administrator"), INTEGRATION_USER)

	def test_another_stays(self):
		user = make_user()
		self.assertEqual(self.user_after(user), user)

	def test_system_managers_are_told(self):
		about = {"reference_doctype": "Medusa Settings", "content": ("like", f"%{INTEGRATION_USER}%")}
		with settings(integration_user="Administrator"):
			before = frappe.db.count("Comment", about)
			use_own_integration_user.execute()
			self.assertEqual(frappe.db.count("Comment", about), before + 1)


@bench_only  # the sandbox renames nothing
class TestHarmfulNames(MedusaTestCase):
	def rename(self, customer):
		"""A Customer of this name, as an earlier version made it; its name after the patch."""
		name = unique("A\" onx='1' ")
		frappe.rename_doc("Customer", customer.name, name, force=True, show_alert=False)
		rename_harmful_names.execute()
		return name, frappe.db.get_value("Customer", {"tax_id": customer.tax_id}, "name")

	def test_customer_of_the_shop(self):
		_name, new = self.rename(make_customer(medusa_id=unique("cus_"), tax_id=unique()))
		self.assertFalse(set(new) & set("\"'"))

	def test_customer_of_a_clerk_is_left_alone(self):
		name, new = self.rename(make_customer(tax_id=unique()))
		self.assertEqual(new, name)


class TestFieldsOfLog(MedusaTestCase):
	"""What rows get that were written before they had a title."""

	def after(self, error, **values):
		row = create_log("sign_up", {}, email="a@example.com", status="Failed", **values).name
		before = {"title": None, "waits_for": None, "error_type": None, "error": error}
		frappe.db.set_value("Medusa Sync Log", row, before)
		fill_log_fields.execute()
		fields = ["title", "waits_for", "error_type", "error"]
		return frappe.db.get_value("Medusa Sync Log", row, fields)

	def test_conflict(self):
		expected = ("Sign-up of a@example.com", "Person", "LeadConflictError", "Another Lead: x")
		self.assertEqual(self.after("LeadConflictError: Another Lead: x", next_attempt=None), expected)

	def test_taken_email(self):
		self.assertEqual(self.after("EmailTakenError: x", next_attempt=None)[1], "Shop")

	def test_due_row(self):
		self.assertEqual(self.after("MedusaUnavailableError: x")[1], "Next attempt")

	def test_request_that_is_not_json(self):
		row = create_log("sign_up", {}, email="a@example.com").name
		frappe.db.set_value("Medusa Sync Log", row, {"title": None, "request": "{'a': 1}"})
		fill_log_fields.execute()
		title = frappe.db.get_value("Medusa Sync Log", row, "title")
		self.assertEqual(title, "Sign-up of a@example.com")

	def test_error_without_a_kind(self):
		self.assertEqual(self.after("HTTP 500", next_attempt=None)[1:], ("Person", None, "HTTP 500"))


class TestShopFields(MedusaTestCase):
	"""What Quotations and Sales Orders from before there were these fields get."""

	def setUp(self):
		super().setUp()
		self.lead = make_lead()
		self.quotation = make_quotation(self.lead.medusa_id, self.item)
		frappe.db.commit()

	def after(self, field, **values):
		"""Set fields back to what they were, run the patch, and return what it made of one."""
		frappe.db.set_value("Quotation", self.quotation.name, values)
		fill_shop_fields.execute()
		return frappe.db.get_value("Quotation", self.quotation.name, field)

	def test_customer_of_the_key(self):
		frappe.db.set_value("Lead", self.lead.name, "medusa_id", None)
		owner = self.after("medusa_customer_id", medusa_customer_id=None)
		self.assertEqual(owner, self.lead.medusa_id)

	def test_customer_of_the_party(self):
		frappe.db.delete("Medusa Quotation Key", {"name": self.quotation.medusa_quotation_id})
		owner = self.after("medusa_customer_id", medusa_customer_id=None)
		self.assertEqual(owner, self.lead.medusa_id)

	def test_customer_of_the_order(self):
		order = api.update_quotation(self.quotation.name, "Approved", create_so=True)["sales_order_id"]
		frappe.db.set_value("Sales Order", order, "medusa_customer_id", None)
		fill_shop_fields.execute()
		owner = frappe.db.get_value("Sales Order", order, "medusa_customer_id")
		self.assertEqual(owner, self.lead.medusa_id)

	def test_approved(self):
		api.update_quotation(self.quotation.name, "Approved", order_id="order_1")
		self.assertEqual(self.after("medusa_decision", medusa_decision=None), "Approved")

	def test_rejected(self):
		api.update_quotation(self.quotation.name, "Rejected")
		self.assertEqual(self.after("medusa_decision", medusa_decision=None), "Rejected")

	def test_draft_has_no_decision(self):
		self.assertFalse(self.after("medusa_decision", medusa_decision=None))


class TestIdsOfContacts(MedusaTestCase):
	"""What the Contacts get of accounts from before Contacts had ids."""

	def setUp(self):
		super().setUp()
		self.lead = make_lead()
		(self.contact,) = linked_to("Lead", self.lead.name, "Contact")
		frappe.db.set_value("Contact", self.contact, "medusa_id", None)

	def another(self, **values):
		"""Add a Contact to the Lead; return its name."""
		contact = frappe.new_doc("Contact")
		contact.update({"first_name": unique(), **values})
		contact.append("links", {"link_doctype": "Lead", "link_name": self.lead.name})
		return contact.insert().name

	def after(self) -> str | None:
		"""Run the patch; return the Contact that has the id now."""
		give_contacts_their_ids.execute()
		return frappe.db.get_value("Contact", {"medusa_id": self.lead.medusa_id}, "name")

	def is_reported(self, name: str) -> bool:
		about = {"reference_doctype": "Medusa Settings", "content": ("like", f"%{name}%")}
		return bool(frappe.get_all("Comment", about))

	def test_only_one(self):
		self.assertEqual(self.after(), self.contact)
		self.assertFalse(self.is_reported(self.lead.name))

	def test_one_with_the_email(self):
		self.another()
		self.assertEqual(self.after(), self.contact)

	def test_two_in_doubt(self):
		email = {"email_ids": [{"email_id": self.lead.email_id, "is_primary": 1}]}
		self.another(**email)
		self.assertIsNone(self.after())
		self.assertTrue(self.is_reported(self.lead.name))

	def test_contact_of_another_customer(self):
		contact = frappe.get_doc("Contact", self.contact)
		contact.append("links", {"link_doctype": "Customer", "link_name": make_customer().name})
		contact.save()
		self.assertIsNone(self.after())

	def test_contact_of_the_own_customer(self):
		convert_lead(self.lead.name)
		self.assertEqual(self.after(), self.contact)

	def test_contact_of_a_customer_without_a_lead(self):
		medusa_id = unique("cus_")
		customer = make_customer(medusa_id)
		contact = frappe.new_doc("Contact")
		contact.first_name = unique()
		contact.append("links", {"link_doctype": "Customer", "link_name": customer.name})
		contact.insert()
		self.after()
		self.assertEqual(frappe.db.get_value("Contact", contact.name, "medusa_id"), medusa_id)

	def test_contact_with_an_id_keeps_it(self):
		frappe.db.set_value("Contact", self.contact, "medusa_id", self.lead.medusa_id)
		self.another()
		self.assertEqual(self.after(), self.contact)
