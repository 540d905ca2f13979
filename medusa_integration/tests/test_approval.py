"""update_quotation: a customer says yes or no."""

import frappe
from erpnext.crm.doctype.lead.lead import make_customer as convert_on_desk
from erpnext.selling.doctype.quotation.quotation import make_sales_order
from frappe.utils import add_days, nowdate

from medusa_integration import api
from medusa_integration.constants import INTEGRATION_USER
from medusa_integration.exceptions import (
	CustomerDisabledError,
	InvalidArgumentsError,
	NotOfferedError,
	OfferChangedError,
	QuotationConflictError,
	QuotationNotFoundError,
)
from medusa_integration.tests.base import (
	ADDRESS,
	MedusaTestCase,
	bench_only,
	make_customer,
	make_desk_lead,
	make_item,
	make_lead,
	make_quotation,
	medusa_customer,
	quotation_request,
	set_price,
	settings,
	single_value,
	sync_log_rows,
	unique,
)

ALLOW_EXPIRED = ("Selling Settings", "allow_sales_order_creation_for_expired_quotation")


class ApprovalTestCase(MedusaTestCase):
	def setUp(self):
		super().setUp()
		self.lead = make_lead()
		self.request = quotation_request(self.lead.medusa_id, self.item, billing_address=ADDRESS)
		self.quotation = frappe.get_doc("Quotation", api.create_quotation(**self.request)["quotationId"])
		self.quotation_id = self.quotation.medusa_quotation_id
		frappe.db.commit()

	def approve(self, **values):
		arguments = {"quotation_id": self.quotation_id, "approval": "Approved", "create_so": True, **values}
		return api.update_quotation(**arguments)

	def reject(self):
		return api.update_quotation(quotation_id=self.quotation_id, approval="Rejected")

	def expire(self):
		day = add_days(nowdate(), -2)
		values = {"transaction_date": day, "valid_till": add_days(nowdate(), -1)}
		frappe.db.set_value("Quotation", self.quotation.name, values)
		frappe.db.commit()


