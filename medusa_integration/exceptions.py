"""Why a call is refused. The class name is the stable word (`exc_type`) that programs may rely on.

README.md lists them with their statuses. None derives from `frappe.DuplicateEntryError`: that one means a
lost race, which `transaction.py` tries again, while these are final.
"""

from typing import Any, NoReturn

import frappe


class InvalidArgumentsError(frappe.ValidationError):
	"""417: something is wrong in the arguments; the message names each of them."""


class NotFoundError(frappe.DoesNotExistError):
	"""404: what the arguments name does not exist."""


class CustomerNotFoundError(NotFoundError):
	"""404: no Customer and no Lead has this id."""


class QuotationNotFoundError(NotFoundError):
	"""404: no Quotation has this id or name."""


class ItemNotFoundError(NotFoundError):
	"""404: Items that are unknown, disabled or not for sale; the message names all of them."""


class AddressNotFoundError(NotFoundError):
	"""404: the customer has no address."""


class ConflictError(frappe.ValidationError):
	"""409: the call conflicts with what is already there."""

	http_status_code = 409


class IntegrationDisabledError(ConflictError):
	"""409: Medusa Settings say that the integration is switched off."""


class CustomerDisabledError(ConflictError):
	"""409: the Customer is disabled."""


class LeadConflictError(ConflictError):
	"""409: another Lead has the e-mail; a person has to decide."""


class LeadAdoptionError(LeadConflictError):
	"""409: a Lead has the e-mail, and Medusa Settings say that a person approves who takes it over."""


class LeadLinkedError(ConflictError):
	"""409: the Lead belongs to another Customer, or the Customer to another Medusa customer."""


class QuotationConflictError(ConflictError):
	"""409: the Quotation is not in a state, or not of a customer, that allows this."""


class OfferChangedError(ConflictError):
	"""409: the total is not the one that the customer saw; `error.current` has the present totals."""


class NotOfferedError(ConflictError):
	"""409: a line of the draft has no price, so nobody can say yes to it yet."""


class ExchangeRateError(ConflictError):
	"""409: the price list is in another currency, and ERPNext has no exchange rate for it."""


class ErpnextRefusedError(ConflictError):
	"""409: ERPNext does not accept it (a frozen Customer, a credit limit, a field of the site's own)."""


class BusyError(ConflictError):
	"""409: others keep changing the same records; the same call may succeed a moment later."""


class EmailTakenError(ConflictError):
	"""409: Medusa has an account with this e-mail, and the password is not its password."""


class MedusaRefusedError(frappe.ValidationError):
	"""417: Medusa did not accept the customer's data."""


class OverloadedError(frappe.ValidationError):
	"""503: as many sign-ups wait for Medusa as may; the header Retry-After says when to try again."""

	http_status_code = 503


class MedusaUnavailableError(frappe.ValidationError):
	"""502: Medusa cannot be reached, fails, or does not accept the shop's own keys."""

	http_status_code = 502


class MedusaTimeoutError(MedusaUnavailableError):
	"""504: Medusa did not answer in time. What it did with the request is not known."""

	http_status_code = 504


class TooManyCallsError(frappe.RateLimitExceededError):
	"""429: a rate limit is used up; the header Retry-After says for how many seconds."""


def refuse_with(current: dict[str, Any], message: str, error: type[ConflictError]) -> NoReturn:
	"""Raise `error`, and answer with what the caller needs to go on: `error.current` beside Frappe's
	envelope.
	"""
	frappe.local.response["error"] = {"type": error.__name__, "message": message, "current": current}
	frappe.throw(message, error)
	raise AssertionError("frappe.throw returned")
