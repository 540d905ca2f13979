"""The addresses of a customer's account in the shop, as Addresses of the Lead or Customer."""

from typing import Any, NamedTuple

import frappe

from medusa_integration import exact
from medusa_integration.arguments import Arguments
from medusa_integration.selling import addresses
from medusa_integration.selling.addresses import ADDRESS_ID

# the keys that are read in an address
ADDRESS_KEYS = ("id", *addresses.MEDUSA_FIELDS.values(), "is_default_billing", "is_default_shipping")
KINDS = {addresses.BILLING: "is_default_billing", addresses.SHIPPING: "is_default_shipping"}


class ShopAddress(NamedTuple):
	"""An address of an account: Medusa's id (`cuaddr_...`), ERPNext's fields, and what it is the default for.

	`kinds` are addresses.BILLING and addresses.SHIPPING.
	"""

	id: str
	fields: dict[str, str]
	kinds: tuple[str, ...]


def read_address(sent: Arguments) -> ShopAddress | None:
	"""Return an address; None if ERPNext cannot hold it.

	Medusa checks nothing in an address: a city may be missing, and a country may be any word. It is not the
	caller's fault, so it is no error.
	"""
	own = Arguments(sent.sent)
	medusa_id = own.identifier("id", required=True)
	read = addresses.read_address(own)
	kinds = tuple(kind for kind, name in KINDS.items() if own.boolean(name))
	return None if own.problems or not read else ShopAddress(medusa_id, read.fields, kinds)


def save(
	shop_addresses: list[ShopAddress], seen: dict[str, dict[str, str]], party: tuple[str, str], title: str
) -> bool:
	"""Save the default addresses of an account, and changes of those saved before; return whether any was.

	`seen` are the fields that Medusa said last, by the id. What a clerk has changed since stays. The caller
	has locked the party.
	"""
	results = [save_one(address, seen.get(address.id, {}), party, title) for address in shop_addresses]
	return any(results)


def save_one(address: ShopAddress, seen: dict[str, str], party: tuple[str, str], title: str) -> bool:
	"""Save one address, unless it is neither a default one nor known; return whether anything was saved."""
	known = exact.find_name("Address", ADDRESS_ID, address.id)
	if known:
		return update(addresses.get_own_address(known, *party), address, seen)
	if not address.kinds:
		return False
	same = find_same(address, *party)
	save_document(same or new_document(address, party, title), address.id)
	return True


def update(document: Any, address: ShopAddress, seen: dict[str, str]) -> bool:
	"""Set the fields that the customer changed and no clerk did; return whether there were any."""
	changes = {
		field: value
		for field, value in address.fields.items()
		if seen.get(field, value) != value and (document.get(field) or "") == seen[field]
	}
	if changes:
		document.update(changes)
		save_document(document, address.id)
	return bool(changes)


def find_same(address: ShopAddress, doctype: str, party: str) -> Any:
	"""Return the party's Address with the same content that no other address of Medusa has, or None.

	A quotation may have brought the address before.
	"""
	for row in addresses.addresses_of(doctype, party, for_update=True):
		document = frappe.get_doc("Address", row.name)
		is_same = all((document.get(field) or "") == value for field, value in address.fields.items())
		if is_same and not document.get(ADDRESS_ID):
			return addresses.get_own_address(row.name, doctype, party)
	return None


def new_document(address: ShopAddress, party: tuple[str, str], title: str) -> Any:
	"""Return a new Address; it is the primary one of its kinds if the party has none yet."""
	rows = addresses.addresses_of(*party, for_update=True)
	document = addresses.new_address(address.kinds[0], party, title)
	for kind in address.kinds:
		mark = addresses.PRIMARY_MARKS[kind]
		document.set(mark, int(not any(row[mark] for row in rows)))
	return document.update(address.fields)


def save_document(document: Any, medusa_id: str) -> None:
	"""Save an Address with the id of its address in Medusa."""
	document.set(ADDRESS_ID, medusa_id)
	addresses.save(document)
