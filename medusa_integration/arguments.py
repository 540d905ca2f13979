"""Read the arguments of a call, and check them.

All problems are collected under the names of the arguments and reported together (`check`), so that the
developer of a storefront can correct them all at once. Frappe's own check of annotated types stops at the
first problem, so the methods of `api.py` accept any type and check it here.
"""

import html
import json
import math
import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any, NamedTuple, NoReturn

import frappe
import idna
from frappe import _
from frappe.utils import cint, escape_html, flt, validate_email_address, validate_phone_number

from medusa_integration.exceptions import InvalidArgumentsError, as_plain_text, throw

DATA_LENGTH = 140  # characters in a Data field, and in the name of a document
LINE_LENGTH = 240  # characters in an address line
MAX_QUANTITY = 1e9  # amounts in ERPNext have at most 12 digits before the decimal point
TRUE_WORDS = {"1", "true", "yes", "on"}
FALSE_WORDS = {"", "0", "false", "no", "off", "null", "none"}
NO_VALUES = {"null", "undefined", "none", "nan"}  # what scripts send instead of a missing value
ID_PATTERN = re.compile(r"[A-Za-z0-9][\w.:/+-]*", re.ASCII)
AMOUNT = re.compile(r"[+-]?\d{1,20}(\.\d{1,20})?", re.ASCII)
NOTE_LENGTH = 1000  # characters of a free text: as much as a row of the sync log holds for Retry
FORMULA_SIGNS = "=+-@"  # a spreadsheet runs a cell that begins with one of them
TYPOGRAPHIC = str.maketrans({'"': "\u201d", "`": "\u2019"})
# signs that look alike and are not HTML
WITHOUT_TAGS = str.maketrans({"<": "\u2039", ">": "\u203a"})
# with these, a text is displayed as another text
BIDI_CONTROLS = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
BLANK_LETTERS = set("\u115f\u1160\u3164\uffa0")  # Hangul fillers: letters in Unicode, but invisible


# why an argument is wrong: stable words for programs
REQUIRED = "required"
WRONG_TYPE = "wrong_type"  # a number in the place of a text, a list in the place of an object
TOO_LONG = "too_long"
BAD_CHARACTERS = "bad_characters"
BAD_FORMAT = "bad_format"  # not an e-mail address, a phone number, an id, an amount
NOT_A_CHOICE = "not_a_choice"
OUT_OF_RANGE = "out_of_range"
TOO_MANY = "too_many"
UNKNOWN = "unknown"  # what it names does not exist in ERPNext


class Problem(NamedTuple):
	"""An argument that is wrong: its path (`items[2].quantity`), the code, and the reason, translated."""

	name: str
	code: str
	reason: str

	def __str__(self) -> str:
		return f"{self.name}: {self.reason}"


