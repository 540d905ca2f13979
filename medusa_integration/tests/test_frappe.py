"""What the app relies on in Frappe and ERPNext, asked of the site that the suite runs on."""

from typing import Any

import frappe
from erpnext.selling.doctype.quotation.quotation import _make_sales_order
from frappe.utils import add_days, nowdate
from frappe.utils.background_jobs import get_job

from medusa_integration.tests.base import (
	MedusaTestCase,
	make_customer,
	make_item,
	make_lead,
	make_quotation,
	make_user,
	set_settings,
	single_value,
	unique,
)


class FrappeTestCase(MedusaTestCase):
	"""Tests of the site itself; each rolls back what it did."""

	def tearDown(self) -> None:
		frappe.db.rollback()
		frappe.set_user("Administrator")
		super().tearDown()

	def raises(self, error: type[Exception], action: Any, *args: Any, **kwargs: Any) -> None:
		"""Call, and check that this very class is raised."""
		with self.assertRaises(error) as caught:
			action(*args, **kwargs)
		self.assertIs(type(caught.exception), error)

	def draft(self) -> Any:
		"""A draft Quotation of a Lead."""
		return make_quotation(make_lead().medusa_id, self.item)


class TestDocuments(FrappeTestCase):
	def test_missing_document(self):
		self.raises(frappe.DoesNotExistError, frappe.get_doc, "Lead", "no such lead")

	def test_mandatory_field(self):
		address = frappe.new_doc("Address")
		address.update({"address_title": "x", "address_type": "Billing"})
		self.raises(frappe.MandatoryError, address.insert)

	def test_link_to_nothing(self):
		self.raises(frappe.LinkValidationError, make_customer, customer_group="no such group")

	def test_text_of_141_letters(self):
		self.raises(frappe.CharacterLengthExceededError, make_customer, tax_id="x" * 141)

	def test_option_that_a_select_does_not_have(self):
		self.raises(frappe.ValidationError, make_customer, customer_type="no such type")

	def test_name_that_exists(self):
		group = {"doctype": "Customer Group", "customer_group_name": unique("Group ")}
		frappe.get_doc(group).insert()
		self.raises(frappe.DuplicateEntryError, frappe.get_doc(group).insert)

	def test_names_that_differ_in_letter_case_only_collide(self):
		name = unique("Group ")
		frappe.get_doc({"doctype": "Customer Group", "customer_group_name": name.lower()}).insert()
		upper = frappe.get_doc({"doctype": "Customer Group", "customer_group_name": name.upper()})
		self.raises(frappe.DuplicateEntryError, upper.insert)

	def test_name_with_a_tag(self):
		group = frappe.get_doc({"doctype": "Customer Group", "customer_group_name": unique("<b>")})
		self.raises(frappe.NameError, group.insert)

	def test_unique_field(self):
		item = make_item()
		self.raises(frappe.UniqueValidationError, make_item, medusa_variant_id=item.medusa_variant_id)

	def test_stale_document(self):
		first = frappe.get_doc("Lead", make_lead().name)
		second = frappe.get_doc("Lead", first.name)
		first.save()
		self.raises(frappe.TimestampMismatchError, second.save)

	def test_draft_again_after_submit(self):
		quotation = self.draft()
		quotation.submit()
		quotation.docstatus = 0
		self.raises(frappe.DocstatusTransitionError, quotation.save)

	def test_change_after_submit(self):
		quotation = self.draft()
		quotation.submit()
		quotation.order_type = "Maintenance"
		self.raises(frappe.UpdateAfterSubmitError, quotation.save)

	def test_submitted_document_cannot_be_deleted(self):
		quotation = self.draft()
		quotation.submit()
		self.raises(frappe.ValidationError, frappe.delete_doc, "Quotation", quotation.name)

	def test_linked_document_cannot_be_deleted(self):
		group = frappe.get_doc({"doctype": "Customer Group", "customer_group_name": unique("Group ")})
		make_customer(customer_group=group.insert().name)
		self.raises(frappe.LinkExistsError, frappe.delete_doc, "Customer Group", group.name)

	def test_save_without_permission(self):
		lead = make_lead()
		frappe.set_user(make_user("Medusa Integration"))
		self.raises(frappe.PermissionError, lead.save)

	def test_list_without_permission(self):
		frappe.set_user(make_user("Medusa Integration"))
		self.raises(frappe.PermissionError, frappe.get_list, "Quotation")

	def test_get_hooks_of_one_app(self):
		handlers = frappe.get_hooks("doc_events", app_name="medusa_integration")["Lead"]
		self.assertIsInstance(handlers, dict)
		self.assertEqual(frappe.get_hooks("after_request", app_name="erpnext"), [])


class TestErpnext(FrappeTestCase):
	def test_email_of_another_lead(self):
		lead = frappe.new_doc("Lead")
		lead.update({"first_name": "x", "email_id": make_lead().email_id})
		self.raises(frappe.DuplicateEntryError, lead.insert)

	def test_phone_with_letters(self):
		lead = frappe.new_doc("Lead")
		lead.update({"first_name": "x", "mobile_no": "abc"})
		self.raises(frappe.InvalidPhoneNumberError, lead.insert)

	def test_sales_team_of_90_percent(self):
		customer = make_customer()
		customer.append("sales_team", {"sales_person": "Website Sales", "allocated_percentage": 90})
		self.raises(frappe.ValidationError, customer.save)

	def test_half_of_a_whole_unit(self):
		quotation = self.draft()
		quotation.items[0].qty = 0.5
		with self.assertRaisesRegex(frappe.ValidationError, "fraction"):
			quotation.save()

	def test_amount_out_of_range(self):
		quotation = self.draft()
		quotation.items[0].qty = 1e13
		self.raises(frappe.db.DataError, quotation.save)

	def test_item_twice(self):
		quotation = self.draft()
		quotation.append("items", {"item_code": self.item.name, "qty": 1})
		with single_value("Selling Settings", "allow_multiple_items", 0):
			with self.assertRaisesRegex(frappe.ValidationError, "entered multiple times"):
				quotation.save()

	def test_disabled_item(self):
		quotation = self.draft()
		frappe.db.set_value("Item", self.item.name, "disabled", 1)
		self.raises(frappe.ValidationError, quotation.save)

	def test_validity_before_the_date(self):
		quotation = self.draft()
		quotation.valid_till = add_days(nowdate(), -1)
		self.raises(frappe.ValidationError, quotation.save)

	def test_mapping_an_unsubmitted_quotation(self):
		self.raises(frappe.ValidationError, _make_sales_order, self.draft().name)


