"""What `Arguments` makes of what callers send. No test here needs a record or the database."""

import unittest
from decimal import Decimal
from typing import Any
from unittest.mock import patch

from medusa_integration import arguments
from medusa_integration.arguments import Arguments
from medusa_integration.exceptions import InvalidArgumentsError

REQUIRED = "is required"
TEXT = "must be text"
CONTROL = "contains control characters"
MARKUP = "must not contain angle brackets or HTML entities"
FORMULA = "must not begin with one of = + - @"
NO_LETTER = "must contain a letter or a digit"
ID_SIGNS = "must contain only letters, digits and _ - . : / +"
EMAIL = "is not a valid e-mail address"
PHONE = "is not a valid phone number"
PASSWORD = "is too long, or contains control characters"
BOOLEAN = "must be true or false"
QUANTITY = "must be a number greater than 0 and at most 1000000000"
MONEY = "must be an amount of money, such as 12.50"
WHOLE = "must be a whole number, 0 or more"
OBJECT = "must be an object"
OBJECTS = "must be a list of objects"


class ArgumentsTestCase(unittest.TestCase):
	"""Reads one argument, called `x`."""

	reader = ""

	def read(self, value: Any, **options: Any) -> tuple[Any, list[str]]:
		"""Return what the reader makes of a value, and the problems it found, without the name."""
		args = Arguments({"x": value})
		answer = getattr(args, self.reader)("x", **options)
		return answer, [str(problem).removeprefix("x: ") for problem in args.problems]

	def assert_read(self, value: Any, expected: Any, **options: Any) -> None:
		"""Check what the reader answers, and that it finds no problem."""
		with self.subTest(value=value, **options):
			answer, problems = self.read(value, **options)
			self.assertEqual(problems, [])
			self.assertEqual((answer, type(answer)), (expected, type(expected)))

	def assert_refused(self, value: Any, reason: str, instead: Any = "", **options: Any) -> None:
		"""Check the problem that the reader finds, and what it answers `instead`."""
		with self.subTest(value=value, **options):
			self.assertEqual(self.read(value, **options), (instead, [reason]))


class TestProblems(unittest.TestCase):
	def test_all_are_raised_at_once_by_name_in_order(self):
		args = Arguments({"b": 1})
		args.text("a", required=True)
		args.text("b")
		with self.assertRaises(InvalidArgumentsError) as caught:
			args.check()
		self.assertEqual(str(caught.exception), f"a: {REQUIRED}<br>b: {TEXT}")

	def test_none_is_no_error(self):
		args = Arguments({"a": "x"})
		args.text("a", required=True)
		self.assertIsNone(args.check())

	def test_two_readers_do_not_share_them(self):
		Arguments({}).text("a", required=True)
		self.assertEqual(Arguments({}).problems, [])

	def test_path_of_a_nested_one(self):
		args = Arguments({"outer": {"rows": [{}, {}]}})
		args.mapping("outer").rows("rows", most=2)[1].text("sku", required=True)
		self.assertEqual([str(problem) for problem in args.problems], [f"outer.rows[1].sku: {REQUIRED}"])

	def test_nested_one_raises_those_of_all(self):
		args = Arguments({"outer": {}})
		args.text("a", required=True)
		with self.assertRaisesRegex(InvalidArgumentsError, "^a: is required$"):
			args.mapping("outer").check()


class TestText(ArgumentsTestCase):
	reader = "text"

	def test_is_trimmed(self):
		self.assert_read(" a b \t\n", "a b")

	def test_missing(self):
		for value in (None, "", "  "):
			self.assert_read(value, "")
			self.assert_refused(value, REQUIRED, required=True)

	def test_other_types(self):
		for value in (0, 1, True, False, 1.5, [], ["a"], {}, b"a"):
			self.assert_refused(value, TEXT)

	def test_length(self):
		self.assert_read("x" * 140, "x" * 140)
		self.assert_refused("x" * 141, "is longer than 140 characters")
		self.assert_read("xxx", "xxx", length=3)
		self.assert_refused("xxxx", "is longer than 3 characters", length=3)

	def test_length_is_in_characters_without_the_spaces_around(self):
		self.assert_read("  " + "é" * 140 + "  ", "é" * 140)

	def test_control_characters(self):
		for sign in ("\x00", "\n", "\t", "\x7f", "\x85", "\ud800", "\udfff"):
			self.assert_refused(f"a{sign}b", CONTROL)

	def test_changes_of_direction(self):
		for sign in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069":
			self.assert_refused(f"a{sign}b", CONTROL)

	def test_marks_that_scripts_need_are_no_control_characters(self):
		for text in ("a\u200db", "\u0645\u0646\u200c", "a\u00a0b", "\U0001f600"):
			self.assert_read(text, text)

	def test_markup(self):
		for value in ("<", "a>b", "<b>", "&lt;", "&#60;", "&amp;", "a &copy b"):
			self.assert_refused(value, MARKUP)

	def test_ampersand_alone_is_no_markup(self):
		for value in ("Mango & Co", "A&B", "&", "R&D;"):
			self.assert_read(value, value)


