"""What install brings, migrate renews and uninstall takes away."""

import json
from functools import partial
from typing import Any
from unittest.mock import patch

import frappe
from frappe.utils import now_datetime

from medusa_integration import api
from medusa_integration.compat import lead_source_field
from medusa_integration.constants import INTEGRATION_USER, WORKER_ROLE
from medusa_integration.exceptions import ConflictError
from medusa_integration.jobs import retries
from medusa_integration.medusa_integration.doctype.medusa_sync_log.medusa_sync_log import failed_for_a_person
from medusa_integration.selling import own_fields
from medusa_integration.settings import get_settings
from medusa_integration.setup import custom_fields, masters, uninstall
from medusa_integration.setup.custom_fields import CUSTOM_FIELDS, make_custom_fields, remove_custom_fields
from medusa_integration.setup.notifications import NOTIFICATIONS, make_notifications
from medusa_integration.setup.settings import clear_frappes_defaults
from medusa_integration.tests.base import (
	MedusaTestCase,
	SignUpTestCase,
	bench_only,
	company,
	drop_unique_index,
	make_customer,
	make_lead,
	make_quotation,
	make_user,
	set_settings,
	settings,
	unique,
	update_log,
)

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def fields_of_the_app() -> set[tuple[str, str]]:
	rows = frappe.get_all("Custom Field", {"module": custom_fields.MODULE}, ["dt", "fieldname"], as_list=True)
	return {tuple(row) for row in rows}


NO_EMAIL = "no e-mail address"


def problems_found() -> list[str]:
	"""What `make_custom_fields` says, but for Leads that other tests left without an e-mail."""
	return [problem for problem in make_custom_fields() if NO_EMAIL not in problem]


ALL_FIELDS = {(doctype, field["fieldname"]) for doctype, fields in CUSTOM_FIELDS.items() for field in fields}


