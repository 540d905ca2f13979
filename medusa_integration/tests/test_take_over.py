"""Taking a site over from the first public app for this job."""

from contextlib import contextmanager
from unittest.mock import patch

import frappe

from medusa_integration import api
from medusa_integration.commands import as_text
from medusa_integration.setup import first_app, take_over
from medusa_integration.setup.custom_fields import MODULE, make_custom_fields
from medusa_integration.tests.base import (
	MedusaTestCase,
	bench_only,
	drop_unique_index,
	linked_to,
	make_customer,
	make_item,
	make_lead,
	make_quotation,
	settings,
	sync_log_rows,
	unique,
)

URL = "https://medusa.example.com"


class TakeOverTestCase(MedusaTestCase):
	"""Tests on a site that has the settings of the first app."""

	def setUp(self):
		super().setUp()
		self.addCleanup(self.remove_settings)
		self.store_settings(url=f"{URL}/")

	def store_settings(self, **values):
		frappe.db.delete("Singles", {"doctype": first_app.SETTINGS})
		for field, value in values.items():
			row = {"doctype": first_app.SETTINGS, "field": field, "value": value}
			table = frappe.qb.DocType("Singles")
			frappe.qb.into(table).columns(*row).insert(*row.values()).run()
		frappe.db.commit()

	def remove_settings(self):
		frappe.db.rollback()
		self.store_settings()


class TestCopySettings(TakeOverTestCase):
	step = take_over.CopySettings()

	def test_url_and_flow(self):
		with settings(medusa_url="", sign_up_flow="Medusa v2"):
			self.step.apply()
			stored = frappe.get_single("Medusa Settings")
			self.assertEqual((stored.medusa_url, stored.sign_up_flow), (URL, "Own route"))

	def test_second_time_there_is_nothing_to_copy(self):
		with settings(medusa_url="", sign_up_flow="Medusa v2"):
			self.step.apply()
			self.assertEqual(self.step.describe().total, 0)

	def test_what_is_entered_stays(self):
		with settings(medusa_url="https://other.example.com", sign_up_flow="Medusa v2"):
			self.assertEqual(self.step.values(), {})

	def test_what_is_no_web_address_is_left_to_a_person(self):
		self.store_settings(url="localhost")
		with settings(medusa_url=""):
			finding = self.step.describe()
		self.assertEqual(finding.total, 0)
		self.assertIn("localhost", finding.notes[0])

	def test_password_is_not_shown(self):
		self.store_settings(url=URL, access_token="tok_secret")
		with settings(medusa_url=""):
			self.assertNotIn("tok_secret", str(self.step.describe()))


class TestTakeFields(TakeOverTestCase):
	step = take_over.TakeFields()
	field = "Sales Order-from_ecommerce"

	def setUp(self):
		super().setUp()
		self.addCleanup(self.restore)

	def restore(self):
		values = {"module": MODULE, "fieldtype": "Check", "is_system_generated": 1}
		frappe.db.set_value("Custom Field", self.field, values)
		frappe.clear_cache()
		make_custom_fields()
		frappe.db.commit()

	def given(self, **values):
		"""The field, as the first app's code makes it."""
		values = {"module": None, "is_system_generated": 0, "no_copy": 0, **values}
		frappe.db.set_value("Custom Field", self.field, values)
		frappe.clear_cache()
		frappe.db.commit()

	def test_field_of_the_first_app(self):
		self.given()
		self.assertEqual(self.step.describe().examples, ["Sales Order from_ecommerce"])
		self.step.apply()
		stored = frappe.db.get_value("Custom Field", self.field, ["module", "no_copy"])
		self.assertEqual(stored, (MODULE, 1))

	def test_second_time_there_is_nothing_to_do(self):
		self.given()
		self.step.apply()
		self.assertEqual(self.step.describe().total, 0)

	@bench_only  # the sandbox copies by the recorded definition
	def test_order_of_a_clerk_is_accepted_afterwards(self):
		"""The first app let ERPNext copy the field to the order."""
		quotation = make_quotation(make_customer(medusa_id=unique("cus_")).medusa_id, self.item)
		api.update_quotation(quotation.name, "Approved")
		frappe.db.set_value("Custom Field", "Quotation-from_ecommerce", "no_copy", 0)
		self.given()
		self.assert_refused(frappe.PermissionError, self.make_order(quotation.name).insert)
		self.step.apply()
		self.assertEqual(self.make_order(quotation.name).insert().from_ecommerce, 1)

	def make_order(self, quotation):
		from erpnext.selling.doctype.quotation.quotation import make_sales_order

		order = make_sales_order(quotation)
		order.delivery_date = order.transaction_date
		return order

	def test_other_type_is_left(self):
		self.given(fieldtype="Small Text")
		finding = self.step.describe()
		self.step.apply()
		self.assertEqual(finding.total, 0)
		self.assertIn("Small Text", finding.notes[0])
		self.assertFalse(frappe.db.get_value("Custom Field", self.field, "module"))

	def test_field_of_another_connector_is_left(self):
		"""A program made it: the first app's fields were exported from Customize Form."""
		self.given(is_system_generated=1)
		finding = self.step.describe()
		self.assertEqual(finding.total, 0)
		self.assertIn("another app", finding.notes[0])

	def test_field_of_another_module_is_left(self):
		self.given(module="Selling")
		self.assertEqual(self.step.describe().total, 0)


