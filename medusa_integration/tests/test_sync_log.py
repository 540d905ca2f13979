"""What a row of Medusa Sync Log keeps of a call that failed."""

import json
from collections.abc import Callable
from contextlib import contextmanager
from unittest.mock import patch

import frappe

from medusa_integration import api, desk
from medusa_integration.exceptions import (
	BusyError,
	ConflictError,
	EmailTakenError,
	ErpnextRefusedError,
	InvalidArgumentsError,
	LeadConflictError,
	MedusaUnavailableError,
	OfferChangedError,
)
from medusa_integration.medusa_integration.doctype.medusa_sync_log.medusa_sync_log import create_log, title_of
from medusa_integration.tests.base import (
	MedusaTestCase,
	SignUpTestCase,
	bench_only,
	make_customer,
	make_lead,
	make_quotation,
	make_user,
	medusa_customer,
	request_of,
	site_language,
	sync_log_rows,
	unique,
	update_log,
)


class TestWhatIsKept(MedusaTestCase):
	"""Nobody receives the answer of a job, so wrong arguments are logged, too."""

	def kept_of(self, **values) -> dict:
		"""Return the customer that the row of a failed job holds."""
		data = medusa_customer(**values)
		with as_job():
			self.assert_refused(InvalidArgumentsError, api.insert_lead, data)
		(row,) = sync_log_rows(medusa_id=data["id"])
		return json.loads(row.request)["data"]

	def test_text_is_cut_to_1000_characters(self):
		self.assertEqual(self.kept_of(first_name="x" * 5000)["first_name"], "x" * 1000)

	def test_object_in_the_place_of_a_text_is_kept_empty(self):
		"""What is in it may be a secret."""
		for sent, kept in (({"pin": "x"}, {}), (["x"], [])):
			with self.subTest(sent):
				self.assertEqual(self.kept_of(first_name=sent)["first_name"], kept)

	def test_error_is_cut_to_1000_characters(self):
		data = medusa_customer()
		with (
			as_job(),
			patch("medusa_integration.selling.leads.insert_lead", side_effect=ValueError("x" * 5000)),
		):
			self.assert_refused(ValueError, api.insert_lead, data)
		(row,) = sync_log_rows(medusa_id=data["id"])
		self.assertEqual(row.error, "x" * 1000)

	def test_ids_are_cut_to_what_a_field_holds(self):
		data = medusa_customer(id=unique() + "x" * 200, email=unique() + "y" * 200)
		with as_job():
			self.assert_refused(InvalidArgumentsError, api.insert_lead, data)
		(row,) = sync_log_rows(medusa_id=data["id"][:140], email=data["email"][:140])
		self.assertEqual(row.status, "Failed")


class TestFailures(MedusaTestCase):
	"""A call that fails for a reason other than its arguments."""

	def fail(self, error: Exception | Callable, **options) -> str:
		"""Let a storefront's change of an address fail; return its customer's id."""
		customer = unique("cus_")
		with patch("medusa_integration.selling.parties.get_party", side_effect=error):
			for _time in range(options.get("times", 1)):
				self.assert_refused(
					options.get("expected", type(error)), api.update_address, customer, city="x"
				)
		return customer

	def test_same_call_again_counts_in_its_row(self):
		customer = self.fail(BusyError("x"), times=3)
		(row,) = sync_log_rows(medusa_id=customer)
		self.assertEqual(row.attempts, 3)

	def test_words_of_erpnext_stay_in_the_row(self):
		frappe.clear_messages()

		def refuse(*_args, **_options):
			frappe.throw("by an employee")

		customer = self.fail(refuse, expected=ErpnextRefusedError)
		(row,) = sync_log_rows(medusa_id=customer)
		self.assertIn("an employee", row.error)
		self.assertNotIn("an employee", str(frappe.local.message_log))

	def test_work_is_rolled_back_before_the_row_is_committed(self):
		customer = make_customer()
		frappe.db.commit()

		def write_and_fail(*_args, **_options):
			frappe.db.set_value("Customer", customer.name, "website", "https://half-made.example")
			raise RuntimeError

		with patch("medusa_integration.selling.parties.get_party", side_effect=write_and_fail):
			self.assert_refused(RuntimeError, api.update_address, unique("cus_"), city="x")
		self.assertNotEqual(
			frappe.db.get_value("Customer", customer.name, "website"), "https://half-made.example"
		)


@contextmanager
def as_job():
	"""Let a background job make the calls of the block."""
	before = getattr(frappe.local, "job", None)
	frappe.local.job = frappe._dict(name="test")
	try:
		yield
	finally:
		frappe.local.job = before