class TestCustomFields(MedusaTestCase):
	def tearDown(self):
		for name in ("Lead-medusa_id", "Item-medusa_variant_id"):
			if frappe.db.exists("Custom Field", name):
				frappe.db.set_value("Custom Field", name, "module", custom_fields.MODULE)
		frappe.clear_cache()
		make_custom_fields()
		frappe.db.commit()
		super().tearDown()

	def test_all_are_there(self):
		self.assertEqual(fields_of_the_app(), ALL_FIELDS)

	def test_medusa_id_is_unique_in_the_database(self):
		medusa_id = unique("cus_")
		make_customer(medusa_id=medusa_id)
		frappe.db.commit()
		other = make_customer()
		other.medusa_id = medusa_id
		with self.assertRaises(frappe.UniqueValidationError), own_fields.writable(other):
			other.save()
		frappe.db.rollback()

	def test_medusa_id_is_not_copied(self):
		lead = make_lead()
		self.assertFalse(frappe.copy_doc(lead, ignore_no_copy=False).medusa_id)

	def test_again_changes_nothing(self):
		before = frappe.get_all("Custom Field", fields=["name", "modified"], order_by="name")
		self.assertEqual(problems_found(), [])
		self.assertEqual(frappe.get_all("Custom Field", fields=["name", "modified"], order_by="name"), before)

	def test_uninstall_removes_ours_only(self):
		frappe.db.set_value("Custom Field", "Lead-medusa_id", "module", None)
		remove_custom_fields()
		self.assertEqual(fields_of_the_app(), set())
		self.assertTrue(frappe.db.exists("Custom Field", "Lead-medusa_id"))

	def test_second_install_finds_the_values_again(self):
		lead = make_lead()
		remove_custom_fields()
		make_custom_fields()
		self.assertEqual(frappe.db.get_value("Lead", lead.name, "medusa_id"), lead.medusa_id)

	def test_field_of_another_stays_theirs(self):
		frappe.db.set_value("Custom Field", "Lead-medusa_id", "module", None)
		make_custom_fields()
		self.assertFalse(frappe.db.get_value("Custom Field", "Lead-medusa_id", "module"))

	def with_type(self, fieldtype: str) -> list[str]:
		"""What is said where somebody made Lead's `medusa_id` with another type."""
		values = {"module": None, "fieldtype": fieldtype}
		frappe.db.set_value("Custom Field", "Lead-medusa_id", values)
		frappe.clear_cache()
		problems = problems_found()
		frappe.db.set_value("Custom Field", "Lead-medusa_id", "fieldtype", "Data")
		return problems

	def test_values_in_a_field_of_another_type_are_reported_by_name(self):
		leads, medusa_id = [make_lead().name for _i in range(2)], f"{unique('cus_')} x"
		drop_unique_index("Lead", "medusa_id")
		for lead in leads:
			frappe.db.set_value("Lead", lead, "medusa_id", medusa_id)
		_other_type, *problems = self.with_type("Small Text")
		for lead in leads:
			frappe.db.set_value("Lead", lead, "medusa_id", None)
		self.assertEqual(len(problems), 2)
		for problem in problems:
			self.assertIn(", ".join(leads), problem)

	def test_leads_without_email_are_reported_by_name(self):
		leads = [make_lead().name for _i in range(2)]
		for lead in leads:
			frappe.db.set_value("Lead", lead, "email_id", None)
		(problem,) = [problem for problem in make_custom_fields() if NO_EMAIL in problem]
		for lead in leads:
			frappe.db.set_value("Lead", lead, "medusa_id", None)
			self.assertIn(lead, problem)

	def test_field_of_another_type_is_reported(self):
		(problem,) = self.with_type("Small Text")
		for word in ("Lead", "medusa_id", "Small Text"):
			self.assertIn(word, problem)

	def test_field_that_holds_no_text_switches_the_integration_off(self):
		"""To MariaDB every id equals the number 0: any Lead would be taken for the customer's."""
		with settings(enabled=1):
			(problem,) = self.with_type("Int")
			self.assertFalse(get_settings().enabled)
		self.assertIn("switched off", problem)

	def test_switching_off_leaves_new_settings_their_defaults(self):
		with settings(enabled=1, guest_calls_per_site=None):
			self.with_type("Int")
			self.assertEqual(get_settings().guest_calls_per_site, 600)

	def test_switched_off_at_install_too(self):
		"""When no settings have been saved yet."""
		kept = frappe.db.get_singles_dict("Medusa Settings")
		frappe.db.delete("Singles", {"doctype": "Medusa Settings"})
		self.with_type("Int")
		enabled = get_settings().enabled
		set_settings(**kept)
		frappe.db.commit()
		self.assertFalse(enabled)

	def test_field_that_holds_text_does_not(self):
		with settings(enabled=1):
			self.with_type("Small Text")
			self.assertTrue(get_settings().enabled)

	def test_ids_with_spaces_are_reported_by_name(self):
		leads = [make_lead().name for _i in range(2)]
		for lead, form in zip(leads, (" {}", "{} "), strict=True):
			frappe.db.set_value("Lead", lead, "medusa_id", form.format(unique("cus_")))
		problems = problems_found()
		for lead in leads:
			frappe.db.set_value("Lead", lead, "medusa_id", None)
		self.assertEqual(len(problems), 1)
		for lead in leads:
			self.assertIn(lead, problems[0])

	def test_doubled_values_are_reported_by_name(self):
		leads = [make_lead().name for _i in range(2)]
		medusa_id = unique("cus_")
		drop_unique_index("Lead", "medusa_id")
		for lead in leads:
			frappe.db.set_value("Lead", lead, "medusa_id", medusa_id)
		problems = problems_found()
		for lead in leads:
			frappe.db.set_value("Lead", lead, "medusa_id", None)
		self.assertEqual(len(problems), 1)
		for word in (*leads, medusa_id):
			self.assertIn(word, problems[0])

	def test_index_comes_once_the_doubles_are_gone(self):
		leads = [make_lead().name for _i in range(2)]
		medusa_id = unique("cus_")
		drop_unique_index("Lead", "medusa_id")
		for lead in leads:
			frappe.db.set_value("Lead", lead, "medusa_id", medusa_id)
		make_custom_fields()
		frappe.db.set_value("Lead", leads[0], "medusa_id", None)
		self.assertEqual(problems_found(), [])
		self.assertTrue(is_unique("Lead", "medusa_id"))


def is_unique(doctype: str, fieldname: str) -> bool:
	return bool(frappe.db.get_column_index(f"tab{doctype}", fieldname, unique=True))