@bench_only  # the sandbox has no scripts
class TestScripts(TakeOverTestCase):
	def make_client_script(self, script):
		doc = frappe.new_doc("Client Script")
		doc.update({"name": unique("Script "), "dt": "Customer", "view": "Form", "enabled": 1})
		doc.script = script
		doc.insert()
		self.addCleanup(frappe.delete_doc, "Client Script", doc.name, force=True)
		return doc.name

	def is_enabled(self, script):
		name = self.make_client_script(script)
		take_over.SwitchOffClientScripts().apply()
		return bool(frappe.db.get_value("Client Script", name, "enabled"))

	def test_script_that_calls_a_missing_method(self):
		self.assertFalse(self.is_enabled('frappe.call("medusa_integration.utils.link_medusa_lead")'))

	def test_script_that_adds_the_button(self):
		script = 'frm.add_custom_button("Link Medusa Lead", () => call("medusa_integration.api.ping"))'
		self.assertFalse(self.is_enabled(script))

	def test_other_script_is_left(self):
		self.assertTrue(self.is_enabled("// medusa"))

	def test_script_that_calls_a_method_of_this_app_is_left_to_a_person(self):
		name = self.make_client_script('frappe.call("medusa_integration.api.ping")')
		step = take_over.SwitchOffClientScripts()
		self.assertNotIn(name, step.names())
		self.assertIn(name, " ".join(step.notes()))

	def test_comment_says_why(self):
		name = self.make_client_script('frappe.call("medusa_integration.utils.send_request")')
		take_over.SwitchOffClientScripts().apply()
		about = {"reference_doctype": "Client Script", "reference_name": name}
		self.assertIn("Switched off", frappe.db.get_value("Comment", about, "content"))

	def test_server_script(self):
		doc = frappe.new_doc("Server Script")
		doc.update({"name": unique("Script "), "script_type": "API", "api_method": unique("m")})
		doc.script = 'frappe.call("medusa_integration.api.export_quotation")'
		doc.insert()
		self.addCleanup(frappe.delete_doc, "Server Script", doc.name, force=True)
		take_over.SwitchOffServerScripts().apply()
		self.assertTrue(frappe.db.get_value("Server Script", doc.name, "disabled"))


@bench_only  # the sandbox has no Notifications
class TestNotifications(TakeOverTestCase):
	def setUp(self):
		super().setUp()
		doc = frappe.new_doc("Notification")
		doc.update({"name": unique("Old "), "document_type": "Quotation", "event": "New", "enabled": 1})
		doc.update({"subject": "x", "message": "x", "channel": "System Notification"})
		doc.append("recipients", {"receiver_by_role": "Sales Manager"})
		doc.insert()
		# Frappe lets nobody create a standard one on a site
		frappe.db.set_value("Notification", doc.name, {"is_standard": 1, "module": MODULE})
		frappe.clear_cache()
		frappe.db.commit()
		self.notification = doc.name
		self.addCleanup(self.delete)

	def delete(self):
		frappe.db.rollback()
		frappe.db.delete("Notification", {"name": self.notification})
		frappe.clear_cache()
		frappe.db.commit()

	def test_without_it_the_shop_gets_quotations_again(self):
		lead = make_lead().medusa_id
		take_over.SwitchOffNotifications().apply()
		self.assertTrue(make_quotation(lead, self.item).name)

	def test_own_notification_of_the_site_stays(self):
		frappe.db.set_value("Notification", self.notification, "is_standard", 0)
		self.assertNotIn(self.notification, take_over.SwitchOffNotifications().names())


