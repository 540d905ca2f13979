"""The queue of background jobs when Redis cannot be reached."""

from unittest.mock import patch

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

	def test_job_that_is_queued_is_answered(self):
		with patch("frappe.enqueue") as enqueue:
			self.assertIs(queue.enqueue("frappe.ping", "x", a=1), True)
		enqueue.assert_called_once_with("frappe.ping", queue="short", job_id="x", deduplicate=True, a=1)