class Arguments:
	"""The arguments of one call, read one by one; `check` raises an error if any was wrong.

	`sent`: the arguments by name. `prefix`: text before their names in messages. `problems`: the list to
	which problems are added; an object inside another argument shares its list.

	A method that reads an argument returns its value. If the argument is wrong, the method adds a problem and
	returns an empty value.
	"""

	def __init__(self, sent: Mapping[str, Any], prefix: str = "", problems: list[Problem] | None = None):
		self.sent = sent
		self.prefix = prefix
		self.problems = [] if problems is None else problems

	def add_problem(self, name: str, code: str, reason: str) -> None:
		"""Add the problem that the argument `name` is wrong: a code of this module, and the reason.

		`reason` is already translated.
		"""
		self.problems.append(Problem(f"{self.prefix}{name}", code, reason))

	def check(self) -> None:
		"""Raise InvalidArgumentsError that names every argument found wrong so far."""
		if self.problems:
			throw_invalid(self.problems)

	def text(self, name: str, *, required: bool = False, length: int = DATA_LENGTH) -> str:
		"""Return one line of text, trimmed; "" if it is missing. `length` is the maximum, in characters."""
		value = self.sent.get(name)
		if value is None:
			value = ""
		if not isinstance(value, str):
			self.add_problem(name, WRONG_TYPE, _("must be text"))
			return ""
		value = value.strip()
		if not value and required:
			self.add_problem(name, REQUIRED, _("is required"))
		elif len(value) > length:
			self.add_problem(name, TOO_LONG, _("is longer than {0} characters").format(length))
		elif has_unprintable(value):
			self.add_problem(name, BAD_CHARACTERS, _("contains control characters"))
		elif "<" in value or ">" in value or html.unescape(value) != value:
			# ERPNext names documents after people and companies, and refuses < and > in names. Frappe's
			# kanban view turns entities into tags, which could run a script
			self.add_problem(name, BAD_CHARACTERS, _("must not contain angle brackets or HTML entities"))
		else:
			return value
		return ""

	def words(self, name: str, *, required: bool = False, length: int = DATA_LENGTH) -> str:
		"""Return text to be stored. It must not become a formula when it is exported to a spreadsheet."""
		value = self.text(name, required=required, length=length)
		if len(value) > 1 and value[0] in FORMULA_SIGNS:
			self.add_problem(name, BAD_CHARACTERS, _("must not begin with one of {0}").format("= + - @"))
			return ""
		return value

	def note(self, name: str) -> str:
		"""Return a free text of up to NOTE_LENGTH characters, trimmed; it may have several lines.

		Angle brackets become similar signs, so the text is never HTML.
		"""
		value = self.sent.get(name)
		if value is None or isinstance(value, str):
			text = (value or "").strip().replace("\r\n", "\n")
			if len(text) > NOTE_LENGTH:
				self.add_problem(name, TOO_LONG, _("is longer than {0} characters").format(NOTE_LENGTH))
			elif has_unprintable(text.replace("\n", "").replace("\t", "")):
				self.add_problem(name, BAD_CHARACTERS, _("contains control characters"))
			else:
				return text.translate(WITHOUT_TAGS)
		else:
			self.add_problem(name, WRONG_TYPE, _("must be text"))
		return ""

	def name_of(self, name: str, *, required: bool = False) -> str:
		"""Return the name of a person or company: as `title` does, with typographic quotation marks.

		Frappe's image and kanban views print the title of a document with a picture unescaped. A straight
		quotation mark could run a stranger's script there.
		"""
		return self.title(name, required=required).translate(TYPOGRAPHIC)

	def title(self, name: str, *, required: bool = False) -> str:
		"""Return the name of a person, company or city: as `words` does, with a visible letter or digit."""
		value = self.words(name, required=required)
		if value and not has_visible_letter(value):
			self.add_problem(name, BAD_FORMAT, _("must contain a letter or a digit"))
			return ""
		return value

	def identifier(self, name: str, *, required: bool = False) -> str:
		"""Return an id in Medusa's form (`cus_...`, `quo_...`): letters, digits and `_ - . : / +`."""
		value = self.text(name, required=required)
		if value.lower() in NO_VALUES:
			self.add_problem(name, BAD_FORMAT, _("is not an id: {0}").format(value))
		elif value and not ID_PATTERN.fullmatch(value):
			self.add_problem(name, BAD_CHARACTERS, _("must contain only letters, digits and _ - . : / +"))
		else:
			return value
		return ""

	def email(self, name: str) -> str:
		"""Return a single e-mail address, trimmed, in lower case, its domain in ASCII (IDNA). Required."""
		value = to_ascii_email(self.words(name, required=True))
		if value and (re.search(r"[\s,;<>]", value) or validate_email_address(value) != value):
			value = None
		if value is None or len(value) > DATA_LENGTH:
			self.add_problem(name, BAD_FORMAT, _("is not a valid e-mail address"))
			return ""
		return value

	def phone(self, name: str) -> str:
		"""Return a phone number that Frappe accepts in a Lead's `mobile_no`; "" if it is missing."""
		value = self.text(name, length=20)  # Frappe's own limit for a phone number
		if value and not validate_phone_number(value):
			self.add_problem(name, BAD_FORMAT, _("is not a valid phone number"))
			return ""
		return value

	def password(self, name: str, *, required: bool) -> str:
		"""Return the password exactly as it was sent, including spaces; "" if it is missing."""
		value = self.sent.get(name)
		if value in (None, ""):
			if required:
				self.add_problem(name, REQUIRED, _("is required"))
		elif not isinstance(value, str):
			self.add_problem(name, WRONG_TYPE, _("must be text"))
		elif len(value) > 1000 or has_unprintable(value):
			self.add_problem(name, BAD_FORMAT, _("is too long, or contains control characters"))
		else:
			return value
		return ""

	def boolean(self, name: str) -> bool:
		"""Return a boolean, sent as in JSON or as in a form ("1", "false"); False if it is missing."""
		value = self.sent.get(name)
		if value is None or isinstance(value, bool):
			return bool(value)
		word = str(value).strip().lower() if isinstance(value, int | str) else None
		if word not in TRUE_WORDS | FALSE_WORDS:
			self.add_problem(name, WRONG_TYPE, _("must be true or false"))
		return word in TRUE_WORDS

	def quantity(self, name: str) -> float:
		"""Return a positive number that is not 0 when rounded to the site's float precision. Required."""
		value = self.sent.get(name)
		if value in (None, ""):
			self.add_problem(name, REQUIRED, _("is required"))
			return 0.0
		number = to_number(value)
		if number is None or not 0 < number <= MAX_QUANTITY or not flt(number, float_precision()):
			message = _("must be a number greater than 0 and at most {0}")
			self.add_problem(name, OUT_OF_RANGE, message.format(int(MAX_QUANTITY)))
			return 0.0
		return number

	def money(self, name: str) -> Decimal | None:
		"""Return an amount of money, sent as a number or in decimal digits; None if it is missing."""
		value = self.sent.get(name)
		if value in (None, ""):
			return None
		is_number = isinstance(value, int | float) and not isinstance(value, bool)
		text = str(value).strip() if is_number or isinstance(value, str) else ""
		if not AMOUNT.fullmatch(text):
			self.add_problem(name, BAD_FORMAT, _("must be an amount of money, such as 12.50"))
			return None
		return Decimal(text)

	def whole_number(self, name: str, *, default: int, most: int | None = None) -> int:
		"""Return a whole number, 0 or more, but at most `most`; `default` if it is missing."""
		value = self.sent.get(name)
		if value in (None, ""):
			return default
		number = to_number(value)
		if number is None or number < 0 or number != int(number) or number > 2**53:
			self.add_problem(name, OUT_OF_RANGE, _("must be a whole number, 0 or more"))
			return default
		return int(number) if most is None else min(int(number), most)

	def instant(self, name: str) -> str:
		"""Return a time sent as ISO 8601 with its zone, in UTC and with milliseconds; "" if it is missing.

		Two of these texts compare as their times do.
		"""
		value = self.sent.get(name)
		if value in (None, ""):
			return ""
		try:
			# Python 3.10 does not know the Z
			time = datetime.fromisoformat(value.strip().replace("Z", "+00:00"))
			return time.astimezone(timezone.utc).isoformat(timespec="milliseconds")
		except (AttributeError, TypeError, ValueError, OverflowError):
			self.add_problem(name, BAD_FORMAT, _("must be a time, such as 2026-01-31T12:00:00.000Z"))
			return ""

	def choice(self, name: str, options: tuple[str, ...], *, required: bool = True) -> str:
		"""Return one of `options`; letter case matters. "" if it is missing and not required."""
		value = self.sent.get(name)
		is_missing = value in (None, "")
		if is_missing and not required:
			return ""
		if value not in options:
			code = REQUIRED if is_missing else NOT_A_CHOICE
			self.add_problem(name, code, _("must be one of: {0}").format(", ".join(options)))
			return ""
		return value

	def mapping(self, name: str) -> "Arguments | None":
		"""Return an object (in a form: its JSON text) as Arguments; None if it is missing or wrong.

		Its problems are reported with `name` as prefix.
		"""
		value = self._parsed(name)
		if value in (None, ""):
			return None
		if not isinstance(value, dict):
			self.add_problem(name, WRONG_TYPE, _("must be an object"))
			return None
		return Arguments(value, f"{self.prefix}{name}.", self.problems)

	def required_mapping(self, name: str) -> "Arguments":
		"""Return an object as `mapping` does; raise InvalidArgumentsError if it is missing or wrong."""
		value = self.mapping(name)
		if value is None and self._parsed(name) in (None, ""):
			self.add_problem(name, REQUIRED, _("is required"))
		self.check()
		return value or Arguments({})

	def rows(self, name: str, *, most: int) -> "list[Arguments]":
		"""Return a list of 1 to `most` objects (in a form: its JSON text), each as Arguments."""
		value = self._parsed(name)
		if value in (None, "", []):
			self.add_problem(name, REQUIRED, _("is required"))
			return []
		if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
			self.add_problem(name, WRONG_TYPE, _("must be a list of objects"))
			return []
		if len(value) > most:
			self.add_problem(name, TOO_MANY, _("has more than {0} rows").format(most))
			return []
		return [
			Arguments(row, f"{self.prefix}{name}[{index}].", self.problems) for index, row in enumerate(value)
		]

	def names(self, name: str, *, most: int) -> list[str]:
		"""Return a list of up to `most` names of documents (in a form: its JSON text). Required."""
		value = self._parsed(name)
		if value is None:
			self.add_problem(name, REQUIRED, _("is required"))
		elif not isinstance(value, list) or not all(isinstance(one, str) for one in value):
			self.add_problem(name, WRONG_TYPE, _("must be a list of names"))
		elif len(value) > most:
			self.add_problem(name, TOO_MANY, _("has more than {0} rows").format(most))
		else:
			return value
		return []

	def _parsed(self, name: str) -> Any:
		value = self.sent.get(name)
		if not isinstance(value, str) or not value.strip():
			return None if isinstance(value, str) else value
		try:
			return json.loads(value)
		except (ValueError, RecursionError):
			return value  # text instead of an object: the caller of this function reports it


