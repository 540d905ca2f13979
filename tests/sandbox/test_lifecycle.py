"""What the sandbox runs when a document is saved or set, and in which order, as Frappe's document.py does."""

from unittest.mock import patch

import frappe
import pytest
from frappe.model.document import Document

SAVED = ["before_validate", "validate", "before_save", "on_update", "on_change"]
SUBMITTED = ["before_validate", "validate", "before_submit", "on_update", "on_submit", "on_change"]


def methods_run(doc: Document, action) -> list[str]:
	"""Return the names of what is run of this very document during `action`."""
	found = []
	run_method = Document.run_method

	def record(self, method):
		found.extend([method] if self is doc else [])
		return run_method(self, method)

	with patch.object(Document, "run_method", record):
		action()
	return found


def test_save(quotation):
	assert methods_run(quotation, quotation.save) == SAVED


def test_submit(quotation):
	assert methods_run(quotation, quotation.submit) == SUBMITTED


def test_insert():
	doc = frappe.new_doc("Customer Group").update({"customer_group_name": frappe.generate_hash()})
	found = methods_run(doc, doc.insert)
	frappe.db.rollback()
	assert found == ["before_insert", "autoname", *SAVED[:3], "after_insert", *SAVED[3:]]


def test_save_of_a_submitted_document(quotation):
	quotation.submit()
	expected = ["before_update_after_submit", "on_update_after_submit", "on_change"]
	assert methods_run(quotation, quotation.save) == expected


def test_cancel_runs_no_validation(quotation):
	quotation.submit()
	found = [method for method in methods_run(quotation, quotation.cancel) if "change" not in method]
	assert found == ["before_cancel", "on_cancel"]


def test_deletion(quotation):
	found = []
	run_method = Document.run_method

	def record(self, method):
		found.append((method, bool(self.flags.in_delete)))
		return run_method(self, method)

	with patch.object(Document, "run_method", record):
		frappe.delete_doc("Quotation", quotation.name)
	assert found == [("on_trash", False), ("on_change", True), ("after_delete", True)]


def test_db_set_runs_two_methods(quotation):
	set_field = lambda: quotation.db_set("order_lost_reason", "x")  # noqa: E731
	assert methods_run(quotation, set_field) == ["before_change", "on_change"]


def test_db_set_of_several_fields(quotation):
	quotation.db_set({"order_lost_reason": "x", "status": "Lost"})
	stored = frappe.db.get_value("Quotation", quotation.name, ["order_lost_reason", "status"])
	assert stored == ("x", "Lost")


def test_db_set_knows_the_document_before(quotation):
	doc = frappe.get_doc("Quotation", quotation.name)
	doc.db_set("status", "Lost")
	assert doc.get_doc_before_save().status == "Draft"


def test_db_set_changes_the_moment_of_the_change(quotation):
	before = quotation.modified
	quotation.db_set("order_lost_reason", "x")
	assert before < quotation.modified == frappe.db.get_value("Quotation", quotation.name, "modified")


def test_db_set_without_the_moment(quotation):
	before = quotation.modified
	quotation.db_set("order_lost_reason", "x", update_modified=False)
	assert quotation.modified == before == frappe.db.get_value("Quotation", quotation.name, "modified")


def test_db_set_while_saving_keeps_the_moment_of_the_save(quotation):
	moments = []

	def on_update(self):
		moments.append(self.modified)
		self.db_set("order_lost_reason", "x")

	with patch.object(type(quotation), "on_update", on_update, create=True):
		quotation.save()
	assert moments == [quotation.modified]


def test_document_is_named_while_it_is_saved(quotation):
	seen = []

	def on_update(self):
		seen.append((self.doctype, self.name) in frappe.flags.currently_saving)

	with patch.object(type(quotation), "on_update", on_update, create=True):
		quotation.save()
	assert (seen, ("Quotation", quotation.name) in frappe.flags.currently_saving) == ([True], False)


def test_amendments_are_named_in_a_chain(quotation):
	names = [quotation.name]
	for _time in range(2):
		quotation.submit()
		quotation.cancel()
		amended = frappe.copy_doc(quotation, ignore_no_copy=False)
		amended.amended_from, amended.docstatus = quotation.name, 0
		quotation = amended.insert()
		names.append(quotation.name)
	assert names == [names[0], f"{names[0]}-1", f"{names[0]}-2"]


def test_amending_what_is_not_cancelled(quotation):
	amended = frappe.copy_doc(quotation)
	amended.amended_from, amended.docstatus = quotation.name, 0
	with pytest.raises(frappe.ValidationError, match="is not cancelled"):
		amended.insert()


def test_cancelling_what_a_submitted_document_links_to(quotation):
	from erpnext.selling.doctype.quotation.quotation import make_sales_order

	quotation.submit()
	order = make_sales_order(quotation.name)
	order.delivery_date = frappe.utils.nowdate()
	order.insert().submit()
	quotation.reload()
	with pytest.raises(frappe.LinkExistsError):
		quotation.cancel()
