"""Methods for the buttons and dialogs of the desk. Each checks the permissions of its user."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import frappe
from frappe import _

from medusa_integration import rehearsal, transaction
from medusa_integration.arguments import Arguments
from medusa_integration.exceptions import ConflictError, MedusaUnavailableError
from medusa_integration.jobs import conflicts, customers, events, health, retries
from medusa_integration.medusa import connection
from medusa_integration.medusa_integration.doctype.medusa_sync_log.medusa_sync_log import (
	DOCTYPE,
	PERSON,
	MedusaSyncLog,
	sees_all,
)
from medusa_integration.rest import api_user, endpoint
from medusa_integration.rest.permissions import check_enabled
from medusa_integration.selling import accounts, finding, headlines, linking, matching, offers, overview
from medusa_integration.settings import get_settings

MAX_ROWS = 5000  # of a list: Frappe loads up to 2500 at once


@frappe.whitelist(methods=["POST"])
@endpoint.desk(permissions={DOCTYPE: "read"})
def retry_log(name: Any = None) -> None:
	"""Retry a row of Medusa Sync Log now. The buttons Retry of the row and of the list call this.

	Raises frappe.PermissionError (403) unless the user may see the row, InvalidArgumentsError (417),
	frappe.DoesNotExistError (404), IntegrationDisabledError (409), and ConflictError (409) if the row cannot
	be retried or the queue accepts no jobs.
	"""
	retries.retry(get_log(Arguments(locals())))


@frappe.whitelist(methods=["POST"])
@endpoint.desk(permissions={DOCTYPE: "read"})
def settle_log(name: Any = None, reason: Any = None) -> None:
	"""Close a row of Medusa Sync Log, because nothing has to be done. The button Settled calls this.

	Raises as `retry_log` does; ConflictError (409) if the row is done.
	"""
	args = Arguments(locals())
	text = args.text("reason", required=True)
	row = get_log(args)
	transaction.run(lambda: row.settle(text))


@frappe.whitelist(methods=["GET", "POST"])
@endpoint.desk(permissions={DOCTYPE: "read", "Lead": "read"}, verbs=("GET", "POST"))
def conflict_of(name: Any = None) -> dict[str, Any]:
	"""Return who claims the customer of a row, and what a person may choose. The form of the row calls this.

	Returns what `conflicts.describe` does. Raises as `retry_log` does; ConflictError (409) if the row waits
	for no decision.
	"""
	return conflicts.describe(get_log(Arguments(locals())))


@frappe.whitelist(methods=["POST"])
@endpoint.desk(permissions={DOCTYPE: "read", "Lead": "read"})
def resolve_conflict(name: Any = None, action: Any = None, record: Any = None) -> None:
	"""Do what a person has chosen in the conflict of a row. The buttons of the row call this.

	`action` and `record` are those of a choice of `conflict_of`. Raises as `conflict_of` does, and what the
	choice raises: frappe.PermissionError (403) if the user may not write the record, LeadLinkedError (409).
	"""
	args = Arguments(locals())
	chosen = args.text("action", required=True), args.text("record")
	conflicts.resolve(get_log(args), *chosen)


@frappe.whitelist(methods=["POST"])
@endpoint.desk(role="System Manager")
def adopt_lead(name: Any = None) -> str | None:
	"""Let the shop account of a row adopt the Lead that has the same e-mail.

	The button Adopt Lead of an earlier version calls this; browsers may still have its script. The form of
	the row now offers the choice Same person, see `resolve_conflict`. Returns the Lead's name. Raises as
	`retry_log` does, and LeadConflictError (409).
	"""
	return retries.adopt_lead(get_log(Arguments(locals())))


@frappe.whitelist(methods=["POST"])
@endpoint.desk(permissions={"Quotation": "write"})
def offer_quotation(quotation: Any = None, modified: Any = None) -> None:
	"""Offer a draft Quotation to the customer in the shop. The button Offer to Customer calls this.

	`modified` is that of the document that the clerk sees. Raises InvalidArgumentsError (417),
	frappe.PermissionError (403), frappe.DoesNotExistError (404), frappe.TimestampMismatchError (417) if the
	Quotation was changed since, and ConflictError (409) if it cannot be offered.
	"""
	args = Arguments(locals())
	values = args.text("quotation", required=True), args.text("modified", required=True)
	args.check()
	offers.offer(*values)


@frappe.whitelist(methods=["POST"])
@endpoint.desk(role="System Manager")
def unlink_account(customer: Any = None, medusa_id: Any = None, reason: Any = None) -> dict[str, str | None]:
	"""Take a shop account from a Customer. The button Unlink of a Customer or Lead calls this.

	Returns the name of the account's Lead as `lead`, or None. Raises InvalidArgumentsError (417),
	frappe.PermissionError (403), frappe.DoesNotExistError (404), and ConflictError (409) if the Customer does
	not have this account.
	"""
	args = Arguments(locals())
	names = args.text("customer", required=True), args.text("medusa_id", required=True)
	values = (*names, args.text("reason", required=True))
	args.check()
	return {"lead": transaction.run(lambda: linking.unlink_account(*values))}


@frappe.whitelist(methods=["GET", "POST"])
@endpoint.desk(role="System Manager", verbs=("GET", "POST"))
def check_health() -> dict[str, Any]:
	"""Return how the site stands, as `health.check_health` does. The form of Medusa Settings calls this.

	Raises frappe.PermissionError (403).
	"""
	return health.check_health()


@frappe.whitelist(methods=["POST"])
@endpoint.desk(role="System Manager")
def check_connection() -> list[dict[str, str]]:
	"""Test the Medusa server, its keys and the receiver of events.

	The button Test Connection of Medusa Settings calls this. Returns `title`, `state` ("ok", "failed" or
	"skipped") and `text` of each check. Raises frappe.PermissionError (403).
	"""
	return [check._asdict() for check in (*connection.check_medusa(), check_receiver())]


def check_receiver() -> connection.Check:
	"""Test the receiver of events in the shop, with a test event."""
	title = _("Receiver of events")
	if not get_settings().event_url:
		return connection.Check(title, connection.SKIPPED, _("No Event URL: the shop is sent no events."))
	delivery = events.send_test()
	if delivery.is_accepted:
		return connection.Check(title, connection.OK, _("The shop accepted a test event."))
	text = _("{0} Compare the Event URL and the Event Secret with those of the shop.")
	return connection.Check(title, connection.FAILED, text.format(events.describe(delivery)))


@frappe.whitelist(methods=["POST"])
@endpoint.desk(role="System Manager")
def create_api_user(email: Any = None) -> dict[str, str]:
	"""Create a user for the shop's server. The button Create API User of Medusa Settings calls this.

	Returns the `token`, "key:secret". A user of the shop that exists gets a new secret, and the old one stops
	working. Raises InvalidArgumentsError (417), frappe.PermissionError (403) and ConflictError (409).
	"""
	args = Arguments(locals())
	address = args.email("email")
	args.check()
	return {"token": transaction.run(lambda: api_user.create_api_user(address))}


@frappe.whitelist(methods=["POST"])
@endpoint.desk(role="System Manager")
def start_import(is_dry_run: Any = None) -> dict[str, str]:
	"""Start an import of the customers of Medusa, or a dry run, which changes nothing.

	The button Import Customers of Medusa Settings calls this, and the form of the dry run. Returns the `name`
	of the Medusa Customer Import. Raises InvalidArgumentsError (417), frappe.PermissionError (403),
	IntegrationDisabledError (409), ConflictError (409) without a secret key, MedusaUnavailableError (502).
	"""
	args = Arguments(locals())
	dry_run = args.boolean("is_dry_run")
	args.check()
	check_enabled()
	with advising():
		return {"name": customers.start_import(dry_run)}


@frappe.whitelist(methods=["POST"])
@endpoint.desk(role="System Manager")
def fetch_customers() -> None:
	"""Fetch what has changed in Medusa now. The button Fetch Customers Now of Medusa Settings calls this.

	Raises as `start_import` does.
	"""
	check_enabled()
	with advising():
		customers.start_fetching()


@contextmanager
def advising() -> Iterator[None]:
	"""Add to the error of a Medusa that does not answer what a person can check."""
	try:
		yield
	except MedusaUnavailableError as error:
		frappe.clear_messages()
		text = _("{0} The button Test Connection says whether the keys are right, too.")
		frappe.throw(text.format(f"{error} {connection.what_to_check()}"), type(error))


@frappe.whitelist(methods=["POST"])
@endpoint.desk(role="System Manager")
def send_test_event() -> dict[str, Any]:
	"""Send a test event to the Event URL of Medusa Settings; return what came back, as text.

	The button Send Test Event of Medusa Settings calls this. Returns `status` (0 without an answer), `text`
	and `problem`. Raises frappe.PermissionError (403), and ConflictError (409) without an Event URL.
	"""
	if not get_settings().event_url:
		frappe.throw(_("Medusa Settings have no Event URL."), ConflictError)
	return events.send_test()._asdict()


@frappe.whitelist(methods=["POST"])
@endpoint.desk(role="System Manager")
def rehearse() -> list[dict[str, Any]]:
	"""Play sign-up to order for a made-up customer, and undo it.

	The button Rehearse of Medusa Settings calls this. Returns the steps, each as `rehearsal.report.Step`.
	Raises frappe.PermissionError (403).
	"""
	return rehearsal.rehearse()


def get_log(args: Arguments) -> MedusaSyncLog:
	"""Return the row of the sync log that the argument `name` names.

	Raises IntegrationDisabledError, InvalidArgumentsError, frappe.DoesNotExistError, frappe.PermissionError
	if the user may not see the row, and ConflictError if a clerk would act on one that waits for nobody.
	"""
	check_enabled()
	name = args.text("name", required=True)
	args.check()
	row = frappe.get_doc(DOCTYPE, name)
	row.check_permission("read")
	if row.waits_for != PERSON and not sees_all(frappe.session.user):
		message = _("This row does not wait for a person. Somebody else may have taken care of it.")
		frappe.throw(message, ConflictError)
	return row


@frappe.whitelist(methods=["GET", "POST"])
@endpoint.desk(permissions={"Customer": "write", "Lead": "read"}, verbs=("GET", "POST"))
def find_leads(customer: Any = None, text: Any = None) -> list[dict[str, Any]]:
	"""Return the Leads with a Medusa id that begin like `text`, or without it the likely ones of a Customer.

	The dialog Link Medusa Lead calls this. Returns them as `finding.describe_all` does, likely ones with
	`reasons`. Raises InvalidArgumentsError (417), frappe.PermissionError (403) and frappe.DoesNotExistError
	(404).
	"""
	args = Arguments(locals())
	name, typed = args.text("customer", required=True), args.text("text")
	args.check()
	document = linking.get_readable("Customer", name)
	return finding.search("Lead", typed) if typed else finding.likely("Lead", matching.likely_leads(document))


@frappe.whitelist(methods=["GET", "POST"])
@endpoint.desk(permissions={"Customer": "write", "Lead": "read"}, verbs=("GET", "POST"))
def find_customers(lead: Any = None, text: Any = None) -> list[dict[str, Any]]:
	"""Return the Customers that begin like `text`, or without a text the likely ones of a Lead.

	The dialog Link to a Customer calls this. Returns and raises as `find_leads` does.
	"""
	args = Arguments(locals())
	name, typed = args.text("lead", required=True), args.text("text")
	args.check()
	document = linking.get_readable("Lead", name)
	if typed:
		return finding.search("Customer", typed)
	return finding.likely("Customer", matching.likely_customers(document))


@frappe.whitelist(methods=["POST"])
@endpoint.desk(permissions={"Customer": "create", "Lead": "read"})
def convert_lead(lead: Any = None) -> dict[str, str]:
	"""Convert a Lead to a Customer, as an approval would. The button Convert to Customer calls this.

	Returns the Customer's name as `customer`. Raises InvalidArgumentsError (417), frappe.PermissionError
	(403), frappe.DoesNotExistError (404), and frappe.ValidationError (417) if the Lead has no Medusa id.
	"""
	args = Arguments(locals())
	name = args.text("lead", required=True)
	args.check()
	customer, medusa_id = transaction.run(lambda: linking.convert(name))
	retries.retry_waiting(medusa_id)
	return {"customer": customer}


@frappe.whitelist(methods=["GET", "POST"])
@endpoint.desk(permissions={"Customer": "read"}, verbs=("GET", "POST"))
def buyers_of(customer: Any = None) -> list[dict[str, str]]:
	"""Return the shop accounts of a Customer: `medusa_id`, `person` and `lead` of each, its own first.

	The form of the Customer calls this. Raises InvalidArgumentsError (417), frappe.PermissionError (403) and
	frappe.DoesNotExistError (404).
	"""
	args = Arguments(locals())
	name = args.text("customer", required=True)
	args.check()
	return accounts.buyers_of(linking.get_readable("Customer", name).name)


@frappe.whitelist(methods=["GET", "POST"])
@endpoint.desk(permissions={"Lead": "read"}, verbs=("GET", "POST"))
def describe_lead(lead: Any = None) -> dict[str, Any]:
	"""Return who a Lead is, and whether its account belongs to a Customer.

	The form of the Lead calls this, and the dialogs after a conflict. Returns a row as
	`finding.describe_all` does. Raises InvalidArgumentsError (417), frappe.PermissionError (403) and
	frappe.DoesNotExistError (404).
	"""
	args = Arguments(locals())
	name = args.text("lead", required=True)
	args.check()
	(row,) = finding.describe_all("Lead", [linking.get_readable("Lead", name).name])
	return row


@frappe.whitelist(methods=["GET", "POST"])
@endpoint.desk(permissions={"Lead": "read"}, verbs=("GET", "POST"))
@frappe.validate_and_sanitize_search_inputs
def search_leads_to_link(
	doctype: str, txt: str, searchfield: str, start: int, page_len: int, filters: dict | None = None
) -> list[tuple]:
	"""Return the Leads that can be linked to a Customer, for a field of an earlier version's dialog.

	Browsers may still have its script. Returns tuples of name, person, e-mail and Medusa id.
	"""
	rows = [row for row in finding.search("Lead", txt) if not row["linked"] and not row["customer"]]
	keys = ("name", "person", "email", "medusa_id")
	return [tuple(row[key] for key in keys) for row in rows][start : start + page_len]


@frappe.whitelist(methods=["GET", "POST"])
@endpoint.desk(permissions={"Quotation": "read"}, verbs=("GET", "POST"))
def shop_states(names: Any = None) -> dict[str, str]:
	"""Return the states of drafts from the shop, by their names, as `overview.states_of_drafts` does.

	The list of Quotations calls this for each page. Raises InvalidArgumentsError (417) and
	frappe.PermissionError (403).
	"""
	args = Arguments(locals())
	values = args.names("names", most=MAX_ROWS)
	args.check()
	return overview.states_of_drafts(values)


@frappe.whitelist(methods=["GET", "POST"])
@endpoint.desk(permissions={"Medusa Sync Log": "read"}, verbs=("GET", "POST"))
def quotations_to_price() -> dict[str, Any] | str:
	"""Return how many Quotations wait for a price or an offer, with the route and filters of their list.

	A number card of the workspace and a menu of the list call this. Returns a dash for a user who may not
	read Quotations: Frappe shows the card to each System Manager. Raises frappe.PermissionError (403).
	"""
	if not frappe.has_permission("Quotation", "read"):
		return "\u2013"
	return {
		"value": overview.count_requested(),
		"fieldtype": "Int",
		"route": ["List", "Quotation", "List"],
		"route_options": overview.filters_of_requested(),
	}


@frappe.whitelist(methods=["GET", "POST"])
@endpoint.desk(permissions={"Medusa Sync Log": "read"}, verbs=("GET", "POST"))
def shop_activity() -> dict[str, Any]:
	"""Return `labels` and `datasets` of the workspace's chart, as `overview.last_days` does.

	Raises frappe.PermissionError (403).
	"""
	return overview.last_days()


@frappe.whitelist(methods=["GET", "POST"])
@endpoint.desk(permissions={"Quotation": "read"}, verbs=("GET", "POST"))
def shop_state(quotation: Any = None) -> dict[str, Any]:
	"""Return what the headline of a Quotation says, as `headlines.of_quotation` does.

	Raises InvalidArgumentsError (417), frappe.PermissionError (403) and frappe.DoesNotExistError (404).
	"""
	args = Arguments(locals())
	name = args.text("quotation", required=True)
	args.check()
	return headlines.of_quotation(name)


@frappe.whitelist(methods=["GET", "POST"])
@endpoint.desk(permissions={"Sales Order": "read"}, verbs=("GET", "POST"))
def order_state(order: Any = None) -> dict[str, Any]:
	"""Return what the headline of a Sales Order says, as `headlines.of_order` does.

	Raises as `shop_state` does.
	"""
	args = Arguments(locals())
	name = args.text("order", required=True)
	args.check()
	return headlines.of_order(name)
