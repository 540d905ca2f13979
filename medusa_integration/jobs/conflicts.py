"""The conflict of a row of Medusa Sync Log: who claims the customer, and what a person decides."""

from typing import Any, NoReturn

import frappe
from frappe import _
from frappe.model.document import Document

from medusa_integration import exact, transaction
from medusa_integration.arguments import Arguments
from medusa_integration.exceptions import ConflictError
from medusa_integration.jobs import retries
from medusa_integration.medusa_integration.doctype.medusa_sync_log.medusa_sync_log import (
	ACCEPTED_METHODS,
	DOCTYPE,
	DUPLICATE_ID,
	PERSON,
	MedusaSyncLog,
	as_document,
)
from medusa_integration.selling import accounts, conflicts, finding, leads, linking, shop_customers
from medusa_integration.types import MedusaCustomer

CUSTOMER_LIKELY = "CustomerLikelyError"
UPDATE_CUSTOMER = "update_customer"


def describe(row: MedusaSyncLog) -> dict[str, Any]:
	"""Return the two sides of a conflict: `sent`, what the shop says of the customer, and the `claims`.

	Each claim has `doctype`, `record` and `choices`; each choice has `action`, `label`, `effect` and `lacks`:
	which permission the user does not have for it, in words, or "". The `choices` beside the claims name no
	record. Raises ConflictError if the row waits for no such decision, and frappe.PermissionError.
	"""
	check_waits(row)
	sent, claims, choices = sides_of(row)
	return {
		"sent": sent,
		"claims": [
			{"doctype": claim.doctype, "record": claim.record, "choices": describe_choices(claim.choices)}
			for claim in claims
		],
		"choices": describe_choices(choices),
	}


def describe_choices(choices: list[conflicts.Choice]) -> list[dict[str, str]]:
	"""Return choices as the form shows them."""
	return [
		{
			"action": choice.action,
			"label": choice.label,
			"effect": choice.effect,
			"lacks": conflicts.lacking(choice.needs),
		}
		for choice in choices
	]


def sides_of(row: MedusaSyncLog) -> tuple[dict[str, Any], list[conflicts.Claim], list[conflicts.Choice]]:
	"""Return what the shop says of the customer of a row, the claims, and the choices that name no record."""
	if row.method == DUPLICATE_ID:
		duplicates = conflicts.claims_of_duplicates(row.reference_doctype or "", row.medusa_id or "")
		return {"medusa_id": row.medusa_id}, duplicates, []
	if row.error_type == CUSTOMER_LIKELY:
		lead = lead_of(row)
		(sent,) = finding.describe_all("Lead", [lead.name])
		return sent, conflicts.claims_of_lead(lead), [conflicts.new_customer()]
	customer = customer_of(row)
	sent = {
		"person": f"{customer['first_name']} {customer['last_name']}".strip(),
		"company": customer["organization_name"],
		"email": customer["email"],
		"phone": customer["mobile"],
		"since": str(row.creation)[:10],
		"medusa_id": customer["id"],
	}
	return sent, conflicts.claims_of_sign_up(customer), []


def resolve(row: MedusaSyncLog, action: str, record: str) -> None:
	"""Do what a person has chosen, and retry the rows that waited for it.

	`record` names what was chosen, or is "". Raises ConflictError if the row waits for no such
	decision or does not offer this choice, frappe.PermissionError if the user may not make it, and what the
	choice raises.
	"""
	check_waits(row)
	_sent, claims, choices = sides_of(row)
	offered = {(choice.action, ""): choice for choice in choices}
	for claim in claims:
		offered |= {(choice.action, claim.record["name"]): choice for choice in claim.choices}
	if (action, record) not in offered:
		throw_no_longer_possible()
	conflicts.check_needs(offered[action, record].needs)
	transaction.run(lambda: decide(row, action, record))
	retries.retry_waiting(row.medusa_id or "")


def throw_no_longer_possible() -> NoReturn:
	"""Raise ConflictError, because the user sees what is no longer so."""
	frappe.throw(_("This choice is no longer possible. Please reload the page."), ConflictError)


def decide(row: MedusaSyncLog, action: str, record: str) -> None:
	"""Do what a person has chosen.

	Raises ConflictError if another person has chosen at the same moment, so that the row no longer waits.
	"""
	state = frappe.db.get_value(DOCTYPE, row.name, ["status", "waits_for"], for_update=True)
	if state != ("Failed", PERSON):
		throw_no_longer_possible()
	if action == conflicts.KEEP:
		conflicts.keep(row.reference_doctype or "", record, row.medusa_id or "")
		row.mark_success(row.reference_doctype, record)
	elif action == conflicts.ADOPT:
		conflicts.adopt(record, customer_of(row))
	elif action == conflicts.CLEAR_EMAIL:
		conflicts.clear_email(record)
	elif action == conflicts.CLEAR_CONTACT:
		conflicts.clear_contact(record, customer_of(row)["email"])
	else:
		conflicts.decide_on_lead(action, lead_of(row).name, record)


def check_waits(row: MedusaSyncLog) -> None:
	"""Raise ConflictError unless the row waits for a person to decide who a customer is."""
	if row.status != "Failed" or row.error_type not in retries.CONFLICTS:
		frappe.throw(_("This row waits for no decision."), ConflictError)


def customer_of(row: MedusaSyncLog) -> MedusaCustomer:
	"""Return the customer's data of a sign-up, or of a customer that was taken over from Medusa.

	A later call that the customer made before they had a Lead names only their id: then the data are those of
	the row of their sign-up. Raises ConflictError if there is none any more.
	"""
	if row.method == UPDATE_CUSTOMER:
		sent = Arguments(retries.read_request(row).get("data") or {})
		customer = shop_customers.read_customer(sent, []).as_sign_up()
		sent.check()
		return customer
	sent = Arguments(retries.find_data(row_of_sign_up(row)))
	customer = leads.read_customer(sent, names_required=False)
	sent.check()
	customer["id"] = row.medusa_id or ""
	return customer


def row_of_sign_up(row: MedusaSyncLog) -> MedusaSyncLog:
	"""Return the row whose request has the data of the customer of a row.

	Raises ConflictError if there is none any more.
	"""
	if row.method in ACCEPTED_METHODS:
		return row
	filters = {"method": ("in", ACCEPTED_METHODS)}
	options = {"filters": filters, "order_by": "creation desc"}
	found = exact.find_all(DOCTYPE, "medusa_id", row.medusa_id or "", ("*",), **options)
	if not found:
		frappe.throw(_("The personal data of this row were deleted."), ConflictError)
	return as_document(found[0])


def lead_of(row: MedusaSyncLog) -> Document:
	"""Return the Lead that was to be converted. Raises ConflictError if it is a Customer's by now."""
	doctype, name = accounts.find_party(row.medusa_id or "") or ("", "")
	if doctype != "Lead":
		frappe.throw(_("The Lead of this row belongs to a Customer by now. Press Retry."), ConflictError)
	return linking.get_readable("Lead", name)
