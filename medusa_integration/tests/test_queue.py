"""The queue of background jobs when Redis cannot be reached, or accepts no jobs."""

from unittest.mock import patch

import frappe
import redis

from medusa_integration.jobs import queue
from medusa_integration.tests.base import MedusaTestCase

DOWN = redis.exceptions.ConnectionError


class TestRedisDown(MedusaTestCase):
	def test_job_counts_as_not_waiting(self):
		with patch.object(queue, "get_job", side_effect=DOWN):
			self.assertIs(queue.is_waiting("x"), False)

	def test_job_that_is_not_queued_is_answered(self):
		with patch("frappe.enqueue", side_effect=DOWN):
			self.assertIs(queue.enqueue("frappe.ping", "x"), False)

	def test_queue_that_is_full_is_answered(self):
		"""Frappe 16 wants to link to a report that the integration user may not read."""
		with patch("frappe.enqueue", side_effect=frappe.PermissionError):
			self.assertIs(queue.enqueue("frappe.ping", "x"), False)

	def test_job_that_is_queued_is_answered(self):
		with patch("frappe.enqueue") as enqueue:
			self.assertIs(queue.enqueue("frappe.ping", "x", a=1), True)
		enqueue.assert_called_once_with("frappe.ping", queue="short", job_id="x", deduplicate=True, a=1)