class TestWords(ArgumentsTestCase):
	reader = "words"

	def test_formulas(self):
		for value in ("=1", "+a", "-1", "@x", " =1"):
			self.assert_refused(value, FORMULA)

	def test_signs_elsewhere(self):
		for value in ("a=1", "1-2", "=", "-", ""):
			self.assert_read(value, value)

	def test_options_are_those_of_text(self):
		self.assert_refused("", REQUIRED, required=True)
		self.assert_refused("xx", "is longer than 1 characters", length=1)


class TestTitle(ArgumentsTestCase):
	reader = "title"

	def test_needs_a_letter_or_digit(self):
		for value in (".", ". .", "\u0301", "\u3164", "\u115f\u1160\uffa0", "\U0001f600", "'\""):
			self.assert_refused(value, NO_LETTER)

	def test_letters_and_digits_of_any_script(self):
		for value in ("a", "7", "\u0645", "\u6771\u4eac", "\u2167", "\u3164a", "O'Neill"):
			self.assert_read(value, value)

	def test_missing(self):
		self.assert_read(None, "")
		self.assert_refused(None, REQUIRED, required=True)

	def test_options_are_those_of_words(self):
		self.assert_refused("=a", FORMULA)


class TestNameOf(ArgumentsTestCase):
	reader = "name_of"

	def test_straight_quotation_marks_become_typographic(self):
		self.assert_read('The "Best" `Shop` O\'Neill', "The \u201dBest\u201d \u2019Shop\u2019 O'Neill")

	def test_options_are_those_of_title(self):
		self.assert_refused(None, REQUIRED, required=True)
		self.assert_refused("...", NO_LETTER)


class TestIdentifier(ArgumentsTestCase):
	reader = "identifier"

	def test_ids(self):
		for value in ("cus_01", "a", "7", "A-b.c:d/e+f_g", "x" * 140):
			self.assert_read(value, value)

	def test_other_signs(self):
		for value in ("a b", "_a", "-a", "a%", "a'b", "a\\b", "cus_\u00e9", "\u0661", "a,b"):
			self.assert_refused(value, ID_SIGNS)

	def test_words_that_scripts_write_for_nothing(self):
		for value in ("null", "undefined", "None", "NaN"):
			self.assert_refused(value, f"is not an id: {value}")

	def test_words_that_only_begin_so(self):
		self.assert_read("null_1", "null_1")

	def test_missing(self):
		self.assert_read(None, "")
		self.assert_refused("", REQUIRED, required=True)


class TestEmail(ArgumentsTestCase):
	reader = "email"

	def test_trimmed_and_in_lower_case(self):
		self.assert_read("  Buyer.One@Example.COM ", "buyer.one@example.com")

	def test_domain_in_letters_becomes_ascii(self):
		self.assert_read("Kauf@B\u00fccher.example", "kauf@xn--bcher-kva.example")
		self.assert_read("kauf@xn--bcher-kva.example", "kauf@xn--bcher-kva.example")

	def test_no_email(self):
		for value in (
			"buyer",
			".@example.com",
			"buyer@",
			"a@b@example.com",
			"a b@example.com",
			"a@example.com,b@example.com",
			"a@example.com;b@example.com",
			"k\u00e4ufer@example.com",
			"buyer@\u00fc..example",
			"buyer@-\u00fc.example",
			"\u00fc",
		):
			self.assert_refused(value, EMAIL)

	def test_length(self):
		part = "b" * 60
		domain = f"{part}.{'c' * 60}.example"
		fitting = f"{'a' * (140 - len(domain) - 1)}@{domain}"
		self.assert_read(fitting, fitting)

	def test_length_counts_once_the_domain_is_ascii(self):
		self.assert_refused("a@" + 6 * (20 * "\u00fc" + ".") + "example", EMAIL)

	def test_missing(self):
		args = Arguments({})
		self.assertEqual(args.email("x"), "")
		self.assertEqual(str(args.problems[0]), f"x: {REQUIRED}")


class TestPhone(ArgumentsTestCase):
	reader = "phone"

	def test_numbers(self):
		for value in ("+971501234567", "04 123 4567", "(04) 123-4567", ""):
			self.assert_read(value, value)

	def test_no_number(self):
		self.assert_refused("call me", PHONE)

	def test_length(self):
		self.assert_read("1" * 20, "1" * 20)
		self.assert_refused("1" * 21, "is longer than 20 characters")


