"""What callers send, made into values the rest of the app can rely on.

Every problem is collected under the argument's own name and all are answered at once (`check`), so that a
storefront developer mends one form in one go. Frappe's check of annotated types stops at the first, which is
why the methods of `api.py` take whatever comes and ask here.
"""

import html
import json
import math
import re
import unicodedata
from datetime import date
from decimal import Decimal
from typing import Any

import frappe
import idna
from frappe import _
from frappe.utils import cint, escape_html, flt, validate_email_address, validate_phone_number

from medusa_integration.exceptions import InvalidArgumentsError

DATA_LENGTH = 140  # characters in a Data field, and in a record's name
LINE_LENGTH = 240  # characters in an address line
MAX_QUANTITY = 1e9  # an amount column of ERPNext holds 12 digits before the point
TRUE_WORDS = {"1", "true", "yes", "on"}
FALSE_WORDS = {"", "0", "false", "no", "off", "null", "none"}
NO_VALUES = {"null", "undefined", "none", "nan"}  # what scripts write into forms
ID_PATTERN = re.compile(r"[A-Za-z0-9][\w.:/+-]*", re.ASCII)
AMOUNT = re.compile(r"[+-]?\d{1,20}(\.\d{1,20})?", re.ASCII)
FORMULA_SIGNS = "=+-@"  # a spreadsheet runs a cell that begins with one
TYPOGRAPHIC = str.maketrans({'"': "\u201d", "`": "\u2019"})
BIDI_CONTROLS = set(
	"\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)  # text that reads as another text
BLANK_LETTERS = set("\u115f\u1160\u3164\uffa0")  # Hangul fillers: letters to Unicode, and nothing to see


class Arguments:
	"""The arguments of one call, read one by one; `check` refuses the call if any was wrong."""

	def __init__(self, sent: dict[str, Any], prefix: str = "", problems: list[str] | None = None):
		self.sent = sent
		self.prefix = prefix
		self.problems = [] if problems is None else problems

	def refuse(self, name: str, reason: str) -> None:
		"""Note that the argument `name` is wrong, and why (already translated)."""
		self.problems.append(f"{self.prefix}{name}: {reason}")

	def check(self) -> None:
		"""Raise InvalidArgumentsError that names every argument found wrong so far."""
		if self.problems:
			frappe.throw("<br>".join(self.problems), InvalidArgumentsError, title=_("Invalid Arguments"))

	def text(self, name: str, *, required: bool = False, length: int = DATA_LENGTH) -> str:
		"""One line of text, trimmed; "" where it is missing and may be. `length` is in characters."""
		value = self.sent.get(name)
		if value is None:
			value = ""
		if not isinstance(value, str):
			self.refuse(name, _("must be text"))
			return ""
		value = value.strip()
		if not value and required:
			self.refuse(name, _("is required"))
		elif len(value) > length:
			self.refuse(name, _("is longer than {0} characters").format(length))
		elif has_unprintable(value):
			self.refuse(name, _("holds characters that are not text (control characters or half of a pair)"))
		elif "<" in value or ">" in value or html.unescape(value) != value:
			# ERPNext names records after people and companies, and takes no such name. Frappe's kanban makes
			# tags of entities, and they would run
			self.refuse(name, _("may not hold the signs for less and greater, nor HTML entities"))
		else:
			return value
		return ""

	def words(self, name: str, *, required: bool = False, length: int = DATA_LENGTH) -> str:
		"""Text that a record will hold, and that no spreadsheet may take for a formula once it is
		exported.
		"""
		value = self.text(name, required=required, length=length)
		if len(value) > 1 and value[0] in FORMULA_SIGNS:
			self.refuse(name, _("may not begin with one of the signs {0}").format("= + - @"))
			return ""
		return value

	def name_of(self, name: str, *, required: bool = False) -> str:
		"""The name of a person or company, as `title`, with typographic quotation marks.

		Frappe prints the title of a record that has a picture unescaped in its image and kanban views: a
		straight one would let a stranger's script run there.
		"""
		return self.title(name, required=required).translate(TYPOGRAPHIC)

	def title(self, name: str, *, required: bool = False) -> str:
		"""The name of a person, company or city: as `words`, with a letter or digit that can be seen."""
		value = self.words(name, required=required)
		if value and not has_visible_letter(value):
			self.refuse(name, _("needs a letter or a digit"))
			return ""
		return value

	def identifier(self, name: str, *, required: bool = False) -> str:
		"""An id as Medusa makes them (`cus_...`, `quo_...`): letters, digits and `_ - . : / +`."""
		value = self.text(name, required=required)
		if value.lower() in NO_VALUES:
			self.refuse(name, _("is the word {0} and no id").format(value))
		elif value and not ID_PATTERN.fullmatch(value):
			self.refuse(name, _("may hold only letters, digits and _ - . : / +"))
		else:
			return value
		return ""

	def email(self, name: str) -> str:
		"""A single e-mail address, trimmed, in lower case, its domain as DNS knows it (IDNA). Required."""
		value = to_ascii_email(self.words(name, required=True))
		if value and (re.search(r"[\s,;<>]", value) or validate_email_address(value) != value):
			value = None
		if value is None or len(value) > DATA_LENGTH:
			self.refuse(name, _("is not a valid e-mail address"))
			return ""
		return value

	def phone(self, name: str) -> str:
		"""A phone number as a Lead's `mobile_no` takes it (Frappe's rule), or ""."""
		value = self.text(name, length=20)  # Frappe's own limit for a phone number
		if value and not validate_phone_number(value):
			self.refuse(name, _("is not a valid phone number"))
			return ""
		return value

	def password(self, name: str, *, required: bool) -> str:
		"""The password just as it was sent, spaces included."""
		value = self.sent.get(name)
		if value in (None, ""):
			if required:
				self.refuse(name, _("is required"))
		elif not isinstance(value, str):
			self.refuse(name, _("must be text"))
		elif len(value) > 1000 or has_unprintable(value):
			self.refuse(name, _("is too long, or holds characters that are not text"))
		else:
			return value
		return ""

	def boolean(self, name: str) -> bool:
		"""True or False, as JSON says it or as a form does ("1", "false"); False where missing."""
		value = self.sent.get(name)
		if value is None or isinstance(value, bool):
			return bool(value)
		word = str(value).strip().lower() if isinstance(value, int | str) else None
		if word not in TRUE_WORDS | FALSE_WORDS:
			self.refuse(name, _("must be true or false"))
		return word in TRUE_WORDS

	def quantity(self, name: str) -> float:
		"""A positive number that is still positive in the site's float precision. Required."""
		value = self.sent.get(name)
		if value in (None, ""):
			self.refuse(name, _("is required"))
			return 0.0
		number = to_number(value)
		if number is None or not 0 < number <= MAX_QUANTITY or not flt(number, float_precision()):
			self.refuse(name, _("must be a number above 0 and at most {0}").format(int(MAX_QUANTITY)))
			return 0.0
		return number

	def money(self, name: str) -> Decimal | None:
		"""An amount of money, as a number or in decimal digits; None where it is missing."""
		value = self.sent.get(name)
		if value in (None, ""):
			return None
		is_number = isinstance(value, int | float) and not isinstance(value, bool)
		text = str(value).strip() if is_number or isinstance(value, str) else ""
		if not AMOUNT.fullmatch(text):
			self.refuse(name, _("must be an amount of money, such as 12.50"))
			return None
		return Decimal(text)

	def whole_number(self, name: str, *, default: int, most: int | None = None) -> int:
		"""A whole number from 0 on, `default` where missing, cut to `most`."""
		value = self.sent.get(name)
		if value in (None, ""):
			return default
		number = to_number(value)
		if number is None or number < 0 or number != int(number) or number > 2**53:
			self.refuse(name, _("must be a whole number, 0 or more"))
			return default
		return int(number) if most is None else min(int(number), most)

	def choice(self, name: str, options: tuple[str, ...]) -> str:
		"""One of `options`, letter by letter. Required."""
		value = self.sent.get(name)
		if value not in options:
			self.refuse(name, _("must be one of: {0}").format(", ".join(options)))
			return ""
		return value

	def mapping(self, name: str, *, required: bool = False) -> "Arguments | None":
		"""An object (in a form: its JSON text), as Arguments that report under this one's name."""
		value = self._parsed(name)
		if value in (None, ""):
			if required:
				self.refuse(name, _("is required"))
			return None
		if not isinstance(value, dict):
			self.refuse(name, _("must be an object"))
			return None
		return Arguments(value, f"{self.prefix}{name}.", self.problems)

	def rows(self, name: str, *, most: int) -> "list[Arguments]":
		"""A list of 1 to `most` objects (in a form: its JSON text), each as Arguments."""
		value = self._parsed(name)
		if value in (None, "", []):
			self.refuse(name, _("is required"))
			return []
		if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
			self.refuse(name, _("must be a list of objects"))
			return []
		if len(value) > most:
			self.refuse(name, _("has more than {0} rows").format(most))
			return []
		return [
			Arguments(row, f"{self.prefix}{name}[{index}].", self.problems) for index, row in enumerate(value)
		]

	def _parsed(self, name: str) -> Any:
		value = self.sent.get(name)
		if not isinstance(value, str) or not value.strip():
			return None if isinstance(value, str) else value
		try:
			return json.loads(value)
		except (ValueError, RecursionError):
			return value  # text where an object is wanted: the caller of this refuses it by name


def has_unprintable(value: str) -> bool:
	"""Whether it has control characters (NUL, line breaks, changes of direction) or lone surrogates."""
	return any(unicodedata.category(sign) in ("Cc", "Cs") or sign in BIDI_CONTROLS for sign in value)


def has_visible_letter(value: str) -> bool:
	"""Whether anything in it is a letter or a digit that can be seen."""
	return any(unicodedata.category(sign)[0] in "LN" and sign not in BLANK_LETTERS for sign in value)


def to_ascii_email(email: str) -> str | None:
	"""The e-mail address in lower case and its domain in ASCII (`x@bücher.example` is
	`x@xn--bcher-kva.example`), so that one address is written in one way.

	None where the domain is none, or the part before it is not ASCII: the database takes accents for equal.
	"""
	person, at, domain = email.rpartition("@")
	if email.isascii():
		return email.lower()
	if not person.isascii():
		return None
	try:
		return person.lower() + at + idna.encode(domain, uts46=True).decode()
	except idna.IDNAError:
		return None


def spellings(email: str) -> list[str]:
	"""An e-mail address of ours as records may hold it: its domain in ASCII, and as people write it."""
	person, at, domain = email.rpartition("@")
	try:
		return list(dict.fromkeys([email, person + at + idna.decode(domain)]))
	except idna.IDNAError:
		return [email]


def to_number(value: Any) -> float | None:
	"""The finite number that `value` is, or says in decimal digits; else None."""
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
	"""How many decimals the site keeps of a quantity (System Settings, 3 where it does not say)."""
	return cint(frappe.db.get_default("float_precision")) or 3


def quoted(value: Any) -> str:
	"""A sender's own words, safe to stand in a message that the desk shows as HTML."""
	return escape_html(str(value))


def as_text(value: date | str | None) -> str | None:
	"""A date as the ISO text that answers carry."""
	return str(value) if value else None
