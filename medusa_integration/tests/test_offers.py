"""Nobody is bound to what they did not see: offers, and what takes them back."""

import frappe
from frappe.utils import add_days, nowdate

from medusa_integration import api, desk
from medusa_integration.exceptions import (
	ConflictError,
	InvalidArgumentsError,
	NotOfferedError,
	OfferChangedError,
	details_of,
)
from medusa_integration.tests.base import (
	MedusaTestCase,
	make_item,
	make_lead,
	make_quotation,
	make_user,
	settings,
	unique,
)


def offer(quotation) -> None:
	"""Offer a Quotation as a clerk who has just opened it."""
	quotation.reload()
	desk.offer_quotation(quotation.name, str(quotation.modified))
	frappe.db.commit()


def set_rate(quotation, rate: float) -> None:
	"""Change the price of the first line, as a clerk does."""
	quotation.reload()
	quotation.items[0].rate = rate
	quotation.save()
	frappe.db.commit()


class OffersTestCase(MedusaTestCase):
	def setUp(self):
		super().setUp()
		self.lead = make_lead()
		self.quotation = make_quotation(self.lead.medusa_id, self.item)
		frappe.db.commit()

	def status(self) -> str:
		answer = api.get_quotation(self.lead.medusa_id, self.quotation.medusa_quotation_id)
		return answer["status"]

	def approve(self, **values):
		return api.update_quotation(
			quotation_id=self.quotation.medusa_quotation_id, approval="Approved", **values
		)


class TestClerkOffers(OffersTestCase):
	"""The settings want a clerk to offer Quotations."""

	def setUp(self):
		super().setUp()
		self.enterContext(settings(clerk_offers=1))

	def test_priced_draft_is_only_requested(self):
		self.assertEqual(self.status(), "requested")

	def test_it_cannot_be_approved(self):
		self.assert_refused(NotOfferedError, self.approve)

	def test_offered_by_a_clerk(self):
		offer(self.quotation)
		self.assertEqual(self.status(), "offered")

	def test_offered_one_can_be_approved(self):
		offer(self.quotation)
		self.assertEqual(self.approve()["status"], "accepted")

	def test_other_total_takes_the_offer_back(self):
		offer(self.quotation)
		set_rate(self.quotation, 150)
		self.assertEqual(self.status(), "requested")

	def test_same_total_keeps_the_offer(self):
		offer(self.quotation)
		self.quotation.reload()
		self.quotation.valid_till = add_days(nowdate(), 5)
		self.quotation.save()
		self.assertEqual(self.status(), "offered")

	def test_total_that_returns_does_not_bring_the_offer_back(self):
		offer(self.quotation)
		set_rate(self.quotation, 150)
		set_rate(self.quotation, 100)
		self.assertEqual(self.status(), "requested")

	def test_total_that_was_changed_past_the_document(self):
		"""By a patch, a script, an import."""
		offer(self.quotation)
		frappe.db.set_value("Quotation", self.quotation.name, "grand_total", 999)
		self.assertEqual(self.status(), "requested")

	def test_submitted_by_a_clerk_is_offered(self):
		self.quotation.reload()
		self.quotation.submit()
		self.assertEqual(self.status(), "offered")


class TestOffer(OffersTestCase):
	def test_total_and_time_are_stored(self):
		offer(self.quotation)
		self.quotation.reload()
		self.assertEqual(self.quotation.medusa_offered_total, self.quotation.grand_total)
		self.assertEqual(str(self.quotation.medusa_offered_on)[:10], nowdate())

	def test_comment_names_the_total(self):
		offer(self.quotation)
		filters = {"reference_name": self.quotation.name, "comment_type": "Info"}
		self.assertIn("200.00", frappe.db.get_value("Comment", filters, "content"))

	def test_clerk_who_saw_an_older_version(self):
		self.quotation.reload()
		seen = str(self.quotation.modified)
		set_rate(self.quotation, 150)
		self.assert_unchanged(frappe.TimestampMismatchError, desk.offer_quotation, self.quotation.name, seen)

	def test_user_who_may_not_write_it(self):
		self.quotation.reload()
		frappe.set_user(make_user("Medusa Integration"))
		self.assert_refused(
			frappe.PermissionError, desk.offer_quotation, self.quotation.name, str(self.quotation.modified)
		)

	def test_submitted_one(self):
		self.quotation.reload()
		self.quotation.submit()
		frappe.db.commit()
		self.assert_unchanged(ConflictError, offer, self.quotation)

	def test_expired_one(self):
		frappe.db.set_value("Quotation", self.quotation.name, "valid_till", add_days(nowdate(), -1))
		frappe.db.commit()
		self.assert_unchanged(ConflictError, offer, self.quotation)

	def test_one_that_is_not_from_the_shop(self):
		frappe.db.set_value("Quotation", self.quotation.name, "from_ecommerce", 0)
		frappe.db.commit()
		self.assert_unchanged(ConflictError, offer, self.quotation)

	def test_clerks_cannot_write_the_offer_themselves(self):
		self.quotation.reload()
		self.quotation.medusa_offered_total = 1
		self.assert_refused(frappe.PermissionError, self.quotation.save)