def throw_invalid(problems: list[Problem]) -> NoReturn:
	"""Raise InvalidArgumentsError that names every argument in `problems`."""
	message = "<br>".join(map(str, problems))
	fields = [
		{"name": problem.name, "code": problem.code, "message": as_plain_text(problem.reason)}
		for problem in problems
	]
	throw(message, InvalidArgumentsError, title=_("Invalid Arguments"), fields=fields)


def has_unprintable(value: str) -> bool:
	"""Return whether a text contains control characters or lone surrogates.

	NUL, line breaks and changes of the text direction, among others, count as control characters.
	"""
	return any(unicodedata.category(char) in ("Cc", "Cs") or char in BIDI_CONTROLS for char in value)


def has_visible_letter(value: str) -> bool:
	"""Return whether a text contains a visible letter or digit."""
	return any(unicodedata.category(char)[0] in "LN" and char not in BLANK_LETTERS for char in value)


def to_ascii_email(email: str) -> str | None:
	"""Return an e-mail address in lower case, with its domain in ASCII: each address has one spelling.

	For example, `x@bücher.example` becomes `x@xn--bcher-kva.example`. Returns None if the domain is invalid,
	or if the part before the domain is not ASCII: for the database, letters with and without accents are
	equal.
	"""
	local_part, at, domain = email.rpartition("@")
	if email.isascii():
		return email.lower()
	if not local_part.isascii():
		return None
	try:
		return local_part.lower() + at + idna.encode(domain, uts46=True).decode()
	except idna.IDNAError:
		return None


