"""Medusa Settings: what is tidied up, refused and warned of, and what an empty field means."""

from unittest.mock import patch

import frappe

from medusa_integration import api
from medusa_integration.tests.base import (
	MedusaTestCase,
	company,
	make_lead,
	make_user,
	quotation_request,
	settings,
)

WARNING = "Anyone who can reach this site can now call the storefront's methods without a token."


class SettingsTestCase(MedusaTestCase):
	def save(self, **values):
		"""Save fields of the settings until the end of the test."""
		self.addCleanup(frappe.clear_document_cache, "Medusa Settings", "Medusa Settings")
		self.addCleanup(frappe.db.rollback)
		doc = frappe.get_single("Medusa Settings")
		doc.update(values)
		return doc.save()


class TestGuestAccess(SettingsTestCase):
	def warnings(self, **values) -> list[str]:
		with patch.object(frappe, "msgprint") as msgprint:
			self.save(**values)
		return [call.args[0] for call in msgprint.call_args_list if call.args]

	def test_switching_it_on_warns(self):
		self.assertEqual(self.warnings(guest_access=1), [WARNING])

	def test_saving_while_it_is_on_does_not_warn_again(self):
		self.save(guest_access=1)
		self.assertEqual(self.warnings(delivery_days=2), [])

	def test_switching_it_off_does_not_warn(self):
		self.save(guest_access=1)
		self.assertEqual(self.warnings(guest_access=0), [])


class TestTidyingUp(SettingsTestCase):
	def test_url(self):
		for typed, kept in ((" https://shop.example/ ", "https://shop.example"), ("", ""), (None, "")):
			with self.subTest(typed):
				self.assertEqual(self.save(medusa_url=typed).medusa_url, kept)

	def test_url_with_a_port_and_a_path(self):
		for url in ("http://localhost:9000", "https://shop.example:8443/medusa", "http://[::1]:9000"):
			with self.subTest(url):
				self.assertEqual(self.save(medusa_url=url).medusa_url, url)

	def test_publishable_key(self):
		for typed, kept in ((" pk_1 ", "pk_1"), (None, "")):
			with self.subTest(typed):
				self.assertEqual(self.save(publishable_key=typed).publishable_key, kept)

	def test_sign_up_path_begins_with_one_slash(self):
		for typed, kept in (("signup", "/signup"), (" //a/b", "/a/b"), ("", "/store/signup")):
			with self.subTest(typed):
				self.assertEqual(self.save(sign_up_path=typed).sign_up_path, kept)

	def test_retry_pauses(self):
		for typed, kept in ((" 1,5 ,, 30", "1, 5, 30"), ("100000", "100000"), ("", ""), (None, "")):
			with self.subTest(typed):
				self.assertEqual(self.save(retry_pauses=typed).retry_pauses, kept)

	def test_pauses_that_are_too_long_or_none(self):
		for typed in ("100001", "0", "1, 0", "1 2", "-1"):
			with self.subTest(typed):
				message = self.assert_refused(frappe.ValidationError, self.save, retry_pauses=typed)
				self.assertEqual(message, "Retry Pauses must be numbers of minutes, separated by commas.")

	def test_user_that_is_disabled_or_unknown(self):
		user = frappe.get_doc("User", make_user(enabled=0))
		for name in (user.name, "Guest"):
			with self.subTest(name):
				message = self.assert_refused(frappe.ValidationError, self.save, integration_user=name)
				self.assertEqual(message, "Integration User must be an enabled user other than Guest.")


class TestCompany(MedusaTestCase):
	def quote(self) -> str:
		"""Return the company of a new Quotation."""
		request = quotation_request(make_lead().medusa_id, self.item)
		name = api.create_quotation(**request)["quotationId"]
		return frappe.db.get_value("Quotation", name, "company")

	def test_of_the_settings_goes_first(self):
		seller, original = company(), frappe.defaults.get_global_default

		def default(key):
			return None if key == "company" else original(key)

		with patch.object(frappe.defaults, "get_global_default", side_effect=default):
			with settings(company=seller):
				self.assertEqual(self.quote(), seller)

	def test_erpnexts_default_where_the_settings_name_none(self):
		with settings(company=None):
			self.assertEqual(self.quote(), frappe.defaults.get_global_default("company"))
