"""How Medusa is called: each call has an end, and goes where the settings say and nowhere else."""

from unittest.mock import patch

import frappe
import requests

from medusa_integration.exceptions import MedusaUnavailableError
from medusa_integration.medusa import admin, client
from medusa_integration.tests.base import SignUpTestCase, set_secret_key, settings
from medusa_integration.tests.fake_medusa import CUSTOMERS, OWN_SIGN_UP, REGISTER


class TestCalls(SignUpTestCase):
	def setUp(self):
		super().setUp()
		set_secret_key("sk_test")
		frappe.db.commit()

	def options_of_a_call(self) -> dict:
		"""Return what `requests` is told about a call that then fails."""
		with patch.object(requests, "request", side_effect=requests.ConnectionError) as request:
			self.assert_refused(MedusaUnavailableError, self.sign_up)
		return request.call_args.kwargs

	def test_time_outs_to_connect_and_to_read(self):
		with settings(timeout=7):
			self.assertEqual(self.options_of_a_call()["timeout"], (5, 7))

	def test_time_out_where_the_settings_name_none(self):
		with settings(timeout=0):
			self.assertEqual(self.options_of_a_call()["timeout"], (5, 15))

	def test_slash_at_the_end_of_the_url(self):
		with patch.object(requests, "request", side_effect=requests.ConnectionError) as request:
			with settings(medusa_url="http://shop.example/"):
				self.assert_refused(MedusaUnavailableError, self.sign_up)
		self.assertEqual(request.call_args.args, ("POST", "http://shop.example" + REGISTER))

	def test_redirect_is_not_followed(self):
		"""It would take the e-mail and the password to another server."""
		for path in (REGISTER, CUSTOMERS):
			with self.subTest(path):
				self.medusa.calls.clear()
				self.medusa.set_fault("redirect", path)
				self.assert_refused(MedusaUnavailableError, self.sign_up)
				self.assertNotIn("/elsewhere", [called for called, _body in self.medusa.calls])

	def test_redirect_of_a_route_of_the_shops_own(self):
		with settings(sign_up_flow="Own route", sign_up_path=OWN_SIGN_UP):
			self.medusa.set_fault("redirect", OWN_SIGN_UP)
			self.assert_refused(MedusaUnavailableError, self.sign_up)
		self.assertEqual([called for called, _body in self.medusa.calls], [OWN_SIGN_UP])

	def test_sign_up_of_a_new_customer_takes_two_calls(self):
		self.sign_up()
		self.assertEqual([path for path, _body in self.medusa.calls], [REGISTER, CUSTOMERS])

	def test_lookup_that_fails_is_no_answer(self):
		"""Also if the answer holds a list of customers."""
		for status in (500, 401, 302):
			answer = client.Answer(status, {"customers": []})
			with self.subTest(status), patch.object(admin, "get_as_admin", return_value=answer):
				self.assert_refused(MedusaUnavailableError, admin.find_customer, self.email)

	def test_lookup_without_a_list_is_no_answer(self):
		with patch.object(admin, "get_as_admin", return_value=client.Answer(200, {"customers": None})):
			self.assert_refused(MedusaUnavailableError, admin.find_customer, self.email)

	def test_answer_does_not_show_its_body(self):
		self.assertNotIn("secret", repr(client.Answer(200, {"token": "secret"})))
