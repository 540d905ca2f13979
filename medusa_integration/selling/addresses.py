"""The billing address of a customer: what may be sent, which Address is meant, when a new one is made."""

from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.query_builder import Order

from medusa_integration import exact
from medusa_integration.arguments import DATA_LENGTH, LINE_LENGTH, Arguments, quoted
from medusa_integration.exceptions import AddressNotFoundError
from medusa_integration.selling import saving

# ERPNext's field -> Medusa's field
MEDUSA_FIELDS = {
	"address_line1": "address_1",
	"address_line2": "address_2",
	"city": "city",
	"state": "province",
	"pincode": "postal_code",
	"country": "country_code",
	"phone": "phone",
}
# the keys that are read of a billing address
BILLING_FIELDS = (*MEDUSA_FIELDS.keys(), *MEDUSA_FIELDS.values(), "is_default")
REQUIRED = ("address_line1", "city", "country")
LINES = ("address_line1", "address_line2")
TITLE_LENGTH = 85  # characters; "TITLE-Billing-" becomes a naming series, whose name holds 100


def read_billing_address(sent: Arguments) -> dict[str, Any]:
	"""A whole billing address, in ERPNext's field names, from Medusa's or ERPNext's."""
	address = {}
	for field, medusa_field in MEDUSA_FIELDS.items():
		name = medusa_field if medusa_field in sent.sent or field not in sent.sent else field
		address[field] = read_field(sent, field, name, required=field in REQUIRED)
	return address


def read_changes(sent: Arguments) -> dict[str, Any]:
	"""The address fields that a caller of `update_address` sent, and no others. At least one is required."""
	fields = [field for field in MEDUSA_FIELDS if field != "phone" and sent.sent.get(field) is not None]
	if not fields:
		sent.refuse(
			"address_line1, address_line2, city, state, country, pincode", _("at least one is required")
		)
	return {field: read_field(sent, field, field, required=field in REQUIRED) for field in fields}


def read_field(sent: Arguments, field: str, name: str, *, required: bool) -> str:
	"""One address field, under the name it was sent by; a country as its name in ERPNext."""
	if field == "phone":
		return sent.phone(name)
	if field == "city":
		return sent.title(name, required=required)
	value = sent.words(name, required=required, length=LINE_LENGTH if field in LINES else DATA_LENGTH)
	if field != "country" or not value:
		return value
	country = find_country(value)
	if not country:
		sent.refuse(name, _("{0} is not a country, nor the code of one").format(quoted(value)))
	return country or ""


def find_country(word: str) -> str | None:
	"""The name of the Country with this ISO 3166 alpha-2 code, or of this name, in any letter case."""
	by_code = exact.find_name("Country", "code", word) if len(word) == 2 else None
	return by_code or exact.find_name("Country", "country_name", word)


def save_billing_address(
	address: dict[str, Any], doctype: str, party: str, title: str, is_default: bool
) -> str:
	"""Write a billing address of a Lead or Customer; return the Address's name.

	With `is_default` the party's primary billing address is updated in place, or a new one is made and marked
	primary; without it a new Address is always made. `title` names a new one.
	"""
	# one primary address, also of two calls at the same moment: `parties.get_party` holds the party
	primary = find_primary(addresses_of(doctype, party, for_update=True)) if is_default else None
	if primary:
		doc = get_own_address(primary.name, doctype, party)
		address = {**address, "phone": address["phone"] or doc.phone}
	else:
		doc = frappe.new_doc("Address")
		# a # would be a digit of the naming series
		doc.address_title = title.replace("#", "")[:TITLE_LENGTH].strip() or party
		doc.address_type = "Billing"
		doc.is_primary_address = int(is_default)
		doc.append("links", {"link_doctype": doctype, "link_name": party})
	doc.update(address)
	with saving.saving_from_medusa():
		return doc.save(ignore_permissions=True).name


def update_address(doctype: str, party: str, changes: dict[str, Any]) -> None:
	"""Change the billing address of a Lead or Customer: the primary one, else the newest billing one, else
	the newest.

	Raises AddressNotFoundError where there is none.
	"""
	addresses = addresses_of(doctype, party, for_update=True)
	if not addresses:
		frappe.throw(_("{0} has no address.").format(quoted(party)), AddressNotFoundError)
	billing = [address for address in addresses if address.address_type == "Billing"]
	chosen = find_primary(addresses) or (billing or addresses)[0]
	doc = get_own_address(chosen.name, doctype, party)
	doc.update(changes)
	with saving.saving_from_medusa():
		doc.save(ignore_permissions=True)


def get_own_address(name: str, doctype: str, party: str) -> Document:
	"""An Address to be changed for a party. Where others have it too, the party leaves it to them and gets a
	copy.

	The Lead that a Customer came of is the same person. Raises frappe.TimestampMismatchError where a call at
	the same moment made the Address: the locking read sees it, the rest of the transaction does not.
	"""
	if not frappe.db.exists("Address", name):
		raise frappe.TimestampMismatchError(f"Address {name} was created by another transaction")
	doc = frappe.get_doc("Address", name)
	lead = frappe.db.get_value("Customer", party, "lead_name") if doctype == "Customer" else None
	own = {(doctype, party), ("Lead", lead)}
	if doctype == "Lead":
		own |= {("Customer", name) for name in frappe.get_all("Customer", {"lead_name": party}, pluck="name")}
	links = [(link.link_doctype, link.link_name) for link in doc.links]
	if set(links) <= own:
		return doc
	copy = frappe.copy_doc(doc)
	copy.set(
		"links", [{"link_doctype": kind, "link_name": link} for kind, link in links if (kind, link) in own]
	)
	doc.set("links", [link for link in doc.links if (link.link_doctype, link.link_name) not in own])
	with saving.saving_from_medusa():
		doc.save(ignore_permissions=True)
	return copy


def addresses_of(doctype: str, party: str, for_update: bool = False) -> list:
	"""The enabled Addresses of a party, the newest first; `for_update` locks them, past the snapshot."""
	address, link = frappe.qb.DocType("Address"), frappe.qb.DocType("Dynamic Link")
	query = (
		frappe.qb.from_(address)
		.join(link)
		.on((link.parent == address.name) & (link.parenttype == "Address"))
		.select(address.name, address.address_type, address.is_primary_address)
		.where((link.link_doctype == doctype) & (link.link_name == party) & (address.disabled == 0))
		.orderby(address.creation, order=Order.desc)
	)
	return (query.for_update() if for_update else query).run(as_dict=True)


def find_primary(addresses: list) -> Any:
	"""The primary billing address among them, or None."""
	return next((a for a in addresses if a.is_primary_address and a.address_type == "Billing"), None)
