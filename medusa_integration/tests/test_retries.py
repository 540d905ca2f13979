"""Accepted work that failed or got stuck is taken up again, until it is done or waits for a person."""

import json
from types import SimpleNamespace
from unittest.mock import patch

import frappe
import redis
from frappe.utils import add_to_date, now_datetime
from frappe.utils.user import get_system_managers

from medusa_integration import api, declarations, desk, sign_up
from medusa_integration.compat import QUEUE_FAILURES
from medusa_integration.exceptions import (
	BusyError,
	ConflictError,
	IntegrationDisabledError,
	InvalidArgumentsError,
	LeadConflictError,
	MedusaUnavailableError,
	QuotationConflictError,
	QuotationNotFoundError,
)
from medusa_integration.jobs import leads as lead_jobs
from medusa_integration.jobs import mail, queue, retries
from medusa_integration.medusa_integration.doctype.medusa_sync_log.medusa_sync_log import (
	MedusaSyncLog,
	create_log,
	failed_for_a_person,
	log_failure,
)
from medusa_integration.selling import addresses, approvals, leads, quotations
from medusa_integration.tests.base import (
	ADDRESS,
	MedusaTestCase,
	SignUpTestCase,
	make_customer,
	make_lead,
	make_quotation,
	make_user,
	medusa_customer,
	quotation_request,
	request_of,
	set_secret_key,
	set_settings,
	settings,
	sync_log_rows,
	unique,
	update_log,
)
from medusa_integration.tests.fake_medusa import ADMIN_CUSTOMERS, CUSTOMERS, SECRET_KEY


class RetryTestCase(SignUpTestCase):
	def setUp(self):
		super().setUp()
		for row in sync_log_rows(status=("!=", "Success")):  # what other tests left
			update_log(row.name, next_attempt=None)
		self.set_secret_key(SECRET_KEY)
		self.addCleanup(self.set_secret_key, "")
		frappe.db.commit()

	def set_secret_key(self, key: str) -> None:
		set_secret_key(key)
		frappe.db.commit()

	def make_due(self) -> None:
		for row in sync_log_rows(email=self.email):
			if row.next_attempt:
				update_log(row.name, next_attempt=add_to_date(now_datetime(), minutes=-1))
		frappe.db.commit()

	def run_scheduler(self) -> list:
		"""Let the scheduled job run on what is due; the jobs that it queued."""
		self.make_due()
		with self.jobs() as queued:
			retries.process_due_logs()
			frappe.db.commit()
		return [kwargs["data"] for _method, kwargs in queued]

	def die_before_medusa_answers(self) -> None:
		with patch.object(sign_up.registration, "register", side_effect=SystemExit):
			with self.assertRaises(SystemExit):
				self.sign_up()
		frappe.db.rollback()

	def pause_of(self, row) -> float:
		"""Minutes until the row is due."""
		return round((row.next_attempt - now_datetime()).total_seconds() / 60)