class TestDatabase(FrappeTestCase):
	def test_rollback(self):
		lead = make_lead().name
		frappe.db.rollback()
		self.assertFalse(frappe.db.exists("Lead", lead))

	def test_names_of_a_series_come_again_after_a_rollback(self):
		first = make_lead().name
		frappe.db.rollback()
		self.assertEqual(make_lead().name, first)

	def test_what_waits_for_the_commit(self):
		done = []
		frappe.db.after_commit.add(lambda: done.append(1))
		frappe.db.rollback()
		frappe.db.after_commit.add(lambda: done.append(2))
		frappe.db.commit()
		self.assertEqual(done, [2])

	def test_empty_date_is_before_any_other(self):
		"""Frappe's filters put 0001-01-01 in its place."""
		frappe.db.set_value("Item", self.item.name, "end_of_life", None)
		filters = {"name": self.item.name, "end_of_life": ("<", nowdate())}
		self.assertEqual(frappe.get_all("Item", filters, pluck="name"), [self.item.name])


class TestCache(FrappeTestCase):
	"""Medusa Settings as `frappe.get_cached_doc` gives them; another request has its own `local.cache`."""

	def setUp(self) -> None:
		super().setUp()
		before = frappe.db.get_single_value("Medusa Settings", "timeout")
		self.addCleanup(frappe.db.commit)
		self.addCleanup(set_settings, timeout=before)
		set_settings(timeout=7)
		frappe.db.commit()

	def timeout(self) -> int:
		"""The setting as a new request sees it."""
		frappe.local.cache = {}
		return frappe.get_cached_doc("Medusa Settings").timeout

	def test_same_object_within_a_request(self):
		first = frappe.get_cached_doc("Medusa Settings")
		self.assertIs(frappe.get_cached_doc("Medusa Settings"), first)

	def test_another_request_gets_another_object(self):
		first = frappe.get_cached_doc("Medusa Settings")
		self.assertEqual(self.timeout(), 7)
		self.assertIsNot(frappe.get_cached_doc("Medusa Settings"), first)

	def write_past_frappe(self, value: int) -> None:
		"""Change the setting as SQL by hand does."""
		singles = frappe.qb.DocType("Singles")
		of_timeout = (singles["doctype"] == "Medusa Settings") & (singles["field"] == "timeout")
		frappe.qb.update(singles).set(singles["value"], str(value)).where(of_timeout).run()

	def test_clear_document_cache(self):
		self.timeout()
		self.write_past_frappe(8)
		self.assertEqual(self.timeout(), 7)
		frappe.clear_document_cache("Medusa Settings", "Medusa Settings")
		self.assertEqual(self.timeout(), 8)

	def test_clear_cache(self):
		self.timeout()
		self.write_past_frappe(8)
		frappe.clear_cache()
		self.assertEqual(self.timeout(), 8)

	def test_save(self):
		self.timeout()
		doc = frappe.get_doc("Medusa Settings")
		doc.timeout = 9
		doc.save()
		self.assertEqual(self.timeout(), 9)

	def test_set_single_value(self):
		self.timeout()
		frappe.db.set_single_value("Medusa Settings", "timeout", 9)
		self.assertEqual(self.timeout(), 9)

	def test_change_that_is_rolled_back(self):
		frappe.db.set_single_value("Medusa Settings", "timeout", 9)
		self.timeout()
		frappe.db.rollback()
		self.assertEqual(self.timeout(), 7)


@frappe.validate_and_sanitize_search_inputs
def search(doctype, txt, searchfield, start, page_len, filters):
	"""A query for the desk's search."""
	return [start, page_len]


class TestSearch(FrappeTestCase):
	def test_texts_become_numbers(self):
		self.assertEqual(search("Lead", "x", "name", "5", "20", None), [5, 20])

	def test_unknown_doctype_finds_nothing(self):
		self.assertEqual(search("No Such DocType", "x", "name", 0, 20, None), [])

	def test_sql_in_the_field(self):
		self.raises(frappe.DataError, search, "Lead", "x", "name;--", 0, 20, None)


class TestQueue(FrappeTestCase):
	def enqueue(self) -> str:
		"""Queue a harmless job after the commit; return its id."""
		job_id = unique("job-")
		frappe.enqueue("frappe.utils.nowdate", job_id=job_id, enqueue_after_commit=True)
		return job_id

	def test_job_waits_for_the_commit(self):
		job_id = self.enqueue()
		self.assertIsNone(get_job(job_id))
		frappe.db.commit()
		self.assertIsNotNone(get_job(job_id))

	def test_rolled_back_job_is_not_queued(self):
		job_id = self.enqueue()
		frappe.db.rollback()
		frappe.db.commit()
		self.assertIsNone(get_job(job_id))
