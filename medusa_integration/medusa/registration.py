"""Registering a customer with Medusa, half-way states and unknown outcomes included.

Stock Medusa 2 takes two calls: an identity (e-mail and password), then the customer behind it. Any of the two
may have been done before, by an earlier try of the same person, by a call at the same moment, or by a call
whose answer was lost. The way out is always the same: log in, and see whether the token names a customer.
"""

import base64
import json
from typing import Any

import frappe
from frappe import _

from medusa_integration.arguments import DATA_LENGTH, ID_PATTERN
from medusa_integration.exceptions import EmailTakenError, MedusaRefusedError, MedusaUnavailableError
from medusa_integration.medusa.client import Answer, post, unavailable
from medusa_integration.settings import get_settings
from medusa_integration.types import MedusaCustomer

OWN_ROUTE = "Own route"
LOGIN = "/auth/customer/emailpass"
# the 401s that speak of the credentials; any other 401 can be a database that is down
IDENTITY_EXISTS = (
	"already exists"  # "Identity with email ...", of a call at the same moment "Provider identity ..."
)
WRONG_PASSWORD = "Invalid email or password"


def register(customer: MedusaCustomer, password: str) -> str:
	"""Register a customer with Medusa and return its id (`cus_...`); one who is registered already gets the
	same id.

	`customer["id"]` is not looked at. Raises EmailTakenError, MedusaRefusedError, MedusaUnavailableError and
	MedusaTimeoutError.
	"""
	if get_settings().sign_up_flow == OWN_ROUTE:
		return register_by_own_route(customer, password)
	credentials = {"email": customer["email"], "password": password}
	token = make_identity(credentials)
	return actor_of(token) or make_customer(customer, credentials, token)


def make_identity(credentials: dict[str, str]) -> str:
	"""Register e-mail and password, or log in where they are registered; return the token."""
	answer = post(f"{LOGIN}/register", credentials)
	if answer.status == 200 and answer.body.get("token"):
		return answer.body["token"]
	if answer.status == 401 and IDENTITY_EXISTS in answer.message:
		return log_in(credentials)
	if answer.status in (200, 500):  # half an answer: the identity may be there
		return log_in(credentials, unknown=True)
	return refuse(answer)


def log_in(credentials: dict[str, str], *, unknown: bool = False) -> str:
	"""Log in and return the token. With `unknown`, a refusal says only that the registration did not work.

	Raises EmailTakenError where the password is not the account's.
	"""
	answer = post(LOGIN, credentials)
	if answer.status == 200 and answer.body.get("token"):
		return answer.body["token"]
	if not unknown and answer.status == 401 and answer.message.startswith(WRONG_PASSWORD):
		message = _("This e-mail address has an account in the shop, with another password.")
		frappe.throw(message, EmailTakenError)
	return unavailable()


def make_customer(customer: MedusaCustomer, credentials: dict[str, str], token: str) -> str:
	"""Make the customer behind an identity; return its id, also where another call made it meanwhile."""
	body = {
		"email": customer["email"],
		"first_name": customer["first_name"],
		"last_name": customer["last_name"],
		"phone": customer["mobile"],
		"company_name": customer["organization_name"],
	}
	answer = post("/store/customers", {key: value for key, value in body.items() if value}, token)
	if answer.status == 200 and answer.is_whole:
		made = answer.body.get("customer")
		return read_id(made.get("id") if isinstance(made, dict) else None)
	if answer.status == 401 or answer.body.get("type") == "not_allowed":
		return unavailable()  # the shop's own key is wrong
	made_meanwhile = actor_of(log_in(credentials, unknown=True))
	if made_meanwhile:
		return made_meanwhile
	if answer.status == 422:
		frappe.throw(_("This e-mail address has an account in the shop."), EmailTakenError)
	return refuse(answer)


def register_by_own_route(customer: MedusaCustomer, password: str) -> str:
	"""Register through a route of the shop's own backend that takes all fields and answers with
	`customer_id`.
	"""
	body: dict[str, Any] = {key: value for key, value in customer.items() if key != "id"}
	if password:
		body["password"] = password
	answer = post("/" + (get_settings().sign_up_path or "/store/signup").lstrip("/"), body)
	if answer.status in (200, 201) and answer.is_whole:
		return read_id(answer.body.get("customer_id"))
	if answer.status in (409, 422):
		frappe.throw(_("This e-mail address has an account in the shop."), EmailTakenError)
	return refuse(answer)


def refuse(answer: Answer) -> str:
	"""Raise MedusaRefusedError for a refusal of the data, MedusaUnavailableError for all else."""
	if answer.status in (400, 413):
		frappe.throw(_("Medusa did not accept the customer's data."), MedusaRefusedError)
	return unavailable()


def actor_of(token: str) -> str:
	"""The customer id in a token of Medusa's (a JWT), or "" where its identity has no customer yet."""
	try:
		payload = token.split(".")[1]
		claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
		return read_id(claims["actor_id"]) if claims["actor_id"] else ""
	except (AttributeError, IndexError, KeyError, TypeError, ValueError):
		return unavailable()


def read_id(value: Any) -> str:
	"""A Medusa id out of an answer. Raises MedusaUnavailableError where it is none."""
	if not isinstance(value, str) or len(value) > DATA_LENGTH or not ID_PATTERN.fullmatch(value):
		frappe.throw(_("Medusa answered without a customer id."), MedusaUnavailableError)
	return value
