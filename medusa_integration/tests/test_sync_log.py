"""What a row of Medusa Sync Log keeps of a call that failed."""

import json
from collections.abc import Callable
from contextlib import contextmanager
from unittest.mock import patch

import frappe

from medusa_integration import api
from medusa_integration.exceptions import BusyError, ErpnextRefusedError, InvalidArgumentsError
from medusa_integration.tests.base import (
	MedusaTestCase,
	make_customer,
	medusa_customer,
	sync_log_rows,
	unique,
)


class TestWhatIsKept(MedusaTestCase):
	"""Nobody receives the answer of a job, so wrong arguments are logged, too."""

	def kept_of(self, **values) -> dict:
		"""Return the customer that the row of a failed job holds."""
		data = medusa_customer(**values)
		with as_job():
			self.assert_refused(InvalidArgumentsError, api.insert_lead, data)
		(row,) = sync_log_rows(medusa_id=data["id"])
		return json.loads(row.request)["data"]

	def test_text_is_cut_to_1000_characters(self):
		self.assertEqual(self.kept_of(first_name="x" * 5000)["first_name"], "x" * 1000)

	def test_object_in_the_place_of_a_text_is_kept_empty(self):
		"""What is in it may be a secret."""
		for sent, kept in (({"pin": "x"}, {}), (["x"], [])):
			with self.subTest(sent):
				self.assertEqual(self.kept_of(first_name=sent)["first_name"], kept)

	def test_error_is_cut_to_1000_characters(self):
		data = medusa_customer()
		with (
			as_job(),
			patch("medusa_integration.selling.leads.insert_lead", side_effect=ValueError("x" * 5000)),
		):
			self.assert_refused(ValueError, api.insert_lead, data)
		(row,) = sync_log_rows(medusa_id=data["id"])
		self.assertEqual(row.error, ("ValueError: " + "x" * 5000)[:1000])

	def test_ids_are_cut_to_what_a_field_holds(self):
		data = medusa_customer(id=unique() + "x" * 200, email=unique() + "y" * 200)
		with as_job():
			self.assert_refused(InvalidArgumentsError, api.insert_lead, data)
		(row,) = sync_log_rows(medusa_id=data["id"][:140], email=data["email"][:140])
		self.assertEqual(row.status, "Failed")


class TestFailures(MedusaTestCase):
	"""A call that fails for a reason other than its arguments."""

	def fail(self, error: Exception | Callable, **options) -> str:
		"""Let a storefront's change of an address fail; return its customer's id."""
		customer = unique("cus_")
		with patch("medusa_integration.selling.parties.get_party", side_effect=error):
			for _time in range(options.get("times", 1)):
				self.assert_refused(
					options.get("expected", type(error)), api.update_address, customer, city="x"
				)
		return customer

	def test_same_call_again_counts_in_its_row(self):
		customer = self.fail(BusyError("x"), times=3)
		(row,) = sync_log_rows(medusa_id=customer)
		self.assertEqual(row.attempts, 3)

	def test_words_of_erpnext_stay_in_the_row(self):
		frappe.clear_messages()

		def refuse(*_args, **_options):
			frappe.throw("by an employee")

		customer = self.fail(refuse, expected=ErpnextRefusedError)
		(row,) = sync_log_rows(medusa_id=customer)
		self.assertIn("an employee", row.error)
		self.assertNotIn("an employee", str(frappe.local.message_log))

	def test_work_is_rolled_back_before_the_row_is_committed(self):
		customer = make_customer()
		frappe.db.commit()

		def write_and_fail(*_args, **_options):
			frappe.db.set_value("Customer", customer.name, "website", "https://half-made.example")
			raise RuntimeError

		with patch("medusa_integration.selling.parties.get_party", side_effect=write_and_fail):
			self.assert_refused(RuntimeError, api.update_address, unique("cus_"), city="x")
		self.assertNotEqual(
			frappe.db.get_value("Customer", customer.name, "website"), "https://half-made.example"
		)


@contextmanager
def as_job():
	"""Let a background job make the calls of the block."""
	before = getattr(frappe.local, "job", None)
	frappe.local.job = frappe._dict(name="test")
	try:
		yield
	finally:
		frappe.local.job = before
