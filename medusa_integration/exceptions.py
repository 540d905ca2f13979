"""Why a call is refused. The class name is the stable word (`exc_type`) that programs may rely on.

frappe.ValidationError (417)
├── InvalidArgumentsError, MedusaRefusedError
├── OverloadedError (503)
├── PdfUnavailableError (501)
├── MedusaUnavailableError (502)
│   └── MedusaTimeoutError (504)
├── frappe.DoesNotExistError (404)
│   └── NotFoundError, and a class for each kind of record
└── ConflictError (409), and a class for each reason
frappe.RateLimitExceededError (429)
└── TooManyCallsError

README.md lists them with their reasons. None derives from `frappe.DuplicateEntryError`: that one means a lost
race, and `transaction.py` runs the call again; these are final.
"""

import html
from typing import Any, Literal, NoReturn, cast

import frappe
from frappe.utils import strip_html

# distinguishes the causes of QuotationConflictError, OfferChangedError and NotOfferedError
Reason = Literal[
	"expired",
	"rejected",
	"lost",
	"cancelled",
	"ordered",
	"order_cancelled",
	"other_customer",
	"other_order",
	"other_content",
	"price_changed",
	"no_price",
	"clerk_must_offer",
]


class InvalidArgumentsError(frappe.ValidationError):
	"""417: some arguments are wrong; the message names each of them."""


class NotFoundError(frappe.DoesNotExistError):
	"""404: what the arguments name does not exist."""


class CustomerNotFoundError(NotFoundError):
	"""404: no Customer and no Lead has this id."""


class QuotationNotFoundError(NotFoundError):
	"""404: no Quotation has this id or name."""


class ItemNotFoundError(NotFoundError):
	"""404: some Items are unknown, disabled or not for sale; the message names all of them."""


class OrderNotFoundError(NotFoundError):
	"""404: no Sales Order has this id or name."""


class AddressNotFoundError(NotFoundError):
	"""404: the customer has no address."""


class ConflictError(frappe.ValidationError):
	"""409: the call conflicts with existing records."""

	http_status_code = 409


class IntegrationDisabledError(ConflictError):
	"""409: the integration is switched off in Medusa Settings."""


class CustomerDisabledError(ConflictError):
	"""409: the Customer is disabled."""


class LeadConflictError(ConflictError):
	"""409: another Lead has the e-mail; a person has to decide."""


class LeadAdoptionError(LeadConflictError):
	"""409: a Lead has the e-mail, and Medusa Settings want a person to approve the adoption."""


class CustomerLikelyError(ConflictError):
	"""409: the Lead may belong to an existing Customer, and Medusa Settings want a person to decide."""


class LeadLinkedError(ConflictError):
	"""409: the Lead is linked to another Customer, or the Customer to another Medusa customer."""


class QuotationConflictError(ConflictError):
	"""409: the state of the Quotation, or the customer that it belongs to, does not allow this."""


class OfferChangedError(ConflictError):
	"""409: the total is not the one that the customer saw; `error.current` has the present totals."""


class NotOfferedError(ConflictError):
	"""409: the draft is not offered yet: a line has no price, or a clerk must offer it."""


class ExchangeRateError(ConflictError):
	"""409: the price list is in another currency, and ERPNext has no exchange rate for it."""


class ErpnextRefusedError(ConflictError):
	"""409: ERPNext refuses it (a frozen Customer, a credit limit, a mandatory custom field)."""


class PdfUnavailableError(frappe.ValidationError):
	"""501: the site has no program that makes PDF files."""

	http_status_code = 501


class BusyError(ConflictError):
	"""409: other users keep changing the same records; the same call may succeed a moment later."""


class EmailTakenError(ConflictError):
	"""409: Medusa has an account with this e-mail and another password."""


class MedusaRefusedError(frappe.ValidationError):
	"""417: Medusa did not accept the customer's data."""


class OverloadedError(frappe.ValidationError):
	"""503: too many sign-ups are waiting for Medusa; the header Retry-After says when to try again."""

	http_status_code = 503


class MedusaUnavailableError(frappe.ValidationError):
	"""502: Medusa cannot be reached, fails, or does not accept the keys of the settings."""

	http_status_code = 502


class MedusaTimeoutError(MedusaUnavailableError):
	"""504: Medusa did not answer in time. Whether it did the work is not known."""

	http_status_code = 504


class TooManyCallsError(frappe.RateLimitExceededError):
	"""429: a rate limit is reached; the header Retry-After says how many seconds to wait."""


# errors that callers can fix themselves, so that they are not logged
CALLERS_OWN = (InvalidArgumentsError, NotFoundError, CustomerDisabledError)
# errors of ERPNext's own checks, and those of the app that derive from the same classes
REFUSALS = (frappe.ValidationError, frappe.NameError, frappe.PermissionError)
# the same work would fail again, but for BusyError and MedusaUnavailableError
PERMANENT = (*CALLERS_OWN, *REFUSALS)
# errors of the app's own, with messages for the caller
OWN = (ConflictError, MedusaRefusedError, MedusaUnavailableError, PdfUnavailableError, *CALLERS_OWN)


def throw(
	message: str,
	error: type[Exception],
	*,
	title: str | None = None,
	reason: Reason | None = None,
	fields: list[dict[str, str]] | None = None,
	current: dict[str, Any] | None = None,
	ids: list[str] | None = None,
) -> NoReturn:
	"""Raise `error` with a message, as `frappe.throw` does, and with details for programs.

	`reason` distinguishes the causes of one class. `fields` are the wrong arguments (`name`, `code`,
	`message`). `current` is the present state that the caller needs to continue. `ids` are the ids that were
	not found. `rest/errors.py` sends them beside Frappe's envelope.
	"""
	details = {"reason": reason, "fields": fields, "current": current, "ids": ids}
	try:
		frappe.throw(message, error, title=title)
	except error as raised:
		cast(Any, raised).medusa_details = {key: value for key, value in details.items() if value is not None}
		raise


def details_of(error: BaseException) -> dict[str, Any]:
	"""Return the details that `throw` gave to an error."""
	return getattr(error, "medusa_details", {})


def throw_conflict(message: str, error: type[Exception], doctype: str, name: str) -> NoReturn:
	"""Raise `error`, and say which record the conflict is with: for the sync log, not for the caller."""
	try:
		frappe.throw(message, error)
	except error as raised:
		cast(Any, raised).medusa_conflict = (doctype, name)
		raise


def conflict_of(error: BaseException) -> tuple[str | None, str | None]:
	"""Return DocType and name of the record that `throw_conflict` gave to an error; None for both without."""
	return getattr(error, "medusa_conflict", (None, None))


def as_plain_text(message: str) -> str:
	"""Return a message without its markup, in one line."""
	return html.unescape(strip_html(message.replace("<br>", "; ")))
