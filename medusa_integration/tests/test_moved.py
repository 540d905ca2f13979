"""Dotted paths that a site may hold from before an update still lead to the function."""

import inspect

import frappe

from medusa_integration import api, desk
from medusa_integration.tests.base import MedusaTestCase, medusa_customer

# path of version 0.1 -> path of today
MOVED = {
	"access.keep_tracebacks_inside": "rest.request_hooks.disable_tracebacks",
	"access.keep_to_arguments": "rest.request_hooks.drop_unknown_arguments",
	"access.mend_early_refusals": "rest.request_hooks.sanitize_error_response",
	"access.say_when_to_retry": "rest.request_hooks.set_retry_after",
	"approvals.check_ordered_once": "selling.approvals.check_ordered_once",
	"customers.move_draft_quotations": "selling.customers.move_draft_quotations",
	"customers.search_leads_to_link": "desk.search_leads_to_link",
	"customers.take_medusa_id_from_lead": "selling.customers.take_medusa_id_from_lead",
	"merging.keep_account": "selling.merging.keep_account",
	"own_fields.check": "selling.own_fields.check",
	"own_fields.check_change": "selling.own_fields.check_change",
	"parties.check_unused": "selling.parties.check_unused",
	"retries.adopt": "desk.adopt_lead",
	"retries.mail_failures": "jobs.mail.mail_open_rows",
	"retries.repeat": "jobs.retries.run_retry",
	"retries.retry": "desk.retry_log",
	"retries.take_up_due_work": "jobs.retries.process_due_logs",
	"saving.end_leaving_out_picture": "selling.saving.stop_skipping_gravatar",
	"saving.leave_out_picture": "selling.saving.skip_gravatar",
	"saving.name_safely": "selling.saving.set_unique_name",
}


class TestMovedPaths(MedusaTestCase):
	def test_old_path_is_todays_function(self):
		for old, new in MOVED.items():
			with self.subTest(old):
				old_function, new_function = (
					frappe.get_attr(f"medusa_integration.{path}") for path in (old, new)
				)
				self.assertIs(old_function, new_function)

	def test_old_path_may_be_called_over_http(self):
		"""By a page that a browser has loaded before the update."""
		for path in ("retries.retry", "retries.adopt", "customers.search_leads_to_link"):
			with self.subTest(path):
				self.assertIn(frappe.get_attr(f"medusa_integration.{path}"), frappe.whitelisted)

	def test_job_takes_the_arguments_that_were_queued_before(self):
		queued = {"retries.repeat": {"name": "x", "attempt": 1}, "api.insert_lead": {"data": {}}}
		for path, arguments in queued.items():
			with self.subTest(path):
				function = frappe.get_attr(f"medusa_integration.{path}")
				self.assertEqual(set(inspect.signature(function).parameters), set(arguments))

	def test_every_hook_leads_to_a_function(self):
		for name in ("before_request", "after_request"):
			for path in frappe.get_hooks(name, app_name="medusa_integration"):
				with self.subTest(path):
					self.assertTrue(callable(frappe.get_attr(path)))

	def test_methods_of_the_desk_are_in_one_module(self):
		paths = {f"{m.__module__}.{m.__name__}" for m in frappe.whitelisted}
		own = {path.rpartition(".")[0] for path in paths if path.startswith("medusa_integration.")}
		self.assertLessEqual(own, {api.__name__, desk.__name__})

	def test_job_queued_before_the_update_makes_the_lead(self):
		data = medusa_customer()
		lead = frappe.call("medusa_integration.api.insert_lead", data=data)
		self.assertEqual(frappe.db.get_value("Lead", lead, "medusa_id"), data["id"])
