"""What Medusa said last of each customer.

It tells the customer's own changes from a clerk's: a value in ERPNext that is what Medusa said last was not
changed by a clerk, so a new value from Medusa replaces it.
"""

import json
from typing import Any, NamedTuple

import frappe
from pypika import Order

from medusa_integration import transaction

DOCTYPE = "Medusa Account"


class Seen(NamedTuple):
	"""What Medusa said of a customer.

	`values`: the fields by their names in MedusaCustomer. `addresses`: ERPNext's fields of each address, by
	the address's Medusa id. `at`: the time of the change in Medusa as ISO 8601 in UTC, or "" if the values
	are those of a sign-up.
	"""

	values: dict[str, str]
	addresses: dict[str, dict[str, str]]
	at: str = ""
	is_deleted: bool = False


def load(medusa_id: str) -> Seen | None:
	"""Return what was seen of a customer, locked until the end of the transaction; None if nothing was.

	Raises frappe.TimestampMismatchError, as `transaction.lock` does: if another call has stored a change
	since this transaction began, the Lead as this transaction reads it is older than what was seen, and would
	look like the work of a clerk.
	"""
	fields = ["seen", "seen_at", "is_deleted", "modified"]
	row = frappe.db.get_value(DOCTYPE, medusa_id, fields, as_dict=True)
	if not row:
		return None
	transaction.lock(DOCTYPE, medusa_id, row.modified)
	seen = json.loads(row.seen or "{}")
	return Seen(seen.get("values", {}), seen.get("addresses", {}), row.seen_at or "", bool(row.is_deleted))


def store(medusa_id: str, seen: Seen, *, is_new: bool) -> None:
	"""Store what was seen of a customer. `is_new` says that `load` has found nothing.

	A second transaction at the same moment gets a collision, and runs again.
	"""
	values: dict[str, Any] = {
		"seen": json.dumps({"values": seen.values, "addresses": seen.addresses}),
		"seen_at": seen.at,
		"is_deleted": int(seen.is_deleted),
	}
	if is_new:
		row = frappe.new_doc(DOCTYPE).update({"medusa_id": medusa_id, **values})
		row.name = medusa_id
		row.db_insert()  # nobody else has written the values
	else:
		frappe.db.set_value(DOCTYPE, medusa_id, values)


def remember_sign_up(customer: Any) -> None:
	"""Store what a customer sent at sign-up, unless Medusa said something later."""
	if not frappe.db.exists(DOCTYPE, customer["id"]):
		values = {key: customer[key] for key in customer if key not in ("id", "t_c_acceptance")}
		store(customer["id"], Seen(values, {}), is_new=True)


def names_between(after: str, last: str) -> list[str]:
	"""Return the ids of the customers who are not known to be deleted, behind `after` and up to `last`.

	"" is no limit.
	"""
	account = frappe.qb.DocType(DOCTYPE)
	query = frappe.qb.from_(account).select(account.name)
	query = query.where((account.name > after) & (account.is_deleted == 0))
	if last:
		query = query.where(account.name <= last)
	return query.orderby(account.name).run(pluck=True)


def oldest_and_newest(number: int) -> list[str]:
	"""Return the ids of customers who are not known to be deleted: half of them the oldest, half the newest.

	They are fewer than `number` if there are fewer.
	"""
	account = frappe.qb.DocType(DOCTYPE)
	query = frappe.qb.from_(account).select(account.name).where(account.is_deleted == 0).limit(number // 2)
	found = (query.orderby(account.name, order=order).run(pluck=True) for order in (Order.asc, Order.desc))
	return sorted({name for names in found for name in names})
