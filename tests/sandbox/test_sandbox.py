"""The sandbox's own honesty: it answers and raises what Frappe and ERPNext do, and says where it ends."""

import json
import threading

import frappe
import pytest
import redis
import requests
from frappe.database import Database
from frappe.utils import add_days, nowdate, redis_wrapper
from frappe.utils import background_jobs as queue

from conftest import eventually, person
from medusa_integration import api
from medusa_integration.constants import INTEGRATION_USER
from medusa_integration.tests.base import (
	make_customer,
	make_item,
	make_lead,
	make_price_list,
	make_quotation,
	make_user,
	unique,
)


@pytest.fixture(autouse=True)
def rolled_back(site):
	"""Each test leaves the database as it was, and meets no job that an earlier one left."""
	eventually(queue.is_idle)
	frappe.set_user("Administrator")
	frappe.db.commit()
	yield
	frappe.set_user("Administrator")
	frappe.db.rollback()


def draft():
	"""A draft Quotation."""
	make_price_list()
	return make_quotation(make_lead().medusa_id, make_item(rate=10))


class TestOverHttp:
	"""facts of Frappe's HTTP layer that a caller of the app can meet"""

	def get(self, server, path: str, **options):
		return requests.get(f"{server.url}/api/method/{path}", timeout=10, **options)

	def test_unknown_method_of_a_known_module(self, server):
		response = self.get(server, "medusa_integration.api.no_such_method")
		assert (response.status_code, response.json()["exc_type"]) == (417, "ValidationError")

	def test_function_that_is_not_whitelisted(self, server):
		response = self.get(server, "medusa_integration.selling.leads.insert_lead")
		assert (response.status_code, response.json()["exc_type"]) == (403, "PermissionError")

	def test_unknown_path(self, server):
		assert requests.get(f"{server.url}/nothing", timeout=10).status_code == 404

	def test_malformed_json(self, server):
		headers = {"Content-Type": "application/json"}
		response = requests.post(f"{server.url}/api/method/x", data="{", headers=headers, timeout=10)
		assert (response.status_code, response.json()["exc_type"]) == (500, "JSONDecodeError")

	def test_argument_that_the_function_does_not_take(self, server):
		assert server.call("fetch_all_customers", {"no_such_argument": 1}).status_code == 200

	def test_uncaught_exception(self, server, monkeypatch):
		monkeypatch.setattr("medusa_integration.selling.customers.find_unlinked", lambda *_page: 1 / 0)
		response = server.call("fetch_all_customers", {})
		assert (response.status_code, response.json()) == (500, {"exc_type": "ZeroDivisionError"})

	def test_messages_are_json_in_json(self, server):
		messages = json.loads(server.call("insert_lead", {}).json()["_server_messages"])
		assert json.loads(messages[0])["message"] == "data: is required"