class TestPassword(ArgumentsTestCase):
	reader = "password"

	def test_just_as_it_was_sent(self):
		for value in (" a <b> &lt; ", "=1", "\U0001f600", " "):
			self.assert_read(value, value, required=True)

	def test_missing(self):
		for value in (None, ""):
			self.assert_read(value, "", required=False)
			self.assert_refused(value, REQUIRED, required=True)

	def test_other_types(self):
		for value in (1, True, ["a"], {}, 0):
			self.assert_refused(value, TEXT, required=False)

	def test_length(self):
		self.assert_read("x" * 1000, "x" * 1000, required=True)
		self.assert_refused("x" * 1001, PASSWORD, required=True)

	def test_control_characters(self):
		for sign in ("\x00", "\n", "\ud800", "\u202e"):
			self.assert_refused(f"a{sign}", PASSWORD, required=True)


class TestBoolean(ArgumentsTestCase):
	reader = "boolean"

	def test_true(self):
		for value in (True, 1, "1", "true", "TRUE", " yes ", "on"):
			self.assert_read(value, True)

	def test_false(self):
		for value in (None, False, 0, "", " ", "0", "false", "No", "off", "null", "none"):
			self.assert_read(value, False)

	def test_neither(self):
		for value in (2, -1, "2", "y", "maybe", 1.0, 0.0, [], {}, [True]):
			self.assert_refused(value, BOOLEAN, False)


class TestQuantity(ArgumentsTestCase):
	reader = "quantity"

	def setUp(self):
		super().setUp()
		self.enterContext(patch.object(arguments, "float_precision", return_value=3))

	def test_numbers(self):
		for value, number in ((1, 1.0), (0.5, 0.5), ("2", 2.0), (" 1.5 ", 1.5), ("+3", 3.0), (10**9, 1e9)):
			self.assert_read(value, number)

	def test_smallest_that_the_precision_keeps(self):
		self.assert_read("0.001", 0.001)
		self.assert_refused("0.0001", QUANTITY, 0.0)

	def test_no_positive_number(self):
		for value in (
			0,
			-1,
			"-1",
			"0",
			"1e3",
			"x",
			"1,5",
			"\u0661",
			True,
			[1],
			{},
			10**9 + 1,
			"1000000000.1",
		):
			self.assert_refused(value, QUANTITY, 0.0)

	def test_no_finite_number(self):
		for value in (float("nan"), float("inf"), 10**400, "9" * 400):
			self.assert_refused(value, QUANTITY, 0.0)

	def test_missing(self):
		for value in (None, ""):
			self.assert_refused(value, REQUIRED, 0.0)


class TestMoney(ArgumentsTestCase):
	reader = "money"

	def test_amounts(self):
		amounts = (
			(12, "12"),
			(12.5, "12.5"),
			("12.50", "12.50"),
			(" 163.00 ", "163.00"),
			("-1", "-1"),
			("+1", "1"),
			(0, "0"),
			("9" * 20 + "." + "9" * 20, "9" * 20 + "." + "9" * 20),
		)
		for value, amount in amounts:
			self.assert_read(value, Decimal(amount))

	def test_missing(self):
		for value in (None, ""):
			self.assert_read(value, None)

	def test_no_amount(self):
		for value in ("12,50", "1e3", "AED 5", ".5", "5.", " ", "\u0661", True, False, [1], {}, float("nan")):
			self.assert_refused(value, MONEY, None)

	def test_too_many_digits(self):
		for value in ("9" * 21, "1." + "1" * 21):
			self.assert_refused(value, MONEY, None)


class TestWholeNumber(ArgumentsTestCase):
	reader = "whole_number"

	def test_numbers(self):
		for value, number in ((0, 0), (7, 7), ("7", 7), (" 7 ", 7), (7.0, 7), ("7.0", 7)):
			self.assert_read(value, number, default=5)

	def test_missing(self):
		for value in (None, ""):
			self.assert_read(value, 5, default=5)

	def test_cut_to_most(self):
		self.assert_read(499, 499, default=5, most=500)
		self.assert_read(500, 500, default=5, most=500)
		self.assert_read(501, 500, default=5, most=500)

	def test_largest_that_is_exact(self):
		self.assert_read(2**53, 2**53, default=5)
		self.assert_refused(2**53 + 2, WHOLE, 5, default=5)
		self.assert_refused("9007199254740994", WHOLE, 5, default=5, most=500)

	def test_no_whole_number(self):
		for value in (-1, "-1", 0.5, "0.5", "x", "1e9", float("nan"), float("inf"), True, [1], {}):
			self.assert_refused(value, WHOLE, 5, default=5)


