"""The addresses of a customer: what may be sent, and which Address is updated or created."""

from typing import Any, NamedTuple

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.query_builder import Order

from medusa_integration import exact
from medusa_integration.arguments import DATA_LENGTH, LINE_LENGTH, REQUIRED, UNKNOWN, Arguments, quoted
from medusa_integration.exceptions import AddressNotFoundError
from medusa_integration.selling import own_fields, saving

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
# the keys that are read in an address
ADDRESS_FIELDS = (*MEDUSA_FIELDS.keys(), *MEDUSA_FIELDS.values(), "is_default")
REQUIRED_FIELDS = ("address_line1", "city", "country")
ADDRESS_ID = "medusa_address_id"  # the field that holds Medusa's id (`cuaddr_...`)
BILLING, SHIPPING = "Billing", "Shipping"  # types of an Address
# type -> the field that marks the primary Address of this type
PRIMARY_MARKS = {BILLING: "is_primary_address", SHIPPING: "is_shipping_address"}
LINES = ("address_line1", "address_line2")
# characters; "TITLE-Billing-" becomes a naming series, and the name of a series has at most 100
TITLE_LENGTH = 85


class SentAddress(NamedTuple):
	"""An address as it was sent: its `fields` with ERPNext's names, and whether it is the default one."""

	fields: dict[str, str]
	is_default: bool


def read_address(sent: Arguments | None) -> SentAddress | None:
	"""Return a whole address, sent with Medusa's names of the fields or with ERPNext's; None if none was."""
	if sent is None:
		return None
	address = {}
	for field, medusa_field in MEDUSA_FIELDS.items():
		name = medusa_field if medusa_field in sent.sent or field not in sent.sent else field
		address[field] = read_field(sent, field, name, required=field in REQUIRED_FIELDS)
	return SentAddress(address, sent.boolean("is_default"))


def read_changes(sent: Arguments) -> dict[str, Any]:
	"""Return the address fields that a caller of `update_address` sent. At least one is required."""
	fields = [field for field in MEDUSA_FIELDS if field != "phone" and sent.sent.get(field) is not None]
	if not fields:
		sent.add_problem(
			"address_line1, address_line2, city, state, country, pincode",
			REQUIRED,
			_("at least one is required"),
		)
	return {field: read_field(sent, field, field, required=field in REQUIRED_FIELDS) for field in fields}


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
		sent.add_problem(
			name, UNKNOWN, _("is neither the name nor the code of a country: {0}").format(quoted(value))
		)
	return country or ""


def find_country(word: str) -> str | None:
	"""Return the name of a Country, found by its ISO 3166 alpha-2 code or by its name, or None.

	Letter case does not matter.
	"""
	by_code = exact.find_name("Country", "code", word) if len(word) == 2 else None
	return by_code or exact.find_name("Country", "country_name", word)


def save_address(sent: SentAddress, kind: str, doctype: str, party: str, title: str) -> str:
	"""Save an address of a Lead or Customer; return the Address's name.

	`kind` is BILLING or SHIPPING. The default one updates the party's primary address of this kind in place;
	if there is none, a new one is created and marked as primary. For any other a new Address is created. A
	new Address gets `title` as its title.
	"""
	# two calls at the same moment do not create two primary addresses: `parties.get_party` locks the party
	rows = addresses_of(doctype, party, for_update=True) if sent.is_default else []
	primary = find_primary(rows, kind)
	fields = sent.fields
	if primary:
		doc = get_own_address(primary.name, doctype, party)
		fields = {**fields, "phone": fields["phone"] or doc.phone}
	else:
		doc = new_address(kind, (doctype, party), title)
		doc.set(PRIMARY_MARKS[kind], int(sent.is_default))
	doc.update(fields)
	return save(doc)


def new_address(kind: str, party: tuple[str, str], title: str) -> Document:
	"""Return a new, empty Address of a party (DocType and name), with `title` as its title."""
	doc = frappe.new_doc("Address")
	# in a naming series, # would be replaced by a digit
	doc.address_title = title.replace("#", "")[:TITLE_LENGTH].strip() or party[1]
	doc.address_type = kind
	doc.append("links", {"link_doctype": party[0], "link_name": party[1]})
	return doc


def update_address(doctype: str, party: str, changes: dict[str, Any]) -> None:
	"""Update the billing address of a Lead or Customer.

	This is the primary billing address, else the newest billing address, else the newest address. Raises
	AddressNotFoundError if the party has no address.
	"""
	addresses = addresses_of(doctype, party, for_update=True)
	if not addresses:
		frappe.throw(_("{0} has no address.").format(quoted(party)), AddressNotFoundError)
	billing = [address for address in addresses if address.address_type == BILLING]
	chosen = find_primary(addresses, BILLING) or (billing or addresses)[0]
	doc = get_own_address(chosen.name, doctype, party)
	doc.update(changes)
	save(doc)


def save(doc: Document) -> str:
	"""Save an Address without checks of permissions; return its name."""
	with saving.saving_from_medusa(), own_fields.writable(doc):
		return doc.save(ignore_permissions=True).name


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
	doc.set(ADDRESS_ID, None)  # it is unique, and goes with the party
	save(doc)
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
		.select(address.name, address.address_type, *(address[mark] for mark in PRIMARY_MARKS.values()))
		.where((link.link_doctype == doctype) & (link.link_name == party) & (address.disabled == 0))
		.orderby(address.creation, order=Order.desc)
	)
	return (query.for_update() if for_update else query).run(as_dict=True)


def find_primary(addresses: list, kind: str) -> Any:
	"""Return the primary address of a kind among `addresses`, or None."""
	mark = PRIMARY_MARKS[kind]
	return next((a for a in addresses if a[mark] and a.address_type == kind), None)