class TestLostJob(RetryTestCase):
	def test_lead_is_queued_again(self):
		medusa_id = self.sign_up()
		frappe.db.commit()
		(data,) = self.run_scheduler()
		self.assertEqual(data, {**self.customer, "id": medusa_id})

	def test_row_that_waits_for_a_person_is_never_due(self):
		self.sign_up()
		update_log(self.row().name, next_attempt=None)
		self.assertEqual(self.run_scheduler(), [])

	def test_not_before_it_is_due(self):
		self.sign_up()
		frappe.db.commit()
		with self.jobs() as queued:
			retries.process_due_logs()
			frappe.db.commit()
		self.assertEqual(queued, [])

	def test_what_waited_longest_goes_first(self):
		emails = [medusa_customer()["email"] for _time in range(3)]
		for email in emails:
			self.sign_up(email=email)
		waited = dict(zip(emails, (20, 40, 30), strict=True))
		for email, minutes in waited.items():
			(row,) = sync_log_rows(email=email)
			update_log(row.name, next_attempt=add_to_date(now_datetime(), minutes=-minutes))
		frappe.db.commit()
		queued = [data["email"] for data in self.run_scheduler()]
		self.assertEqual(queued, [emails[1], emails[2], emails[0]])

	def test_pauses_grow_and_end(self):
		self.sign_up()
		frappe.db.commit()
		pauses = [self.pause_of(self.row())]
		while self.row().next_attempt:
			self.run_scheduler()
			row = self.row()
			pauses.append(self.pause_of(row) if row.next_attempt else None)
		self.assertEqual(pauses, [1, 5, 30, 120, 720, None])

	def test_pauses_are_a_setting(self):
		with settings(retry_pauses="7"):
			self.sign_up()
			frappe.db.commit()
			self.assertEqual(self.pause_of(self.row()), 7)

	def test_done_work_is_left_alone(self):
		medusa_id = self.sign_up()
		api.insert_lead({**self.customer, "id": medusa_id})
		self.assertEqual(self.run_scheduler(), [])

	def test_nothing_while_switched_off(self):
		self.sign_up()
		frappe.db.commit()
		with settings(enabled=0):
			self.assertEqual(self.run_scheduler(), [])

	def test_queue_that_takes_none_costs_no_attempt(self):
		for failure in QUEUE_FAILURES:
			with self.subTest(failure):
				self.new_customer()
				self.sign_up()
				frappe.db.commit()
				self.make_due()
				with patch.object(frappe, "enqueue", side_effect=failure):
					retries.process_due_logs()
				row = self.row()
				self.assertEqual((row.status, row.attempts, self.pause_of(row)), ("Queued", 1, 1))

	def jobs_of_three_due_rows(self, **behaviour) -> int:
		for _number in range(3):
			self.sign_up(email=medusa_customer()["email"])
		for row in sync_log_rows(status="Queued", next_attempt=("is", "set")):
			update_log(row.name, next_attempt=add_to_date(now_datetime(), minutes=-1))
		frappe.db.commit()
		with patch.object(frappe, "enqueue", **behaviour) as asked:
			retries.process_due_logs()
		return asked.call_count

	def test_all_that_is_due_is_taken_up(self):
		self.assertEqual(self.jobs_of_three_due_rows(), 3)

	def test_queue_that_takes_none_ends_the_run(self):
		self.assertEqual(self.jobs_of_three_due_rows(side_effect=redis.exceptions.ConnectionError), 1)

	def test_run_ends_before_it_is_killed(self):
		with patch.object(retries, "RUN_TIME", 0):
			self.assertEqual(self.jobs_of_three_due_rows(), 1)

	def test_row_that_was_closed_since_the_run_began_is_left_alone(self):
		self.medusa.set_fault("500")
		self.assert_refused(MedusaUnavailableError, self.sign_up, organization_name="Refused")
		self.medusa.set_fault("")
		refused = self.row().name
		self.sign_up()
		frappe.db.commit()
		with self.jobs() as queued:
			self.assertTrue(retries.process_log(refused))
		self.assertEqual(queued, [])

	def test_row_that_was_deleted_since_the_run_began(self):
		self.assertTrue(retries.process_log("no such row"))

	def test_sign_up_while_medusa_is_asked_queues_no_second_job(self):
		self.die_before_medusa_answers()
		known = []

		def look_up(_email: str) -> dict:
			known.append(self.sign_up())
			frappe.db.commit()
			return {"id": known[0], "first_name": "Other"}

		with patch.object(retries, "find_customer", side_effect=look_up):
			queued = self.run_scheduler()
		self.assertEqual([data["first_name"] for data in queued], [self.customer["first_name"]])

	def test_row_that_was_settled_meanwhile_is_left_alone(self):
		"""While Medusa was asked, the customer signed up again and the Lead was made."""
		self.die_before_medusa_answers()
		with patch.object(retries, "find_customer", side_effect=self.sign_up_elsewhere):
			self.run_scheduler()
		self.assertEqual({row.status for row in sync_log_rows(email=self.email)}, {"Success"})

	def sign_up_elsewhere(self, _email: str) -> None:
		medusa_id = self.sign_up()
		api.insert_lead({**self.customer, "id": medusa_id})
		frappe.db.commit()

	def test_job_that_waits_in_line_is_not_lost(self):
		medusa_id = self.sign_up()
		frappe.db.commit()
		with patch.object(queue, "get_job", return_value=SimpleNamespace(get_position=lambda: 7)) as asked:
			self.assertEqual(self.run_scheduler(), [])
		asked.assert_called_once_with(lead_jobs.job_id(medusa_id, 1))
		self.assertEqual(self.row().attempts, 1)

	def test_job_whose_worker_was_killed_is_lost(self):
		self.sign_up()
		frappe.db.commit()
		with patch.object(queue, "get_job", return_value=SimpleNamespace(get_position=lambda: None)):
			self.assertEqual(len(self.run_scheduler()), 1)

	def test_retried_job_closes_the_row(self):
		self.sign_up()
		frappe.db.commit()
		(data,) = self.run_scheduler()
		api.insert_lead(data)
		row = self.row()
		self.assertEqual((row.status, row.next_attempt), ("Success", None))


