"""The shop is told what has changed in ERPNext, unless it made the change itself."""

from unittest.mock import patch

import frappe
from erpnext.selling.doctype.quotation.quotation import make_sales_order
from frappe.utils import add_days, nowdate
from redis.exceptions import RedisError

from medusa_integration import api, desk
from medusa_integration.exceptions import ConflictError
from medusa_integration.jobs import events, retries
from medusa_integration.medusa.receiver import Delivery
from medusa_integration.tests.base import (
	ADDRESS,
	MedusaTestCase,
	make_lead,
	make_quotation,
	set_passwords,
	settings,
	sync_log_rows,
	unique,
	update_log,
)
from medusa_integration.tests.fake_medusa import EVENT_SECRET, EVENTS, FakeMedusa, served


class EventsTestCase(MedusaTestCase):
	"""Tests with a shop that is told."""

	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		cls.shop = FakeMedusa()
		url = cls.enterClassContext(served(cls.shop))
		set_passwords(event_secret=EVENT_SECRET)
		cls.enterClassContext(settings(event_url=url + EVENTS, tell_quotations=1, tell_orders=1))

	def setUp(self):
		super().setUp()
		self.shop.reset()
		frappe.cache.delete_value(events.PAUSE_KEY)
		self.queued = self.enterContext(self.jobs())
		self.lead = make_lead()
		self.quotation = make_quotation(self.lead.medusa_id, self.item)
		self.quotation_id = self.quotation.medusa_quotation_id
		frappe.db.commit()
		self.queued.clear()

	def rows(self, **filters):
		"""Return the rows of events about this Quotation."""
		return sync_log_rows(direction="Out", quotation_id=self.quotation_id, **filters)

	def set_rate(self, rate: float = 150) -> None:
		"""Change the price, as a clerk does."""
		self.quotation.reload()
		self.quotation.items[0].rate = rate
		self.quotation.save()
		frappe.db.commit()

	def send(self) -> None:
		"""Run the jobs that are queued."""
		while self.queued:
			method, arguments = self.queued.pop(0)
			if method == events.SEND:
				events.send(arguments["name"])
				frappe.db.commit()

	def told(self) -> dict:
		"""Return what the shop was told last of this Quotation."""
		return self.shop.told[self.quotation_id]

	def assert_told_once(self) -> None:
		self.assertEqual([row.status for row in self.rows()], ["Queued"])


class TestChanges(EventsTestCase):
	"""Which changes are told."""

	def test_price(self):
		self.set_rate()
		self.assert_told_once()

	def test_valid_till(self):
		self.quotation.reload()
		self.quotation.valid_till = add_days(nowdate(), 3)
		self.quotation.save()
		self.assert_told_once()

	def test_submit(self):
		self.quotation.reload()
		self.quotation.submit()
		self.assert_told_once()

	def test_offer(self):
		self.quotation.reload()
		desk.offer_quotation(self.quotation.name, str(self.quotation.modified))
		self.assert_told_once()

	def test_loss(self):
		self.quotation.reload()
		self.quotation.submit()
		self.quotation.declare_enquiry_lost([], [], "No stock")
		self.assert_told_once()

	def test_deletion(self):
		frappe.delete_doc("Quotation", self.quotation.name)
		self.assert_told_once()

	def test_order_of_a_clerk(self):
		api.update_quotation(self.quotation_id, "Approved")
		order = make_sales_order(self.quotation.name)
		order.delivery_date = nowdate()
		order.insert()
		self.assert_told_once()

	def test_address(self):
		quotation = make_quotation(self.lead.medusa_id, self.item, billing_address=ADDRESS)
		self.quotation_id = quotation.medusa_quotation_id
		address = frappe.get_doc("Address", quotation.customer_address)
		address.city = "Sharjah"
		address.save()
		self.assert_told_once()

	def test_what_the_shop_does_not_see(self):
		self.quotation.reload()
		self.quotation.tc_name = None
		self.quotation.terms = "Payment in 30 days"
		self.quotation.save()
		self.assertEqual(self.rows(), [])

	def test_comment(self):
		self.quotation.add_comment("Comment", "Call them")
		self.assertEqual(self.rows(), [])

	def test_storefronts_own_calls(self):
		api.update_quotation(self.quotation_id, "Approved", create_so=True)
		self.assertEqual(self.rows(), [])

	def test_rollback(self):
		self.quotation.reload()
		self.quotation.items[0].rate = 150
		self.quotation.save()
		frappe.db.rollback()
		frappe.db.commit()
		self.assertEqual((self.rows(), self.queued), ([], []))

	def test_quotation_of_the_desk(self):
		copy = frappe.copy_doc(self.quotation)
		copy.update({"medusa_quotation_id": None, "medusa_customer_id": None, "from_ecommerce": 0})
		before = len(sync_log_rows(direction="Out"))
		copy.insert()
		self.assertEqual(len(sync_log_rows(direction="Out")), before)

	def test_switched_off(self):
		for values in ({"event_url": ""}, {"tell_quotations": 0}, {"enabled": 0}):
			with self.subTest(**values), settings(**values):
				self.set_rate(self.quotation.items[0].rate + 1)
				self.assertEqual(self.rows(), [])