class TestDocuments:
	def raises(self, error: type[Exception], action, *args, **kwargs) -> None:
		with pytest.raises(error) as caught:
			action(*args, **kwargs)
		assert caught.type is error

	def test_missing_document(self):
		self.raises(frappe.DoesNotExistError, frappe.get_doc, "Lead", "no such lead")

	def test_mandatory_field(self):
		address = frappe.new_doc("Address")
		address.update({"address_title": "x", "address_type": "Billing"})
		self.raises(frappe.MandatoryError, address.insert)

	def test_link_to_nothing(self):
		self.raises(frappe.LinkValidationError, make_customer, customer_group="no such group")

	def test_text_that_is_too_long(self):
		self.raises(frappe.CharacterLengthExceededError, make_customer, tax_id="x" * 141)

	def test_option_that_is_none(self):
		self.raises(frappe.ValidationError, make_customer, customer_type="no such type")

	def test_name_that_is_taken(self):
		name = unique("Group ")
		group = {"doctype": "Customer Group", "customer_group_name": name}
		frappe.get_doc(group).insert()
		self.raises(frappe.DuplicateEntryError, frappe.get_doc(group).insert)

	def test_names_differ_by_more_than_letter_case(self):
		name = unique("Group ")
		frappe.get_doc({"doctype": "Customer Group", "customer_group_name": name.lower()}).insert()
		upper = frappe.get_doc({"doctype": "Customer Group", "customer_group_name": name.upper()})
		self.raises(frappe.DuplicateEntryError, upper.insert)

	def test_unique_field(self):
		item = make_item()
		self.raises(frappe.UniqueValidationError, make_item, medusa_variant_id=item.medusa_variant_id)

	def test_name_with_html_signs(self):
		self.raises(NotImplementedError, make_customer, tax_id="<b>")

	def test_stale_document(self):
		first, second = frappe.get_doc("Lead", make_lead().name), None
		second = frappe.get_doc("Lead", first.name)
		first.save()
		self.raises(frappe.TimestampMismatchError, second.save)

	def test_docstatus(self):
		quotation = draft()
		quotation.submit()
		quotation.docstatus = 0
		self.raises(frappe.DocstatusTransitionError, quotation.save)

	def test_change_after_submit(self):
		quotation = draft()
		quotation.submit()
		quotation.order_type = "Maintenance"
		self.raises(frappe.UpdateAfterSubmitError, quotation.save)

	def test_submitted_document_cannot_be_deleted(self):
		quotation = draft()
		quotation.submit()
		self.raises(frappe.ValidationError, frappe.delete_doc, "Quotation", quotation.name)

	def test_permission(self):
		lead = make_lead()
		frappe.set_user(make_user("Medusa Integration"))
		self.raises(frappe.PermissionError, lead.save)

	def test_mapping_an_unsubmitted_quotation(self):
		from erpnext.selling.doctype.quotation.quotation import _make_sales_order

		self.raises(frappe.ValidationError, _make_sales_order, draft().name)


class TestErpnextsChecks:
	def raises(self, error: type[Exception], action, *args, **kwargs) -> None:
		with pytest.raises(error):
			action(*args, **kwargs)

	def test_email_of_another_lead(self):
		lead = frappe.new_doc("Lead")
		lead.update({"first_name": "x", "email_id": make_lead().email_id})
		self.raises(frappe.DuplicateEntryError, lead.insert)

	def test_bad_phone(self):
		lead = frappe.new_doc("Lead")
		lead.update({"first_name": "x", "mobile_no": "abc"})
		self.raises(frappe.ValidationError, lead.insert)

	def test_sales_team_of_another_sum(self):
		customer = make_customer()
		customer.append("sales_team", {"sales_person": "Website Sales", "allocated_percentage": 90})
		self.raises(frappe.ValidationError, customer.save)

	def test_fraction_of_a_whole_unit(self):
		quotation = draft()
		quotation.items[0].qty = 0.5
		self.raises(frappe.ValidationError, quotation.save)

	def test_amount_out_of_range(self):
		quotation = draft()
		quotation.items[0].qty = 1e18
		self.raises(frappe.db.DataError, quotation.save)

	def test_item_twice(self):
		quotation = draft()
		quotation.append("items", {"item_code": quotation.items[0].item_code, "qty": 1})
		self.raises(frappe.ValidationError, quotation.save)

	def test_disabled_item(self):
		quotation = draft()
		frappe.db.set_value("Item", quotation.items[0].item_code, "disabled", 1)
		self.raises(frappe.ValidationError, quotation.save)

	def test_validity_before_the_date(self):
		quotation = draft()
		quotation.valid_till = add_days(nowdate(), -1)
		self.raises(frappe.ValidationError, quotation.save)

	def test_what_it_does_not_have(self):
		self.raises(NotImplementedError, make_quotation_in_another_currency)
		self.raises(NotImplementedError, lambda: frappe.get_meta("Stock Entry"))
		self.raises(NotImplementedError, lambda: frappe.sendmail())
		self.raises(NotImplementedError, frappe.get_all, "Lead", fields=["count(*)"])


