"""Each method declares what it reads; what may be logged and repeated follows from it."""

import json
import unittest

import frappe

from medusa_integration import api
from medusa_integration.declarations import MAX_LENGTH, declaration_of, declare, repeatable_methods
from medusa_integration.tests.methods import EXAMPLES, METHODS, READING, STOREFRONT


def add_note(customer_id=None, note=None, password=None):
	"""A method that exists only here."""


class TestKnown(unittest.TestCase):
	declaration = declare(add_note, ("POST",), {"note": ("text",)})

	def known(self, **sent):
		return self.declaration.known(sent)

	def test_declared_key_arrives(self):
		self.assertEqual(self.known(note={"text": "x"}), {"note": {"text": "x"}})

	def test_declared_key_of_each_row_arrives(self):
		self.assertEqual(self.known(note=[{"text": "x", "pin": "y"}, 7]), {"note": [{"text": "x"}, 7]})

	def test_json_text_of_a_form_is_parsed(self):
		self.assertEqual(self.known(note='{"text": "x", "pin": "y"}'), {"note": {"text": "x"}})

	def test_text_that_is_not_json_is_left_to_the_method(self):
		self.assertEqual(self.known(note="{"), {"note": "{"})

	def test_unknown_argument_is_dropped(self):
		self.assertEqual(self.known(pin="x"), {})

	def test_object_in_the_place_of_a_text_is_emptied(self):
		for sent, left in (({"pin": "x"}, {}), (["x"], [])):
			with self.subTest(sent):
				self.assertEqual(self.known(customer_id=sent), {"customer_id": left})

	def test_object_in_the_place_of_a_key_is_emptied(self):
		self.assertEqual(self.known(note={"text": {"pin": "x"}}), {"note": {"text": {}}})

	def test_json_text_in_the_place_of_a_text_stays(self):
		self.assertEqual(self.known(customer_id="{}"), {"customer_id": "{}"})


class TestLoggable(unittest.TestCase):
	declaration = declare(add_note, ("POST",), {"note": ("text",)})

	def loggable(self, **sent):
		return self.declaration.loggable(sent)

	def test_password_is_left_out(self):
		self.assertEqual(self.loggable(customer_id="x", password="y"), {"customer_id": "x"})

	def test_object_that_cannot_be_read_is_left_out(self):
		self.assertEqual(self.loggable(note='{"pin": "x'), {"note": None})

	def test_texts_are_cut(self):
		sent = {"customer_id": "x" * 2000, "note": {"text": "y" * 2000}}
		logged = {"customer_id": "x" * MAX_LENGTH, "note": {"text": "y" * MAX_LENGTH}}
		self.assertEqual(self.loggable(**sent), logged)

	def test_lists_are_cut(self):
		self.assertEqual(len(self.loggable(note=[{"text": "x"}] * 2000)["note"]), MAX_LENGTH)


class TestMethods(unittest.TestCase):
	def test_method_that_does_not_exist(self):
		for name in ("no_such", "frappe", "__name__", "Arguments", "sign up", ""):
			with self.subTest(name):
				self.assertIsNone(declaration_of(name))

	def test_what_changes_documents_for_the_storefront_can_be_repeated(self):
		expected = {"sign_up", *STOREFRONT} - set(READING)
		self.assertEqual(set(repeatable_methods()), expected)

	def test_reading_and_the_desk_are_not_repeated(self):
		for name in (*READING, "link_medusa_lead"):
			with self.subTest(name):
				self.assertFalse(declaration_of(name).is_repeatable)


class TestEveryKeyArrives(unittest.TestCase):
	"""A key that a method reads and does not declare would be dropped before it: this finds it."""

	def test_every_method_has_an_example(self):
		missing = set(METHODS) - set(EXAMPLES)
		self.assertEqual(missing, set(), "add an example of the method to tests/methods.py")

	def test_every_method_is_declared(self):
		own = {method.__name__ for method in frappe.whitelisted if method.__module__ == api.__name__}
		self.assertEqual(set(METHODS), own)

	def test_example_has_every_argument(self):
		for method in METHODS:
			with self.subTest(method):
				self.assertEqual(set(EXAMPLES[method]), set(declaration_of(method).arguments))

	def test_example_arrives(self):
		for method in METHODS:
			with self.subTest(method):
				self.check(method, EXAMPLES[method])

	def test_example_arrives_from_a_form(self):
		for method in METHODS:
			with self.subTest(method):
				sent = {
					name: json.dumps(v) if isinstance(v, dict | list) else v
					for name, v in EXAMPLES[method].items()
				}
				self.check(method, sent)

	def check(self, method: str, sent: dict) -> None:
		what_to_do = f"declare what {method} reads: @endpoint.storefront(reads={{argument: keys}})"
		self.assertEqual(declaration_of(method).known(sent), EXAMPLES[method], what_to_do)