class TestMasters(MedusaTestCase):
	def test_all_are_there(self):
		for doctype, name in (
			("Role", "Medusa Integration"),
			("Customer Group", "Ecommerce Customer"),
			("Sales Person", "Website Sales"),
		):
			with self.subTest(doctype):
				self.assertTrue(frappe.db.exists(doctype, name))

	def test_again_makes_nothing(self):
		before = frappe.db.count("Customer Group"), frappe.db.count("Role")
		masters.make_masters()
		self.assertEqual((frappe.db.count("Customer Group"), frappe.db.count("Role")), before)

	def test_before_the_setup_wizard_only_what_can_be(self):
		from unittest.mock import patch

		with patch.object(masters, "get_root_of", return_value=None):
			names = [values["doctype"] for _field, values in masters._masters()]
		source = frappe.get_meta("Lead").get_field(lead_source_field()).options
		self.assertEqual(names, ["Role", "Role", "User", source])

	def remove_one_in_use(self) -> tuple[list[str], Any]:
		"""Remove the masters where the app made one that a Customer uses; what is kept, and its place in the
		tree.
		"""
		made = json.dumps([["Customer Group", "Ecommerce Customer"]])
		make_customer(customer_group="Ecommerce Customer")
		with settings(created_masters=made):
			return masters.remove_masters(), self.place_in_tree()

	def place_in_tree(self) -> Any:
		fields = ["lft", "rgt", "parent_customer_group"]
		return frappe.db.get_value("Customer Group", "Ecommerce Customer", fields)

	@bench_only
	def test_what_uninstall_keeps_stays_in_its_tree(self):
		before = self.place_in_tree()
		_kept, after = self.remove_one_in_use()
		self.assertEqual(after, before)

	def test_migration_goes_on_with_settings_gone_bad(self):
		with settings(integration_user="Guest"):
			masters.make_masters()
			self.assertTrue(frappe.db.exists("Role", "Medusa Integration"))

	def test_migration_goes_on_with_a_setting_that_names_nothing(self):
		with settings(price_list="No Such List"):
			masters.make_masters()
			self.assertEqual(get_settings().price_list, "No Such List")

	def test_setting_that_came_with_an_update_has_its_default(self):
		with settings(guest_calls_per_site=None):
			masters.make_masters()
			self.assertEqual(get_settings().guest_calls_per_site, 600)

	def test_setting_that_was_emptied_stays_so(self):
		with settings(retry_pauses=""):
			masters.make_masters()
			self.assertEqual(get_settings().retry_pauses, "")

	def test_company_of_the_day_of_installation_is_not_kept(self):
		"""Frappe enters it; empty, the setting follows ERPNext's."""
		with settings(created_masters=None, company=company(), enabled=0):
			clear_frappes_defaults()
			masters.make_masters()
			stored = get_settings()
			self.assertEqual((stored.company, stored.customer_group), (None, "Ecommerce Customer"))
			self.assertEqual(stored.enabled, 0)

	def test_company_stays_at_a_second_installation(self):
		with settings(created_masters="[]", company=company()):
			clear_frappes_defaults()
			self.assertEqual(get_settings().company, company())

	def test_uninstall_leaves_no_settings(self):
		masters.remove_masters()
		rows = frappe.db.get_single_value("Medusa Settings", "created_masters", cache=False)
		frappe.db.rollback()
		self.assertFalse(rows)

	def test_integration_user_works_again_after_a_reinstall(self):
		masters.remove_masters()
		masters.make_masters()
		state = (frappe.db.get_value("User", INTEGRATION_USER, "enabled"), frappe.get_roles(INTEGRATION_USER))
		frappe.db.rollback()
		frappe.clear_cache()
		self.assertEqual(state[0], 1)
		self.assertIn(WORKER_ROLE, state[1])

	def test_uninstall_keeps_what_is_in_use(self):
		kept, _place = self.remove_one_in_use()
		self.assertEqual(kept, ["Customer Group Ecommerce Customer"])


class TestScheduledJobs(MedusaTestCase):
	@bench_only
	def test_uninstall_removes_ours(self):
		filters = {"method": ("like", "medusa_integration.%")}
		jobs = frappe.get_all("Scheduled Job Type", filters, pluck="method")
		self.assertEqual(
			sorted(jobs),
			[
				"medusa_integration.jobs.customers.continue_readings",
				"medusa_integration.jobs.customers.fetch_changes",
				"medusa_integration.jobs.customers.fetch_known",
				"medusa_integration.jobs.events.tell_expired",
				"medusa_integration.jobs.mail.mail_open_rows",
				"medusa_integration.jobs.retries.process_due_logs",
			],
		)
		uninstall.remove_scheduled_jobs()
		self.assertEqual(frappe.db.count("Scheduled Job Type", filters), 0)
		frappe.db.rollback()

	@bench_only
	def test_jobs_are_due_in_a_time_zone_further_west(self):
		"""As after the setup wizard: to the new clock the jobs were created hours from now."""
		zone = frappe.db.get_single_value("System Settings", "time_zone")
		self.addCleanup(self.set_time_zone, zone)
		self.set_time_zone("Pacific/Auckland")
		frappe.db.set_value("Scheduled Job Type", self.own_jobs, "last_execution", now_datetime())
		self.set_time_zone("America/Los_Angeles")
		runs = frappe.get_all("Scheduled Job Type", self.own_jobs, pluck="last_execution")
		self.assertLessEqual(max(runs), now_datetime())

	own_jobs = {"method": ("like", "medusa_integration.%")}

	def set_time_zone(self, zone: str) -> None:
		doc = frappe.get_single("System Settings")
		doc.time_zone = zone
		doc.flags.ignore_mandatory = True
		doc.save()
		frappe.clear_cache()
		frappe.db.commit()