class TestApprove(ApprovalTestCase):
	def test_answer_has_ids_and_totals(self):
		answer = self.approve(order_id="order_1")
		order = frappe.db.get_value("Sales Order Item", {"prevdoc_docname": self.quotation.name}, "parent")
		expected = {
			"message": "Quotation updated successfully",
			"quotation_id": self.quotation.name,
			"sales_order_id": order,
			"currency": self.quotation.currency,
			"net_total": 200,
			"grand_total": self.quotation.grand_total,
			"status": "ordered",
			"valid_till": add_days(nowdate(), 30),
		}
		self.assertEqual(answer, expected)

	def test_quotation_is_submitted_with_the_order_id(self):
		self.approve(order_id="order_1")
		self.quotation.reload()
		self.assertEqual((self.quotation.docstatus, self.quotation.medusa_order_id), (1, "order_1"))

	def test_quotation_is_ordered(self):
		self.approve()
		self.assertEqual(frappe.db.get_value("Quotation", self.quotation.name, "status"), "Ordered")

	def test_order_is_submitted_with_the_shops_id_and_delivery_date(self):
		order = frappe.get_doc("Sales Order", self.approve(order_id="order_1")["sales_order_id"])
		actual = (order.docstatus, order.medusa_order_id, order.from_ecommerce, str(order.delivery_date))
		self.assertEqual(actual, (1, "order_1", 1, add_days(nowdate(), 1)))

	def test_order_has_the_quotations_lines_and_total(self):
		order = frappe.get_doc("Sales Order", self.approve()["sales_order_id"])
		lines = [(row.item_code, row.qty, row.rate) for row in order.items]
		self.assertEqual((lines, order.grand_total), ([(self.item.name, 2, 100)], self.quotation.grand_total))

	def test_order_is_the_integration_users(self):
		order = self.approve()["sales_order_id"]
		self.assertEqual(frappe.db.get_value("Sales Order", order, "owner"), INTEGRATION_USER)

	def test_order_has_the_sales_team(self):
		order = frappe.get_doc("Sales Order", self.approve()["sales_order_id"])
		team = [(row.sales_person, row.allocated_percentage) for row in order.sales_team]
		self.assertEqual(team, [("Website Sales", 100)])

	def test_delivery_days_are_a_setting(self):
		with settings(delivery_days=9):
			order = self.approve()["sales_order_id"]
			delivery = frappe.db.get_value("Sales Order", order, "delivery_date")
		self.assertEqual(str(delivery), add_days(nowdate(), 9))

	def test_lead_becomes_the_customer_of_the_order(self):
		order = self.approve()["sales_order_id"]
		customer = frappe.db.get_value("Sales Order", order, "customer")
		actual = frappe.db.get_value("Customer", customer, ["medusa_id", "lead_name"])
		self.assertEqual(tuple(actual), (self.lead.medusa_id, self.lead.name))

	def test_address_is_on_the_order(self):
		order = self.approve()["sales_order_id"]
		address = frappe.db.get_value("Sales Order", order, "customer_address")
		self.assertEqual(address, self.quotation.customer_address)

	def test_other_drafts_of_the_lead_move(self):
		other = make_quotation(self.lead.medusa_id, self.item)
		self.approve()
		self.assertEqual(frappe.db.get_value("Quotation", other.name, "quotation_to"), "Customer")

	def test_without_order(self):
		answer = self.approve(create_so=False, order_id="order_1")
		self.quotation.reload()
		actual = (answer["sales_order_id"], self.quotation.docstatus, self.quotation.quotation_to)
		self.assertEqual(actual, (None, 1, "Lead"))

	def test_existing_customer(self):
		customer = make_customer(medusa_id=unique("cus_"))
		quotation = make_quotation(customer.medusa_id, self.item)
		answer = self.approve(quotation_id=quotation.medusa_quotation_id)
		actual = frappe.db.get_value("Sales Order", answer["sales_order_id"], "customer")
		self.assertEqual(actual, customer.name)

	def test_customer_that_was_disabled_since(self):
		customer = make_customer(medusa_id=unique("cus_"))
		quotation = make_quotation(customer.medusa_id, self.item)
		frappe.db.set_value("Customer", customer.name, "disabled", 1)
		frappe.db.commit()
		self.assert_refused(CustomerDisabledError, self.approve, quotation_id=quotation.medusa_quotation_id)

	def test_status_is_erpnexts(self):
		order = self.approve()["sales_order_id"]
		self.assertEqual(frappe.db.get_value("Sales Order", order, "status"), "To Deliver and Bill")

	def test_lead_that_was_converted_before_the_app(self):
		customer = convert_on_desk(self.lead.name)
		customer.customer_group = "Ecommerce Customer"
		customer.insert()
		frappe.db.set_value("Customer", customer.name, "medusa_id", None)
		lead = {"quotation_to": "Lead", "party_name": self.lead.name}
		frappe.db.set_value("Quotation", self.quotation.name, lead)
		order = self.approve()["sales_order_id"]
		self.assertEqual(frappe.db.get_value("Sales Order", order, "customer"), customer.name)

	def test_by_the_quotations_name(self):
		self.assertEqual(self.approve(quotation_id=self.quotation.name)["quotation_id"], self.quotation.name)


