"""What the shop can read: its own Quotations and Sales Orders, and no others."""

import re
from unittest.mock import patch

import frappe
from erpnext.selling.doctype.quotation.quotation import make_sales_order
from frappe.utils import add_days, get_datetime, nowdate

from medusa_integration import api
from medusa_integration.exceptions import (
	CustomerNotFoundError,
	InvalidArgumentsError,
	OrderNotFoundError,
	PdfUnavailableError,
	QuotationNotFoundError,
)
from medusa_integration.selling import shown
from medusa_integration.tests.base import (
	ADDRESS,
	MedusaTestCase,
	bench_only,
	make_item,
	make_lead,
	make_quotation,
	settings,
	unique,
)
from medusa_integration.tests.queries import recorded

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


class ReadingTestCase(MedusaTestCase):
	def setUp(self):
		super().setUp()
		self.lead = make_lead()
		self.medusa_id = self.lead.medusa_id
		self.quotation = make_quotation(self.medusa_id, self.item)
		self.quotation_id = self.quotation.medusa_quotation_id
		frappe.db.commit()

	def get(self, **values):
		return api.get_quotation(
			**{"customer_id": self.medusa_id, "quotation_id": self.quotation_id, **values}
		)

	def decide(self, approval="Approved", **values):
		answer = api.update_quotation(quotation_id=self.quotation_id, approval=approval, **values)
		frappe.db.commit()
		return answer

	def cancel(self):
		quotation = frappe.get_doc("Quotation", self.quotation.name)
		if quotation.docstatus == 0:
			quotation.submit()
		quotation.cancel()
		frappe.db.commit()


class TestQuotation(ReadingTestCase):
	def test_keys_and_values(self):
		answer = self.get()
		self.assertRegex(answer.pop("modified"), MOMENT)
		item = {
			"variant_id": self.item.medusa_variant_id,
			"sku": self.item.name,
			"item_name": self.item.item_name,
			"quantity": 2,
			"uom": "Nos",
			"rate": 100,
			"amount": 200,
		}
		expected = {
			"quotation_id": self.quotation_id,
			"customer_id": self.medusa_id,
			"name": self.quotation.name,
			"status": "offered",
			"currency": self.quotation.currency,
			"net_total": 200,
			"tax_total": self.quotation.total_taxes_and_charges or 0,
			"grand_total": self.quotation.grand_total,
			"valid_till": add_days(nowdate(), 30),
			"order_id": None,
			"sales_order_id": None,
			"billing_address": None,
			"shipping_address": None,
			"items": [item],
		}
		self.assertEqual(answer, expected)

	def test_addresses_have_the_names_of_medusa(self):
		shipping = {**ADDRESS, "address_1": "2 Creek Road", "phone": "+97142222222"}
		quotation = make_quotation(
			self.medusa_id, self.item, billing_address=ADDRESS, shipping_address=shipping
		)
		answer = self.get(quotation_id=quotation.medusa_quotation_id)
		blank = dict.fromkeys(("address_2", "province", "phone"))
		self.assertEqual(answer["billing_address"], {**blank, **ADDRESS})
		self.assertEqual(answer["shipping_address"], {**blank, **shipping})

	def test_changed_address_counts_as_a_change(self):
		quotation = make_quotation(self.medusa_id, self.item, billing_address=ADDRESS)
		call = {"quotation_id": quotation.medusa_quotation_id}
		before = self.get(**call)["modified"]
		address = frappe.get_doc("Address", quotation.customer_address)
		address.city = "Sharjah"
		address.save()
		self.assertGreater(self.get(**call)["modified"], before)

	def test_end_of_the_validity_counts_as_a_change(self):
		values = {"valid_till": add_days(nowdate(), -1), "modified": add_days(nowdate(), -20)}
		frappe.db.set_value("Quotation", self.quotation.name, values, update_modified=False)
		midnight = shown.as_utc(get_datetime(nowdate()))
		self.assertEqual(self.get()["modified"], midnight)

	def test_draft_of_an_order_counts_as_a_change(self):
		self.decide()
		before = self.get()["modified"]
		order = make_sales_order(self.quotation.name)
		order.delivery_date = nowdate()
		order.insert()
		self.assertGreater(self.get()["modified"], before)

	def test_by_its_name(self):
		self.assertEqual(self.get(quotation_id=self.quotation.name)["quotation_id"], self.quotation_id)

	def test_missing_arguments_are_named(self):
		message = self.assert_refused(InvalidArgumentsError, api.get_quotation)
		self.assertIn("customer_id", message)
		self.assertIn("quotation_id", message)