class TestOrders(EventsTestCase):
	def setUp(self):
		super().setUp()
		self.order = api.update_quotation(self.quotation_id, "Approved", create_so=True)["sales_order_id"]
		frappe.db.commit()

	def rows(self, **filters):
		# the name may have been that of an order that another test deleted
		about = {"reference_name": self.order, "medusa_id": self.lead.medusa_id}
		return sync_log_rows(method="order.changed", **about, **filters)

	def test_own_call(self):
		self.assertEqual(self.rows(), [])

	def test_closed_by_a_clerk(self):
		frappe.get_doc("Sales Order", self.order).update_status("Closed")
		frappe.db.commit()
		self.send()
		self.assertEqual(self.shop.told[self.order]["status"], "closed")

	def test_cancelled_by_a_clerk(self):
		frappe.get_doc("Sales Order", self.order).cancel()
		frappe.db.commit()
		self.send()
		self.assertEqual(self.shop.told[self.order]["status"], "cancelled")

	def delete_draft(self):
		"""Make a draft of an order and delete it, as a clerk does; return the draft and its Quotation."""
		quotation = make_quotation(self.lead.medusa_id, self.item)
		quotation.submit()
		order = make_sales_order(quotation.name)
		order.delivery_date = nowdate()
		order.insert()
		frappe.db.commit()
		self.send()
		frappe.delete_doc("Sales Order", order.name)
		frappe.db.commit()
		return order, quotation

	def test_draft_that_a_clerk_deleted(self):
		order, _quotation = self.delete_draft()
		self.send()
		self.assertEqual(self.shop.told[order.name]["status"], "cancelled")

	def test_quotation_of_a_deleted_draft_is_newer_than_with_the_draft(self):
		_order, quotation = self.delete_draft()
		before = self.shop.told[quotation.medusa_quotation_id]
		self.send()
		after = self.shop.told[quotation.medusa_quotation_id]
		self.assertEqual((before["status"], after["status"]), ("ordered", "offered"))
		self.assertGreater(after["modified"], before["modified"])


