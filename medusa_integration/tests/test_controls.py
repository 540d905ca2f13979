"""What a company forbids its clerks, it forbids the shop: the integration user passes no control."""

from contextlib import contextmanager

import frappe

from medusa_integration import api
from medusa_integration.constants import WORKER_ROLE
from medusa_integration.exceptions import ErpnextRefusedError, ExchangeRateError, OfferChangedError
from medusa_integration.tests.base import (
	MedusaTestCase,
	bench_only,
	company,
	make_customer,
	make_lead,
	make_quotation,
	quotation_request,
	set_price,
	single_value,
	unique,
)


@bench_only
class TestControls(MedusaTestCase):
	"""Each control of the company on its own, with a Customer and an order that pass all others."""

	def setUp(self):
		super().setUp()
		self.customer = make_customer(medusa_id=unique("cus_"))
		self.quotation = make_quotation(self.customer.medusa_id, self.item)
		frappe.db.commit()

	def order(self):
		return api.update_quotation(self.quotation.name, "Approved", create_so=True)

	def assert_held(self):
		self.assert_refused(ErpnextRefusedError, self.order)
		self.assertFalse(frappe.get_all("Sales Order Item", {"prevdoc_docname": self.quotation.name}))

	def test_none(self):
		self.assertTrue(self.order()["sales_order_id"])

	def test_credit_limit(self):
		self.customer.append("credit_limits", {"company": company(), "credit_limit": 10})
		self.customer.save()
		for role in ("", "Accounts Manager"):
			with self.subTest(role), single_value("Accounts Settings", "credit_controller", role):
				self.assert_held()

	def test_frozen(self):
		frappe.db.set_value("Customer", self.customer.name, "is_frozen", 1)
		frappe.db.commit()
		self.assert_held()

	def test_authorization_rule(self):
		rule = frappe.new_doc("Authorization Rule")
		rule.update(
			{"transaction": "Sales Order", "based_on": "Grand Total", "company": company(), "value": 50}
		)
		rule.update({"customer_or_item": "Customer", "approving_role": "Accounts Manager"})
		rule.insert()
		frappe.db.commit()
		try:
			self.assert_held()
		finally:
			frappe.delete_doc("Authorization Rule", rule.name)
			frappe.db.commit()

	def test_order_that_is_on_hold_is_the_answer(self):
		order = self.order()["sales_order_id"]
		frappe.db.set_value("Sales Order", order, "status", "On Hold")
		self.assertEqual(self.order()["sales_order_id"], order)

	def test_workflow(self):
		for doctype in ("Quotation", "Sales Order"):
			with self.subTest(doctype), workflow(doctype, "Sales Manager"):
				self.assert_held()

	def test_workflow_that_lets_the_worker(self):
		with workflow("Sales Order", WORKER_ROLE):
			self.assertTrue(self.order()["sales_order_id"])


@contextmanager
def workflow(doctype: str, role: str):
	"""Let only a role submit documents of a DocType, for a while."""
	for state in ("Medusa Draft", "Medusa Approved"):
		if not frappe.db.exists("Workflow State", state):
			frappe.get_doc({"doctype": "Workflow State", "workflow_state_name": state}).insert()
	doc = frappe.new_doc("Workflow")
	doc.update({"workflow_name": unique("Medusa Test "), "document_type": doctype, "is_active": 1})
	doc.update({"workflow_state_field": "workflow_state", "send_email_alert": 0})
	for state, docstatus in (("Medusa Draft", "0"), ("Medusa Approved", "1")):
		doc.append("states", {"state": state, "doc_status": docstatus, "allow_edit": role})
	transition = {"state": "Medusa Draft", "next_state": "Medusa Approved", "action": "Approve"}
	doc.append("transitions", {**transition, "allowed": role})
	doc.insert()
	frappe.db.commit()
	frappe.clear_cache(doctype=doctype)
	try:
		yield
	finally:
		frappe.delete_doc("Workflow", doc.name)
		frappe.db.commit()
		frappe.clear_cache(doctype=doctype)