class TestStatus(ReadingTestCase):
	def test_accepted(self):
		self.decide()
		self.assertEqual(self.get()["status"], "accepted")

	def test_ordered(self):
		order = self.decide(create_so=True, order_id="order_1")["sales_order_id"]
		answer = self.get()
		actual = (answer["status"], answer["sales_order_id"], answer["order_id"])
		self.assertEqual(actual, ("ordered", order, "order_1"))

	def test_ordered_by_a_clerk(self):
		quotation = frappe.get_doc("Quotation", self.decide()["quotation_id"])
		order = make_sales_order(quotation.name)
		order.delivery_date = nowdate()
		order.insert()
		answer = self.get()
		self.assertEqual((answer["status"], answer["sales_order_id"]), ("ordered", order.name))

	def test_rejected(self):
		self.decide("Rejected")
		self.assertEqual(self.get()["status"], "rejected")

	def test_expired(self):
		frappe.db.set_value("Quotation", self.quotation.name, "valid_till", add_days(nowdate(), -1))
		self.assertEqual(self.get()["status"], "expired")

	def test_last_day_is_not_expired(self):
		frappe.db.set_value("Quotation", self.quotation.name, "valid_till", nowdate())
		self.assertEqual(self.get()["status"], "offered")

	def test_accepted_one_does_not_expire(self):
		self.decide()
		frappe.db.set_value("Quotation", self.quotation.name, "valid_till", add_days(nowdate(), -1))
		self.assertEqual(self.get()["status"], "accepted")

	def test_cancelled(self):
		self.cancel()
		self.assertEqual(self.get()["status"], "cancelled")

	def test_amended(self):
		self.cancel()
		amended = frappe.copy_doc(frappe.get_doc("Quotation", self.quotation.name))
		amended.update({"amended_from": self.quotation.name, "docstatus": 0})
		amended.insert()
		answer = self.get()
		self.assertEqual((answer["status"], answer["name"]), ("offered", amended.name))


class TestForeign(ReadingTestCase):
	"""What is another customer's answers like what does not exist."""

	def setUp(self):
		super().setUp()
		self.other = make_lead().medusa_id
		frappe.db.commit()

	def test_quotation(self):
		call = {"customer_id": self.other}
		foreign = self.assert_refused(QuotationNotFoundError, self.get, **call)
		missing = self.assert_refused(QuotationNotFoundError, self.get, quotation_id="quo_none", **call)
		self.assertEqual(foreign.replace(self.quotation_id, "ID"), missing.replace("quo_none", "ID"))

	def test_quotation_by_its_name(self):
		call = {"customer_id": self.other, "quotation_id": self.quotation.name}
		self.assert_refused(QuotationNotFoundError, self.get, **call)

	def test_pdf(self):
		self.assert_refused(QuotationNotFoundError, api.get_quotation_pdf, self.other, self.quotation_id)

	def test_order(self):
		name = self.decide(create_so=True, order_id=unique("order_"))["sales_order_id"]
		self.assert_refused(OrderNotFoundError, api.get_order, self.other, name)

	def test_list(self):
		self.assertEqual(api.list_quotations(self.other), [])

	def test_customer_who_does_not_exist(self):
		self.assert_refused(CustomerNotFoundError, self.get, customer_id="cus_none")

	def test_quotation_that_a_clerk_gave_to_another_customer(self):
		other = frappe.db.get_value("Lead", {"medusa_id": self.other}, "name")
		frappe.db.set_value("Quotation", self.quotation.name, "party_name", other)
		self.assert_refused(QuotationNotFoundError, self.get)


