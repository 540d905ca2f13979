"""What frappe.utils has, as far as the app uses it."""

import html
import math
import re
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from typing import Any
from zoneinfo import ZoneInfo

from frappe.context import db, local
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


def get_url_to_form(doctype: str, name: str) -> str:
	return f"http://{local.site}/app/{doctype.lower().replace(' ', '-')}/{name}"


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


def get_system_timezone() -> str:
	"""The site's time zone. Read once by each request, as Frappe caches its System Settings."""
	key = f"{local.site}|time_zone"
	if key not in local.cache:
		local.cache[key] = db.get_single_value("System Settings", "time_zone")
	return local.cache[key] or "Asia/Kolkata"  # Frappe's default


def now_datetime() -> datetime:
	return datetime.now(ZoneInfo(get_system_timezone())).replace(tzinfo=None)


def get_datetime(value: Any = None) -> datetime:
	if value is None:
		return now_datetime()
	if isinstance(value, datetime):
		return value
	return datetime.combine(value, time()) if isinstance(value, date) else datetime.fromisoformat(value)


def nowdate() -> str:
	return str(now_datetime().date())


def getdate(value: Any = None) -> date:
	if isinstance(value, datetime):
		return value.date()
	if isinstance(value, date):
		return value
	return date.fromisoformat(str(value)[:10]) if value else now_datetime().date()


def formatdate(value: Any) -> str:
	"""A date in Frappe's default format; nobody can choose another one here."""
	return str(getdate(value))


def add_days(value: Any, days: int) -> Any:
	"""A text for a text, else what was given: as Frappe does."""
	if isinstance(value, datetime | date):
		return value + timedelta(days=days)
	return str(getdate(value) + timedelta(days=days))


def add_to_date(value: Any = None, **units: int) -> Any:
	"""A moment or day, some weeks, days, hours, minutes or seconds later."""
	if isinstance(value, str):
		raise NotImplementedError("The sandbox adds to no text")
	return (now_datetime() if value is None else value) + timedelta(**units)


def fmt_money(amount: Any, precision: int = 2, currency: str | None = None) -> str:
	text = f"{flt(amount, precision):,.{precision}f}"
	return f"{db.get_value('Currency', currency, 'symbol') or currency} {text}" if currency else text


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
