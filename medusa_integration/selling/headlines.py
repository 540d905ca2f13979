"""The headline of a Quotation and of a Sales Order of the shop, for the clerk who opens the form."""

from typing import Any

import frappe

from medusa_integration import exact
from medusa_integration.medusa_integration.doctype.medusa_sync_log.medusa_sync_log import DOCTYPE
from medusa_integration.selling import overview, reading, shown
from medusa_integration.selling.linking import get_readable
from medusa_integration.settings import get_settings

EVENTS_READ = 20  # of one record, the newest first
# who has to act: a clerk has to do something, or the customer has to decide
CLERK, CUSTOMER, NOBODY = "clerk", "customer", ""
WAITS_FOR = {
	overview.TO_PRICE: CLERK,
	overview.TO_OFFER: CLERK,
	shown.OFFERED: CUSTOMER,
	shown.ACCEPTED: CLERK,
}


def of_quotation(name: str) -> dict[str, Any]:
	"""Return what a clerk should know about a Quotation from the shop; {} if it does not come from there.

	`state` is as in `overview.states_of_drafts`, `total` what the customer sees if it is offered, `waits_for`
	one of the constants above. `shown_instead` names the amendment that the shop shows, or is "". `told` is
	as in `last_told`. Raises frappe.DoesNotExistError and frappe.PermissionError.
	"""
	quotation = get_readable("Quotation", name)
	quotation_id, customer_id = quotation.medusa_quotation_id, quotation.medusa_customer_id
	if not quotation.from_ecommerce or not quotation_id:
		return {}
	newest = reading.newest_quotation(quotation_id, customer_id or "") or name
	state = shown.status_of_quotation(name)
	if state == shown.REQUESTED:
		state = overview.TO_PRICE if overview.unpriced_among([name]) else overview.TO_OFFER
	return {
		"state": state,
		"waits_for": WAITS_FOR.get(state, NOBODY),
		"person": person_of(customer_id or ""),
		"total": quotation.grand_total,
		"currency": quotation.currency,
		"shown_instead": "" if newest == name else newest,
		"told": last_told("tell_quotations", {"quotation_id": quotation_id, "medusa_id": customer_id}),
	}


def of_order(name: str) -> dict[str, Any]:
	"""Return what a clerk should know about a Sales Order from the shop; {} if it does not come from there.

	`state` is the status that the shop sees, `told` as in `last_told`. Raises frappe.DoesNotExistError and
	frappe.PermissionError.
	"""
	order = get_readable("Sales Order", name)
	if not order.from_ecommerce:
		return {}
	told = last_told("tell_orders", {"reference_name": name, "reference_doctype": "Sales Order"})
	return {"state": shown.status_of_order(order), "order_id": order.medusa_order_id or "", "told": told}


def person_of(medusa_id: str) -> str:
	"""Return the name of the person who has a shop account: the Contact's, else the Lead's; "" if unknown."""
	contact = (
		exact.find("Contact", "medusa_id", medusa_id, ("first_name", "last_name")) if medusa_id else None
	)
	if contact:
		return " ".join(filter(None, (contact.first_name, contact.last_name)))
	lead = exact.find("Lead", "medusa_id", medusa_id, ("lead_name",)) if medusa_id else None
	return lead.lead_name or "" if lead else ""


def last_told(switch: str, filters: dict[str, Any]) -> dict[str, Any]:
	"""Return when the shop was last told of a record, and whether a later change is still to be told.

	`on` is the moment or None. `open` is the status of the row of the later change, or "". `is_off` says that
	the settings let no changes of such records be told; `switch` is the setting for them.
	"""
	options = {"order_by": "creation desc", "limit": EVENTS_READ}
	rows = frappe.get_all(DOCTYPE, {**filters, "direction": "Out"}, ["status", "modified"], **options)
	settings = get_settings()
	return {
		"on": next((row.modified for row in rows if row.status == "Success"), None),
		"open": rows[0].status if rows and rows[0].status != "Success" else "",
		"is_off": not (settings.enabled and settings.event_url and settings.get(switch)),
	}
