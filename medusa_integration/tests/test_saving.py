"""The flags that Frappe works by are as before, when the app has saved something or failed to."""

from unittest.mock import patch

import frappe

from medusa_integration import api
from medusa_integration.exceptions import ErpnextRefusedError
from medusa_integration.selling.saving import saving_from_medusa, to_safe_name, to_unique_name
from medusa_integration.tests.base import MedusaTestCase, make_lead, medusa_customer


class TestImportFlag(MedusaTestCase):
	def setUp(self):
		super().setUp()
		self.lead_class = type(frappe.new_doc("Lead"))

	def test_pretends_an_import_while_it_validates(self):
		seen = self.flags_seen_by_validate()
		make_lead()
		self.assertEqual(seen, [True])

	def test_no_import_while_it_writes(self):
		"""Notifications, webhooks and assignments would be left out."""
		seen = []

		def note(_lead):
			seen.append(bool(frappe.flags.in_import))

		with patch.object(self.lead_class, "on_update", note, create=True):
			make_lead()
		self.assertEqual(set(seen), {False})

	def test_put_back_after_a_failure(self):
		with patch.object(self.lead_class, "validate", side_effect=frappe.ValidationError):
			self.assert_refused(ErpnextRefusedError, api.insert_lead, medusa_customer())
		self.assertFalse(frappe.flags.in_import)
		self.assertIsNone(frappe.flags.medusa_import_flag)

	def test_put_back_to_what_it_was(self):
		with patch.dict(frappe.flags, in_import=True):
			make_lead()
			self.assertTrue(frappe.flags.in_import)

	def test_only_for_what_the_app_saves(self):
		make_lead()
		seen = self.flags_seen_by_validate()
		lead = frappe.new_doc("Lead")
		lead.update({"first_name": "Desk", "last_name": frappe.generate_hash(length=10)})
		lead.insert()
		self.assertEqual(seen, [False])

	def flags_seen_by_validate(self) -> list[bool]:
		"""Return a list that `validate` of every Lead from now on adds the flag to."""
		seen, validate = [], self.lead_class.validate

		def note(lead):
			seen.append(bool(frappe.flags.in_import))
			validate(lead)

		self.enterContext(patch.object(self.lead_class, "validate", note))
		return seen


class TestNoCommit(MedusaTestCase):
	def test_commit_while_saving_is_left_out(self):
		if hasattr(frappe.db, "_disable_transaction_control"):
			self.skipTest("Frappe 16 guards its events itself")
		lead = make_lead()
		frappe.db.commit()
		with saving_from_medusa(), saving_from_medusa():
			frappe.db.set_value("Lead", lead.name, "company_name", "Changed")
			frappe.db.commit()
		frappe.db.rollback()
		self.assertEqual(frappe.db.get_value("Lead", lead.name, "company_name"), lead.company_name)

	def test_commit_after_saving_counts(self):
		lead = make_lead()
		with saving_from_medusa():
			frappe.db.set_value("Lead", lead.name, "company_name", "Changed")
		frappe.db.commit()
		frappe.db.rollback()
		self.assertEqual(frappe.db.get_value("Lead", lead.name, "company_name"), "Changed")


class TestUniqueNames(MedusaTestCase):
	def test_name_that_is_taken_gets_a_random_suffix(self):
		lead = make_lead()
		self.assertRegex(to_unique_name("Lead", lead.name), rf"^{lead.name}-[0-9a-z]{{8}}$")

	def test_name_of_nothing_but_markup_is_a_random_one(self):
		self.assertRegex(to_safe_name(" <> "), r"^[0-9a-z]{8}$")
