"""How Medusa is called: each call has an end, and goes where the settings say and nowhere else."""

from unittest.mock import patch

import requests

from medusa_integration.exceptions import MedusaUnavailableError
from medusa_integration.tests.base import SignUpTestCase, settings
from medusa_integration.tests.fake_medusa import CUSTOMERS, OWN_SIGN_UP, REGISTER


class TestCalls(SignUpTestCase):
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