def make_quotation_in_another_currency():
	customer = make_customer(medusa_id=unique("cus_"))
	frappe.db.set_value("Customer", customer.name, "default_currency", "AED")
	make_quotation(customer.medusa_id, make_item())


class TestTransactions:
	def test_rollback(self):
		lead = make_lead().name
		frappe.db.rollback()
		assert not frappe.db.exists("Lead", lead)

	def test_others_see_what_is_committed(self, site):
		lead = make_lead().name
		other = Database(str(site))
		assert other.sql("SELECT COUNT(*) FROM tabLead WHERE name = ?", (lead,)) == [(0,)]
		frappe.db.commit()
		other.rollback()
		assert other.sql("SELECT COUNT(*) FROM tabLead WHERE name = ?", (lead,)) == [(1,)]
		other.close()

	def test_snapshot_that_is_out_of_date_cannot_write(self, site):
		other = Database(str(site))
		other.sql("SELECT COUNT(*) FROM tabLead")
		make_lead()
		frappe.db.commit()
		with pytest.raises(frappe.QueryDeadlockError):
			other.lock_for_writing()
		other.close()

	def test_series_start_over_after_rollback(self):
		first = make_lead().name
		frappe.db.rollback()
		assert make_lead().name == first

	def test_after_commit(self):
		done = []
		frappe.db.after_commit.add(lambda: done.append(1))
		frappe.db.rollback()
		frappe.db.after_commit.add(lambda: done.append(2))
		frappe.db.commit()
		assert done == [2]


def test_empty_moment_is_before_any_other():
	"""As in Frappe, whose filters put 0001-01-01 in its place."""
	item = make_item()
	frappe.db.set_value("Item", item.name, "end_of_life", None)
	filters = {"name": item.name, "end_of_life": ("<", nowdate())}
	assert frappe.get_all("Item", filters, pluck="name") == [item.name]


class TestQueue:
	def test_job_of_one_id_is_queued_once(self, site):
		word = unique()
		data = {"id": f"cus_{word}", "email": f"{word}@example.com"}
		for _time in range(2):
			frappe.enqueue("medusa_integration.api.insert_lead", job_id=word, deduplicate=True, data=data)
		run_in_thread(queue.work_off)
		owner = eventually(lambda: frappe.db.get_value("Lead", {"medusa_id": data["id"]}, "owner"))
		assert owner == INTEGRATION_USER

	def test_failed_job_is_in_the_error_log(self, site):
		before = frappe.db.count("Error Log")
		frappe.enqueue("medusa_integration.api.insert_lead", data="rubbish")
		run_in_thread(queue.work_off)
		assert eventually(lambda: frappe.db.count("Error Log") == before + 1)

	def test_redis_down(self):
		redis_wrapper.set_redis_down(True)
		try:
			with pytest.raises(redis.exceptions.ConnectionError):
				frappe.enqueue("medusa_integration.api.insert_lead", data={})
		finally:
			redis_wrapper.set_redis_down(False)


def run_in_thread(target) -> None:
	"""frappe.local is a thread's own: a job must not end the test's connection."""
	thread = threading.Thread(target=target)
	thread.start()
	thread.join()


def test_whole_story_survives_redis_being_down(server):
	redis_wrapper.set_redis_down(True)
	try:
		response = server.call("sign_up", person(), token="")
	finally:
		redis_wrapper.set_redis_down(False)
	assert response.status_code == 200
	frappe.db.rollback()
	filters = {"medusa_id": response.json()["message"]["customer_id"]}
	assert frappe.db.get_value("Medusa Sync Log", filters, "status") == "Queued"
	assert api.insert_lead({"id": filters["medusa_id"], "email": f"{unique()}@example.com"})
