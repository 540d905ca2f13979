"""Errors as data: what a refusal says to programs, beside Frappe's envelope."""

import json
import unittest

import frappe
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request, Response

from medusa_integration import api
from medusa_integration.declarations import declaration_of
from medusa_integration.exceptions import IntegrationDisabledError
from medusa_integration.rest import errors, request_hooks
from medusa_integration.tests.base import (
	MedusaTestCase,
	make_item,
	make_lead,
	make_quotation,
	quotation_request,
	request_of,
	settings,
)


class ErrorsTestCase(MedusaTestCase):
	def setUp(self):
		super().setUp()
		frappe.local.response = frappe._dict(docs=[])
		frappe.flags.medusa_retry_after = None

	def error(self, method: str, **arguments) -> dict:
		"""Call a method that refuses; return the error as data."""
		with self.assertRaises(Exception) as caught:
			getattr(api, method)(**arguments)
		frappe.db.rollback()
		error = frappe.local.response["error"]
		self.assertEqual(error["type"], type(caught.exception).__name__)
		return error


class TestKeys(ErrorsTestCase):
	def test_every_error_has_them(self):
		error = self.error("get_quotation", customer_id="cus_none", quotation_id="quo_none")
		expected = {
			"type": "CustomerNotFoundError",
			"message": "No Customer and no Lead has the Medusa id cus_none.",
			"fields": [],
			"retry_after": None,
		}
		self.assertEqual(error, expected)

	def test_message_has_no_markup(self):
		error = self.error("create_quotation")
		self.assertNotIn("<", error["message"])
		self.assertIn("customer_id: is required; quotation_id: is required", error["message"])

	def test_entities_are_read(self):
		error = self.error("update_quotation", quotation_id="A & B", approval="Approved")
		self.assertIn("Quotation A & B does not exist.", error["message"])


class TestFields(ErrorsTestCase):
	def codes(self, method: str, **arguments) -> dict[str, str]:
		return {field["name"]: field["code"] for field in self.error(method, **arguments)["fields"]}

	def test_each_wrong_argument_has_a_code(self):
		lines = [{"sku": "X", "quantity": 1}, {"sku": "", "quantity": 0}]
		address = {"address_1": 5, "city": "Dubai", "country_code": "xx"}
		arguments = {"customer_id": "a b", "items": lines, "billing_address": address, "note": "x" * 1001}
		expected = {
			"customer_id": "bad_characters",
			"quotation_id": "required",
			"items[1].variant_id": "required",
			"items[1].quantity": "out_of_range",
			"billing_address.address_1": "wrong_type",
			"billing_address.country_code": "unknown",
			"note": "too_long",
		}
		self.assertEqual(self.codes("create_quotation", **arguments), expected)

	def test_other_codes(self):
		for method, arguments, expected in (
			("update_quotation", {"quotation_id": "x", "approval": "Yes"}, {"approval": "not_a_choice"}),
			("update_quotation", {"quotation_id": "x"}, {"approval": "required"}),
			("insert_lead", {"data": {"id": "cus_1", "email": "x"}}, {"data.email": "bad_format"}),
			("create_quotation", {"items": [{}] * 201}, {"items": "too_many"}),
		):
			with self.subTest(method):
				codes = self.codes(method, **arguments)
				self.assertEqual({name: codes.get(name) for name in expected}, expected)

	def test_message_is_whole(self):
		"""What looks like markup would be taken out of it."""
		error = self.error("fetch_all_customers", name="a<b")
		expected = "name: must not contain angle brackets or HTML entities"
		self.assertEqual(error["message"], expected)

	def test_messages_are_text(self):
		(field,) = self.error("fetch_all_customers", start=-1)["fields"]
		self.assertEqual(field["message"], "must be a whole number, 0 or more")

	def test_unknown_items(self):
		lines = [{"sku": self.item.name, "quantity": 1}, {"variant_id": "variant_none", "quantity": 1}]
		request = quotation_request(make_lead().medusa_id, self.item, items=lines)
		error = self.error("create_quotation", **request)
		self.assertEqual(error["ids"], ["variant_none"])
		self.assertEqual(
			[(field["name"], field["code"]) for field in error["fields"]],
			[("items[1].variant_id", "unknown")],
		)


