"""Work that others disturbed is done again from the start, and no other."""

from unittest.mock import DEFAULT, patch

import frappe

from medusa_integration import api, transaction
from medusa_integration.exceptions import BusyError, LeadConflictError
from medusa_integration.medusa_integration.doctype.medusa_sync_log import medusa_sync_log
from medusa_integration.selling import leads
from medusa_integration.tests.base import (
	MedusaTestCase,
	locks,
	make_lead,
	medusa_customer,
	sync_log_rows,
)


class TestCollisions(MedusaTestCase):
	def insert(self, *outcomes: object) -> tuple[str | None, int]:
		"""insert_lead, whose attempts end like this; the answer, and how many there were."""
		with patch.object(leads, "insert_lead", side_effect=outcomes) as attempts:
			return api.insert_lead(medusa_customer()), attempts.call_count

	def test_is_done_again(self):
		errors = (
			frappe.DuplicateEntryError("Contact", "x"),
			frappe.UniqueValidationError("Lead", "x"),
			frappe.TimestampMismatchError(),
			frappe.QueryDeadlockError(),
			frappe.QueryTimeoutError(),
			frappe.db.OperationalError(1020, "Record has changed since last read in table 'tabLead'"),
		)
		for error in errors:
			with self.subTest(error):
				self.assertEqual(self.insert(error, "CRM-LEAD-1"), ("CRM-LEAD-1", 2))

	def test_other_errors_of_the_database_are_not(self):
		error = frappe.db.OperationalError(1054, "Unknown column")
		with self.assertRaises(frappe.db.OperationalError):
			self.insert(error, "CRM-LEAD-1")

	def test_row_of_a_failure_is_written_all_the_same(self):
		data = medusa_customer(email=make_lead().email_id)
		frappe.db.commit()
		busy_once = [frappe.QueryDeadlockError(), DEFAULT]
		with patch.object(
			medusa_sync_log, "create_log", wraps=medusa_sync_log.create_log, side_effect=busy_once
		):
			message = self.assert_refused(LeadConflictError, api.insert_lead, data)
		self.assertEqual(len(sync_log_rows(medusa_id=data["id"])), 1)
		self.assertIn(message, str(frappe.local.message_log))

	def test_not_for_ever(self):
		with self.assertRaises(BusyError):
			self.insert(*[frappe.QueryDeadlockError()] * 8, "CRM-LEAD-1")

	def test_no_third_wait_for_a_lock(self):
		with self.assertRaises(BusyError):
			self.insert(*[frappe.QueryTimeoutError()] * 2, "CRM-LEAD-1")

	def test_what_erpnext_said_of_a_collision_is_not_in_the_answer(self):
		def collide_once(*_args, **_kwargs):
			if work.call_count == 1:
				frappe.msgprint("The name is taken")
				raise frappe.DuplicateEntryError("Contact", "x")
			return [str(message) for message in frappe.local.message_log]

		frappe.clear_messages()
		frappe.msgprint("Said before")
		with patch.object(leads, "insert_lead", side_effect=collide_once) as work:
			said = api.insert_lead(medusa_customer())
		self.assertEqual((len(said), "Said before" in said[0]), (1, True))

	def test_what_a_collided_attempt_wrote_is_rolled_back(self):
		lead = make_lead()
		frappe.db.commit()
		seen = []

		def work():
			seen.append(frappe.db.get_value("Lead", lead.name, "company_name"))
			if len(seen) == 1:
				frappe.db.set_value("Lead", lead.name, "company_name", "Of the slower call")
				raise frappe.QueryDeadlockError

		transaction.run(work)
		self.assertEqual(seen, [lead.company_name] * 2)


class TestWaiting(MedusaTestCase):
	"""Which rows calls wait at."""

	def test_repeated_attempts_pass_one_at_a_time(self):
		attempts = []

		def work():
			attempts.append(list(rows))
			if len(attempts) < 3:
				raise frappe.QueryDeadlockError

		with locks() as rows:
			transaction.run(work)
		turnstile = ("DocType", "Medusa Settings")
		self.assertEqual(attempts, [[], [turnstile], [turnstile] * 2])

	def test_record_that_was_read_before(self):
		lead = make_lead()
		with locks() as rows:
			transaction.lock("Lead", lead.name, lead.modified)
		self.assertEqual(rows, [("Lead", lead.name)])