class TestFailedLead(RetryTestCase):
	def fail_with(self, error: Exception) -> None:
		medusa_id = self.sign_up()
		frappe.db.commit()
		with patch.object(leads, "insert_lead", side_effect=error), self.assertRaises(Exception):  # noqa: B017
			api.insert_lead({**self.customer, "id": medusa_id})

	def test_is_due_again(self):
		self.fail_with(RuntimeError("injected"))
		row = self.row()
		self.assertEqual((row.status, row.error), ("Failed", "injected"))
		self.assertEqual(len(self.run_scheduler()), 1)

	def test_permanent_failures_wait_for_a_person(self):
		for error in (LeadConflictError("x"), frappe.MandatoryError("x")):
			with self.subTest(error):
				self.new_customer()
				self.fail_with(error)
				self.assertIsNone(self.row().next_attempt)

	def test_refusal_of_accepted_work_waits_for_a_person(self):
		"""What leaves no row where a caller is told, since nobody is told here."""
		medusa_id = self.sign_up()
		frappe.db.commit()
		job = patch.object(frappe.local, "job", frappe._dict(method="x"), create=True)
		with job, self.assertRaises(InvalidArgumentsError):
			api.insert_lead({**self.customer, "id": medusa_id, "first_name": 7})
		row = self.row()
		self.assertEqual((row.status, row.next_attempt), ("Failed", None))
		self.assertIn("data.first_name", row.error)

	def test_form_that_failed_is_done_again(self):
		data = medusa_customer()
		with patch.object(leads, "insert_lead", side_effect=RuntimeError), self.assertRaises(RuntimeError):
			api.insert_lead(json.dumps(data))
		self.assertEqual(len(sync_log_rows(medusa_id=data["id"])), 1)
		self.email = data["email"]
		self.assertEqual(self.run_scheduler(), [data])

	def test_names_in_brackets_are_kept(self):
		self.customer["organization_name"] = "[Acme] {Trading}"
		medusa_id = self.sign_up()
		frappe.db.commit()
		self.assertEqual(self.run_scheduler(), [{**self.customer, "id": medusa_id}])

	def test_conflict_of_a_direct_call_is_not_retried(self):
		data = medusa_customer(email=make_lead().email_id)
		frappe.db.commit()
		self.assert_refused(LeadConflictError, api.insert_lead, data)
		(row,) = sync_log_rows(medusa_id=data["id"])
		self.assertIsNone(row.next_attempt)


