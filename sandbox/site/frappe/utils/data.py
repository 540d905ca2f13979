"""What frappe.utils has, as far as the app uses it."""

import html
import math
import re
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from typing import Any

from frappe.context import throw as throw_error
from frappe.exceptions import InvalidEmailAddressError, InvalidPhoneNumberError

PHONE_NUMBER_PATTERN = re.compile(r"([0-9 +_\-,.*#()]){1,20}$")
EMAIL_PATTERN = re.compile(
	r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+"
	r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$",
	re.IGNORECASE,
)


def cint(value: Any) -> int:
	try:
		return int(float(value))
	except (TypeError, ValueError):
		return 0


def flt(value: Any, precision: int | None = None) -> float:
	try:
		number = float(value)
	except (TypeError, ValueError):
		number = 0.0
	if precision is None or not math.isfinite(number):
		return number
	# Frappe's default, banker's rounding of the number as it is written
	with localcontext(prec=400):
		return float(Decimal(str(number)).quantize(Decimal(10) ** -precision, ROUND_HALF_EVEN))


def now_datetime() -> datetime:
	return datetime.now()


def nowdate() -> str:
	return str(date.today())


def getdate(value: Any = None) -> date:
	if isinstance(value, datetime):
		return value.date()
	if isinstance(value, date):
		return value
	return date.fromisoformat(str(value)[:10]) if value else date.today()


def add_days(value: Any, days: int) -> Any:
	"""A text for a text, else what was given: as Frappe does."""
	if isinstance(value, datetime | date):
		return value + timedelta(days=days)
	return str(getdate(value) + timedelta(days=days))


def add_to_date(value: datetime, minutes: int = 0, days: int = 0) -> datetime:
	return value + timedelta(days=days, minutes=minutes)


def escape_html(text: str) -> str:
	return html.escape(text, quote=True).replace("&#x27;", "&#39;")


def strip_html(text: str) -> str:
	return re.sub(r"<[^>]+>", "", text)


def validate_email_address(text: str, throw: bool = False) -> str:
	valid = bool(EMAIL_PATTERN.match(text.strip()))
	if throw and not valid:
		throw_error(f"{escape_html(text)} is not a valid Email Address", InvalidEmailAddressError)
	return text.strip() if valid else ""


def validate_phone_number(text: str, throw: bool = False) -> bool:
	valid = bool(PHONE_NUMBER_PATTERN.match(text.strip()))
	if throw and not valid:
		throw_error(f"{text} is not a valid Phone Number", InvalidPhoneNumberError)
	return valid
