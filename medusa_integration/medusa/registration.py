"""Register a customer with Medusa, even if an earlier registration is incomplete or its outcome unknown.

Stock Medusa 2 needs two calls: the first creates the identity (e-mail and password), the second creates its
customer. Each of them may have been done already: by an earlier attempt of the same person, by another call
at the same moment, or by a call whose answer was lost. The solution is always the same: log in, and check
whether the token names a customer.
"""

import base64
import json
from typing import Any, NoReturn

import frappe
from frappe import _

from medusa_integration.arguments import DATA_LENGTH, ID_PATTERN
from medusa_integration.exceptions import EmailTakenError, MedusaRefusedError, MedusaUnavailableError
from medusa_integration.medusa.client import Answer, post, throw_unavailable
from medusa_integration.settings import get_settings
from medusa_integration.types import MedusaCustomer

OWN_ROUTE = "Own route"
LOGIN = "/auth/customer/emailpass"
# parts of the messages of a 401 about the credentials; any other 401 may mean that Medusa's database is down
# the whole message begins with "Identity with email", or, if another call created it at the same moment, with
# "Provider identity"
IDENTITY_EXISTS = "already exists"
WRONG_PASSWORD = "Invalid email or password"


def register(customer: MedusaCustomer, password: str) -> str:
	"""Register a customer with Medusa; return Medusa's id of the customer (`cus_...`).

	With stock Medusa, the id is returned again if the customer is registered already and the password is the
	same. `customer["id"]` is ignored. Raises EmailTakenError, MedusaRefusedError, MedusaUnavailableError and
	MedusaTimeoutError.
	"""
	if get_settings().sign_up_flow == OWN_ROUTE:
		return register_by_own_route(customer, password)
	credentials = {"email": customer["email"], "password": password}
	token = make_identity(credentials)
	return actor_of(token) or make_customer(customer, credentials, token)


def make_identity(credentials: dict[str, str]) -> str:
	"""Register e-mail and password, or log in if they are registered already; return the token."""
	answer = post(f"{LOGIN}/register", credentials)
	if answer.status == 200 and answer.body.get("token"):
		return answer.body["token"]
	if answer.status == 401 and IDENTITY_EXISTS in answer.message:
		return log_in(credentials)
	if answer.status in (200, 500):  # the answer is incomplete or an error: the identity may exist
		return log_in(credentials, unknown=True)
	throw_refusal(answer)


def log_in(credentials: dict[str, str], *, unknown: bool = False) -> str:
	"""Log in and return the token.

	Raises EmailTakenError if the password is not that of the account, MedusaUnavailableError if Medusa
	refuses for another reason. `unknown` means that it is not known whether the identity exists. Then a
	refusal says only that the registration failed, so MedusaUnavailableError is always raised.
	"""
	answer = post(LOGIN, credentials)
	if answer.status == 200 and answer.body.get("token"):
		return answer.body["token"]
	if not unknown and answer.status == 401 and answer.message.startswith(WRONG_PASSWORD):
		message = _("This e-mail address has an account in the shop, with another password.")
		frappe.throw(message, EmailTakenError)
	throw_unavailable()


def make_customer(customer: MedusaCustomer, credentials: dict[str, str], token: str) -> str:
	"""Create the customer of an identity; return its id, even if another call created it meanwhile."""
	body = {
		"email": customer["email"],
		"first_name": customer["first_name"],
		"last_name": customer["last_name"],
		"phone": customer["mobile"],
		"company_name": customer["organization_name"],
	}
	answer = post("/store/customers", {key: value for key, value in body.items() if value}, token)
	if answer.status == 200 and answer.is_complete:
		created = answer.body.get("customer")
		return read_id(created.get("id") if isinstance(created, dict) else None)
	if answer.status == 401 or answer.body.get("type") == "not_allowed":
		throw_unavailable()  # the publishable key is wrong
	customer_id = actor_of(log_in(credentials, unknown=True))
	if customer_id:
		return customer_id
	if answer.status == 422:
		frappe.throw(_("This e-mail address has an account in the shop."), EmailTakenError)
	throw_refusal(answer)


def register_by_own_route(customer: MedusaCustomer, password: str) -> str:
	"""Register through a route of the shop's own backend; return its `customer_id`.

	The route receives all fields of the customer, and the password if there is one.
	"""
	body: dict[str, Any] = {key: value for key, value in customer.items() if key != "id"}
	if password:
		body["password"] = password
	answer = post("/" + (get_settings().sign_up_path or "/store/signup").lstrip("/"), body)
	if answer.status in (200, 201) and answer.is_complete:
		return read_id(answer.body.get("customer_id"))
	if answer.status in (409, 422):
		frappe.throw(_("This e-mail address has an account in the shop."), EmailTakenError)
	throw_refusal(answer)


def throw_refusal(answer: Answer) -> NoReturn:
	"""Raise MedusaRefusedError if Medusa did not accept the data, else MedusaUnavailableError."""
	if answer.status in (400, 413):
		frappe.throw(_("Medusa did not accept the customer's data."), MedusaRefusedError)
	throw_unavailable()


def actor_of(token: str) -> str:
	"""Return the customer id in a token of Medusa (a JWT), or "" if its identity has no customer yet.

	Raises MedusaUnavailableError if the token cannot be read.
	"""
	try:
		payload = token.split(".")[1]
		claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
		return read_id(claims["actor_id"]) if claims["actor_id"] else ""
	except (AttributeError, IndexError, KeyError, TypeError, ValueError):
		throw_unavailable()


def read_id(value: Any) -> str:
	"""Return `value` from an answer if it is a Medusa id; raise MedusaUnavailableError if it is not."""
	if not isinstance(value, str) or len(value) > DATA_LENGTH or not ID_PATTERN.fullmatch(value):
		frappe.throw(_("Medusa answered without a customer id."), MedusaUnavailableError)
	return value