class TestUnknownOutcome(RetryTestCase):
	def test_is_looked_up_after_the_process_died(self):
		self.die_before_medusa_answers()
		known = self.medusa.add_customer(self.email, {})
		(data,) = self.run_scheduler()
		self.assertEqual(data["id"], known["id"])

	def look_up_account(self, **names) -> dict:
		"""What a Lead is made of after a sign-up in another's name, whose outcome is not known."""
		self.medusa.set_fault("500")
		self.assert_refused(MedusaUnavailableError, self.sign_up, password="a guess")
		self.medusa.set_fault("")
		self.medusa.add_customer(self.email, names)
		(data,) = self.run_scheduler()
		return data

	def test_lead_is_made_of_what_medusa_knows(self):
		names = {"first_name": "True", "last_name": "Owner", "phone": "+97141234567", "company_name": "Own"}
		data = self.look_up_account(**names)
		expected = {"first_name": "True", "last_name": "Owner", "mobile": "+97141234567"}
		expected |= {"organization_name": "Own", "t_c_acceptance": False, "email": self.email}
		self.assertEqual({key: data[key] for key in expected}, expected)

	def test_nothing_is_made_up_for_an_account_without_names(self):
		data = self.look_up_account(first_name=None)
		names = ("first_name", "last_name", "mobile", "organization_name")
		self.assertEqual([data[name] for name in names], [""] * 4)

	def sign_up_too_slowly(self) -> None:
		"""Medusa does its work, and answers after our time-out."""
		with settings(timeout=1):
			self.medusa.set_fault("hang", CUSTOMERS)
			with self.assertRaises(MedusaUnavailableError):
				self.sign_up()
		self.medusa.set_fault("")

	def test_acceptance_is_kept_where_the_account_is_of_this_sign_up(self):
		self.sign_up_too_slowly()
		self.assertEqual(self.run_scheduler()[0] | {"id": ""}, {**self.customer, "id": ""})

	def test_time_out_whose_work_was_done(self):
		self.sign_up_too_slowly()
		(data,) = self.run_scheduler()
		self.assertEqual(data["id"], self.medusa.customers[self.email]["id"])

	def test_waits_for_a_person_where_medusa_knows_nobody(self):
		self.die_before_medusa_answers()
		self.assertEqual(self.run_scheduler(), [])
		row = self.row()
		self.assertEqual((row.status, row.next_attempt), ("Failed", None))

	def test_waits_for_a_person_without_a_secret_key(self):
		self.set_secret_key("")
		self.die_before_medusa_answers()
		self.run_scheduler()
		row = self.row()
		self.assertEqual((row.status, row.next_attempt), ("Failed", None))

	def test_is_settled_by_signing_up_again_without_a_key(self):
		self.set_secret_key("")
		self.die_before_medusa_answers()
		self.sign_up()
		frappe.db.commit()
		self.run_scheduler()
		rows = sync_log_rows(email=self.email, medusa_id=("is", "not set"))
		self.assertEqual([(row.status, row.next_attempt) for row in rows], [("Success", None)])

	def test_is_not_settled_by_an_earlier_sign_up(self):
		"""The account may be another one by now."""
		self.sign_up()
		frappe.db.commit()
		self.medusa.reset()
		self.die_before_medusa_answers()
		known = self.medusa.add_customer(self.email, {"first_name": "Second"})
		self.assertIn(known["id"], [data["id"] for data in self.run_scheduler()])

	def test_is_looked_up_later_while_medusa_is_down(self):
		self.die_before_medusa_answers()
		self.medusa.add_customer(self.email, {})
		self.medusa.set_fault("500", ADMIN_CUSTOMERS)
		self.assertEqual(self.run_scheduler(), [])
		self.assertTrue(self.row().next_attempt)
		self.medusa.set_fault("")
		self.assertEqual(len(self.run_scheduler()), 1)

	def test_wrong_secret_key_is_tried_later(self):
		self.set_secret_key("sk_wrong")
		self.die_before_medusa_answers()
		self.run_scheduler()
		self.assertTrue(self.row().next_attempt)
		self.assertEqual(self.row().error_type, "MedusaUnavailableError")

	def test_earlier_failure_is_settled_by_signing_up_again(self):
		self.medusa.set_fault("500")
		self.assert_refused(MedusaUnavailableError, self.sign_up)
		self.medusa.set_fault("")
		medusa_id = self.sign_up()
		api.insert_lead({**self.customer, "id": medusa_id})
		rows = sync_log_rows(email=self.email)
		self.assertEqual([(row.status, row.next_attempt) for row in rows], [("Success", None)] * 2)

	def test_only_the_sign_up_that_succeeded_is_taken_up(self):
		self.medusa.set_fault("500")
		self.assert_refused(MedusaUnavailableError, self.sign_up, organization_name="Refused")
		self.medusa.set_fault("")
		self.sign_up()
		frappe.db.commit()
		names = [data["organization_name"] for data in self.run_scheduler()]
		self.assertEqual(names, [self.customer["organization_name"]])

	def test_one_bad_row_does_not_hold_up_the_others(self):
		self.sign_up()
		update_log(self.row().name, request="{")
		self.customer = medusa_customer()
		del self.customer["id"]
		first, self.email = self.email, self.customer["email"]
		self.sign_up()
		update_log(self.row().name, next_attempt=add_to_date(now_datetime(), minutes=-1))
		second, self.email = self.email, first
		self.assertEqual([data["email"] for data in self.run_scheduler()], [second])


