"""The customers with an account in a Medusa server, read through its admin API.

They are read by their ids, which only grow: a page begins after the last id of the page before, so nobody is
missed or read twice, even if customers are created and changed meanwhile.
"""

from email.utils import parsedate_to_datetime
from typing import Any

from medusa_integration.medusa.client import Answer, get_as_admin, throw_unavailable
from medusa_integration.settings import get_settings

CUSTOMERS = "/admin/customers"
PAGE = 500  # customers; each call costs Medusa 0.2 s to check the key, a page of 500 as much again
NAMED = 100  # customers whose ids are in one address; servers accept 8,000 characters
WITH_ACCOUNT = {"has_account": "true"}
FIELDS = "id,email,first_name,last_name,phone,company_name,created_at,updated_at,*addresses"


def count_customers(since: str = "", until: str = "") -> tuple[int, str]:
	"""Return how many customers were changed in a period, and the server's time as ISO 8601 in UTC.

	`since` (included) and `until` (not included) are such times too; "" is no limit. Raises
	MedusaUnavailableError and MedusaTimeoutError.
	"""
	answer = ask({**WITH_ACCOUNT, "limit": 0, **period(since, until)})
	count = answer.body.get("count")
	if not isinstance(count, int) or not answer.date:
		throw_unavailable()
	return count, parsedate_to_datetime(answer.date).isoformat()


def list_customers(after: str = "", since: str = "", until: str = "") -> list[dict[str, Any]]:
	"""Return a page of customers, sorted by id: those after the id `after`, changed in a period.

	Raises as `count_customers` does.
	"""
	position = {"id[$gt]": after} if after else {}
	page = {**WITH_ACCOUNT, "limit": PAGE, "order": "id", "fields": FIELDS}
	return read_list(ask({**page, **position, **period(since, until)}))


def existing(ids: list[str]) -> set[str]:
	"""Return those of some ids that Medusa has. Raises as `count_customers` does."""
	found: set[str] = set()
	for begin in range(0, len(ids), NAMED):
		some = ids[begin : begin + NAMED]
		# also those who have no account any more
		answer = ask({"id[]": some, "limit": len(some), "fields": "id"})
		found.update(str(one.get("id")) for one in read_list(answer))
	return found


def read_list(answer: Answer) -> list[dict[str, Any]]:
	"""Return the customers in an answer. Raises MedusaUnavailableError if there are none to read."""
	customers = answer.body.get("customers")
	if not isinstance(customers, list) or not all(isinstance(one, dict) for one in customers):
		throw_unavailable()
	return customers


def ask(parameters: dict[str, Any]) -> Answer:
	"""Return Medusa's answer to a search for customers."""
	answer = get_as_admin(CUSTOMERS, parameters, secret_key())
	if answer.status != 200 or not answer.is_complete:
		throw_unavailable()
	return answer


def period(since: str, until: str) -> dict[str, str]:
	"""Return the parameters for the time of the last change."""
	limits = {"updated_at[$gte]": since, "updated_at[$lt]": until}
	return {name: value for name, value in limits.items() if value}


def secret_key() -> str:
	"""Return the secret key of the settings."""
	return get_settings().get_password("secret_key") or ""
