"""A customer as Medusa has it: what becomes of it in ERPNext, and what a clerk has changed since."""

import frappe

from medusa_integration import api
from medusa_integration.exceptions import InvalidArgumentsError, LeadConflictError
from medusa_integration.selling import shop_accounts
from medusa_integration.tests.base import (
	MedusaTestCase,
	linked_to,
	make_customer,
	make_desk_lead,
	make_item,
	make_lead,
	make_quotation,
	sync_log_rows,
	unique,
)


def customer_of_medusa(**values) -> dict:
	"""Return a customer as Medusa's admin API has it."""
	return {
		"id": unique("cus_"),
		"email": f"{unique()}@example.com",
		"first_name": "Noor",
		"last_name": "Salim",
		"phone": "+96890000001",
		"company_name": unique("Palm "),
		"updated_at": "2026-01-01T00:00:00.000Z",
		**values,
	}


def address_of_medusa(**values) -> dict:
	"""Return an address as Medusa has it."""
	return {
		"id": unique("cuaddr_"),
		"address_1": "1 Harbour Road",
		"city": "Muscat",
		"country_code": "om",
		"postal_code": "100",
		"is_default_billing": True,
		"is_default_shipping": False,
		**values,
	}


class ShopCustomerTestCase(MedusaTestCase):
	def setUp(self):
		super().setUp()
		self.customer = customer_of_medusa()

	def save(self, *addresses: dict, at: str = "2026-01-02T00:00:00.000Z", **changes) -> dict:
		"""Send the customer again, changed at a later time."""
		self.customer |= {**changes, "updated_at": at}
		answer = api.update_customer(self.customer, list(addresses))
		frappe.db.commit()
		return answer

	def lead(self):
		return frappe.get_doc("Lead", {"medusa_id": self.customer["id"]})

	def contact(self):
		return frappe.get_doc("Contact", {"medusa_id": self.customer["id"]})


class TestNew(ShopCustomerTestCase):
	def test_lead_is_created(self):
		answer = self.save()
		self.assertEqual(answer, {"doctype": "Lead", "name": self.lead().name, "result": "created"})

	def test_lead_is_that_of_a_sign_up(self):
		self.save()
		lead = self.lead()
		values = (lead.first_name, lead.last_name, lead.mobile_no, lead.company_name, lead.email_id)
		names = ("first_name", "last_name", "phone", "company_name", "email")
		self.assertEqual(values, tuple(self.customer[name] for name in names))

	def test_twice(self):
		self.save()
		self.assertEqual(self.save()["result"], "unchanged")

	def test_lead_with_the_email_is_adopted(self):
		lead = make_desk_lead(email_id=self.customer["email"])
		self.assertEqual(self.save(), {"doctype": "Lead", "name": lead.name, "result": "adopted"})

	def test_lead_of_another_account(self):
		self.customer["email"] = make_lead().email_id
		frappe.db.commit()
		self.assert_refused(LeadConflictError, self.save)
		(row,) = sync_log_rows(medusa_id=self.customer["id"])
		self.assertEqual((row.method, row.waits_for), ("update_customer", "Person"))

	def test_customer_of_the_account(self):
		customer = make_customer(medusa_id=self.customer["id"])
		self.assertEqual(self.save(), {"doctype": "Customer", "name": customer.name, "result": "unchanged"})

	def test_what_erpnext_cannot_hold_is_left_out(self):
		self.save(first_name="<b>Noor</b>", phone="see my page")
		lead = self.lead()
		self.assertEqual((lead.first_name or "", lead.mobile_no or "", lead.last_name), ("", "", "Salim"))

	def test_email_is_required(self):
		sent = {**self.customer, "email": None}
		self.assertIn("data.email", self.assert_refused(InvalidArgumentsError, api.update_customer, sent))

	def test_time_that_is_none(self):
		sent = {**self.customer, "updated_at": "now"}
		self.assertIn(
			"data.updated_at", self.assert_refused(InvalidArgumentsError, api.update_customer, sent)
		)

	def test_deleted_before_it_was_seen(self):
		answer = self.save(deleted_at="2026-01-02T00:00:00.000Z")
		self.assertEqual(answer, {"doctype": "", "name": "", "result": "unchanged"})


