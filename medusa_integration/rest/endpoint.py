"""The decorators of whitelisted methods: what happens around each call, in one place.

A call of the storefront passes five steps, in this order:

1. permission: the HTTP verb, the user and role, the rate limits of guests, the switch in Medusa Settings;
2. user: the work runs as the integration user, who also owns the documents;
3. log: a failure that callers cannot fix themselves is stored in Medusa Sync Log;
4. transaction: the work is all or nothing. If it loses a race, it is run again, up to eight times in all.
   So it must do nothing but database work: no mail, no call to another server;
5. repetition: a repeated call (the button Retry) does nothing if it is no longer wanted; a call that
   succeeds closes the rows of earlier failed calls that it replaces.

A background job has no request: step 1 was done when it was queued, and is skipped. What a method reads is
declared in its decorator: see `declarations.py`.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import wraps
from inspect import signature
from typing import Any, cast

import frappe
from frappe import _

from medusa_integration import exact, transaction
from medusa_integration.declarations import POST, Declaration, Reads, declare
from medusa_integration.exceptions import CALLERS_OWN, OWN, REFUSALS, ErpnextRefusedError
from medusa_integration.medusa_integration.doctype.medusa_sync_log import medusa_sync_log as sync_log
from medusa_integration.medusa_integration.doctype.medusa_sync_log.medusa_sync_log import (
	NoLongerWantedError,
	Repeat,
)
from medusa_integration.rest import rate_limits
from medusa_integration.rest.errors import answer_errors
from medusa_integration.rest.permissions import (
	check_desk,
	check_enabled,
	check_storefront,
	check_user,
	check_verb,
	is_storefront,
)
from medusa_integration.rest.superseding import Superseded
from medusa_integration.selling import accounts
from medusa_integration.session import storefronts_call, work_as
from medusa_integration.settings import get_integration_user

Supersedes = Callable[[dict[str, Any], Any], Superseded]


def storefront(
	*,
	verbs: tuple[str, ...] = POST,
	reads: Reads | None = None,
	supersedes: Supersedes | None = None,
	when_disabled: bool = False,
) -> Callable:
	"""Make a function a method of the storefront: add the five steps above.

	`verbs`: the HTTP verbs that the method accepts; only POST may change documents. `reads`: for each
	argument that is an object, or a list of objects, the keys that the method reads in it. `supersedes`: a
	function that returns the rows of earlier failed calls that a call replaces (`superseding.py`).
	`when_disabled`: whether the method also answers while the integration is switched off.

	The method raises frappe.AuthenticationError (401), frappe.PermissionError (403),
	IntegrationDisabledError (409), TooManyCallsError (429), ErpnextRefusedError (409) if ERPNext refuses the
	work, and what its function raises.
	`method.repeat(repeat, **arguments)` repeats a call for a row of the sync log.
	`method.rehearse(**arguments)` does the work alone, steps 2 and 5: its caller undoes it.
	"""

	def decorate(function: Callable) -> Callable:
		declaration = declare(function, verbs, reads, is_logged=True)

		def perform(sent: dict[str, Any], repeat: Repeat | None) -> Any:
			if repeat:
				repeat.check_still_wanted()
			# nobody waits for the answer of a repeated call, so the shop is told what it changes
			with nullcontext() if repeat else storefronts_call():
				answer = function(**sent)
			if supersedes:
				close_superseded(function.__name__, supersedes(sent, answer), repeat)
			return answer

		def work(sent: dict[str, Any], repeat: Repeat | None = None) -> Any:
			with work_as(get_integration_user()), log_failures(function.__name__, declaration, sent, repeat):
				answer = transaction.run(lambda: perform(sent, repeat))
			frappe.clear_messages()  # ERPNext's messages are for the desk
			return answer

		def rehearse(**sent: Any) -> Any:
			with work_as(get_integration_user()):
				return perform(sent, None)

		@answer_errors
		@wraps(function)
		def call(*args: Any, **kwargs: Any) -> Any:
			check_verb(verbs)
			if frappe.request:
				admit(function.__name__, when_disabled)
			return work(signature(function).bind(*args, **kwargs).arguments)

		method = cast(Any, call)
		method.declaration = declaration
		method.repeat = lambda repeat, **sent: work(sent, repeat)
		method.rehearse = rehearse
		return method

	return decorate


def desk(
	*, role: str = "", permissions: dict[str, str] | None = None, verbs: tuple[str, ...] = POST
) -> Callable:
	"""Make a function a method of the desk.

	Requires `role`, or `permissions` on DocTypes (`{"Customer": "write"}`). They are checked before the
	arguments are read, so that a caller without permission cannot find out which documents exist. Permission
	on a single document is checked in the function. The method raises frappe.AuthenticationError (401) and
	frappe.PermissionError (403).
	"""

	def decorate(function: Callable) -> Callable:
		@answer_errors
		@wraps(function)
		def call(*args: Any, **kwargs: Any) -> Any:
			check_verb(verbs)
			if frappe.request:
				check_user()
			check_desk(role, permissions or {})
			return function(*args, **kwargs)

		method = cast(Any, call)
		method.declaration = declare(function, verbs)
		return method

	return decorate


def anyone(function: Callable) -> Callable:
	"""Make a function a method that anyone may call by POST, within the rate limit of their network.

	The method raises frappe.AuthenticationError (401), TooManyCallsError (429) and IntegrationDisabledError
	(409).
	"""

	@answer_errors
	@wraps(function)
	def call(*args: Any, **kwargs: Any) -> Any:
		check_verb(POST)
		if frappe.request:
			check_user()
			rate_limits.limit_sign_ups_of_network()
			check_enabled()
		return function(*args, **kwargs)

	method = cast(Any, call)
	method.declaration = declare(function, POST, is_logged=True)
	return method


def admit(method: str, when_disabled: bool) -> None:
	"""Check, as step 1, whether the caller may call the storefront's methods now; raise an error if not."""
	check_user()
	check_storefront()
	if not is_storefront():
		rate_limits.limit_guests(method)
	if not when_disabled:
		check_enabled()