class TestAgreedTotal(ApprovalTestCase):
	"""Nobody is bound to what they did not see."""

	def price(self, rate):
		"""A clerk saves the draft at another rate."""
		draft = frappe.get_doc("Quotation", self.quotation.name)
		draft.items[0].rate = rate
		draft.save()
		frappe.db.commit()
		return draft

	def refused(self, **values):
		"""The totals that come with an OfferChangedError, which leaves the draft as it was."""
		self.assert_refused(OfferChangedError, self.approve, **values)
		self.assertEqual(frappe.db.get_value("Quotation", self.quotation.name, "docstatus"), 0)
		return frappe.local.response["error"]["current"]

	def test_total_that_was_seen(self):
		total = frappe.db.get_value("Quotation", self.quotation.name, "grand_total")
		self.assertTrue(self.approve(grand_total=total)["sales_order_id"])

	def test_total_as_text(self):
		total = frappe.db.get_value("Quotation", self.quotation.name, "grand_total")
		self.assertTrue(self.approve(grand_total=f" {total:.3f} ")["sales_order_id"])

	def test_total_that_a_clerk_changed_since(self):
		seen = self.quotation.grand_total
		draft = self.price(297)
		self.assertEqual(self.refused(grand_total=seen)["grand_total"], draft.grand_total)

	def test_smallest_unit_counts(self):
		self.refused(grand_total=self.quotation.grand_total - 0.01)

	def test_less_than_the_smallest_unit_does_not(self):
		self.assertTrue(self.approve(grand_total=self.quotation.grand_total + 0.0001)["sales_order_id"])

	def test_new_total_is_approved_after_it_was_seen(self):
		seen = self.quotation.grand_total
		self.price(297)
		current = self.refused(grand_total=seen)["grand_total"]
		self.assertEqual(self.approve(grand_total=current)["grand_total"], current)

	def test_total_of_an_approved_quotation(self):
		self.approve(create_so=False)
		frappe.db.commit()
		self.assert_refused(OfferChangedError, self.approve, create_so=False, grand_total=1)

	def test_total_of_an_ordered_quotation(self):
		self.approve()
		frappe.db.commit()
		self.assert_refused(OfferChangedError, self.approve, grand_total=1)

	def test_wrong_amounts(self):
		for amount in ("abc", "1e3", [], True, "1,5", float("nan"), "12.5 AED"):
			with self.subTest(amount):
				self.assert_refused(InvalidArgumentsError, self.approve, grand_total=amount)

	def test_total_that_would_be_another_by_now(self):
		"""The draft says what its lines do not: ERPNext would submit it at 200."""
		frappe.db.set_value("Quotation", self.quotation.name, "grand_total", 150)
		frappe.db.commit()
		self.assertEqual(self.refused()["net_total"], 200)

	def test_way_on_from_there(self):
		frappe.db.set_value("Quotation", self.quotation.name, "grand_total", 150)
		frappe.db.commit()
		current = self.refused()["grand_total"]
		self.assertEqual(self.approve(grand_total=current)["grand_total"], current)

	def test_repeat_of_a_refused_approval_adds_no_row(self):
		before = len(sync_log_rows(quotation_id=self.quotation_id))
		for _time in range(3):
			self.refused(grand_total=1)
		self.assertEqual(len(sync_log_rows(quotation_id=self.quotation_id)), before + 1)


class TestUnpriced(MedusaTestCase):
	"""A line without a price."""

	def setUp(self):
		super().setUp()
		self.lead = make_lead()
		self.items = [self.item, make_item()]

	def quote(self, *items):
		lines = [{"variant_id": item.medusa_variant_id, "quantity": 2} for item in items or self.items]
		quotation = make_quotation(self.lead.medusa_id, self.item, items=lines)
		frappe.db.commit()
		return quotation

	def approve(self, quotation):
		return api.update_quotation(quotation.medusa_quotation_id, "Approved", create_so=True)

	def test_is_not_ordered(self):
		message = self.assert_refused(NotOfferedError, self.approve, self.quote())
		self.assertIn(self.items[1].name, message)

	def test_is_ordered_once_a_clerk_priced_it(self):
		draft = frappe.get_doc("Quotation", self.quote().name)
		draft.items[1].rate = 5
		draft.save()
		self.assertEqual(self.approve(draft)["net_total"], 210)

	def test_is_ordered_once_a_clerk_submitted_it(self):
		draft = frappe.get_doc("Quotation", self.quote().name)
		draft.submit()
		self.assertEqual(self.approve(draft)["net_total"], 200)

	def test_can_be_rejected(self):
		quotation = self.quote()
		api.update_quotation(quotation.medusa_quotation_id, "Rejected")
		self.assertEqual(frappe.db.get_value("Quotation", quotation.name, "status"), "Lost")

	def test_prices_that_do_not_count(self):
		"""Each alone leaves the Item without a price today, for this customer and unit."""
		day = nowdate()
		for values in (
			{"valid_from": add_days(day, -9), "valid_upto": add_days(day, -1)},
			{"valid_from": add_days(day, 1)},
			{"customer": make_customer().name},
		):
			with self.subTest(values):
				item = make_item()
				set_price(item.name, "Medusa Test Prices", 9, **values)
				self.assert_refused(NotOfferedError, self.approve, self.quote(item))