class TestChanges(ShopCustomerTestCase):
	def setUp(self):
		super().setUp()
		self.save(at="2026-01-01T00:00:00.000Z")

	def test_lead(self):
		answer = self.save(first_name="Nora", phone="+96890000002", company_name="Date LLC")
		lead = self.lead()
		found = (answer["result"], lead.first_name, lead.mobile_no, lead.company_name)
		self.assertEqual(found, ("updated", "Nora", "+96890000002", "Date LLC"))

	def test_contact(self):
		self.save(first_name="Nora", phone="+96890000002")
		contact = self.contact()
		found = (contact.first_name, [row.phone for row in contact.phone_nos])
		self.assertEqual(found, ("Nora", ["+96890000002"]))

	def test_email(self):
		email = f"{unique()}@example.com"
		self.save(email=email)
		found = (self.lead().email_id, [row.email_id for row in self.contact().email_ids])
		self.assertEqual(found, (email, [email]))

	def test_email_of_another_lead(self):
		self.assert_refused(LeadConflictError, self.save, email=make_lead().email_id)

	def test_refused_email_leaves_the_rest_unchanged(self):
		other = make_lead().email_id
		frappe.db.commit()
		self.assert_refused(LeadConflictError, self.save, email=other, first_name="Nora")
		self.assertEqual(self.lead().first_name, "Noor")

	def test_email_that_is_free_by_now(self):
		"""A row that waited for a person is repeated."""
		other = make_lead()
		email = other.email_id
		frappe.db.commit()
		self.assert_refused(LeadConflictError, self.save, email=email)
		frappe.db.set_value("Lead", other.name, "email_id", None)
		frappe.delete_doc("Contact", linked_to("Lead", other.name, "Contact")[0], force=True)
		frappe.db.commit()
		self.save()
		(row,) = sync_log_rows(medusa_id=self.customer["id"])
		self.assertEqual((self.lead().email_id, row.status), (email, "Success"))

	def test_what_a_clerk_changed_stays(self):
		lead = self.lead()
		lead.mobile_no = "+96890000009"
		lead.save()
		self.save(phone="+96890000002", first_name="Nora")
		lead.reload()
		self.assertEqual((lead.mobile_no, lead.first_name), ("+96890000009", "Nora"))

	def test_phone_that_a_clerk_changed_on_the_contact_stays(self):
		contact = self.contact()
		contact.phone_nos[0].phone = "+96890000009"
		contact.save()
		self.save(phone="+96890000002")
		self.assertEqual([row.phone for row in self.contact().phone_nos], ["+96890000009"])

	def test_phone_that_was_removed(self):
		self.save(phone=None)
		self.assertEqual((self.lead().mobile_no or "", self.contact().phone_nos), ("", []))

	def test_name_that_was_removed_stays(self):
		self.save(first_name=None)
		self.assertEqual(self.lead().first_name, "Noor")

	def test_what_was_not_sent_stays(self):
		del self.customer["phone"]
		self.save(first_name="Nora")
		self.assertEqual(self.lead().mobile_no, "+96890000001")

	def test_older_state_changes_nothing(self):
		self.save(first_name="Nora", at="2026-01-03T00:00:00.000Z")
		answer = self.save(first_name="Noor", at="2026-01-02T00:00:00.000Z")
		self.assertEqual((answer["result"], self.lead().first_name), ("unchanged", "Nora"))

	def test_customer_has_the_email_and_phone_of_its_contact(self):
		quotation = make_quotation(self.customer["id"], make_item(rate=10))
		api.update_quotation(quotation.medusa_quotation_id, "Approved", create_so=True)
		name = frappe.db.get_value("Customer", {"medusa_id": self.customer["id"]}, "name")
		frappe.db.set_value("Customer", name, "customer_primary_contact", self.contact().name)
		self.save(phone="+96890000002")
		self.assertEqual(frappe.db.get_value("Customer", name, "mobile_no"), "+96890000002")

	def test_name_of_the_customer_stays(self):
		quotation = make_quotation(self.customer["id"], make_item(rate=10))
		api.update_quotation(quotation.medusa_quotation_id, "Approved", create_so=True)
		answer = self.save(company_name="Date LLC")
		name = frappe.db.get_value("Customer", answer["name"], "customer_name")
		self.assertNotEqual(name, "Date LLC")

	def test_sign_up_is_known(self):
		"""A change after a sign-up is a change, though Medusa was never asked before."""
		lead = make_lead()
		data = {"id": lead.medusa_id, "email": lead.email_id, "first_name": "Nora"}
		self.assertEqual(api.update_customer(data)["result"], "updated")


class TestDeletion(ShopCustomerTestCase):
	def setUp(self):
		super().setUp()
		self.save(at="2026-01-01T00:00:00.000Z")

	def comments(self) -> int:
		filters = {"reference_name": self.lead().name, "comment_type": "Info"}
		return frappe.db.count("Comment", filters)

	def test_lead_stays_with_a_comment(self):
		answer = self.save(deleted_at="2026-01-02T00:00:00.000Z")
		self.assertEqual((answer["result"], self.comments()), ("deleted", 1))

	def test_comment_comes_once(self):
		for _i in range(2):
			self.save(deleted_at="2026-01-02T00:00:00.000Z")
		self.assertEqual(self.comments(), 1)