class TestReasons(ErrorsTestCase):
	def setUp(self):
		super().setUp()
		self.lead = make_lead()
		self.quotation = make_quotation(self.lead.medusa_id, self.item)
		frappe.db.commit()

	def refusal(self, **values) -> dict:
		arguments = {"quotation_id": self.quotation.medusa_quotation_id, "approval": "Approved", **values}
		return self.error("update_quotation", **arguments)

	def decide(self, approval="Approved", **values):
		api.update_quotation(self.quotation.medusa_quotation_id, approval, **values)
		frappe.db.commit()

	def test_rejected(self):
		self.decide("Rejected")
		self.assertEqual(self.refusal()["reason"], "rejected")

	def test_lost(self):
		self.quotation.reload()
		self.quotation.submit()
		self.quotation.declare_enquiry_lost([], [], "No stock")
		frappe.db.commit()
		self.assertEqual(self.refusal()["reason"], "lost")

	def test_expired(self):
		frappe.db.set_value("Quotation", self.quotation.name, "valid_till", "2020-01-01")
		frappe.db.commit()
		self.assertEqual(self.refusal()["reason"], "expired")

	def test_clerk_must_offer(self):
		with settings(clerk_offers=1):
			self.assertEqual(self.refusal()["reason"], "clerk_must_offer")

	def test_no_price(self):
		self.quotation = make_quotation(self.lead.medusa_id, make_item())
		frappe.db.commit()
		self.assertEqual(self.refusal()["reason"], "no_price")

	def test_cancelled(self):
		self.quotation.reload()
		self.quotation.submit()
		self.quotation.cancel()
		frappe.db.commit()
		self.assertEqual(self.refusal()["reason"], "cancelled")

	def test_ordered(self):
		self.decide(create_so=True)
		self.assertEqual(self.refusal(approval="Rejected")["reason"], "ordered")

	def test_other_order(self):
		self.decide(order_id="order_1")
		self.assertEqual(self.refusal(order_id="order_2")["reason"], "other_order")

	def test_order_was_cancelled(self):
		self.decide(create_so=True)
		item = frappe.db.get_value("Sales Order Item", {"prevdoc_docname": self.quotation.name}, "parent")
		frappe.get_doc("Sales Order", item).cancel()
		frappe.db.commit()
		self.assertEqual(self.refusal(create_so=True)["reason"], "order_cancelled")

	def test_other_customer(self):
		request = quotation_request(make_lead().medusa_id, self.item)
		request["quotation_id"] = self.quotation.medusa_quotation_id
		error = self.error("create_quotation", **request)
		self.assertEqual((error["reason"], error.get("current")), ("other_customer", None))

	def test_present_state_comes_with_it(self):
		self.decide("Rejected")
		expected = api.get_quotation(self.lead.medusa_id, self.quotation.medusa_quotation_id)
		self.assertEqual(self.refusal()["current"], expected)


class TestIgnored(unittest.TestCase):
	def test_paths(self):
		sent = {
			"customer_id": "cus_1",
			"billing_adress": {},
			"items": [{"sku": "A"}, {"sku": "B", "colour": "red"}],
			"billing_address": {"zip": "12345"},
		}
		ignored = declaration_of("create_quotation").ignored(sent)
		self.assertEqual(ignored, ["billing_adress", "items[1].colour", "billing_address.zip"])

	def test_json_text_of_a_form(self):
		ignored = declaration_of("insert_lead").ignored({"data": '{"id": "cus_1", "phone": "1"}'})
		self.assertEqual(ignored, ["data.phone"])

	def test_few_and_short(self):
		ignored = declaration_of("ping").ignored({"x" * 500 + str(number): 1 for number in range(100)})
		self.assertEqual((len(ignored), max(map(len, ignored))), (20, 140))

	def test_lists_that_are_very_deep(self):
		deep: list = []
		for _level in range(50_000):
			deep = [deep]
		self.assertEqual(declaration_of("create_quotation").ignored({"items": deep}), [])


class TestOfFrappe(unittest.TestCase):
	"""Refusals that Frappe makes before the app is reached."""

	def answer(self, body: dict, path: str = "/api/method/medusa_integration.api.ping", status: int = 403):
		response = Response(json.dumps(body), status, mimetype="application/json")
		request = Request(EnvironBuilder(path=path).get_environ())
		request_hooks.complete_error_response(response=response, request=request)
		return response.get_json()

	def setUp(self):
		frappe.flags.medusa_retry_after = None

	def test_first_envelope(self):
		message = json.dumps({"message": "Function x is <b>not</b> whitelisted."})
		body = {"exc_type": "PermissionError", "_server_messages": json.dumps([message])}
		error = self.answer(body)["error"]
		actual = (error["type"], error["message"])
		self.assertEqual(actual, ("PermissionError", "Function x is not whitelisted."))

	def test_second_envelope(self):
		body = {"errors": [{"type": "AuthenticationError", "message": "No"}]}
		path = "/api/v2/method/medusa_integration.api.ping"
		error = self.answer(body, path, 401)["error"]
		self.assertEqual((error["type"], error["message"]), ("AuthenticationError", "No"))

	def test_refusal_without_a_message(self):
		error = self.answer({"exc_type": "AuthenticationError"}, status=401)["error"]
		self.assertEqual(error["message"], "The token is wrong, or its user is disabled.")

	def test_envelope_stays(self):
		body = {"exc_type": "PermissionError"}
		self.assertEqual({**self.answer(body), "error": None}, {**body, "error": None})

	def test_answers_of_others_are_left_alone(self):
		self.assertEqual(self.answer({"exc_type": "X"}, "/api/method/frappe.ping"), {"exc_type": "X"})

	def test_error_of_the_app_is_left_alone(self):
		body = {"exc_type": "X", "error": {"type": "X"}}
		self.assertEqual(self.answer(body), body)


class TestFaults(ErrorsTestCase):
	def test_message_of_a_fault_of_the_server_is_not_sent(self):
		error = errors.as_data(RuntimeError("/srv/secret"))
		self.assertEqual(error["message"], "The server could not process the request.")

	def test_refusal_before_the_method(self):
		with settings(enabled=0), request_of("Administrator"), self.assertRaises(IntegrationDisabledError):
			api.get_order()
		self.assertEqual(frappe.local.response["error"]["type"], "IntegrationDisabledError")
