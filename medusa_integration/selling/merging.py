"""Renaming and merging Leads and Customers on the desk keeps the shop account."""

from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document

from medusa_integration import exact
from medusa_integration.arguments import quoted
from medusa_integration.selling import parties

# what a merged record hands over
KEPT = {"Customer": ("medusa_id", "lead_name"), "Lead": ("medusa_id", "t_c_acceptance", "status")}


def keep_account(doc: Document, method: str, old: str, new: str, merge: bool = False) -> None:
	"""Before a Lead or Customer is renamed or merged into another: wait for the shop's calls that are under
	way, and move the Medusa id and `lead_name` to the record that stays.

	ERPNext would delete them with the merged record, and the next approval would make that record again.
	Raises frappe.ValidationError where both have an account, or the id belongs to a third record.
	"""
	doctype = doc.doctype
	if not merge or not frappe.db.exists(doctype, new):
		parties.hold(doctype, old)
		return
	for name in sorted((old, new)):
		parties.hold(doctype, name)
	merged, kept = (frappe.db.get_value(doctype, name, KEPT[doctype], as_dict=True) for name in (old, new))
	if not merged.medusa_id and not kept.medusa_id:
		return
	check_one_account(doctype, old, new, merged, kept)
	if merged.medusa_id:
		hand_over(doctype, old, new, merged, kept)


def check_one_account(doctype: str, old: str, new: str, merged: Any, kept: Any) -> None:
	"""Raise frappe.ValidationError unless the two records have one account between them."""
	for field in ("medusa_id", "lead_name"):
		if merged.get(field) and kept.get(field) and merged[field] != kept[field]:
			message = _("{0} and {1} cannot be merged: each has a {2} of its own, {3} and {4}.")
			label = _(frappe.get_meta(doctype).get_label(field))
			values = (old, new, label, merged[field], kept[field])
			frappe.throw(message.format(*map(quoted, values)))
	owner = third_owner(doctype, {old, new}, merged, kept)
	if owner:
		message = _("{0} and {1} cannot be merged: the Medusa id {2} belongs to {3}.")
		frappe.throw(message.format(*map(quoted, (old, new, merged.medusa_id or kept.medusa_id, owner))))


def third_owner(doctype: str, names: set[str], merged: Any, kept: Any) -> str | None:
	"""Return the Customer, other than the two, that the id belongs to by its Lead or its own field, or
	None.
	"""
	medusa_id = merged.medusa_id or kept.medusa_id
	if doctype == "Lead":
		customer = exact.find("Customer", "medusa_id", medusa_id, ("lead_name",))
		return customer.name if customer and customer.lead_name and customer.lead_name not in names else None
	lead = exact.find_name("Lead", "medusa_id", medusa_id)
	customers = frappe.get_all("Customer", {"lead_name": lead}, pluck="name", limit=0) if lead else []
	return next((customer for customer in customers if customer not in names), None)


def hand_over(doctype: str, old: str, new: str, merged: Any, kept: Any) -> None:
	"""Move what the merged record has and the other lacks. The merged one loses it first: the id is
	unique, and ERPNext sets the Lead of a deleted Customer back.
	"""
	values = {
		field: value for field, value in merged.items() if value and field != "status" and not kept[field]
	}
	if merged.get("status") == "Converted":
		values["status"] = "Converted"
	frappe.db.set_value(
		doctype,
		old,
		{field: 0 if field == "t_c_acceptance" else None for field in values if field != "status"},
	)
	frappe.db.set_value(doctype, new, values)