class TestWhose(ApprovalTestCase):
	"""Whose Quotation it is, and how it may be named."""

	def test_own(self):
		self.assertTrue(self.approve(customer_id=self.lead.medusa_id)["sales_order_id"])

	def test_another_customers(self):
		other = make_lead().medusa_id
		frappe.db.commit()
		for name in (self.quotation_id, self.quotation.name):
			with self.subTest(name):
				refused = (QuotationNotFoundError, self.approve)
				self.assert_unchanged(*refused, quotation_id=name, customer_id=other)

	@bench_only  # a series of the sandbox does not go back
	def test_name_that_was_given_again(self):
		"""Frappe gives the name of the last draft again once that was deleted."""
		name = self.quotation.name
		frappe.delete_doc("Quotation", name)
		self.assertEqual(make_quotation(make_lead().medusa_id, self.item).name, name)
		frappe.db.commit()
		self.assert_refused(
			QuotationNotFoundError, self.approve, quotation_id=name, customer_id=self.lead.medusa_id
		)

	def test_name_of_a_clerks_quotation(self):
		made = frappe.copy_doc(frappe.get_doc("Quotation", self.quotation.name), ignore_no_copy=False)
		made.insert()
		frappe.db.commit()
		self.assert_refused(QuotationNotFoundError, self.approve, quotation_id=made.name)


class TestApproveAgain(ApprovalTestCase):
	def test_same_answer(self):
		first = self.approve(order_id="order_1")
		self.assertEqual(self.approve(order_id="order_1"), first)

	def test_one_order(self):
		self.approve()
		before = frappe.db.count("Sales Order")
		self.approve()
		self.assertEqual(frappe.db.count("Sales Order"), before)

	def test_missing_order_is_made(self):
		self.approve(create_so=False)
		self.assertTrue(self.approve()["sales_order_id"])

	def test_order_id_that_comes_later_is_kept(self):
		self.approve(create_so=False)
		order = self.approve(order_id="order_2")["sales_order_id"]
		self.assertEqual(frappe.db.get_value("Sales Order", order, "medusa_order_id"), "order_2")

	def test_same_answer_after_expiry(self):
		first = self.approve()["sales_order_id"]
		self.expire()
		self.assertEqual(self.approve()["sales_order_id"], first)

	def test_another_order_id_is_a_conflict(self):
		self.approve(order_id="order_1")
		frappe.db.commit()
		self.assert_refused(QuotationConflictError, self.approve, order_id="order_2")

	def test_order_of_a_clerk_is_the_answer(self):
		self.approve(create_so=False)
		order = make_sales_order(self.quotation.name)
		order.delivery_date = nowdate()
		order.insert()
		order.submit()
		self.assertEqual(self.approve()["sales_order_id"], order.name)

	def test_order_of_a_clerk_gets_medusas_ids(self):
		self.approve(create_so=False)
		order = make_sales_order(self.quotation.name)
		order.delivery_date = nowdate()
		order.insert()
		self.approve(order_id="order_1")
		actual = frappe.db.get_value(
			"Sales Order", order.name, ["docstatus", "medusa_order_id", "from_ecommerce"]
		)
		self.assertEqual(tuple(actual), (0, "order_1", 1))

	def make_order_of_a_clerk(self, *, submitted: bool) -> str:
		order = make_sales_order(self.quotation.name)
		order.delivery_date = nowdate()
		order.insert()
		if submitted:
			order.submit()
		return order.name

	def test_submitted_order_goes_before_an_older_draft(self):
		self.approve(create_so=False)
		self.make_order_of_a_clerk(submitted=False)
		order = self.make_order_of_a_clerk(submitted=True)
		self.assertEqual(self.approve()["sales_order_id"], order)

	def test_submitted_order_goes_before_a_newer_draft(self):
		self.approve(create_so=False)
		drafts = [self.make_order_of_a_clerk(submitted=False) for _time in range(2)]
		frappe.get_doc("Sales Order", drafts[0]).submit()
		self.assertEqual(self.approve()["sales_order_id"], drafts[0])

	def test_draft_goes_before_a_cancelled_order(self):
		self.approve(create_so=False)
		frappe.get_doc("Sales Order", self.make_order_of_a_clerk(submitted=True)).cancel()
		draft = self.make_order_of_a_clerk(submitted=False)
		self.assertEqual(self.approve()["sales_order_id"], draft)

	def test_cancelled_order_is_a_conflict(self):
		order = frappe.get_doc("Sales Order", self.approve()["sales_order_id"])
		order.cancel()
		frappe.db.commit()
		self.assert_refused(QuotationConflictError, self.approve)


