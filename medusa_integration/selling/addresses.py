"""The billing address of a customer: what may be sent, and which Address is updated or created."""

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
# the keys that are read in a billing address
BILLING_FIELDS = (*MEDUSA_FIELDS.keys(), *MEDUSA_FIELDS.values(), "is_default")
REQUIRED = ("address_line1", "city", "country")
LINES = ("address_line1", "address_line2")
# characters; "TITLE-Billing-" becomes a naming series, and the name of a series has at most 100
TITLE_LENGTH = 85


def read_billing_address(sent: Arguments) -> dict[str, Any]:
	"""Return a whole billing address, with ERPNext's names of the fields.

	It may be sent with Medusa's names or with ERPNext's.
	"""
	address = {}
	for field, medusa_field in MEDUSA_FIELDS.items():
		name = medusa_field if medusa_field in sent.sent or field not in sent.sent else field
		address[field] = read_field(sent, field, name, required=field in REQUIRED)
	return address


def read_changes(sent: Arguments) -> dict[str, Any]:
	"""Return the address fields that a caller of `update_address` sent. At least one is required."""
	fields = [field for field in MEDUSA_FIELDS if field != "phone" and sent.sent.get(field) is not None]
	if not fields:
		sent.add_problem(
			"address_line1, address_line2, city, state, country, pincode", _("at least one is required")
		)
	return {field: read_field(sent, field, field, required=field in REQUIRED) for field in fields}


def read_field(sent: Arguments, field: str, name: str, *, required: bool) -> str:
	"""Return one address field, sent under `name`. A country is returned as its name in ERPNext."""
	if field == "phone":
		return sent.phone(name)
	if field == "city":
		return sent.title(name, required=required)
	value = sent.words(name, required=required, length=LINE_LENGTH if field in LINES else DATA_LENGTH)
	if field != "country" or not value:
		return value
	country = find_country(value)
	if not country:
		sent.add_problem(name, _("is neither the name nor the code of a country: {0}").format(quoted(value)))
	return country or ""


def find_country(word: str) -> str | None:
	"""Return the name of a Country, found by its ISO 3166 alpha-2 code or by its name, or None.

	Letter case does not matter.
	"""
	by_code = exact.find_name("Country", "code", word) if len(word) == 2 else None
	return by_code or exact.find_name("Country", "country_name", word)


def save_billing_address(
	address: dict[str, Any], doctype: str, party: str, title: str, is_default: bool
) -> str:
	"""Save a billing address of a Lead or Customer; return the Address's name.

	With `is_default` the party's primary billing address is updated in place; if there is none, a new one is
	created and marked as primary. Without `is_default` a new Address is always created. A new Address gets
	`title` as its title.
	"""
	# two calls at the same moment do not create two primary addresses: `parties.get_party` locks the party
	primary = find_primary(addresses_of(doctype, party, for_update=True)) if is_default else None
	if primary:
		doc = get_own_address(primary.name, doctype, party)
		address = {**address, "phone": address["phone"] or doc.phone}
	else:
		doc = frappe.new_doc("Address")
		# in a naming series, # would be replaced by a digit
		doc.address_title = title.replace("#", "")[:TITLE_LENGTH].strip() or party
		doc.address_type = "Billing"
		doc.is_primary_address = int(is_default)
		doc.append("links", {"link_doctype": doctype, "link_name": party})
	doc.update(address)
	with saving.saving_from_medusa():
		return doc.save(ignore_permissions=True).name


def update_address(doctype: str, party: str, changes: dict[str, Any]) -> None:
	"""Update the billing address of a Lead or Customer.

	This is the primary billing address, else the newest billing address, else the newest address. Raises
	AddressNotFoundError if the party has no address.
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
	"""Return an Address that only this party has, so that it can be changed.

	If the Address is linked to other parties too, the party's link is removed from it, and an unsaved copy
	for the party is returned. So the others keep their address unchanged.

	A Customer and the Lead that it was converted from are the same person. Raises
	frappe.TimestampMismatchError if another call created the Address at the same moment: then the locking
	read sees the Address, but the rest of the transaction does not.
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
	"""Return the enabled Addresses of a party, the newest first.

	`for_update` locks them, and reads what is committed now, not the transaction's snapshot.
	"""
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
	"""Return the primary billing address among `addresses`, or None."""
	return next((a for a in addresses if a.is_primary_address and a.address_type == "Billing"), None)
