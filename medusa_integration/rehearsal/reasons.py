"""Why the site refuses a step, in plain words, and what to do about it."""

import re
from collections.abc import Callable, Iterator
from traceback import walk_tb
from types import FrameType
from typing import Any, NamedTuple

import frappe
from frappe import _

from medusa_integration.constants import APP
from medusa_integration.exceptions import (
	REFUSALS,
	ConflictError,
	ExchangeRateError,
	NotOfferedError,
	OfferChangedError,
	as_plain_text,
	details_of,
)
from medusa_integration.settings import get_integration_user

# the name of a file in the traceback of a Server Script: "<serverscript>: name_of_the_script"
SERVER_SCRIPT = "<serverscript>"
# what Frappe says of empty mandatory fields: "[Sales Order, SAL-ORD-1]: field, other_field"
MANDATORY = re.compile(r"\[(?P<doctype>[^,\]]+), [^\]]*\]: (?P<fields>.+)")
OWN_APPS = {"frappe", "erpnext", APP}


class Link(NamedTuple):
	"""A place on the desk: its `label`, its standard route, and the route's options."""

	label: str
	route: list[str]
	options: dict[str, str]


class Reason(NamedTuple):
	"""Why a step is not OK, what to do about it, and where."""

	text: str
	advice: str = ""
	link: Link | None = None


NO_REASON = Reason("")


def to_form(doctype: str, name: str) -> Link:
	"""Return the link to a document."""
	return Link(f"{_(doctype)}: {name}", ["Form", doctype, name], {})


def to_single(doctype: str) -> Link:
	"""Return the link to a document of settings."""
	return Link(_(doctype), ["Form", doctype, doctype], {})


def to_list(doctype: str) -> Link:
	"""Return the link to the list of a DocType."""
	return Link(_(doctype), ["List", doctype], {})


def to_customize(doctype: str) -> Link:
	"""Return the link to the fields of a DocType."""
	return Link(
		f"{_('Customize Form')}: {_(doctype)}",
		["Form", "Customize Form", "Customize Form"],
		{"doc_type": doctype},
	)


def explain(error: Exception) -> Reason:
	"""Return why an error was raised, as precisely as its class and its traceback tell."""
	return (
		of_script(error)
		or of_workflow(error)
		or of_credit_limit(error)
		or of_other_app(error)
		or of_class(error)
		or of_unknown(error)
	)


# by where the error was raised


def frames_of(error: Exception) -> Iterator[FrameType]:
	"""Yield the frames of an error's traceback, the innermost last."""
	for frame, _line in walk_tb(error.__traceback__):
		yield frame


def passed(error: Exception, name: str) -> FrameType | None:
	"""Return the frame of the function `name` in an error's traceback, or None."""
	return next((frame for frame in frames_of(error) if frame.f_code.co_name == name), None)


def of_script(error: Exception) -> Reason | None:
	"""Explain an error in a Server Script of the site."""
	files = [frame.f_code.co_filename for frame in frames_of(error)]
	script = next((file for file in files if file.startswith(SERVER_SCRIPT)), None)
	if not script:
		return None
	text = _("The Server Script {0} refuses this: {1}").format(
		script.removeprefix(SERVER_SCRIPT).strip(": "), text_of(error)
	)
	return Reason(text, _("Change or disable the Server Script."), to_list("Server Script"))


def of_workflow(error: Exception) -> Reason | None:
	"""Explain a workflow that the integration user may not pass."""
	frame = passed(error, "check_workflow")
	if not frame or not isinstance(error, frappe.PermissionError):
		return None
	advice = _(
		"Let a role of the user {0} make a transition to a submitted state, or give the user the role."
	)
	link = to_form("Workflow", frame.f_locals["name"])
	return Reason(text_of(error), advice.format(get_integration_user()), link)


def of_credit_limit(error: Exception) -> Reason | None:
	"""Explain a credit limit."""
	if not passed(error, "check_credit_limit"):
		return None
	advice = _(
		"New Customers have the credit limit of their Customer Group, or else of the Company. Raise it."
	)
	return Reason(text_of(error), advice, to_list("Customer Group"))


def of_other_app(error: Exception) -> Reason | None:
	"""Explain an error in the code of an app that is neither Frappe's, ERPNext's nor this one."""
	others = set(frappe.get_hooks("app_name")) - OWN_APPS
	modules = [str(frame.f_globals.get("__name__")) for frame in frames_of(error)]
	module = next((name for name in reversed(modules) if name.partition(".")[0] in others), None)
	if not module:
		return None
	text = _("The app {0} refuses this: {1}").format(module.partition(".")[0], text_of(error))
	return Reason(text, _("Ask those who maintain the app. The code is in {0}.").format(module))