class TestExpired(ApprovalTestCase):
	def test_is_a_conflict(self):
		self.expire()
		message = self.assert_refused(QuotationConflictError, self.approve)
		self.assertIn("expired", message)

	def test_stays_a_draft(self):
		self.expire()
		self.assert_refused(QuotationConflictError, self.approve)
		self.assertEqual(frappe.db.get_value("Quotation", self.quotation.name, "docstatus"), 0)

	def test_leaves_a_row(self):
		self.expire()
		self.assert_refused(QuotationConflictError, self.approve)
		rows = sync_log_rows(method="update_quotation", request=("like", f"%{self.quotation_id}%"))
		self.assertEqual([row.status for row in rows], ["Failed"])

	def test_allowed_by_selling_settings(self):
		self.expire()
		with single_value(*ALLOW_EXPIRED, 1):
			self.assertTrue(self.approve()["sales_order_id"])

	def test_can_be_rejected(self):
		self.expire()
		self.reject()
		self.assertEqual(frappe.db.get_value("Quotation", self.quotation.name, "status"), "Lost")


class TestReject(ApprovalTestCase):
	def test_ends_as_lost(self):
		answer = self.reject()
		actual = frappe.db.get_value("Quotation", self.quotation.name, ["docstatus", "status"])
		self.assertEqual((answer["sales_order_id"], *actual), (None, 1, "Lost"))

	def test_again_is_the_same_answer(self):
		self.assertEqual(self.reject(), self.reject())

	def test_lost_one_cannot_be_approved(self):
		self.reject()
		frappe.db.commit()
		self.assert_refused(QuotationConflictError, self.approve)

	def test_approved_one_without_order_can_be_rejected(self):
		self.approve(create_so=False)
		self.reject()
		self.assertEqual(frappe.db.get_value("Quotation", self.quotation.name, "status"), "Lost")

	def test_one_whose_order_was_cancelled_can_be_rejected(self):
		frappe.get_doc("Sales Order", self.approve()["sales_order_id"]).cancel()
		self.reject()
		self.assertEqual(frappe.db.get_value("Quotation", self.quotation.name, "status"), "Lost")

	def test_ordered_one_cannot_be_rejected(self):
		self.approve()
		frappe.db.commit()
		self.assert_refused(QuotationConflictError, self.reject)


class TestEnded(ApprovalTestCase):
	"""What the shop is told of a Quotation that ended: by the customer, or by a clerk."""

	def lose(self):
		"""A clerk sets it as lost."""
		quotation = frappe.get_doc("Quotation", self.quotation.name)
		quotation.submit()
		quotation.declare_enquiry_lost([], [], "No stock")
		frappe.db.commit()

	def ask_again(self):
		return api.create_quotation(**self.request)["message"]

	def test_approval_of_a_rejected_one(self):
		self.reject()
		frappe.db.commit()
		self.assertIn("was rejected", self.assert_refused(QuotationConflictError, self.approve))

	def test_approval_of_one_that_a_clerk_lost(self):
		self.lose()
		message = self.assert_refused(QuotationConflictError, self.approve)
		self.assertIn("by the seller", message)

	def test_asked_again_after_a_clerk_lost_it(self):
		self.lose()
		self.assertEqual(self.ask_again(), f"Quotation {self.quotation.name} was created before and is lost")

	def test_asked_again_after_it_was_cancelled(self):
		frappe.get_doc("Quotation", self.quotation.name).submit()
		frappe.get_doc("Quotation", self.quotation.name).cancel()
		self.assertEqual(
			self.ask_again(), f"Quotation {self.quotation.name} was created before and is cancelled"
		)

	def test_asked_again_while_it_is_open(self):
		self.assertEqual(self.ask_again(), "Quotation created successfully")


