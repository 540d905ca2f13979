"""What a row of Medusa Sync Log keeps of a call that failed."""

import json
from contextlib import contextmanager
from unittest.mock import patch

import frappe

from medusa_integration import api
from medusa_integration.exceptions import InvalidArgumentsError
from medusa_integration.tests.base import MedusaTestCase, medusa_customer, sync_log_rows, unique


class TestWhatIsKept(MedusaTestCase):
	"""A job has no caller to tell, so that wrong arguments are kept, too."""

	def kept_of(self, **values) -> dict:
		"""Return the customer that the row of a failed job holds."""
		data = medusa_customer(**values)
		with as_job():
			self.assert_refused(InvalidArgumentsError, api.insert_lead, data)
		(row,) = sync_log_rows(medusa_id=data["id"])
		return json.loads(row.request)["data"]

	def test_text_is_cut_to_1000_characters(self):
		self.assertEqual(self.kept_of(first_name="x" * 5000)["first_name"], "x" * 1000)

	def test_list_is_cut_to_1000_entries(self):
		self.assertEqual(self.kept_of(first_name=[1] * 5000)["first_name"], [1] * 1000)

	def test_depth_ends(self):
		nested = {"id": {"id": {"id": {"id": "x"}}}}
		self.assertEqual(self.kept_of(first_name=nested)["first_name"], {"id": {"id": None}})

	def test_error_is_cut_to_1000_characters(self):
		data = medusa_customer()
		with as_job(), patch("medusa_integration.leads.insert_lead", side_effect=ValueError("x" * 5000)):
			self.assert_refused(ValueError, api.insert_lead, data)
		(row,) = sync_log_rows(medusa_id=data["id"])
		self.assertEqual(row.error, ("ValueError: " + "x" * 5000)[:1000])

	def test_ids_are_cut_to_what_a_field_holds(self):
		data = medusa_customer(id="x" * 200, email=unique("y" * 200))
		with as_job():
			self.assert_refused(InvalidArgumentsError, api.insert_lead, data)
		(row,) = sync_log_rows(medusa_id="x" * 140, email=data["email"][:140])
		self.assertEqual(row.status, "Failed")


@contextmanager
def as_job():
	"""Whatever is called inside is called by a background job."""
	before = getattr(frappe.local, "job", None)
	frappe.local.job = frappe._dict(name="test")
	try:
		yield
	finally:
		frappe.local.job = before
