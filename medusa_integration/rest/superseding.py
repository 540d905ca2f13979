"""The earlier failed calls that a successful call replaces.

If they were repeated later, they would undo the successful call. So their rows in the sync log are closed.
The decorator of a method names one of these functions, which gets the arguments and the answer of the call.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from medusa_integration import exact
from medusa_integration.arguments import Arguments
from medusa_integration.selling import accounts


class Superseded(NamedTuple):
	"""The rows to close.

	`filters` select the rows. `remaining` gets the request of a row and returns the part that is still to be
	done, or {} if nothing is left.
	"""

	filters: dict[str, Any]
	remaining: Callable[[dict], dict] = lambda _request: {}


def of_update_customer(sent: dict[str, Any], _answer: Any) -> Superseded:
	"""Return the earlier calls for the same customer: Medusa's data are newer now."""
	return Superseded({"medusa_id": Arguments(sent).required_mapping("data").sent["id"].strip()})


def of_create_quotation(sent: dict[str, Any], _answer: Any) -> Superseded:
	"""Return the earlier calls for the same Quotation of the same customer."""
	return Superseded(
		{"quotation_id": sent["quotation_id"].strip(), "medusa_id": sent["customer_id"].strip()}
	)


def of_update_quotation(sent: dict[str, Any], answer: dict[str, Any]) -> Superseded:
	"""Return the earlier decisions on the Quotation, under any of its names.

	An earlier approval that wants an order stays open if this approval has created none.
	"""
	name = answer["quotation_id"]
	quotation = exact.find("Quotation", "name", name, ("medusa_quotation_id",))
	names = {sent["quotation_id"].strip(), name, quotation.medusa_quotation_id} - {None, ""}
	is_without_order = sent.get("approval") == "Approved" and not answer["sales_order_id"]

	def remaining(earlier: dict[str, Any]) -> dict[str, Any]:
		return earlier if is_without_order and Arguments(earlier).boolean("create_so") else {}

	return Superseded({"quotation_id": ("in", sorted(names))}, remaining)


def of_update_address(sent: dict[str, Any], _answer: Any) -> Superseded:
	"""Return earlier changes of the customer's address.

	Fields that this call does not change remain to be done.
	"""
	customer = sent["customer_id"].strip()
	doctype, name = accounts.find_party(customer) or ("Customer", customer)
	names = {customer, name, accounts.medusa_id_of(doctype, name)} - {""}
	changed = {field for field, value in sent.items() if value is not None}

	def remaining(earlier: dict[str, Any]) -> dict[str, Any]:
		rest = {
			field: value for field, value in earlier.items() if value is not None and field not in changed
		}
		return {**rest, "customer_id": earlier["customer_id"]} if rest else {}

	return Superseded({"medusa_id": ("in", sorted(names))}, remaining)
