"""Keep the shop account when a Lead, Customer or Contact is renamed or merged on the desk."""

from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document

from medusa_integration import exact
from medusa_integration.arguments import quoted
from medusa_integration.selling import parties

# the fields that a merged record must not lose
ACCOUNT_FIELDS = {
	"Customer": ("medusa_id", "lead_name"),
	"Lead": ("medusa_id", "t_c_acceptance", "status"),
	"Contact": ("medusa_id",),
}
NO_ACCOUNT = {
	"Customer": {"medusa_id": None, "lead_name": None},
	"Lead": {"medusa_id": None, "t_c_acceptance": 0},
	"Contact": {"medusa_id": None},
}


def keep_account(doc: Document, method: str, old: str, new: str, merge: bool = False) -> None:
	"""Keep the shop account of a Lead, Customer or Contact that is renamed, or merged into another.

	The hook runs before the rename. It waits for calls of the shop that are still running, and moves the
	Medusa id and `lead_name` to the record that is kept. ERPNext would delete them with the merged record,
	and the next approval would create that record again. Raises frappe.ValidationError if both have an
	account, or if the id belongs to a third record.
	"""
	doctype = doc.doctype
	if not merge or not frappe.db.exists(doctype, new):
		parties.lock_party(doctype, old)
		return
	for name in sorted((old, new)):
		parties.lock_party(doctype, name)
	fields = ACCOUNT_FIELDS[doctype]
	merged, kept = (frappe.db.get_value(doctype, name, fields, as_dict=True) for name in (old, new))
	if not merged.medusa_id and not kept.medusa_id:
		return
	check_one_account(doctype, old, new, merged, kept)
	if merged.medusa_id or kept.get("lead_name"):
		# first: the id is unique, and ERPNext resets the status of the Lead that a deleted Customer names
		frappe.db.set_value(doctype, old, NO_ACCOUNT[doctype])
	if merged.medusa_id:
		move_account(doctype, new, merged)


def check_one_account(doctype: str, old: str, new: str, merged: Any, kept: Any) -> None:
	"""Raise frappe.ValidationError if the two records have different accounts, or a third has the same."""
	for field in ("medusa_id", "lead_name"):
		if merged.get(field) and kept.get(field) and merged[field] != kept[field]:
			message = _("{0} and {1} cannot be merged: each has its own {2}, {3} and {4}.")
			label = _(frappe.get_meta(doctype).get_label(field))
			values = (old, new, label, merged[field], kept[field])
			frappe.throw(message.format(*map(quoted, values)))
	owner = third_owner(doctype, {old, new}, merged, kept)
	if owner:
		message = _("{0} and {1} cannot be merged: the Medusa id {2} belongs to {3}.")
		frappe.throw(message.format(*map(quoted, (old, new, merged.medusa_id or kept.medusa_id, owner))))


def third_owner(doctype: str, names: set[str], merged: Any, kept: Any) -> str | None:
	"""Return a third Customer that the Medusa id belongs to, or None.

	If Leads are merged: the Customer with the id, if it names a Lead that is not in `names`. If Customers are
	merged: a Customer that names the Lead with the id and is not in `names`.
	"""
	medusa_id = merged.medusa_id or kept.medusa_id
	if doctype == "Contact":
		return None  # the id of a Contact may be that of its Lead or Customer, too
	if doctype == "Lead":
		customer = exact.find("Customer", "medusa_id", medusa_id, ("lead_name",))
		return customer.name if customer and customer.lead_name and customer.lead_name not in names else None
	lead = exact.find_name("Lead", "medusa_id", medusa_id)
	customers = frappe.get_all("Customer", {"lead_name": lead}, pluck="name", limit=0) if lead else []
	return next((customer for customer in customers if customer not in names), None)


def move_account(doctype: str, new: str, merged: Any) -> None:
	"""Set the fields of the merged record's account in the record that is kept.

	Where both have a value, it is the same: `check_one_account` was called before.
	"""
	values = {field: value for field, value in merged.items() if value and field != "status"}
	if merged.get("status") == "Converted":
		values["status"] = "Converted"
	frappe.db.set_value(doctype, new, values)