class TestChoice(ArgumentsTestCase):
	reader = "choice"
	options = ("Yes", "No")

	def test_one_of_them(self):
		self.assert_read("No", "No", options=self.options)

	def test_anything_else(self):
		for value in ("no", " No", "", None, "YesNo", 1, True):
			self.assert_refused(value, "must be one of: Yes, No", options=self.options)

	def test_what_cannot_be_compared(self):
		for value in ([], ["Yes"], {}):
			self.assert_refused(value, "must be one of: Yes, No", options=self.options)


class TestMapping(ArgumentsTestCase):
	reader = "mapping"

	def test_object_or_its_json_text(self):
		for value in ({"a": "b"}, '{"a": "b"}', ' {"a": "b"} '):
			with self.subTest(value):
				answer, problems = self.read(value)
				self.assertEqual((answer.sent, problems), ({"a": "b"}, []))

	def test_empty_object(self):
		answer, problems = self.read({})
		self.assertEqual((answer.sent, problems), ({}, []))

	def test_missing(self):
		for value in (None, "", "  ", "null", '""'):
			self.assert_read(value, None)

	def test_no_object(self):
		for value in ([], [{}], 0, False, 1, "x", "[]", "{", "1", "[" * 100_000):
			self.assert_refused(value, OBJECT, None)


class TestRequiredMapping(unittest.TestCase):
	def read(self, value: Any) -> Any:
		"""Return what the reader makes of a value."""
		return Arguments({"x": value}).required_mapping("x")

	def test_object_or_its_json_text(self):
		for value in ({"a": "b"}, '{"a": "b"}'):
			with self.subTest(value):
				self.assertEqual(self.read(value).sent, {"a": "b"})

	def test_empty_object(self):
		self.assertEqual(self.read({}).sent, {})

	def test_missing(self):
		for value in (None, "", "  ", "null", '""'):
			with self.subTest(value), self.assertRaisesRegex(InvalidArgumentsError, f"^x: {REQUIRED}$"):
				self.read(value)

	def test_no_object(self):
		for value in ([], [{}], 0, False, 1, "x", "[]"):
			with self.subTest(value), self.assertRaisesRegex(InvalidArgumentsError, f"^x: {OBJECT}$"):
				self.read(value)

	def test_earlier_problems_are_raised_too(self):
		args = Arguments({"x": {}})
		args.text("y", required=True)
		with self.assertRaisesRegex(InvalidArgumentsError, f"^y: {REQUIRED}$"):
			args.required_mapping("x")


class TestRows(ArgumentsTestCase):
	reader = "rows"

	def test_list_or_its_json_text(self):
		for value in ([{"a": 1}, {}], '[{"a": 1}, {}]'):
			with self.subTest(value):
				answer, problems = self.read(value, most=2)
				self.assertEqual(([row.sent for row in answer], problems), ([{"a": 1}, {}], []))

	def test_missing(self):
		for value in (None, "", " ", [], "[]", "null"):
			self.assert_refused(value, REQUIRED, [], most=2)

	def test_no_list_of_objects(self):
		for value in ({}, {"a": 1}, [1], [{}, "x"], [None], "x", 1, False, '{"a": 1}'):
			self.assert_refused(value, OBJECTS, [], most=2)

	def test_too_many(self):
		self.assert_refused([{}, {}, {}], "has more than 2 rows", [], most=2)


class TestSpellings(unittest.TestCase):
	def test_domain_as_people_write_it(self):
		spellings = arguments.spellings("kauf@xn--bcher-kva.example")
		self.assertEqual(spellings, ["kauf@xn--bcher-kva.example", "kauf@b\u00fccher.example"])

	def test_each_once(self):
		self.assertEqual(arguments.spellings("buyer@example.com"), ["buyer@example.com"])

	def test_domain_that_cannot_be_decoded(self):
		for email in ("buyer@xn--a.example", "buyer@a_b.example", "buyer@"):
			with self.subTest(email):
				self.assertEqual(arguments.spellings(email), [email])


class TestWordsForMessages(unittest.TestCase):
	def test_quoted_is_safe_in_html(self):
		self.assertEqual(arguments.quoted('<b a="1">&'), "&lt;b a=&quot;1&quot;&gt;&amp;")
		self.assertEqual(arguments.quoted(7), "7")

	def test_date_as_text(self):
		self.assertEqual(arguments.as_text("2030-01-31"), "2030-01-31")
		self.assertIsNone(arguments.as_text(None))
		self.assertIsNone(arguments.as_text(""))
