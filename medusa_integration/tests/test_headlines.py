"""The headlines of Quotations and Sales Orders from the shop."""

import frappe
from frappe.utils import add_days, nowdate

from medusa_integration import api, desk
from medusa_integration.exceptions import InvalidArgumentsError
from medusa_integration.medusa_integration.doctype.medusa_sync_log import medusa_sync_log as sync_log
from medusa_integration.tests.base import (
	MedusaTestCase,
	make_item,
	make_lead,
	make_quotation,
	make_user,
	settings,
	unique,
	update_log,
)


class HeadlinesTestCase(MedusaTestCase):
	def setUp(self):
		super().setUp()
		self.lead = make_lead(first_name="Layla", last_name="Haddad")
		self.quotation = make_quotation(self.lead.medusa_id, self.item)
		frappe.db.commit()

	def found(self) -> dict:
		return desk.shop_state(self.quotation.name)

	def approve(self, **values):
		values = {"order_id": unique("order_"), **values}
		return api.update_quotation(self.quotation.medusa_quotation_id, "Approved", **values)


class TestQuotation(HeadlinesTestCase):
	def test_person_who_asked(self):
		self.assertEqual(self.found()["person"], "Layla Haddad")

	def test_person_without_a_contact_is_the_leads(self):
		contact = frappe.db.get_value("Contact", {"medusa_id": self.lead.medusa_id}, "name")
		frappe.db.set_value("Contact", contact, "medusa_id", None)
		self.assertIn("Haddad", self.found()["person"])

	def test_unknown_person(self):
		frappe.db.set_value("Quotation", self.quotation.name, "medusa_customer_id", None)
		self.assertEqual(self.found()["person"], "")

	def test_offered_one_waits_for_the_customer(self):
		found = self.found()
		self.assertEqual((found["state"], found["waits_for"]), ("offered", "customer"))

	def test_total_that_the_customer_sees(self):
		self.assertEqual(self.found()["total"], self.quotation.grand_total)

	def test_priced_one_that_a_clerk_has_to_offer(self):
		with settings(clerk_offers=1):
			found = self.found()
		self.assertEqual((found["state"], found["waits_for"]), ("to_offer", "clerk"))

	def test_one_without_a_price_waits_for_a_clerk(self):
		self.quotation = make_quotation(self.lead.medusa_id, make_item())
		found = self.found()
		self.assertEqual((found["state"], found["waits_for"]), ("to_price", "clerk"))

	def test_accepted_one_waits_for_a_clerk_to_order(self):
		self.approve()
		found = self.found()
		self.assertEqual((found["state"], found["waits_for"]), ("accepted", "clerk"))

	def test_ordered_one_waits_for_nobody(self):
		self.approve(create_so=True)
		found = self.found()
		self.assertEqual((found["state"], found["waits_for"]), ("ordered", ""))

	def test_expired_one_waits_for_nobody(self):
		frappe.db.set_value("Quotation", self.quotation.name, "valid_till", add_days(nowdate(), -1))
		found = self.found()
		self.assertEqual((found["state"], found["waits_for"]), ("expired", ""))

	def test_cancelled_one_names_the_amendment_that_is_shown(self):
		self.quotation.reload()
		self.quotation.submit()
		self.quotation.cancel()
		amendment = frappe.copy_doc(self.quotation, ignore_no_copy=False)
		amendment.amended_from = self.quotation.name
		amendment.docstatus = 0
		amendment.insert()
		self.assertEqual(self.found()["shown_instead"], amendment.name)

	def test_one_that_is_shown_itself(self):
		self.assertEqual(self.found()["shown_instead"], "")

	def test_quotation_of_the_desk_has_no_headline(self):
		frappe.db.set_value("Quotation", self.quotation.name, "from_ecommerce", 0)
		self.assertEqual(self.found(), {})

	def test_name_is_required(self):
		self.assert_refused(InvalidArgumentsError, desk.shop_state)

	def test_unknown_quotation(self):
		self.assert_refused(frappe.DoesNotExistError, desk.shop_state, "no such one")

	def test_user_who_may_not_read_quotations(self):
		user = make_user()
		frappe.db.commit()
		frappe.set_user(user)
		self.addCleanup(frappe.set_user, "Administrator")
		self.assert_refused(frappe.PermissionError, desk.shop_state, self.quotation.name)


class TestTold(HeadlinesTestCase):
	"""When the shop was last told."""

	def row(self, **values) -> str:
		"""Make the row of an event about the Quotation."""
		about = {"quotation_id": self.quotation.medusa_quotation_id, "medusa_id": self.lead.medusa_id}
		key = unique()
		name = sync_log.open_event("quotation.changed", "Quotation", self.quotation.name, key, **about)
		update_log(name, **values)
		return name

	def told(self) -> dict:
		return self.found()["told"]

	def test_not_told_yet(self):
		told = self.told()
		self.assertEqual((told["on"], told["open"]), (None, ""))

	def test_told(self):
		name = self.row(status="Success")
		told = self.told()
		self.assertEqual(told["on"], frappe.db.get_value("Medusa Sync Log", name, "modified"))
		self.assertEqual(told["open"], "")

	def test_told_before_and_to_be_told_of_a_later_change(self):
		first = self.row(status="Success")
		update_log(first, creation=add_days(nowdate(), -1))
		self.row(status="Failed")
		told = self.told()
		self.assertTrue(told["on"])
		self.assertEqual(told["open"], "Failed")

	def test_events_are_off(self):
		with settings(event_url=""):
			self.assertTrue(self.told()["is_off"])

	def test_events_are_on(self):
		with settings(event_url="http://127.0.0.1:9/", tell_quotations=1):
			self.assertFalse(self.told()["is_off"])

	def test_row_of_another_customer_with_the_same_quotation_id(self):
		self.row(status="Success", medusa_id=unique("cus_"))
		self.assertIsNone(self.told()["on"])


class TestOrder(HeadlinesTestCase):
	def setUp(self):
		super().setUp()
		self.order = self.approve(create_so=True, order_id="order_seen")["sales_order_id"]
		frappe.db.commit()

	def test_state_and_id(self):
		found = desk.order_state(self.order)
		self.assertEqual((found["state"], found["order_id"]), ("placed", "order_seen"))

	def test_told(self):
		name = sync_log.open_event("order.changed", "Sales Order", self.order, unique())
		update_log(name, status="Success")
		self.assertTrue(desk.order_state(self.order)["told"]["on"])

	def test_order_of_the_desk_has_no_headline(self):
		frappe.db.set_value("Sales Order", self.order, "from_ecommerce", 0)
		self.assertEqual(desk.order_state(self.order), {})

	def test_name_is_required(self):
		self.assert_refused(InvalidArgumentsError, desk.order_state)

	def test_unknown_order(self):
		self.assert_refused(frappe.DoesNotExistError, desk.order_state, "no such one")