class TestRetryButton(RetryTestCase):
	def test_takes_up_a_row_that_waits_for_a_person(self):
		medusa_id = self.sign_up()
		update_log(self.row().name, **failed_for_a_person("ConflictError", "Down"))
		frappe.db.commit()
		with self.jobs() as queued:
			desk.retry_log(self.row().name)
			frappe.db.commit()
		self.assertEqual(queued[0][1]["data"]["id"], medusa_id)

	def expired_approval(self) -> tuple[str, dict]:
		"""A Quotation that may not be ordered any more, and the Failed row of its approval."""
		quotation = make_quotation(make_lead().medusa_id, self.item)
		yesterday = add_to_date(now_datetime(), days=-1).date()
		dates = {"transaction_date": yesterday, "valid_till": yesterday}
		frappe.db.set_value("Quotation", quotation.name, dates)
		frappe.db.commit()
		call = {"quotation_id": quotation.medusa_quotation_id, "approval": "Approved"}
		self.assert_refused(QuotationConflictError, api.update_quotation, **call)
		(row,) = sync_log_rows(request=("like", f"%{quotation.medusa_quotation_id}%"))
		return quotation.name, row

	def press(self, row: str) -> dict:
		"""Press the button; the job that it queued."""
		with self.jobs() as queued:
			desk.retry_log(row)
			frappe.db.commit()
		((_method, job),) = queued
		return job

	def work_off(self, job: dict) -> None:
		"""Run a job as a worker does."""
		with patch.object(frappe.local, "job", frappe._dict(method="x"), create=True):
			retries.run_retry(job["name"], job["attempt"])

	def state_of(self, row: str) -> tuple[str, int]:
		(found,) = sync_log_rows(name=row)
		return found.status, found.attempts

	def test_repeats_a_storefronts_call(self):
		quotation, row = self.expired_approval()
		frappe.db.set_value("Quotation", quotation, "valid_till", now_datetime().date())
		self.work_off(self.press(row.name))
		self.assertEqual(self.state_of(row.name), ("Success", 2))
		self.assertEqual(frappe.db.get_value("Quotation", quotation, "docstatus"), 1)

	def test_what_a_storefront_was_refused_is_not_due(self):
		_quotation, row = self.expired_approval()
		self.assertIsNone(row.next_attempt)

	def test_repeated_failure_is_written_down(self):
		_quotation, row = self.expired_approval()
		with self.assertRaises(QuotationConflictError):
			self.work_off(self.press(row.name))
		self.assertEqual(self.state_of(row.name), ("Failed", 2))

	def test_repeated_refusal_is_written_down(self):
		"""An error that the caller could fix, which has no row of its own otherwise."""
		quotation, row = self.expired_approval()
		frappe.db.set_value("Quotation", quotation, "medusa_quotation_id", unique())
		frappe.db.commit()
		with self.assertRaises(QuotationNotFoundError):
			self.work_off(self.press(row.name))
		self.assertEqual(self.state_of(row.name), ("Failed", 2))

	def test_failure_of_a_row_that_was_settled_meanwhile(self):
		"""A person settles the row while its repeated call fails: it stays settled."""
		_quotation, row = self.expired_approval()
		self.press(row.name)
		desk.settle_log(row.name, "Spam")
		frappe.db.commit()
		log_failure("update_quotation", {}, BusyError("busy"), row.name)
		self.assertEqual(self.state_of(row.name)[0], "Success")
		self.assertEqual(len(sync_log_rows(request=row.request)), 1)

	def fail_to_move(self, **fields):
		"""A customer with an address, and the row of its change, which failed."""
		customer = make_customer(medusa_id=unique("cus_"))
		make_quotation(customer.medusa_id, self.item, billing_address=ADDRESS)
		frappe.db.commit()
		with patch.object(addresses, "update_address", side_effect=BusyError):
			self.assert_refused(BusyError, api.update_address, customer_id=customer.medusa_id, **fields)
		(row,) = sync_log_rows(medusa_id=customer.medusa_id, method="update_address")
		return customer, row

	def test_not_for_an_address_that_was_changed_again(self):
		customer, row = self.fail_to_move(city="Old")
		api.update_address(customer_id=customer.medusa_id, city="New")
		frappe.db.commit()
		self.assert_refused(ConflictError, desk.retry_log, row.name)

	def test_not_for_an_address_that_was_changed_by_another_name(self):
		customer, row = self.fail_to_move(city="Old")
		api.update_address(customer_id=customer.name, city="New")
		self.assertEqual(self.state_of(row.name)[0], "Success")

	def test_rest_of_an_address_is_still_changed(self):
		customer, row = self.fail_to_move(city="Sharjah", pincode="11111")
		api.update_address(customer_id=customer.medusa_id, pincode="22222")
		frappe.db.commit()
		self.work_off(self.press(row.name))
		links = {"link_name": customer.name, "parenttype": "Address"}
		address = frappe.db.get_value("Dynamic Link", links, "parent")
		values = frappe.db.get_value("Address", address, ["city", "pincode"])
		self.assertEqual(values, ("Sharjah", "22222"))

	def city_of(self, customer) -> str:
		links = {"link_name": customer.name, "parenttype": "Address"}
		address = frappe.db.get_value("Dynamic Link", links, "parent")
		return frappe.db.get_value("Address", address, "city")

	def test_later_call_goes_before_a_job_that_waits(self):
		customer, row = self.fail_to_move(city="Old")
		job = self.press(row.name)
		api.update_address(customer_id=customer.medusa_id, city="New")
		frappe.db.commit()
		self.work_off(job)
		self.assertEqual((self.city_of(customer), self.state_of(row.name)[0]), ("New", "Success"))

	def test_only_the_last_press_counts(self):
		customer, row = self.fail_to_move(city="Sharjah")
		first, second = self.press(row.name), self.press(row.name)
		self.work_off(first)
		self.assertEqual(self.city_of(customer), "Dubai")
		self.work_off(second)
		self.assertEqual(self.city_of(customer), "Sharjah")

	def test_job_of_a_row_that_was_deleted(self):
		customer, row = self.fail_to_move(city="Sharjah")
		job = self.press(row.name)
		frappe.db.delete("Medusa Sync Log", {"name": row.name})
		self.work_off(job)
		self.assertEqual(self.city_of(customer), "Dubai")

	def test_repeat_leaves_later_failures_open(self):
		customer, row = self.fail_to_move(city="Old")
		with patch.object(addresses, "update_address", side_effect=BusyError):
			self.assert_refused(BusyError, api.update_address, customer_id=customer.medusa_id, city="New")
		self.work_off(self.press(row.name))
		rows = sync_log_rows(medusa_id=customer.medusa_id, method="update_address")
		self.assertEqual({row.status for row in rows}, {"Success", "Failed"})

	def test_approval_without_an_order_leaves_a_wanted_order_open(self):
		quotation = make_quotation(make_lead().medusa_id, self.item)
		frappe.db.commit()
		call = {"quotation_id": quotation.medusa_quotation_id, "approval": "Approved"}
		with patch.object(approvals, "approve", side_effect=BusyError):
			self.assert_refused(BusyError, api.update_quotation, **call, create_so="true")
		api.update_quotation(**call)
		self.assertEqual(self.row_of(quotation.medusa_quotation_id).status, "Failed")

	def row_of(self, quotation_id: str):
		(row,) = sync_log_rows(quotation_id=quotation_id)
		return row

	def test_not_for_a_decision_that_was_made_anew(self):
		quotation = make_quotation(make_lead().medusa_id, self.item)
		frappe.db.commit()
		with patch.object(approvals, "reject", side_effect=BusyError):
			call = (quotation.name, "Rejected")
			self.assert_refused(BusyError, api.update_quotation, *call)
		row = self.row_of(quotation.name)
		api.update_quotation(quotation.medusa_quotation_id, "Approved")
		self.assertEqual(self.state_of(row.name)[0], "Success")

	def test_rejection_replaces_an_approval_that_wanted_an_order(self):
		quotation = make_quotation(make_lead().medusa_id, self.item)
		frappe.db.commit()
		with patch.object(approvals, "approve", side_effect=BusyError):
			call = {"quotation_id": quotation.medusa_quotation_id, "approval": "Approved", "create_so": True}
			self.assert_refused(BusyError, api.update_quotation, **call)
		api.update_quotation(quotation.medusa_quotation_id, "Rejected")
		self.assertEqual(self.row_of(quotation.medusa_quotation_id).status, "Success")

	def test_not_for_a_quotation_that_was_made(self):
		call = quotation_request(make_lead().medusa_id, self.item)
		frappe.db.commit()
		with patch.object(quotations, "make_quotation", side_effect=BusyError):
			self.assert_refused(BusyError, api.create_quotation, **call)
		api.create_quotation(**call)
		self.assertEqual(self.row_of(call["quotation_id"]).status, "Success")

	def test_another_customers_quotation_settles_nothing(self):
		call = quotation_request(make_lead().medusa_id, self.item)
		api.create_quotation(**call)
		frappe.db.commit()
		wrong = {**call, "customer_id": make_lead().medusa_id}
		frappe.db.commit()
		self.assert_refused(QuotationConflictError, api.create_quotation, **wrong)
		api.create_quotation(**call)
		self.assertEqual(self.row_of(call["quotation_id"]).status, "Failed")

	def test_not_while_switched_off(self):
		self.sign_up()
		frappe.db.commit()
		with settings(enabled=0):
			self.assert_refused(IntegrationDisabledError, desk.retry_log, self.row().name)

	def test_second_press_is_a_second_job(self):
		"""The first one's worker may have been killed."""
		_quotation, row = self.expired_approval()
		ids = {self.press(row.name)["job_id"] for _time in range(2)}
		self.assertEqual(len(ids), 2)

	def test_queue_that_takes_none_is_said(self):
		_quotation, row = self.expired_approval()
		with patch.object(frappe, "enqueue", side_effect=redis.exceptions.ConnectionError):
			self.assert_refused(ConflictError, desk.retry_log, row.name)
		self.assertEqual(self.state_of(row.name), ("Failed", 1))

	def test_which_row_must_be_said(self):
		self.assert_refused(InvalidArgumentsError, desk.retry_log)

	def test_not_for_everybody(self):
		self.sign_up()
		row = self.row().name
		with request_of(make_user("Sales Manager")):
			self.assert_refused(ConflictError, desk.retry_log, row)

	def test_queue_that_takes_no_lead_leaves_the_row_as_failed(self):
		"""It would vanish from the list of what failed."""
		self.sign_up()
		name = self.row().name
		update_log(name, status="Failed", error="Down", waits_for="Person", next_attempt=None)
		frappe.db.commit()
		with patch.object(frappe, "enqueue", side_effect=redis.exceptions.ConnectionError):
			self.assert_refused(ConflictError, desk.retry_log, name)
		stored = frappe.db.get_value("Medusa Sync Log", name, ["status", "waits_for"])
		self.assertEqual(stored, ("Failed", "Next attempt"))

	def test_not_for_what_is_done(self):
		medusa_id = self.sign_up()
		api.insert_lead({**self.customer, "id": medusa_id})
		frappe.db.commit()
		self.assert_refused(ConflictError, desk.retry_log, self.row().name)

	def test_not_for_any_method(self):
		self.sign_up()
		update_log(self.row().name, method="link_medusa_lead")
		frappe.db.commit()
		self.assert_refused(ConflictError, desk.retry_log, self.row().name)


