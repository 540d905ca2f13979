"""insert_lead: Medusa customer -> Lead."""

import json
from unittest.mock import patch

import frappe

from medusa_integration import api, compat
from medusa_integration.constants import INTEGRATION_USER
from medusa_integration.exceptions import InvalidArgumentsError, LeadConflictError
from medusa_integration.medusa_integration.doctype.medusa_sync_log.medusa_sync_log import create_log
from medusa_integration.selling import leads
from medusa_integration.tests.base import (
	MedusaTestCase,
	bench_only,
	make_customer,
	make_desk_lead,
	make_lead,
	make_quotation,
	medusa_customer,
	records,
	request_of,
	settings,
	sync_log_rows,
	unique,
)


class TestInsertLead(MedusaTestCase):
	def test_lead_holds_what_medusa_knows(self):
		data = medusa_customer()
		lead = frappe.get_doc("Lead", api.insert_lead(data))
		actual = {
			"id": lead.medusa_id,
			"email": lead.email_id,
			"first_name": lead.first_name,
			"last_name": lead.last_name,
			"mobile": lead.mobile_no,
			"organization_name": lead.company_name,
			"t_c_acceptance": bool(lead.t_c_acceptance),
		}
		self.assertEqual(actual, data)

	def test_source_and_status(self):
		lead = make_lead()
		self.assertEqual((lead.get(compat.lead_source_field()), lead.status), ("Alfarsi Website", "Lead"))

	def test_json_text_is_taken_as_data(self):
		data = medusa_customer()
		name = api.insert_lead(frappe.as_json(data))
		self.assertEqual(frappe.db.get_value("Lead", name, "medusa_id"), data["id"])

	def test_email_is_trimmed_and_lowered(self):
		data = medusa_customer()
		name = api.insert_lead({**data, "email": f"  {data['email'].upper()} "})
		self.assertEqual(frappe.db.get_value("Lead", name, "email_id"), data["email"])

	def test_names_are_not_needed(self):
		word = unique()
		name = api.insert_lead({"id": f"cus_{word}", "email": f"{word}@example.com"})
		self.assertEqual(frappe.db.get_value("Lead", name, "lead_name"), word)

	def test_arabic_emoji_and_marks_are_kept(self):
		company = unique("شركة 🌴 \u200f")
		self.assertEqual(make_lead(organization_name=company).company_name, company)

	def test_signs_that_html_is_made_of_are_kept(self):
		company = unique("A & B's; {best} \\ ")
		self.assertEqual(make_lead(organization_name=company).company_name, company)

	def test_quotation_marks_become_typographic(self):
		word = unique()
		lead = make_lead(organization_name=f'"{word}"', first_name=f"`{word}")
		self.assertEqual((lead.company_name, lead.first_name), (f"\u201d{word}\u201d", f"\u2019{word}"))

	def test_twice_makes_one_lead(self):
		data = medusa_customer()
		self.assertEqual(api.insert_lead(data), api.insert_lead(data))

	def test_owner_is_the_integration_user(self):
		with settings(guest_access=1), request_of("Guest"):
			name = api.insert_lead(medusa_customer())
			frappe.db.commit()
		self.assertEqual(frappe.db.get_value("Lead", name, "owner"), INTEGRATION_USER)

	def test_source_is_a_setting(self):
		field = frappe.get_meta("Lead").get_field(compat.lead_source_field())
		name = unique("Shop ")
		source = frappe.new_doc(field.options)
		source.update({"source_name": name, "name": name})
		source.insert()
		with settings(lead_source=source.name):
			self.assertEqual(make_lead().get(compat.lead_source_field()), source.name)

	def test_makes_a_contact_as_erpnext_does(self):
		lead = make_lead()
		links = frappe.get_all("Dynamic Link", {"link_name": lead.name, "parenttype": "Contact"})
		self.assertEqual(len(links), 1)

	def test_import_flag_is_left_as_it_was(self):
		make_lead()
		self.assertFalse(frappe.flags.in_import)


class TestNames(MedusaTestCase):
	def test_names_that_differ_by_accents_only(self):
		word = unique()
		names = [(first, f"{word} Garcia") for first in ("Jose", "Jose", "José", "JOSÉ", "Jôse")]
		leads = {make_lead(first_name=first, last_name=last).name for first, last in names}
		self.assertEqual(len(leads), 5)

	@bench_only
	def test_contact_of_a_clerk_is_named_by_erpnext(self):
		word = unique()
		for _time in range(2):
			lead = make_desk_lead(first_name="Desk", last_name=word)
		contact = frappe.db.get_value(
			"Dynamic Link", {"link_name": lead.name, "parenttype": "Contact"}, "parent"
		)
		self.assertEqual(contact, f"Desk {word}-1")