class TestAmended(ApprovalTestCase):
	def amend(self):
		self.quotation.reload()
		self.quotation.cancel()
		amended = frappe.copy_doc(self.quotation, ignore_no_copy=True)
		amended.amended_from = self.quotation.name
		amended.docstatus = 0
		return amended.insert()

	def test_newest_is_meant(self):
		self.approve(create_so=False)
		amended = self.amend()
		self.assertEqual(self.approve()["quotation_id"], amended.name)

	def test_newest_is_meant_by_an_older_name(self):
		self.approve(create_so=False)
		amended = self.amend()
		self.assertEqual(self.approve(quotation_id=self.quotation.name)["quotation_id"], amended.name)

	def test_repeated_request_answers_with_the_newest(self):
		self.approve(create_so=False)
		amended = self.amend()
		self.assertEqual(api.create_quotation(**self.request)["quotationId"], amended.name)

	def test_all_cancelled_is_a_conflict(self):
		self.approve(create_so=False)
		self.quotation.reload()
		self.quotation.cancel()
		frappe.db.commit()
		self.assert_refused(QuotationConflictError, self.approve)


class TestBadUpdates(ApprovalTestCase):
	def refuse(self, error: type[Exception], **values) -> str:
		arguments = {
			"quotation_id": self.quotation_id,
			"approval": "Approved",
			"order_id": "order_1",
			**values,
		}
		return self.assert_unchanged(error, api.update_quotation, **arguments)

	def test_unknown_quotation(self):
		for value in (unique("quo_"), "%", "_", "' OR '1'='1", "نص", "💥"):
			with self.subTest(value):
				self.refuse(QuotationNotFoundError, quotation_id=value)

	def test_quotation_id_wrong(self):
		for value in (None, "", 7, ["x"], {}, "x" * 141, "a\0", "<b>"):
			with self.subTest(value):
				self.assertIn("quotation_id", self.refuse(InvalidArgumentsError, quotation_id=value))

	def test_approval_wrong(self):
		for value in (None, "", "approved", "Yes", 1, True, ["Approved"], {"Approved": 1}, "Approved\0"):
			with self.subTest(value):
				self.assertIn("approval", self.refuse(InvalidArgumentsError, approval=value))

	def test_order_id_wrong(self):
		for value in (7, ["x"], {}, "x" * 141, "a\0", "<b>", "a b"):
			with self.subTest(value):
				self.assertIn("order_id", self.refuse(InvalidArgumentsError, order_id=value))

	def test_create_so_wrong(self):
		for value in ("maybe", [], 7):
			with self.subTest(value):
				self.assertIn("create_so", self.refuse(InvalidArgumentsError, create_so=value))


class TestOldLead(MedusaTestCase):
	"""A Lead that an older system left: it has the id, and no e-mail address."""

	def setUp(self):
		super().setUp()
		self.lead = make_desk_lead()
		frappe.db.set_value("Lead", self.lead.name, "medusa_id", unique("cus_"))
		self.lead.reload()
		frappe.db.commit()

	def test_is_found_by_its_id(self):
		data = medusa_customer(id=self.lead.medusa_id)
		self.assertEqual(api.insert_lead(data), self.lead.name)

	def test_customer_of_the_id_becomes_the_orders_customer(self):
		quotation = make_quotation(self.lead.medusa_id, self.item, billing_address=ADDRESS)
		answer = api.update_quotation(quotation.medusa_quotation_id, "Approved", create_so=True)
		customer = frappe.db.get_value("Sales Order", answer["sales_order_id"], "customer")
		self.assertEqual(frappe.db.get_value("Customer", customer, "medusa_id"), self.lead.medusa_id)