class TestAddresses(ShopCustomerTestCase):
	def addresses(self) -> list:
		names = linked_to("Lead", self.lead().name, "Address")
		return [frappe.get_doc("Address", name) for name in names]

	def test_default_address(self):
		address = address_of_medusa()
		self.save(address)
		(found,) = self.addresses()
		values = (found.medusa_address_id, found.address_line1, found.country, found.address_type)
		self.assertEqual(values, (address["id"], "1 Harbour Road", "Oman", "Billing"))

	def test_it_is_the_primary_one(self):
		self.save(address_of_medusa(is_default_shipping=True))
		(found,) = self.addresses()
		self.assertEqual((found.is_primary_address, found.is_shipping_address), (1, 1))

	def test_two_defaults(self):
		shipping = {"is_default_billing": False, "is_default_shipping": True}
		self.save(address_of_medusa(), address_of_medusa(address_1="2 Harbour Road", **shipping))
		self.assertEqual(sorted(found.address_type for found in self.addresses()), ["Billing", "Shipping"])

	def test_other_addresses_stay_in_the_shop(self):
		self.save(address_of_medusa(is_default_billing=False))
		self.assertEqual(self.addresses(), [])

	def test_twice(self):
		address = address_of_medusa()
		self.save(address)
		self.save(address)
		self.assertEqual(len(self.addresses()), 1)

	def test_change(self):
		address = address_of_medusa()
		self.save(address)
		answer = self.save({**address, "address_1": "9 Harbour Road"})
		found = (answer["result"], [found.address_line1 for found in self.addresses()])
		self.assertEqual(found, ("updated", ["9 Harbour Road"]))

	def test_change_of_one_that_is_no_longer_a_default(self):
		address = address_of_medusa()
		self.save(address)
		self.save({**address, "address_1": "9 Harbour Road", "is_default_billing": False})
		self.assertEqual([found.address_line1 for found in self.addresses()], ["9 Harbour Road"])

	def test_what_a_clerk_changed_stays(self):
		address = address_of_medusa()
		self.save(address)
		(found,) = self.addresses()
		found.address_line1 = "Gate 3"
		found.save()
		self.save({**address, "address_1": "9 Harbour Road", "city": "Sohar"})
		found.reload()
		self.assertEqual((found.address_line1, found.city), ("Gate 3", "Sohar"))

	def test_address_of_a_quotation_is_used(self):
		self.save()
		sent = {key: value for key, value in address_of_medusa().items() if not key.startswith(("id", "is_"))}
		make_quotation(self.customer["id"], make_item(rate=10), billing_address={**sent, "is_default": True})
		self.save(address_of_medusa())
		self.assertEqual(len(self.addresses()), 1)

	def test_primary_address_of_a_clerk_stays_primary(self):
		self.save()
		own = frappe.new_doc("Address")
		own.update({"address_title": unique(), "address_type": "Billing", "address_line1": "Gate 3"})
		own.update({"city": "Sohar", "country": "Oman", "is_primary_address": 1})
		own.append("links", {"link_doctype": "Lead", "link_name": self.lead().name})
		own.insert()
		self.save(address_of_medusa())
		marks = {found.address_line1: found.is_primary_address for found in self.addresses()}
		self.assertEqual(marks, {"Gate 3": 1, "1 Harbour Road": 0})

	def test_incomplete_address_is_left_out(self):
		self.save(address_of_medusa(city=None), address_of_medusa(country_code="Atlantis"))
		self.assertEqual(self.addresses(), [])

	def test_id_is_the_apps_own(self):
		self.save(address_of_medusa())
		(found,) = self.addresses()
		found.medusa_address_id = unique("cuaddr_")
		with self.assertRaises(frappe.PermissionError):
			found.save()


class TestAccount(MedusaTestCase):
	def test_lead(self):
		lead = make_lead()
		answer = api.get_account(lead.medusa_id)
		self.assertEqual((answer["doctype"], answer["name"]), ("Lead", lead.name))
		self.assertIn(lead.name, answer["url"])

	def test_customer(self):
		customer = make_customer(medusa_id=unique("cus_"))
		answer = api.get_account(customer.medusa_id)
		self.assertEqual((answer["name"], answer["title"]), (customer.name, customer.customer_name))

	def test_sign_up_is_seen_once(self):
		lead = make_lead()
		frappe.delete_doc("Lead", lead.name, force=True)
		data = {"id": lead.medusa_id, "email": lead.email_id}
		api.insert_lead(data)
		self.assertEqual(shop_accounts.load(lead.medusa_id).values["email"], lead.email_id)