@contextmanager
def pricing_rule(**values):
	"""A Pricing Rule for the Items of a test, for a while."""
	rule = frappe.new_doc("Pricing Rule")
	rule.update({"title": unique(), "apply_on": "Item Code", "selling": 1, "company": company()})
	rule.update({"price_or_product_discount": "Price", "currency": currency(), "rate_or_discount": "Rate"})
	rule.append("items", {"item_code": values.pop("item")})
	rule.update(values)
	rule.insert()
	frappe.db.commit()
	try:
		yield
	finally:
		frappe.db.set_value("Pricing Rule", rule.name, "disable", 1)
		frappe.db.commit()


def currency() -> str:
	"""The currency of the company that sells."""
	return frappe.db.get_value("Company", company(), "default_currency")


@bench_only
class TestAgreedPrice(MedusaTestCase):
	"""A Pricing Rule between the customer's yes and the order."""

	def setUp(self):
		super().setUp()
		self.lead = make_lead()
		self.quotation = make_quotation(self.lead.medusa_id, self.item)
		frappe.db.commit()
		self.group = {"applicable_for": "Customer Group", "customer_group": "Ecommerce Customer"}

	def approve(self, **values):
		arguments = {"quotation_id": self.quotation.name, "approval": "Approved", "create_so": True, **values}
		return api.update_quotation(**arguments)

	def total_of_order(self, answer):
		return frappe.db.get_value("Sales Order", answer["sales_order_id"], "net_total")

	def test_rule_that_began_after_the_approval(self):
		self.approve(create_so=False)
		with pricing_rule(item=self.item.name, rate=495):
			self.assertEqual(self.total_of_order(self.approve()), 200)

	def test_rule_for_the_group_that_the_lead_comes_into(self):
		for rate in (90, 110):
			with self.subTest(rate):
				self.setUp()
				with pricing_rule(item=self.item.name, rate=rate, **self.group):
					answer = self.approve(grand_total=self.quotation.grand_total)
					self.assertEqual((answer["net_total"], self.total_of_order(answer)), (200, 200))

	def test_price_of_the_rule_where_the_customer_saw_that(self):
		self.approve(create_so=False)
		with pricing_rule(item=self.item.name, rate=90):
			self.assertEqual(self.total_of_order(self.approve(grand_total=180)), 180)

	def test_rule_that_ended_since(self):
		with pricing_rule(item=self.item.name, rate=70):
			quotation = make_quotation(self.lead.medusa_id, self.item)
			frappe.db.commit()
		answer = self.approve(quotation_id=quotation.name)
		self.assertEqual((answer["net_total"], self.total_of_order(answer)), (140, 140))

	def test_another_total_is_refused(self):
		with pricing_rule(item=self.item.name, rate=90, **self.group):
			self.assert_refused(OfferChangedError, self.approve, grand_total=150)

	def test_submitted_quotation_says_what_a_clerk_would_find(self):
		"""Nothing of how its price was kept stays on it."""
		with pricing_rule(item=self.item.name, rate=90, **self.group):
			answer = self.approve()
		kept = frappe.get_doc("Quotation", answer["quotation_id"])
		self.assertEqual((kept.items[0].rate, kept.items[0].pricing_rules or ""), (100, ""))


@bench_only
class TestExchangeRate(MedusaTestCase):
	def test_price_list_without_a_rate(self):
		other = "USD" if currency() != "USD" else "EUR"
		name = unique("List ")
		values = {"price_list_name": name, "currency": other, "selling": 1, "enabled": 1}
		frappe.get_doc({"doctype": "Price List", **values}).insert()
		set_price(self.item.name, name, 100)
		customer = make_customer(medusa_id=unique("cus_"), default_price_list=name)
		frappe.db.commit()
		request = quotation_request(customer.medusa_id, self.item)
		self.assert_unchanged_but_a_row(request)
		rate = {"from_currency": other, "to_currency": currency(), "exchange_rate": 2, "for_selling": 1}
		frappe.get_doc({"doctype": "Currency Exchange", "date": frappe.utils.nowdate(), **rate}).insert()
		self.assertEqual(api.create_quotation(**request)["net_total"], 400)
		frappe.db.rollback()

	def assert_unchanged_but_a_row(self, request):
		self.assert_refused(ExchangeRateError, api.create_quotation, **request)
		self.assertFalse(frappe.get_all("Quotation", {"medusa_quotation_id": request["quotation_id"]}))