class TestList(ReadingTestCase):
	def test_newest_first(self):
		second = make_quotation(self.medusa_id, self.item)
		names = [row["name"] for row in api.list_quotations(self.medusa_id)]
		self.assertEqual(names, [second.name, self.quotation.name])

	def test_row_is_the_quotation_without_lines(self):
		expected = self.get()
		del expected["items"]
		self.assertEqual(api.list_quotations(self.medusa_id), [expected])

	def test_pages(self):
		names = [self.quotation.name, *(make_quotation(self.medusa_id, self.item).name for _ in range(2))]
		page = api.list_quotations(self.medusa_id, start=1, page_length=1)
		self.assertEqual([row["name"] for row in page], [names[1]])

	def test_status(self):
		self.decide("Rejected")
		open_one = make_quotation(self.medusa_id, self.item)
		for status, name in (("rejected", self.quotation.name), ("offered", open_one.name)):
			with self.subTest(status):
				rows = api.list_quotations(self.medusa_id, status=status)
				self.assertEqual([row["name"] for row in rows], [name])

	def test_unknown_status(self):
		message = self.assert_refused(InvalidArgumentsError, api.list_quotations, self.medusa_id, "Draft")
		self.assertIn("requested", message)

	def test_amended_one_is_there_once(self):
		self.cancel()
		amended = frappe.copy_doc(frappe.get_doc("Quotation", self.quotation.name))
		amended.update({"amended_from": self.quotation.name, "docstatus": 0})
		amended.insert()
		self.assertEqual([row["name"] for row in api.list_quotations(self.medusa_id)], [amended.name])

	def test_after_the_conversion_of_the_lead(self):
		self.decide(create_so=True)
		rows = api.list_quotations(self.medusa_id)
		self.assertEqual([row["status"] for row in rows], ["ordered"])


class TestOrder(ReadingTestCase):
	def setUp(self):
		super().setUp()
		self.order_id = unique("order_")
		self.order = self.decide(create_so=True, order_id=self.order_id)["sales_order_id"]

	def get_order(self, order_id: str = ""):
		return api.get_order(self.medusa_id, order_id or self.order_id)

	def test_keys_and_values(self):
		answer = self.get_order()
		self.assertRegex(answer.pop("modified"), MOMENT)
		self.assertEqual([line["sku"] for line in answer.pop("items")], [self.item.name])
		order = frappe.get_doc("Sales Order", self.order)
		expected = {
			"order_id": self.order_id,
			"customer_id": self.medusa_id,
			"name": self.order,
			"status": "placed",
			"delivered_percent": 0,
			"billed_percent": 0,
			"currency": order.currency,
			"net_total": 200,
			"tax_total": order.total_taxes_and_charges or 0,
			"grand_total": order.grand_total,
			"delivery_date": str(order.delivery_date),
		}
		self.assertEqual(answer, expected)

	def test_by_its_name(self):
		self.assertEqual(self.get_order(self.order)["order_id"], self.order_id)

	def test_statuses(self):
		for values, status in (
			({"per_delivered": 50}, "partly_delivered"),
			({"per_delivered": 100}, "delivered"),
			({"status": "Closed"}, "closed"),
			({"docstatus": 2}, "cancelled"),
		):
			with self.subTest(status):
				frappe.db.set_value("Sales Order", self.order, values)
				self.assertEqual(self.get_order()["status"], status)

	def test_order_that_a_clerk_made_of_the_quotation(self):
		quotation = make_quotation(self.medusa_id, self.item)
		quotation.submit()
		order = make_sales_order(quotation.name)
		order.delivery_date = nowdate()
		order.insert()
		self.assertEqual(self.get_order(order.name)["name"], order.name)