class TestLinkConverted(TakeOverTestCase):
	step = take_over.LinkConverted()

	def setUp(self):
		super().setUp()
		self.lead = make_lead()
		self.customer = make_customer(medusa_id=self.lead.medusa_id)

	def test_customer_names_its_lead(self):
		self.step.apply()
		self.assertEqual(frappe.db.get_value("Customer", self.customer.name, "lead_name"), self.lead.name)
		self.assertEqual(frappe.db.get_value("Lead", self.lead.name, "status"), "Converted")

	def test_contacts_of_the_lead_become_the_customers(self):
		contacts = linked_to("Lead", self.lead.name, "Contact")
		self.step.apply()
		self.assertEqual(linked_to("Customer", self.customer.name, "Contact"), contacts)

	def test_second_time_there_is_nothing_to_do(self):
		self.step.apply()
		self.assertNotIn((self.customer.name, self.lead.name), self.step.pairs())

	def test_lead_of_another_customer_is_left(self):
		frappe.db.set_value("Customer", make_customer().name, "lead_name", self.lead.name)
		self.assertNotIn((self.customer.name, self.lead.name), self.step.pairs())

	def test_customer_with_another_lead_is_left(self):
		frappe.db.set_value("Customer", self.customer.name, "lead_name", make_lead().name)
		self.assertNotIn((self.customer.name, self.lead.name), self.step.pairs())


class TestDuplicates(TakeOverTestCase):
	"""Two Leads have the id of a Customer: a person must decide which one it was."""

	def setUp(self):
		super().setUp()
		self.lead, self.other = make_lead(), make_lead()
		self.medusa_id = self.lead.medusa_id
		self.customer = make_customer(medusa_id=self.medusa_id)
		drop_unique_index("Lead", "medusa_id")
		frappe.db.set_value("Lead", self.other.name, "medusa_id", self.medusa_id)
		frappe.db.commit()
		self.addCleanup(self.restore)

	def restore(self):
		frappe.db.rollback()
		frappe.db.set_value("Lead", self.other.name, "medusa_id", None)
		make_custom_fields()
		frappe.db.commit()

	def test_lead_with_a_duplicate_id_is_left(self):
		customers = {customer for customer, _lead in take_over.LinkConverted().pairs()}
		self.assertNotIn(self.customer.name, customers)

	def test_row_is_opened_once(self):
		step = take_over.OpenDuplicates()
		for _i in range(2):
			step.apply()
		self.assertEqual(len(sync_log_rows(medusa_id=self.medusa_id, method="duplicate_id")), 1)
		self.assertEqual(step.describe().total, 0)


@bench_only  # the sandbox cannot create a DocType
class TestVariantIds(TakeOverTestCase):
	"""With Website Items as the webshop app has them."""

	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		fields = [
			{"fieldname": "item_code", "fieldtype": "Link", "options": "Item"},
			{"fieldname": "medusa_variant_id", "fieldtype": "Data"},
		]
		doc = {"doctype": "DocType", "name": "Website Item", "module": "Custom", "custom": 1}
		frappe.get_doc({**doc, "fields": fields}).insert()
		cls.addClassCleanup(cls.drop)

	@classmethod
	def drop(cls):
		frappe.delete_doc("DocType", "Website Item", force=True)
		frappe.db.sql_ddl("DROP TABLE `tabWebsite Item`")

	step = take_over.CopyVariantIds()

	def make(self, item, variant_id):
		doc = frappe.new_doc("Website Item")
		doc.update({"item_code": item, "medusa_variant_id": variant_id})
		doc.insert()

	def test_item_gets_the_id(self):
		item, variant_id = make_item(medusa_variant_id=None).name, unique("variant_")
		self.make(item, variant_id)
		self.step.apply()
		self.assertEqual(frappe.db.get_value("Item", item, "medusa_variant_id"), variant_id)
		self.assertNotIn(item, self.step.values()[0])

	def test_item_with_an_id_keeps_it(self):
		item = make_item()
		self.make(item.name, unique("variant_"))
		self.assertNotIn(item.name, self.step.values()[0])

	def test_id_of_another_item_is_left_to_a_person(self):
		item = make_item(medusa_variant_id=None).name
		self.make(item, make_item().medusa_variant_id)
		values, taken = self.step.values()
		self.assertNotIn(item, values)
		self.assertIn(item, taken)