class TestWhatRowsWaitFor(SignUpTestCase):
	"""`waits_for`, `error_type` and `title` of rows."""

	def refused(self, error: type[Exception], method, *args, **kwargs):
		"""Make a call that is refused; return its row."""
		before = {row.name for row in sync_log_rows()}
		self.assert_refused(error, method, *args, **kwargs)
		(row,) = [row for row in sync_log_rows() if row.name not in before]
		return row

	def test_conflict_waits_for_a_person(self):
		data = medusa_customer(email=make_lead().email_id)
		frappe.db.commit()
		row = self.refused(LeadConflictError, api.insert_lead, data)
		actual = (row.waits_for, row.error_type, row.title)
		self.assertEqual(actual, ("Person", "LeadConflictError", f"Lead for {data['email']}"))

	def test_title_of_a_customer_of_the_shop(self):
		data = {"id": unique("cus_"), "email": make_lead().email_id}
		frappe.db.commit()
		row = self.refused(LeadConflictError, api.update_customer, data)
		self.assertEqual(row.title, f"Customer of the shop {data['email']}")

	def test_taken_email_waits_for_the_shop(self):
		self.sign_up()
		row = self.refused(EmailTakenError, self.sign_up, password="another one")
		actual = (row.waits_for, row.error_type, row.title)
		self.assertEqual(actual, ("Shop", "EmailTakenError", f"Sign-up of {self.email}"))

	def test_changed_price_waits_for_the_shop(self):
		quotation = make_quotation(make_lead().medusa_id, self.item)
		frappe.db.commit()
		call = {"quotation_id": quotation.medusa_quotation_id, "approval": "Approved", "grand_total": 1}
		row = self.refused(OfferChangedError, api.update_quotation, **call)
		self.assertEqual(
			(row.waits_for, row.title), ("Shop", f"Approval of quotation {call['quotation_id']}")
		)

	def test_row_has_a_link_to_its_quotation(self):
		quotation = make_quotation(make_lead().medusa_id, self.item)
		frappe.db.commit()
		call = {"quotation_id": quotation.medusa_quotation_id, "approval": "Approved", "grand_total": 1}
		row = self.refused(OfferChangedError, api.update_quotation, **call)
		self.assertEqual(row.reference_name, quotation.name)

	def test_failing_medusa_waits_for_the_next_attempt(self):
		self.medusa.set_fault("500")
		row = self.refused(MedusaUnavailableError, self.sign_up)
		self.assertEqual((row.waits_for, row.error_type), ("Next attempt", "MedusaUnavailableError"))

	def test_done_row_waits_for_nothing(self):
		self.medusa.set_fault("500")
		self.refused(MedusaUnavailableError, self.sign_up)
		self.medusa.set_fault("")
		self.sign_up()
		rows = sync_log_rows(email=self.email, status="Success")
		self.assertEqual([(row.waits_for, row.error_type) for row in rows], [("", None)])

	def test_markup_is_no_markup_in_a_title(self):
		row = frappe.get_doc("Medusa Sync Log", create_log("update_quotation", {}).name)
		row.quotation_id = "<img src=x>"
		self.assertEqual(title_of(row, {}), "Decision on quotation (img src=x)")


class TestSettled(MedusaTestCase):
	def setUp(self):
		super().setUp()
		row = create_log("update_quotation", {}, status="Failed", waits_for="Person", quotation_id=unique())
		self.row = row.name
		frappe.db.commit()

	def stored(self):
		fields = ["status", "waits_for", "settled_reason"]
		return frappe.db.get_value("Medusa Sync Log", self.row, fields)

	def test_row_is_closed_with_the_reason(self):
		desk.settle_log(self.row, "Done by phone")
		self.assertEqual(self.stored(), ("Success", "", "Done by phone"))

	def test_comment_says_why(self):
		desk.settle_log(self.row, "Done by phone")
		comment = frappe.db.get_value("Comment", {"reference_name": self.row}, "content")
		self.assertIn("Done by phone", comment)

	def test_reason_is_required(self):
		self.assert_unchanged(InvalidArgumentsError, desk.settle_log, self.row)

	def test_row_that_is_done(self):
		desk.settle_log(self.row, "Done by phone")
		frappe.db.commit()
		self.assert_unchanged(ConflictError, desk.settle_log, self.row, "Again")

	def test_clerk_may_settle_what_waits_for_a_person(self):
		with request_of(make_user("Sales User")):
			desk.settle_log(self.row, "Done by phone")
		self.assertEqual(self.stored()[0], "Success")

	def test_clerk_sees_what_became_of_it(self):
		user = make_user("Sales User")
		with request_of(user):
			desk.settle_log(self.row, "Done by phone")
			self.assertTrue(frappe.get_doc("Medusa Sync Log", self.row).has_permission("read"))

	def test_two_people_at_the_same_moment(self):
		"""The second one read the row before it was settled."""
		row = frappe.get_doc("Medusa Sync Log", self.row)
		desk.settle_log(self.row, "Done by phone")
		with self.assertRaises(ConflictError):
			row.settle("Spam")
		self.assertEqual(frappe.db.count("Comment", {"reference_name": self.row}), 1)

	def test_clerk_sees_no_events(self):
		update_log(self.row, direction="Out")
		with request_of(make_user("Sales User")):
			self.assert_refused(frappe.PermissionError, desk.settle_log, self.row, "x")

	def test_user_without_the_role(self):
		with request_of(make_user("Medusa Integration")):
			self.assert_refused(frappe.PermissionError, desk.settle_log, self.row, "x")

	@bench_only
	def test_list_of_a_clerk(self):
		other = create_log("sign_up", {}, status="Failed", waits_for="Next attempt").name
		user = make_user("Sales User")
		with request_of(user):
			found = frappe.get_list("Medusa Sync Log", {"name": ("in", [self.row, other])}, pluck="name")
		self.assertEqual(found, [self.row])


@bench_only
class TestLanguage(MedusaTestCase):
	"""All users read a row, so it is in the language of the site, whatever language a call has."""

	def setUp(self):
		super().setUp()
		self.enterContext(site_language("ar"))

	def test_title(self):
		row = create_log("sign_up", {}, email="noor@example.com")
		with patch.object(frappe.local, "lang", "ar"):
			self.assertEqual(row.title, frappe._("Sign-up of {0}").format("noor@example.com"))
		self.assertNotIn("Sign-up", row.title)

	def test_error_of_a_job(self):
		data = medusa_customer(email=make_lead().email_id)
		self.assert_refused(LeadConflictError, api.insert_lead, data)
		(row,) = sync_log_rows(medusa_id=data["id"])
		self.assertRegex(row.error, "[\u0600-\u06ff]{3}")