class TestBuyers(ReadingTestCase):
	"""Two people of one company, each with an account in the shop."""

	def setUp(self):
		super().setUp()
		self.customer = self.decide(create_so=True) and frappe.db.get_value(
			"Customer", {"medusa_id": self.medusa_id}, "name"
		)
		self.second = make_lead()
		contact = frappe.get_doc("Contact", {"medusa_id": self.second.medusa_id})
		contact.append("links", {"link_doctype": "Customer", "link_name": self.customer})
		contact.save()
		frappe.db.commit()

	def test_second_buyer_orders_for_the_customer(self):
		quotation = make_quotation(self.second.medusa_id, self.item)
		self.assertEqual((quotation.quotation_to, quotation.party_name), ("Customer", self.customer))

	def test_contact_person_is_the_second_buyer(self):
		quotation = make_quotation(self.second.medusa_id, self.item)
		owner = frappe.db.get_value("Contact", quotation.contact_person, "medusa_id")
		self.assertEqual(owner, self.second.medusa_id)

	def test_each_sees_their_own(self):
		quotation = make_quotation(self.second.medusa_id, self.item)
		names = [row["name"] for row in api.list_quotations(self.second.medusa_id)]
		self.assertEqual(names, [quotation.name])

	def test_setting_lets_them_see_each_others(self):
		quotation = make_quotation(self.second.medusa_id, self.item)
		with settings(buyers_share=1):
			names = {row["name"] for row in api.list_quotations(self.second.medusa_id)}
		self.assertEqual(names, {quotation.name, self.quotation.name})

	def test_second_buyer_decides(self):
		quotation = make_quotation(self.second.medusa_id, self.item)
		answer = api.update_quotation(
			quotation.medusa_quotation_id, "Approved", customer_id=self.second.medusa_id
		)
		self.assertEqual(answer["status"], "accepted")


class TestPdf(ReadingTestCase):
	"""The file itself is made over HTTP in tests/bench: it needs the site's web server."""

	@bench_only
	def test_is_printed_by_frappe(self):
		with patch("frappe.utils.pdf.get_pdf", return_value=b"%PDF-1.4") as make:
			api.get_quotation_pdf(self.medusa_id, self.quotation_id)
		response = frappe.local.response
		self.assertEqual(response.filecontent, b"%PDF-1.4")
		self.assertEqual(response.filename, f"{self.quotation.name}.pdf")
		self.assertIn(self.item.name, make.call_args.args[0])

	@bench_only
	def test_language_is_that_of_the_quotation(self):
		frappe.db.set_value("Quotation", self.quotation.name, "language", "ar")
		with patch("frappe.utils.pdf.get_pdf", return_value=b"%PDF-1.4") as make:
			api.get_quotation_pdf(self.medusa_id, self.quotation_id)
		self.assertIn('lang="ar"', make.call_args.args[0])
		self.assertNotEqual(frappe.local.lang, "ar")

	def test_no_engine(self):
		message = 'No wkhtmltopdf executable found: ""'
		with patch.object(frappe, "get_print", side_effect=OSError(message)):
			self.assert_refused(PdfUnavailableError, api.get_quotation_pdf, self.medusa_id, self.quotation_id)


class TestPing(MedusaTestCase):
	def test_answer(self):
		answer = api.ping()
		self.assertEqual(answer["user"], "Administrator")
		self.assertEqual(set(answer), {"user", "enabled", "version", "api_version", "erpnext_version"})

	def test_switched_off(self):
		with settings(enabled=0):
			self.assertIs(api.ping()["enabled"], False)


class TestManyQueries(ReadingTestCase):
	"""A call takes as many queries for many lines, rows and versions as for one."""

	def queries(self, call) -> int:
		frappe.db.commit()
		with recorded() as recording:
			call()
		return recording.counts

	def test_rows(self):
		counts = []
		for _time in range(2):
			make_quotation(self.medusa_id, make_item(rate=1))
			counts.append(self.queries(lambda: api.list_quotations(self.medusa_id)))
		self.assertEqual(counts[0], counts[1])

	def test_lines(self):
		items = [{"sku": make_item(rate=1).name, "quantity": 1} for _number in range(10)]
		many = make_quotation(self.medusa_id, self.item, items=items).medusa_quotation_id
		one = self.queries(self.get)
		self.assertEqual(self.queries(lambda: self.get(quotation_id=many)), one)

	def test_versions(self):
		one = self.queries(self.get)
		self.cancel()
		amended = frappe.copy_doc(frappe.get_doc("Quotation", self.quotation.name))
		amended.update({"amended_from": self.quotation.name, "docstatus": 0})
		amended.insert()
		self.assertEqual(self.queries(self.get), one)