class TestCustomerHasTheId(MedusaTestCase):
	def test_answer_is_the_customers_lead(self):
		lead = make_lead()
		customer = make_customer()
		api.link_medusa_lead(customer.name, lead.name)
		frappe.db.set_value("Lead", lead.name, "medusa_id", None)
		data = medusa_customer(id=lead.medusa_id)
		self.assertEqual(api.insert_lead(data), lead.name)

	def test_answer_is_none_for_a_customer_without_lead(self):
		customer = make_customer(medusa_id=unique("cus_"))
		self.assertIsNone(api.insert_lead(medusa_customer(id=customer.medusa_id)))

	def test_no_lead_is_made(self):
		customer = make_customer(medusa_id=unique("cus_"))
		data = medusa_customer(id=customer.medusa_id)
		api.insert_lead(data)
		self.assertFalse(frappe.db.exists("Lead", {"email_id": data["email"]}))


class TestAdoption(MedusaTestCase):
	def test_free_lead_with_the_email_gets_the_id(self):
		data = medusa_customer()
		lead = make_desk_lead(email_id=data["email"])
		self.assertEqual(api.insert_lead(data), lead.name)
		self.assertEqual(frappe.db.get_value("Lead", lead.name, "medusa_id"), data["id"])

	def test_letter_case_of_the_email_does_not_matter(self):
		data = medusa_customer()
		lead = make_desk_lead(email_id=data["email"].title())
		self.assertEqual(api.insert_lead(data), lead.name)

	def test_blank_fields_are_filled(self):
		data = medusa_customer()
		lead = make_desk_lead(email_id=data["email"])
		api.insert_lead(data)
		self.assertEqual(frappe.db.get_value("Lead", lead.name, "company_name"), data["organization_name"])

	def test_filled_fields_stay(self):
		data = medusa_customer()
		lead = make_desk_lead(email_id=data["email"], company_name="As the clerk wrote it")
		api.insert_lead(data)
		kept = frappe.db.get_value("Lead", lead.name, ["first_name", "company_name"])
		self.assertEqual(tuple(kept), ("Desk", "As the clerk wrote it"))

	def test_lead_of_another_medusa_customer_is_a_conflict(self):
		lead = make_lead()
		data = medusa_customer(email=lead.email_id)
		self.assert_refused(LeadConflictError, api.insert_lead, data)

	def test_converted_lead_is_a_conflict(self):
		data = medusa_customer()
		lead = make_desk_lead(email_id=data["email"])
		make_customer(lead_name=lead.name)
		frappe.db.commit()
		self.assert_refused(LeadConflictError, api.insert_lead, data)

	def test_two_leads_with_the_email_are_a_conflict(self):
		data = medusa_customer()
		make_desk_lead(email_id=data["email"])
		other = make_desk_lead()
		frappe.db.set_value("Lead", other.name, "email_id", data["email"])
		frappe.db.commit()
		self.assert_refused(LeadConflictError, api.insert_lead, data)

	def test_conflict_leaves_a_failed_row(self):
		data = medusa_customer(email=make_lead().email_id)
		frappe.db.commit()
		self.assert_refused(LeadConflictError, api.insert_lead, data)
		rows = sync_log_rows(medusa_id=data["id"])
		self.assertEqual(
			[(row.method, row.status, row.attempts) for row in rows], [("insert_lead", "Failed", 1)]
		)

	def conflict_with(self, **extra) -> str:
		"""What is written down of a conflict, where the caller sent `extra` along."""
		data = medusa_customer(email=make_lead().email_id, **extra)
		frappe.db.commit()
		for sent in (data, json.dumps(data)):
			self.assert_refused(LeadConflictError, api.insert_lead, sent)
		return str(sync_log_rows(medusa_id=data["id"]))

	def test_secret_that_was_sent_along_is_in_no_row(self):
		for extra in ({"password": "s3cret"}, {"pwd": "s3cret"}, {"extra": {"Token": ["s3cret"]}}):
			with self.subTest(extra):
				self.assertNotIn("s3cret", self.conflict_with(**extra))

	def test_megabytes_that_were_sent_along_are_in_no_row(self):
		self.assertLess(len(self.conflict_with(metadata="x" * 1_000_000)), 5000)

	def test_depths_that_were_sent_along_are_in_no_row(self):
		for name in ("metadata", "data"):
			with self.subTest(name):
				deep = []
				for _level in range(600):
					deep = [deep] if name == "metadata" else {"data": deep}
				self.assertNotIn("[[[", self.conflict_with(**{name: deep}))

	def test_conflict_twice_leaves_one_row(self):
		data = medusa_customer(email=make_lead().email_id)
		frappe.db.commit()
		for _attempt in range(2):
			self.assert_refused(LeadConflictError, api.insert_lead, data)
		self.assertEqual(len(sync_log_rows(medusa_id=data["id"])), 1)

	def test_conflict_that_was_mended_succeeds(self):
		other = make_lead()
		data = medusa_customer(email=other.email_id)
		frappe.db.commit()
		self.assert_refused(LeadConflictError, api.insert_lead, data)
		frappe.db.set_value("Lead", other.name, "email_id", None)
		name = api.insert_lead(data)
		rows = [(row.status, row.reference_name) for row in sync_log_rows(medusa_id=data["id"])]
		self.assertEqual(rows, [("Success", name)])