@contextmanager
def log_failures(
	method: str, declaration: Declaration, sent: dict[str, Any], repeat: Repeat | None
) -> Iterator[None]:
	"""Log an exception of the block, as step 3, and raise it again.

	Errors that callers can fix themselves are logged only in a background job, where nobody receives the
	answer. The work of the block is rolled back. The row is committed, because Frappe rolls back a request
	that fails. If ERPNext refuses the work, ErpnextRefusedError is raised instead: ERPNext's own message may
	name employees, so it is stored in the row and not sent to the caller.
	"""
	try:
		yield
	except NoLongerWantedError:
		frappe.db.rollback()
		raise
	except Exception as error:
		frappe.db.rollback()
		if isinstance(error, CALLERS_OWN) and not getattr(frappe.local, "job", None):
			raise
		details = (method, declaration.loggable(sent), error, repeat and repeat.name)
		row = transaction.run(lambda: sync_log.log_failure(*details, document_of(sent)))
		# Frappe rolls back a request that fails; the row must be kept
		frappe.db.commit()  # nosemgrep: frappe-manual-commit
		if isinstance(error, REFUSALS) and not isinstance(error, OWN):
			frappe.clear_messages()
			message = _("ERPNext does not accept this. The reason is in Medusa Sync Log {0}.")
			frappe.throw(message.format(row.name), ErpnextRefusedError)
		raise


def document_of(sent: dict[str, Any]) -> dict[str, str | None]:
	"""Return the fields of a row that say what a failed call is about: the document, and whose it is.

	The document is the Quotation, else the party. The e-mail lets a person's data be found, and deleted.
	"""
	quotation_id, customer = (sync_log.as_line(sent.get(name)) for name in ("quotation_id", "customer_id"))
	if isinstance(sent.get("data"), dict):  # a customer of the shop, whose e-mail may have changed
		customer = sync_log.as_line(sent["data"].get("id"))
	fields = ("medusa_customer_id",)
	quotation = quotation_id and exact.find("Quotation", "medusa_quotation_id", quotation_id, fields)
	about: dict[str, str | None] = {}
	if quotation:
		customer = customer or quotation.medusa_customer_id
		about |= {"reference_doctype": "Quotation", "reference_name": quotation.name}
	party = accounts.find_party(customer) if customer else None
	if not party:
		return about
	email = frappe.db.get_value(*party, "email_id")
	return {
		"reference_doctype": party[0],
		"reference_name": party[1],
		**about,
		"medusa_id": customer,
		"email": email,
	}


def close_superseded(method: str, superseded: Superseded, repeat: Repeat | None) -> None:
	"""Close the rows of earlier failed calls that a call replaces, as step 5.

	A repeated call replaces only rows that are not newer than its own row.
	"""
	earlier = {"creation": ("<=", repeat.creation)} if repeat else {}
	filters = {"method": method, **superseded.filters, **earlier}
	sync_log.close_superseded(filters, superseded.remaining)