class TestRequest(MedusaTestCase):
	def test_every_argument_that_a_retry_needs_is_logged(self):
		for method in declarations.repeatable_methods():
			with self.subTest(method):
				declaration = declarations.declaration_of(method)
				objects = {name: dict.fromkeys(keys, 1) for name, keys in declaration.reads.items()}
				sent = {**dict.fromkeys(declaration.arguments, 1), **objects}
				logged = declaration.loggable(sent)
				self.assertEqual(logged, {name: value for name, value in sent.items() if name != "password"})


class TestMail(RetryTestCase):
	def setUp(self):
		super().setUp()
		for row in sync_log_rows(status=("!=", "Success")):  # what other tests left
			update_log(row.name, status="Success", waits_for="")

	def mails(self) -> list:
		with patch.object(frappe, "sendmail", create=True) as sendmail:
			mail.mail_open_rows()
		return [call.kwargs for call in sendmail.call_args_list]

	def fail(self, **values) -> None:
		"""Let a sign-up wait for a person."""
		self.sign_up()
		update_log(
			self.row().name, **{"status": "Failed", "waits_for": "Person", "next_attempt": None, **values}
		)

	def test_no_mail_without_rows(self):
		self.assertEqual(self.mails(), [])

	def test_goes_to_the_users_who_are_system_managers(self):
		self.fail()
		recipients = self.mails()[0]["recipients"]
		self.assertEqual(recipients, get_system_managers(only_name=True))

	def test_row_that_waits_for_a_person(self):
		self.fail()
		(mail,) = self.mails()
		self.assertIn(self.email, mail["message"])
		self.assertIn(self.row().name, mail["message"])

	def test_row_is_in_one_mail_only(self):
		self.fail()
		self.assertEqual((len(self.mails()), self.mails()), (1, []))

	def test_row_that_is_queued_for_a_day(self):
		self.fail(status="Queued", waits_for="", creation=add_to_date(now_datetime(), days=-2))
		self.assertIn(self.email, str(self.mails()))

	def test_younger_row_that_is_queued(self):
		self.fail(status="Queued", waits_for="")
		self.assertEqual(self.mails(), [])

	def test_row_that_will_be_retried(self):
		self.fail(waits_for="Next attempt", next_attempt=now_datetime())
		self.assertEqual(self.mails(), [])

	def test_mistake_of_the_customer(self):
		self.fail(waits_for="Shop")
		self.assertEqual(self.mails(), [])

	def test_newest_hundred_with_the_number_of_all(self):
		for number in range(101):
			row = create_log("sign_up", {}, email=f"{unique()}@example.com").name
			created = add_to_date(now_datetime(), days=-2, minutes=-number)
			update_log(row, status="Failed", waits_for="Person", creation=created)
		(mail,) = self.mails()
		self.assertEqual(mail["message"].count("<tr>"), 100)
		self.assertNotIn(row, mail["message"])
		self.assertEqual(mail["subject"], "Medusa: 101 calls wait for a person")

	def test_html_stays_text(self):
		self.fail(error="<script>")
		self.assertIn("&lt;script&gt;", self.mails()[0]["message"])


