"""What Medusa answers to single calls: status, type, keys and message, the same of each of the shops.

The app depends on these. The stand-in is corrected if a new version of Medusa answers otherwise.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
import requests
from shops import PASSWORD, Shop

from medusa_integration.tests.base import unique
from medusa_integration.tests.fake_medusa import (
	ADMIN_CUSTOMERS,
	ADMIN_KEYS,
	CUSTOMERS,
	HEALTH,
	LOGIN,
	REGIONS,
	REGISTER,
)

UNAUTHORIZED = (401, None, {"message"}, "Unauthorized")
NO_KEY = (400, "not_allowed", {"type", "message"}, "Publishable API key required in the request header")
WRONG_KEY = (400, "not_allowed", {"type", "message"}, "A valid publishable key is required to proceed")
UNKNOWN = (500, "unknown_error", {"code", "type", "message"}, "An unknown error occurred.")
TOKEN = (200, None, {"token"}, "")
CUSTOMER = (200, None, {"customer"}, "")
PAGE = (200, None, {"customers", "count", "offset", "limit"}, "")


def invalid(message: str) -> tuple[int, str, set[str], str]:
	"""Return the answer to data that Medusa does not accept."""
	return 400, "invalid_data", {"type", "message"}, message


def refused(message: str) -> tuple[int, str, set[str], str]:
	"""Return the answer to credentials that Medusa does not accept."""
	return 401, "unauthorized", {"type", "message"}, message


def not_found(message: str) -> tuple[int, str, set[str], str]:
	"""Return the answer to a request for what does not exist."""
	return 404, "not_found", {"type", "message"}, message


class Case(NamedTuple):
	"""A call, and its answer: status, type, keys of the body, and how the message begins."""

	title: str
	call: Callable[[Shop, str], requests.Response]  # with an e-mail that nobody has
	answer: tuple[int, str | None, set[str], str]


def again(shop: Shop, email: str, password: str = PASSWORD) -> requests.Response:
	"""Register somebody who has an account."""
	shop.sign_up(email)
	return shop.register(email, password)


def in_other_letter_case(shop: Shop, email: str) -> requests.Response:
	"""Register somebody who has an account with the same e-mail but for its letter case."""
	shop.sign_up(email)
	return shop.register(email.upper())


def half_way(shop: Shop, email: str, password: str = PASSWORD) -> requests.Response:
	"""Register somebody who has an identity but no account."""
	shop.register(email)
	return shop.register(email, password)


def logging_in(shop: Shop, email: str, password: str = PASSWORD) -> requests.Response:
	shop.sign_up(email)
	return shop.log_in(email, password)


def creating(shop: Shop, email: str, body: dict[str, Any], **options: Any) -> requests.Response:
	"""Create the customer of a new identity."""
	token = shop.register(email).json()["token"]
	return shop.call("POST", CUSTOMERS, body, **{"token": token, **options})


def creating_twice(shop: Shop, email: str) -> requests.Response:
	"""Create a customer with the token of the first time."""
	token = shop.register(email).json()["token"]
	shop.call("POST", CUSTOMERS, {"email": email}, token=token)
	return shop.call("POST", CUSTOMERS, {"email": email}, token=token)


def creating_with_new_token(shop: Shop, email: str) -> requests.Response:
	"""Create a customer with a token that names the customer."""
	shop.sign_up(email)
	return shop.call("POST", CUSTOMERS, {"email": email}, token=shop.log_in(email).json()["token"])


def creating_for_account(shop: Shop, email: str) -> requests.Response:
	"""Create a customer with the e-mail of another account."""
	shop.sign_up(email)
	return creating(shop, f"other-{email}", {"email": email})


def creating_as_admin(shop: Shop, email: str) -> requests.Response:
	"""Create a customer with the identity of an admin."""
	token = shop.call("POST", LOGIN, shop.admin).json()["token"]
	return shop.call("POST", CUSTOMERS, {"email": email}, token=token)


def changed_email(shop: Shop, email: str, log_in_with_new: bool) -> requests.Response:
	"""Log in after an admin has changed the e-mail."""
	new = f"new-{email}"
	shop.call("POST", f"{ADMIN_CUSTOMERS}/{shop.sign_up(email)['id']}", {"email": new})
	return shop.log_in(new if log_in_with_new else email)


def changing_to_taken_email(shop: Shop, email: str) -> requests.Response:
	shop.sign_up(f"other-{email}")
	customer = shop.sign_up(email)["id"]
	return shop.call("POST", f"{ADMIN_CUSTOMERS}/{customer}", {"email": f"other-{email}"})


def deleted(shop: Shop, email: str) -> str:
	"""Return the id of a customer that was deleted."""
	customer = shop.sign_up(email)["id"]
	shop.call("DELETE", f"{ADMIN_CUSTOMERS}/{customer}")
	return customer


def after_deleting(verb: str) -> Callable[[Shop, str], requests.Response]:
	return lambda shop, email: shop.call(verb, f"{ADMIN_CUSTOMERS}/{deleted(shop, email)}")


def register_after_deleting(shop: Shop, email: str) -> requests.Response:
	deleted(shop, email)
	return shop.register(email)


def log_in_after_deleting(shop: Shop, email: str) -> requests.Response:
	deleted(shop, email)
	return shop.log_in(email)


def posting(path: str, body: dict[str, Any]) -> Callable[[Shop, str], requests.Response]:
	return lambda shop, _email: shop.call("POST", path, body)


def getting(path: str, **options: Any) -> Callable[[Shop, str], requests.Response]:
	return lambda shop, _email: shop.call("GET", path, **options)


def listing(**parameters: Any) -> Callable[[Shop, str], requests.Response]:
	return getting(ADMIN_CUSTOMERS, params=parameters)


EXISTS, WRONG = refused("Identity with email already exists"), refused("Invalid email or password")
DELETED = (200, None, {"id", "object", "deleted"}, "")
DUPLICATE = (422, "duplicate_error", {"code", "type", "message"}, "")
CASES = [
	Case("register: new", lambda shop, email: shop.register(email), TOKEN),
	Case("register: account, same password", again, EXISTS),
	Case("register: account, other password", lambda shop, email: again(shop, email, "another"), EXISTS),
	Case("register: half-way, same password", half_way, TOKEN),
	Case("register: half-way, other password", lambda shop, email: half_way(shop, email, "another"), EXISTS),
	Case("register: admin, same password", lambda shop, _email: shop.register(**shop.admin), EXISTS),
	Case("register: admin, other password", lambda shop, _email: shop.register(shop.admin["email"]), EXISTS),
	Case("register: nothing", posting(REGISTER, {}), refused("Password should be a string")),
	Case("register: no e-mail", posting(REGISTER, {"password": "x"}), refused("Email should be a string")),
	Case("register: number as password", posting(REGISTER, {"password": 1}), refused("Password should be")),
	Case("register: malformed e-mail", lambda shop, email: shop.register(email.replace("@", " ")), TOKEN),
	Case("register: other letter case", in_other_letter_case, TOKEN),
	Case("register: after deleting", register_after_deleting, TOKEN),
	Case("register: by GET", getting(REGISTER), (404, None, set(), "")),
	Case("log in", logging_in, TOKEN),
	Case("log in: wrong password", lambda shop, email: logging_in(shop, email, "another"), WRONG),
	Case("log in: nobody", lambda shop, email: shop.log_in(email), WRONG),
	Case("log in: nothing", posting(LOGIN, {}), refused("Password should be a string")),
	Case("log in: admin", lambda shop, _email: shop.call("POST", LOGIN, shop.admin), TOKEN),
	Case("log in: after deleting", log_in_after_deleting, WRONG),
	Case("log in: changed e-mail, the old one", lambda shop, email: changed_email(shop, email, False), TOKEN),
	Case("log in: changed e-mail, the new one", lambda shop, email: changed_email(shop, email, True), WRONG),
	Case("create", lambda shop, email: creating(shop, email, {"email": email, "first_name": "A"}), CUSTOMER),
	Case(
		"create: other e-mail", lambda shop, email: creating(shop, email, {"email": f"o-{email}"}), CUSTOMER
	),
	Case("create: no key", lambda shop, email: creating(shop, email, {}, key=""), NO_KEY),
	Case("create: wrong key", lambda shop, email: creating(shop, email, {}, key="pk_wrong"), WRONG_KEY),
	Case(
		"create: wrong key, wrong token",
		lambda shop, _email: shop.call("POST", CUSTOMERS, {}, token="x", key="pk_x"),
		WRONG_KEY,
	),
	Case("create: no token", lambda shop, _email: shop.call("POST", CUSTOMERS, {}), UNAUTHORIZED),
	Case(
		"create: wrong token",
		lambda shop, _email: shop.call("POST", CUSTOMERS, {}, token="x.y.z"),
		UNAUTHORIZED,
	),
	Case(
		"create: no e-mail",
		lambda shop, email: creating(shop, email, {}),
		invalid("Email is required to create a customer"),
	),
	Case(
		"create: malformed e-mail",
		lambda shop, email: creating(shop, email, {"email": "x"}),
		invalid("Invalid request: "),
	),
	Case(
		"create: unknown field",
		lambda shop, email: creating(shop, email, {"email": email, "x": 1}),
		invalid("Invalid request: Unrecognized fields: 'x'"),
	),
	Case(
		"create: number as name",
		lambda shop, email: creating(shop, email, {"email": email, "first_name": 1}),
		invalid("Invalid request: Expected type: 'string' for field 'first_name'"),
	),
	Case(
		"create: NUL",
		lambda shop, email: creating(shop, email, {"email": email, "first_name": "a\0"}),
		UNKNOWN,
	),
	Case(
		"create: too large",
		lambda shop, email: creating(shop, email, {"email": email, "first_name": "x" * 110_000}),
		(413, "unknown_error", {"type", "message"}, "request entity too large"),
	),
	Case("create: account exists", creating_for_account, DUPLICATE),
	Case("create: twice", creating_twice, DUPLICATE),
	Case(
		"create: already authenticated",
		creating_with_new_token,
		invalid("Request already authenticated as a customer."),
	),
	Case("create: admin", creating_as_admin, CUSTOMER),
	Case("regions", getting(REGIONS), (200, None, {"regions", "count", "offset", "limit"}, "")),
	Case("regions: no key", getting(REGIONS, key=""), NO_KEY),
	Case("regions: wrong key", getting(REGIONS, key="pk_wrong"), WRONG_KEY),
	Case("health", getting(HEALTH), (200, None, set(), "")),
	Case("unknown path", getting("/nowhere"), (404, None, set(), "")),
	Case("unknown path of the store", getting("/store/nowhere"), (404, None, set(), "")),
	Case("unknown path of the store, no key", getting("/store/nowhere", key=""), NO_KEY),
	Case("unknown path of the admin", getting("/admin/nowhere"), (404, None, set(), "")),
	Case("unknown path of the admin, no key", getting("/admin/nowhere", secret=""), UNAUTHORIZED),
	Case("keys", getting(ADMIN_KEYS), (200, None, {"api_keys", "count", "offset", "limit"}, "")),
	Case("list: no key", getting(ADMIN_CUSTOMERS, secret=""), UNAUTHORIZED),
	Case("list: wrong key", getting(ADMIN_CUSTOMERS, secret="sk_wrong"), UNAUTHORIZED),
	Case("list", listing(), PAGE),
	Case(
		"list: unknown parameter",
		listing(nosuch=1),
		invalid("Invalid request: Unrecognized fields: 'nosuch'"),
	),
	Case(
		"list: limit that is no number",
		listing(limit="x"),
		invalid("Invalid request: Expected type: 'number' for field 'limit', got: 'x'"),
	),
	Case(
		"list: offset that is no number",
		listing(offset="x"),
		invalid("Invalid request: Expected type: 'number'"),
	),
	Case("list: negative limit", listing(limit=-1), UNKNOWN),
	Case("list: large limit", listing(limit=100_000, fields="id"), PAGE),
	Case("list: unknown order", listing(order="nosuch"), UNKNOWN),
	Case("list: two orders", listing(order="updated_at,id"), UNKNOWN),
	Case("list: time that is none", listing(**{"updated_at[$gte]": "no time"}), UNKNOWN),
	Case("list: unknown comparison", listing(**{"updated_at[$nosuch]": "2000-01-01"}), PAGE),
	Case("list: has_account that is neither", listing(has_account="yes"), invalid("Invalid request: ")),
	Case(
		"read",
		lambda shop, email: shop.call("GET", f"{ADMIN_CUSTOMERS}/{shop.sign_up(email)['id']}"),
		CUSTOMER,
	),
	Case(
		"read: unknown",
		getting(f"{ADMIN_CUSTOMERS}/cus_nosuch"),
		not_found("Customer with id: cus_nosuch not found"),
	),
	Case("read: deleted", after_deleting("GET"), not_found("Customer with id: ")),
	Case("delete: again", after_deleting("DELETE"), DELETED),
	Case("change to a taken e-mail", changing_to_taken_email, invalid("Customer with email: ")),
]


@pytest.mark.parametrize("case", CASES, ids=[case.title for case in CASES])
def test_answer(shop, case):
	response = case.call(shop, f"{unique()}@example.com")
	is_json = response.headers["Content-Type"].startswith("application/json")
	body = response.json() if is_json else {}
	status, kind, keys, message = case.answer
	assert (response.status_code, body.get("type"), set(body)) == (status, kind, keys), response.text
	assert str(body.get("message", "")).startswith(message)


def test_keys_of_a_customer(shop):
	"""Of the store API, and of the admin API's list and page."""
	email = f"{unique()}@example.com"
	created = shop.sign_up(email)
	listed = shop.list(email=email)["customers"][0]
	read = shop.call("GET", f"{ADMIN_CUSTOMERS}/{created['id']}").json()["customer"]
	common = {"id", "email", "first_name", "last_name", "phone", "company_name", "metadata", "has_account"}
	common |= {"created_at", "updated_at", "deleted_at"}
	assert set(created) == common | {"addresses"}
	assert set(listed) == set(read) == common | {"created_by"}