class TestContacts(TakeOverTestCase):
	def test_contact_of_a_lead(self):
		lead = make_lead()
		(contact,) = linked_to("Lead", lead.name, "Contact")
		frappe.db.set_value("Contact", contact, "medusa_id", None)
		step = take_over.GiveContactsTheirIds()
		before = step.describe().total
		step.apply()
		self.assertGreaterEqual(before, 1)
		self.assertEqual(frappe.db.get_value("Contact", contact, "medusa_id"), lead.medusa_id)
		self.assertEqual(step.describe().total, 0)


class OldQuotationTestCase(TakeOverTestCase):
	"""Tests with a Quotation as the first app made it: without what that app did not have."""

	def setUp(self):
		super().setUp()
		self.lead = make_lead()
		self.quotation = make_quotation(self.lead.medusa_id, self.item)
		self.make_old(self.quotation.name)

	def make_old(self, name):
		values = {"medusa_customer_id": None, "medusa_decision": None}
		frappe.db.set_value("Quotation", name, values)
		frappe.db.delete("Medusa Quotation Key", {"name": self.quotation.medusa_quotation_id})

	def stored(self, field):
		return frappe.db.get_value("Quotation", self.quotation.name, field)


class TestRequesters(OldQuotationTestCase):
	step = take_over.SetRequesters()

	def test_lead_of_the_quotation(self):
		self.step.apply()
		self.assertEqual(self.stored("medusa_customer_id"), self.lead.medusa_id)

	def test_order_of_the_quotation_is_counted_and_filled_in_one_run(self):
		order = api.update_quotation(self.quotation.name, "Approved", create_so=True)["sales_order_id"]
		frappe.db.set_value("Sales Order", order, "medusa_customer_id", None)
		self.make_old(self.quotation.name)
		self.assertIn(order, self.step.orders())
		self.step.apply()
		stored = frappe.db.get_value("Sales Order", order, "medusa_customer_id")
		self.assertEqual(stored, self.lead.medusa_id)
		self.assertNotIn(order, self.step.orders())

	def test_quotation_of_a_clerk_is_left(self):
		frappe.db.set_value("Quotation", self.quotation.name, "from_ecommerce", 0)
		self.step.apply()
		self.assertFalse(self.stored("medusa_customer_id"))


class TestDecisions(OldQuotationTestCase):
	step = take_over.SetDecisions()

	def test_order_id_means_approved(self):
		api.update_quotation(self.quotation.name, "Approved", order_id=unique("order_"))
		self.make_old(self.quotation.name)
		self.step.apply()
		self.assertEqual(self.stored("medusa_decision"), "Approved")

	def test_draft_is_not_decided(self):
		self.step.apply()
		self.assertFalse(self.stored("medusa_decision"))

	@bench_only  # the sandbox cannot create a field
	def test_rejected_is_cancelled(self):
		from frappe.custom.doctype.custom_field.custom_field import create_custom_field

		if not frappe.get_meta("Quotation").has_field("workflow_state"):
			create_custom_field("Quotation", {"fieldname": "workflow_state", "fieldtype": "Data"})
			self.addCleanup(frappe.delete_doc, "Custom Field", "Quotation-workflow_state")
		values = {"docstatus": 2, "status": "Cancelled", "workflow_state": "Rejected"}
		frappe.db.set_value("Quotation", self.quotation.name, values)
		self.step.apply()
		self.assertEqual(self.stored("medusa_decision"), "Rejected")