class TestSending(EventsTestCase):
	def test_shop_has_the_state(self):
		self.set_rate()
		self.send()
		self.assertEqual(self.told(), api.get_quotation(self.lead.medusa_id, self.quotation_id))

	def test_row_is_done(self):
		self.set_rate()
		self.send()
		self.assertEqual([(row.status, row.attempts) for row in self.rows()], [("Success", 1)])

	def test_state_is_that_of_the_moment_of_sending(self):
		self.set_rate(150)
		self.set_rate(175)
		self.send()
		self.assertEqual(self.told()["grand_total"], 350)

	def test_later_change_joins_the_open_row(self):
		self.set_rate(150)
		self.set_rate(175)
		self.assert_told_once()

	def ids_of_jobs(self) -> list[str]:
		return [arguments["job_id"] for method, arguments in self.queued if method == events.SEND]

	def test_sign_ups_do_not_wait_for_events(self):
		self.set_rate()
		(job,) = [arguments for method, arguments in self.queued if method == events.SEND]
		self.assertEqual(job["queue"], "default")

	def test_no_second_job_while_one_waits(self):
		with patch.object(events.queue, "is_waiting", return_value=True):
			self.set_rate(150)
			self.set_rate(175)
		self.assertEqual(len(self.ids_of_jobs()), 1)

	def test_another_job_while_one_runs(self):
		with patch.object(events.queue, "is_waiting", return_value=False):
			self.set_rate(150)
			self.set_rate(175)
		self.assertEqual(len(set(self.ids_of_jobs())), 2)

	def test_change_after_the_event_opens_a_new_row(self):
		self.set_rate(150)
		self.send()
		self.set_rate(175)
		self.assertEqual(sorted(row.status for row in self.rows()), ["Queued", "Success"])

	def test_change_while_the_shop_answers(self):
		self.set_rate(150)
		(row,) = self.rows()
		post = events.post_event

		def change_and_post(body):
			self.set_rate(175)
			return post(body)

		self.queued.clear()
		with patch.object(events, "post_event", change_and_post):
			events.send(row.name)
		self.assertEqual([row.status for row in self.rows()], ["Queued"])
		self.send()
		self.assertEqual(self.told()["grand_total"], 350)

	def test_deleted_one(self):
		frappe.delete_doc("Quotation", self.quotation.name)
		frappe.db.commit()
		self.send()
		self.assertEqual(set(self.told()), {"quotation_id", "customer_id", "status", "modified"})
		self.assertEqual(self.told()["status"], "cancelled")

	def test_both_secrets_sign(self):
		set_passwords(next_event_secret="another secret")
		self.addCleanup(frappe.db.commit)
		self.addCleanup(set_passwords, next_event_secret="")
		for secret in (EVENT_SECRET, "another secret"):
			with self.subTest(secret):
				self.shop.event_secret = secret
				self.addCleanup(setattr, self.shop, "event_secret", EVENT_SECRET)
				self.set_rate(self.quotation.items[0].rate + 1)
				self.send()
				self.assertEqual(self.rows(status="Failed"), [])

	def test_wrong_secret(self):
		self.shop.event_secret = "another secret"
		self.addCleanup(setattr, self.shop, "event_secret", EVENT_SECRET)
		self.set_rate()
		self.send()
		self.assertEqual(
			[(row.status, row.error) for row in self.rows()], [("Failed", "HTTP 401 unauthorized")]
		)


class TestFailures(EventsTestCase):
	def fail(self, fault: str = "500"):
		"""Send an event that the shop does not accept; return its row."""
		self.shop.set_fault(fault, EVENTS)
		self.set_rate()
		self.send()
		self.shop.set_fault("")
		frappe.cache.delete_value(events.PAUSE_KEY)
		(row,) = self.rows()
		return row

	def test_refusal_is_tried_again(self):
		for fault, error in (("500", "HTTP 500"), ("redirect", "HTTP 307")):
			with self.subTest(fault):
				self.setUp()
				row = self.fail(fault)
				self.assertEqual((row.status, row.error, row.attempts), ("Failed", error, 1))
				self.assertTrue(row.next_attempt)

	def test_type_of_a_refusal_is_stored(self):
		self.assertEqual(self.fail("refuse").error, "HTTP 400 invalid_data")

	def test_nothing_else_of_an_answer_is_stored(self):
		answers = (
			(409, '{"type": "TotalDiffersError", "message": "The total is ...', "HTTP 409 TotalDiffersError"),
			(409, '{"type": "<b>bold</b>"}', "HTTP 409"),
			(409, "a page", "HTTP 409"),
			(500, '{"type": "unknown_error"}', "HTTP 500"),
		)
		for status, text, expected in answers:
			with self.subTest(text):
				self.assertEqual(events.describe(Delivery(status, text)), expected)

	def test_scheduled_job_sends_it(self):
		row = self.fail()
		update_log(row.name, next_attempt="2000-01-01 00:00:00")
		frappe.db.commit()
		retries.process_due_logs()
		self.send()
		self.assertEqual([row.status for row in self.rows()], ["Success"])
		self.assertEqual(self.told()["grand_total"], 300)

	def test_after_the_last_attempt_a_person_has_to_look(self):
		with settings(retry_pauses=""):
			self.assertIsNone(self.fail().next_attempt)

	def test_retry_of_a_person(self):
		with settings(retry_pauses=""):
			row = self.fail()
		desk.retry_log(row.name)
		self.send()
		self.assertEqual([row.status for row in self.rows()], ["Success"])

	def test_newer_change_starts_again(self):
		with settings(retry_pauses=""):
			self.fail()
		self.set_rate(175)
		self.assertEqual([(row.status, row.attempts) for row in self.rows()], [("Queued", 0)])

	def test_shop_that_cannot_be_reached(self):
		with settings(event_url="http://127.0.0.1:9/"):
			self.set_rate()
			self.send()
		(row,) = self.rows()
		self.assertEqual((row.status, row.error), ("Failed", "The shop cannot be reached."))

	def test_others_wait_while_it_cannot_be_reached(self):
		with settings(event_url="http://127.0.0.1:9/"):
			self.set_rate()
			self.send()
			other = make_quotation(self.lead.medusa_id, self.item)
			other.items[0].rate = 5
			other.save()
			frappe.db.commit()
			self.send()
		(row,) = sync_log_rows(quotation_id=other.medusa_quotation_id)
		self.assertEqual((row.status, row.attempts), ("Queued", 0))

	def test_cache_that_fails(self):
		with patch.object(frappe.cache, "set_value", side_effect=RedisError):
			self.set_rate()
		self.send()
		self.assertEqual([row.status for row in self.rows()], ["Success"])

	def test_queue_that_is_down(self):
		with patch.object(frappe, "enqueue", side_effect=RedisError):
			self.set_rate()
		self.assert_told_once()