def spellings(email: str) -> list[str]:
	"""Return the spellings that documents may have of an address from `to_ascii_email`.

	The domain may be in ASCII, or in the letters that people write.
	"""
	local_part, at, domain = email.rpartition("@")
	try:
		return list(dict.fromkeys([email, local_part + at + idna.decode(domain)]))
	except idna.IDNAError:
		return [email]


def to_number(value: Any) -> float | None:
	"""Return a number, or a text of decimal digits, as a float.

	Returns None for anything else, and for a number that is not finite.
	"""
	if isinstance(value, bool) or not isinstance(value, int | float | str):
		return None
	if isinstance(value, str) and not AMOUNT.fullmatch(value.strip()):
		return None
	try:
		number = float(value)
	except OverflowError:
		return None
	return number if math.isfinite(number) else None


def float_precision() -> int:
	"""Return how many decimals of a quantity the site stores: the value in System Settings, else 3."""
	return cint(frappe.db.get_default("float_precision")) or 3


def quoted(value: Any) -> str:
	"""Return a value that a caller sent, escaped for a message that the desk shows as HTML."""
	return escape_html(str(value))


def as_text(value: date | str | None) -> str | None:
	"""Return a date as text in ISO 8601, which is the form in answers; None for None."""
	return str(value) if value else None