class TestKeys(OldQuotationTestCase):
	step = take_over.MakeKeys()

	def key(self):
		name = self.quotation.medusa_quotation_id
		return frappe.db.get_value("Medusa Quotation Key", name, "customer_id")

	@bench_only  # the sandbox has no bulk_insert
	def test_key_of_the_customer(self):
		self.step.apply()
		self.assertEqual(self.key(), self.lead.medusa_id)
		self.assertNotIn(self.quotation.medusa_quotation_id, self.step.owners()[0])

	@bench_only
	def test_same_request_gets_the_old_quotation(self):
		self.step.apply()
		again = make_quotation(
			self.lead.medusa_id, self.item, quotation_id=self.quotation.medusa_quotation_id
		)
		self.assertEqual(again.name, self.quotation.name)

	def test_id_of_two_customers_gets_none(self):
		other = make_quotation(make_lead().medusa_id, self.item)
		frappe.db.set_value(
			"Quotation", other.name, "medusa_quotation_id", self.quotation.medusa_quotation_id
		)
		owners, shared = self.step.owners()
		self.assertNotIn(self.quotation.medusa_quotation_id, owners)
		self.assertIn(self.quotation.medusa_quotation_id, shared)

	def test_quotation_of_a_clerk_gets_none(self):
		frappe.db.set_value("Quotation", self.quotation.name, "from_ecommerce", 0)
		self.assertNotIn(self.quotation.medusa_quotation_id, self.step.owners()[0])


class TestTakeOver(TakeOverTestCase):
	"""The whole command."""

	def test_site_without_the_first_app(self):
		self.store_settings()
		self.assertEqual(take_over.take_over(apply=True), [])

	@contextmanager
	def old_doctype(self, app):
		"""The DocType of the first app's settings, in a module of `app`."""
		values = {"DocType": MODULE, "Module Def": app}
		get_value = frappe.db.get_value

		def stand_in(doctype, name, *args, **kwargs):
			if name in (first_app.SETTINGS, MODULE) and doctype in values:
				return values[doctype]
			return get_value(doctype, name, *args, **kwargs)

		with patch.object(frappe.db, "get_value", stand_in):
			yield

	def test_first_app_under_another_name_must_go_first(self):
		with self.old_doctype("old_medusa"):
			message = self.assert_refused(frappe.ValidationError, take_over.take_over, apply=False)
		self.assertIn("old_medusa", message)

	def test_site_must_be_migrated_first(self):
		with self.old_doctype("medusa_integration"):
			message = self.assert_refused(frappe.ValidationError, take_over.take_over, apply=False)
		self.assertIn("migrate", message)

	@bench_only  # the sandbox has no bulk_insert
	def test_dry_run_changes_nothing(self):
		lead = make_lead()
		customer = make_customer(medusa_id=lead.medusa_id)
		frappe.db.commit()
		report = take_over.take_over(apply=False)
		self.assertFalse(any(step["applied"] for step in report))
		self.assertFalse(frappe.db.get_value("Customer", customer.name, "lead_name"))

	@bench_only
	def test_second_run_has_nothing_to_do(self):
		make_customer(medusa_id=make_lead().medusa_id)
		take_over.take_over(apply=True)
		totals = {step["step"]: step["total"] for step in take_over.take_over(apply=False)}
		self.assertEqual(set(totals.values()), {0}, totals)

	@bench_only
	def test_step_that_fails_leaves_the_earlier_ones_done(self):
		customer = make_customer(medusa_id=make_lead().medusa_id)
		quotation = make_quotation(make_lead().medusa_id, self.item)
		frappe.db.delete("Medusa Quotation Key", {"name": quotation.medusa_quotation_id})
		frappe.db.commit()
		with patch.object(take_over.MakeKeys, "apply", side_effect=frappe.ValidationError):
			self.assert_refused(frappe.ValidationError, take_over.take_over, apply=True)
		self.assertTrue(frappe.db.get_value("Customer", customer.name, "lead_name"))

	def test_reminder_until_the_fields_are_taken(self):
		with patch.object(take_over, "URGENT", (take_over.TakeFields(),)):
			self.assertEqual(take_over.reminder(), "")
			with patch.object(take_over.TakeFields, "describe", return_value=take_over.found(["x"])):
				self.assertIn("medusa-take-over", take_over.reminder())

	def test_text_of_the_command(self):
		step = {"title": "Do it", "total": 7, "examples": ["a", "b"], "notes": ["look"], "applied": False}
		expected = " 1. Do it: 7 to do\n    a, b, ...\n    ! look\nTo do, with --apply: 1 steps, 7 records."
		self.assertEqual(as_text([step]), expected)