# by the class of the error


def of_class(error: Exception) -> Reason | None:
	"""Explain an error by its class."""
	return next((explain(error) for kind, explain in explanations() if isinstance(error, kind)), None)


def explanations() -> tuple[tuple[Any, Callable[[Any], Reason]], ...]:
	"""Return the classes of errors, the special ones first, each with the function that explains it."""
	return (
		(frappe.MandatoryError, of_mandatory),
		((frappe.QueryTimeoutError, frappe.QueryDeadlockError, frappe.TimestampMismatchError), of_lock),
		((frappe.DuplicateEntryError, frappe.UniqueValidationError), of_taken_name),
		(NotOfferedError, of_missing_price),
		(OfferChangedError, of_changed_total),
		(ExchangeRateError, of_exchange_rate),
		((ConflictError, frappe.LinkValidationError), of_settings),
		(frappe.PermissionError, of_permission),
		(REFUSALS, of_rule),
	)


def of_mandatory(error: Exception) -> Reason:
	"""Explain empty mandatory fields."""
	match = MANDATORY.fullmatch(str(error))
	if not match:
		return Reason(text_of(error))
	doctype, fields = match["doctype"], match["fields"].split(", ")
	text = _("Mandatory fields of {0} are empty: {1}").format(_(doctype), labels_of(doctype, fields))
	advice = _(
		"The shop does not know these fields. Give them a default value, or do not make them mandatory."
	)
	return Reason(text, advice, to_customize(doctype))


def labels_of(doctype: str, fields: list[str]) -> str:
	"""Return the labels of some fields of a DocType, or the names of those that it does not have itself."""
	meta = frappe.get_meta(doctype)
	labels = [_(found.label) if (found := meta.get_field(name)) and found.label else name for name in fields]
	return ", ".join(labels)


def of_lock(error: Exception) -> Reason:
	"""Explain that another transaction was faster, or did not end."""
	text = _("Other users are changing the same records. Please try again.")
	return Reason(text, _("If this happens again, look for a long import or a job that does not end."))


def of_taken_name(error: Exception) -> Reason:
	"""Explain that a name, or the value of a unique field, is taken."""
	about = ", ".join(str(part) for part in error.args[:2])
	text = _("The next name, or the value of a unique field, is taken already: {0}").format(about)
	advice = _("If it is a name, set the counter of the naming series to the last number in use.")
	return Reason(as_plain_text(text), advice, to_single("Document Naming Settings"))


def of_missing_price(error: Exception) -> Reason:
	"""Explain that the customer cannot accept the Quotation yet."""
	if details_of(error).get("reason") != "no_price":
		return of_rule(error)
	return Reason(text_of(error), _("Enter the price of the Item in the Price List."), to_list("Item Price"))


def of_changed_total(error: Exception) -> Reason:
	"""Explain that the approval would have another total than the request."""
	advice = _("A rule gives the new Customer another price than the Lead had. Look at the Pricing Rules.")
	return Reason(text_of(error), advice, to_list("Pricing Rule"))


def of_exchange_rate(error: Exception) -> Reason:
	"""Explain a missing exchange rate."""
	advice = _("Enter the exchange rate, or use a Price List in the currency of the Company.")
	return Reason(text_of(error), advice, to_list("Currency Exchange"))


def of_settings(error: Exception) -> Reason:
	"""Explain that a setting is missing, or names a record that does not exist."""
	return Reason(text_of(error), _("Look at the section Selling."), to_single("Medusa Settings"))


def of_permission(error: Exception) -> Reason:
	"""Explain a missing permission of the integration user."""
	user = get_integration_user()
	text = _("The user {0} does not have the permission: {1}").format(user, text_of(error))
	advice = _("Give a role of this user the permission, in the Role Permissions Manager.")
	return Reason(text, advice, to_form("User", user))


def of_rule(error: Exception) -> Reason:
	"""Explain a check of ERPNext, or a rule of the site, by its own message."""
	return Reason(text_of(error), _("Change the setting or the rule that this message is about."))


def of_unknown(error: Exception) -> Reason:
	"""Explain an error that is not a refusal, but a fault in the code."""
	*_others, frame = frames_of(error)
	module = str(frame.f_globals.get("__name__"))
	text = _("The code fails: {0}: {1}").format(type(error).__name__, text_of(error))
	return Reason(text, _("Ask those who maintain the code. It is in {0}.").format(module))


def text_of(error: Exception) -> str:
	"""Return the message of an error as plain text; without one, the last message for the desk."""
	messages = [str(message.get("message") or "") for message in frappe.local.message_log]
	texts = [as_plain_text(text).strip() for text in (str(error), *reversed(messages))]
	return next(filter(None, texts), type(error).__name__)