@bench_only  # the sandbox has no Notification
class TestNotifications(MedusaTestCase):
	def test_created_switched_off(self):
		names = frappe.get_all("Notification", {"name": ("in", list(NOTIFICATIONS))}, ["name", "enabled"])
		self.assertEqual({row.name: row.enabled for row in names}, dict.fromkeys(NOTIFICATIONS, 0))

	def test_deleted_one_is_not_created_again(self):
		name = next(iter(NOTIFICATIONS))
		frappe.delete_doc("Notification", name)
		make_notifications()
		self.assertFalse(frappe.db.exists("Notification", name))
		frappe.db.rollback()

	def switch(self, name: str, enabled: int) -> None:
		"""Switch a notification on or off for good: one that stays on makes every later test slower."""
		notification = frappe.get_doc("Notification", name)
		notification.enabled = enabled
		notification.save()
		frappe.db.commit()

	def notified(self, name: str, work) -> list[str]:
		"""Switch a notification on for a new user, work, and return the subjects that the user got."""
		user = make_user("Sales Manager")
		self.addCleanup(self.switch, name, 0)
		self.switch(name, 1)
		work()
		return frappe.get_all("Notification Log", {"for_user": user}, pluck="subject")

	def test_sign_up(self):
		self.assertEqual(len(self.notified("Medusa: New Sign-up", make_lead)), 1)

	def test_quotation(self):
		lead = make_lead()
		work = partial(make_quotation, lead.medusa_id, self.item)
		(subject,) = self.notified("Medusa: Quotation Requested", work)
		self.assertIn(lead.company_name, subject)

	def test_order(self):
		quotation = make_quotation(make_lead().medusa_id, self.item)
		work = partial(api.update_quotation, quotation.name, "Approved", create_so=True)
		self.assertEqual(len(self.notified("Medusa: Order Approved", work)), 1)

	def test_assignment_rule(self):
		user = make_user("Sales User")
		rule = frappe.new_doc("Assignment Rule")
		rule.update(
			{"name": unique("Rule "), "document_type": "Lead", "description": "Call", "rule": "Round Robin"}
		)
		rule.assign_condition = "medusa_id"
		rule.append("users", {"user": user})
		rule.set("assignment_days", [{"day": day} for day in DAYS])
		self.addCleanup(frappe.clear_cache)  # Frappe keeps the names of the rules there
		rule.insert()
		# in a test Frappe sends the mail about an assignment at once, and a site may have no account for it
		with patch("frappe.desk.doctype.notification_log.notification_log.send_notification_email"):
			lead = make_lead()
		todo = {"reference_type": "Lead", "reference_name": lead.name}
		self.assertEqual(frappe.get_all("ToDo", todo, pluck="allocated_to"), [user])


@bench_only  # the sandbox has no personal data requests
class TestPrivacy(SignUpTestCase):
	"""Frappe's own download and deletion of personal data reach the rows of the log."""

	def setUp(self):
		super().setUp()
		self.sign_up()
		make_user(email=self.email, first_name="Shop")

	def test_download(self):
		from frappe.website.doctype.personal_data_download_request.personal_data_download_request import (
			get_user_data,
		)

		self.assertIn(self.row().name, get_user_data(self.email))

	def test_deletion(self):
		name = self.row().name
		request = frappe.new_doc("Personal Data Deletion Request")
		request.update({"email": self.email, "status": "Pending Approval"})
		with patch.object(frappe, "sendmail"):
			request.insert()
			request._anonymize_data()
		row = frappe.get_doc("Medusa Sync Log", name)
		stored = str([row.title, row.email, row.request, row.error])
		self.assertNotIn(self.email, stored)
		self.assertNotIn(self.customer["organization_name"], stored)

	def test_row_without_its_data_cannot_be_repeated(self):
		row = self.row()
		failed = failed_for_a_person("ConflictError", "Down")
		update_log(row.name, **failed, request="request", medusa_id=None)
		frappe.db.commit()
		self.assert_refused(ConflictError, retries.find_data, frappe.get_doc("Medusa Sync Log", row.name))