class TestOneTransaction(MedusaTestCase):
	def test_failure_after_the_contact_leaves_nothing(self):
		"""ERPNext 15 commits after it has looked for calls from the phone of a new Contact."""
		failing = patch.object(leads, "close_logs_of", side_effect=RuntimeError)
		before = records()
		with failing, self.assertRaises(RuntimeError):
			api.insert_lead(medusa_customer())
		frappe.db.rollback()
		after = records()
		self.assertEqual({**after, "Medusa Sync Log": 0}, {**before, "Medusa Sync Log": 0})


class TestLogIsNoObstacle(MedusaTestCase):
	def test_lead_can_be_deleted(self):
		data = medusa_customer()
		row = create_log("sign_up", data, email=data["email"], medusa_id=data["id"]).name
		name = api.insert_lead(data)
		self.assertEqual(sync_log_rows(name=row)[0].reference_name, name)
		frappe.delete_doc("Lead", name)
		self.assertFalse(frappe.db.exists("Lead", name))


@bench_only
class TestPicture(MedusaTestCase):
	def setUp(self):
		super().setUp()
		# in tests Frappe asks for none; since 16 that is no flag any more
		self.enterContext(patch.dict(frappe.flags, in_test=False))
		self.enterContext(patch.object(frappe, "in_test", False, create=True))
		self.enterContext(patch("requests.get", side_effect=AssertionError("asked the internet")))

	def test_desk_asks_for_one(self):
		"""The others mean something."""
		with self.assertRaisesRegex(AssertionError, "asked the internet"):
			make_desk_lead(email_id=medusa_customer()["email"])

	def test_new_lead(self):
		make_lead()

	def test_conversion(self):
		quotation = make_quotation(make_lead().medusa_id, self.item)
		api.update_quotation(quotation.medusa_quotation_id, "Approved", create_so=True)

	def test_link(self):
		lead = make_lead()
		customer = make_customer()
		api.link_medusa_lead(customer.name, lead.name)


class TestBadLeadData(MedusaTestCase):
	def check(self, data: object, name: str) -> None:
		self.assertIn(name, self.assert_unchanged(InvalidArgumentsError, api.insert_lead, data))

	def test_data_missing(self):
		self.check(None, "data: ")

	def test_data_no_object(self):
		for value in ([], [1], "text", 7, True, "[1]", "{"):
			with self.subTest(value):
				self.check(value, "data")

	def test_id_missing(self):
		for value in (None, "", "  "):
			with self.subTest(value):
				self.check(medusa_customer(id=value), "data.id")

	def test_id_wrong(self):
		for value in (7, ["cus_1"], {}, "a b", "<b>", "x" * 141, "cus_\0", "%", "cus_1' OR '1'='1", "null"):
			with self.subTest(value):
				self.check(medusa_customer(id=value), "data.id")

	def test_email_wrong(self):
		for value in (None, "", "x", "a@b", "a b@c.com", "a@c.com,b@c.com", 7, ["a@c.com"], "a\0@c.com"):
			with self.subTest(value):
				self.check(medusa_customer(email=value), "data.email")

	def test_email_too_long(self):
		self.check(medusa_customer(email="x" * 140 + "@example.com"), "data.email")

	def test_texts_wrong(self):
		for name in ("first_name", "last_name", "organization_name"):
			for value in (7, ["x"], {"a": 1}, True, "x" * 141, "a\0b", "\ud800", "two\nlines", "<b>x</b>"):
				with self.subTest(name=name, value=value):
					self.check(medusa_customer(**{name: value}), f"data.{name}")

	def test_mobile_wrong(self):
		for value in ("abc", 971501234567, ["1"], "1" * 50, "<script>"):
			with self.subTest(value):
				self.check(medusa_customer(mobile=value), "data.mobile")

	def test_acceptance_wrong(self):
		for value in ("maybe", [], {}, 2, 0.5):
			with self.subTest(value):
				self.check(medusa_customer(t_c_acceptance=value), "data.t_c_acceptance")

	def test_whole_name_too_long(self):
		self.check(medusa_customer(first_name="x" * 100, last_name="y" * 100), "data.last_name")

	def test_all_problems_are_named(self):
		data = medusa_customer(id="", email="x", mobile="abc")
		message = self.assert_refused(InvalidArgumentsError, api.insert_lead, data)
		for name in ("data.id", "data.email", "data.mobile"):
			self.assertIn(name, message)