class TestUnpriced(OffersTestCase):
	"""A line has no price."""

	def setUp(self):
		super().setUp()
		lines = [{"sku": item.name, "quantity": 2} for item in (self.item, make_item())]
		self.quotation = make_quotation(self.lead.medusa_id, self.item, items=lines)
		frappe.db.commit()

	def test_is_not_offered_by_itself(self):
		self.assertEqual(self.status(), "requested")

	def test_clerk_may_offer_it(self):
		offer(self.quotation)
		self.assertEqual(self.status(), "offered")

	def test_offered_one_can_be_ordered(self):
		offer(self.quotation)
		self.assertEqual(self.approve(create_so=True, grand_total=200)["status"], "ordered")

	def test_refusal_names_the_items(self):
		message = self.assert_refused(NotOfferedError, self.approve)
		self.assertIn(self.quotation.items[1].item_code, message)


class TestTotalIsRequired(OffersTestCase):
	def setUp(self):
		super().setUp()
		self.enterContext(settings(require_grand_total=1))

	def test_approval_without_it(self):
		self.assertIn("grand_total", self.assert_unchanged(InvalidArgumentsError, self.approve))

	def test_approval_with_it(self):
		self.assertEqual(self.approve(grand_total=200)["status"], "accepted")

	def test_rejection_needs_none(self):
		answer = api.update_quotation(self.quotation.medusa_quotation_id, "Rejected")
		self.assertEqual(answer["status"], "rejected")


class TestOtherTotal(OffersTestCase):
	def test_clerk_raised_it(self):
		set_rate(self.quotation, 500)
		with self.assertRaises(OfferChangedError) as caught:
			self.approve(grand_total=200)
		details = details_of(caught.exception)
		current = details["current"]
		actual = (details["reason"], current["grand_total"], current["status"])
		self.assertEqual(actual, ("price_changed", 1000, "offered"))

	def test_text_and_number_are_equal(self):
		for value in ("200", "200.00", 200, 200.0):
			with self.subTest(value):
				quotation = make_quotation(self.lead.medusa_id, self.item)
				frappe.db.commit()
				arguments = (quotation.medusa_quotation_id, "Approved")
				self.assertEqual(api.update_quotation(*arguments, grand_total=value)["status"], "accepted")


class TestAmendment(OffersTestCase):
	def amend(self):
		"""Cancel and amend, as the desk does."""
		quotation = frappe.get_doc("Quotation", self.quotation.name)
		quotation.cancel()
		amended = frappe.copy_doc(quotation)
		amended.amended_from = quotation.name
		amended.docstatus = 0
		amended.insert()
		frappe.db.commit()
		return amended

	def test_decision_is_not_carried_along(self):
		self.approve()
		frappe.db.commit()
		amended = self.amend()
		self.assertFalse(frappe.db.get_value("Quotation", amended.name, "medusa_decision"))

	def test_status_is_that_of_the_amendment(self):
		self.approve()
		frappe.db.commit()
		self.amend()
		self.assertEqual(self.status(), "offered")


class TestPurchaseOrder(OffersTestCase):
	def test_order_has_the_number(self):
		number = unique("PO-")
		order = self.approve(create_so=True, po_no=number)["sales_order_id"]
		self.assertEqual(frappe.db.get_value("Sales Order", order, "po_no"), number)

	def test_number_of_an_approval_without_order_reaches_the_later_order(self):
		number = unique("PO-")
		self.approve(po_no=number)
		frappe.db.commit()
		order = self.approve(create_so=True)["sales_order_id"]
		self.assertEqual(frappe.db.get_value("Sales Order", order, "po_no"), number)


class TestReason(OffersTestCase):
	def reject(self, **values):
		api.update_quotation(self.quotation.medusa_quotation_id, "Rejected", **values)
		self.quotation.reload()

	def test_free_text(self):
		self.reject(reason="Too expensive,\nand too late <now>")
		self.assertEqual(self.quotation.order_lost_reason, "Too expensive,\nand too late \u2039now\u203a")

	def test_none(self):
		self.reject()
		self.assertEqual(self.quotation.order_lost_reason, "Rejected in the shop")

	def test_reason_of_the_site(self):
		reason = frappe.get_doc({"doctype": "Quotation Lost Reason", "order_lost_reason": unique("Reason ")})
		reason.insert()
		frappe.db.commit()
		self.reject(reason=reason.name)
		self.assertEqual([row.lost_reason for row in self.quotation.lost_reasons], [reason.name])