class TestClearing(RetryTestCase):
	def is_cleared(self, **values) -> bool:
		self.sign_up()
		created = add_to_date(now_datetime(), days=-100)
		update_log(self.row().name, creation=created, **values)
		MedusaSyncLog.clear_old_logs(90)
		return not sync_log_rows(email=self.email)

	def test_what_is_done_goes(self):
		self.assertTrue(self.is_cleared(status="Success", next_attempt=None))

	def test_what_was_refused_goes(self):
		self.assertTrue(self.is_cleared(status="Failed", next_attempt=None, medusa_id=None))

	def test_customer_without_a_lead_stays(self):
		self.assertFalse(self.is_cleared(status="Failed", next_attempt=None))

	def test_what_is_under_way_stays(self):
		self.assertFalse(self.is_cleared())

	def test_what_will_be_tried_again_stays(self):
		self.assertFalse(self.is_cleared(status="Failed", medusa_id=None))


class TestPausesSetting(RetryTestCase):
	def test_must_be_minutes(self):
		for pauses in ("x", "1;2", "-1", "0", "1.5", "99999999"):
			with self.subTest(pauses):
				doc = frappe.get_single("Medusa Settings")
				doc.retry_pauses = pauses
				self.assert_refused(frappe.ValidationError, doc.save)

	def test_none_means_no_retries(self):
		with settings(retry_pauses=""):
			self.sign_up()
			self.assertIsNone(self.row().next_attempt)
		set_settings(retry_pauses="1, 5, 30, 120, 720")