class TestExpiry(EventsTestCase):
	def expire(self, days: int = -1) -> None:
		frappe.db.set_value("Quotation", self.quotation.name, "valid_till", add_days(nowdate(), days))
		frappe.db.commit()

	def test_expired_yesterday(self):
		self.expire()
		with settings(expiry_told_until=None):
			events.tell_expired()
			self.assert_told_once()

	def test_expired_before_the_last_run(self):
		self.expire()
		with settings(expiry_told_until=nowdate()):
			events.tell_expired()
			self.assertEqual(self.rows(), [])

	def test_days_without_a_run_are_made_up(self):
		self.expire(-5)
		with settings(expiry_told_until=add_days(nowdate(), -7)):
			events.tell_expired()
			self.assert_told_once()

	def test_last_day(self):
		self.expire(0)
		with settings(expiry_told_until=add_days(nowdate(), -7)):
			events.tell_expired()
			self.assertEqual(self.rows(), [])

	def test_accepted_one(self):
		api.update_quotation(self.quotation_id, "Approved")
		self.expire()
		with settings(expiry_told_until=None):
			events.tell_expired()
			self.assertEqual(self.rows(), [])

	def test_day_is_kept(self):
		with settings(expiry_told_until=None):
			events.tell_expired()
			stored = frappe.db.get_single_value("Medusa Settings", "expiry_told_until")
			self.assertEqual(str(stored), nowdate())


class TestTestEvent(EventsTestCase):
	def test_accepted(self):
		self.assertEqual(desk.send_test_event()["status"], 200)

	def test_answer_is_cut(self):
		self.shop.before_answer.clear()
		self.assertLessEqual(len(desk.send_test_event()["text"]), 500)

	def test_refused(self):
		self.shop.set_fault("html", EVENTS)
		answer = desk.send_test_event()
		self.assertEqual((answer["status"], answer["problem"]), (502, ""))

	def test_without_an_url(self):
		with settings(event_url=""):
			self.assert_refused(ConflictError, desk.send_test_event)


class TestSettings(MedusaTestCase):
	def save(self, **values):
		doc = frappe.get_single("Medusa Settings")
		doc.update(values)
		doc.save()

	def test_url_needs_a_secret(self):
		set_passwords(event_secret="")
		frappe.db.commit()
		message = self.assert_refused(
			frappe.ValidationError, self.save, event_url="https://shop.example/hooks"
		)
		self.assertIn("Event Secret", message)

	def test_url_is_a_web_address(self):
		for url in ("shop.example", "ftp://shop.example", "https://"):
			with self.subTest(url):
				self.assert_refused(frappe.ValidationError, self.save, event_url=url, event_secret=unique())
