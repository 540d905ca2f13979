"""Medusa's admin API: find out whether a sign-up succeeded, if Medusa did not answer it."""

from medusa_integration.medusa.client import get_as_admin, throw_unavailable
from medusa_integration.medusa.registration import read_id
from medusa_integration.settings import get_settings

# Medusa's field -> the app's field
FIELDS = {
	"first_name": "first_name",
	"last_name": "last_name",
	"phone": "mobile",
	"company_name": "organization_name",
}


def can_look_up() -> bool:
	"""Return whether Medusa Settings contain a secret key."""
	return bool(get_settings().get_password("secret_key", raise_exception=False))


def find_customer(email: str) -> dict[str, str] | None:
	"""Return Medusa's data of the customer with this e-mail and an account, or None if there is none.

	The data are `id`, `first_name`, `last_name`, `mobile` and `organization_name`; values that Medusa does
	not have are "". Needs a secret key (`can_look_up`). Raises MedusaUnavailableError and MedusaTimeoutError.
	"""
	secret = get_settings().get_password("secret_key") or ""
	answer = get_as_admin("/admin/customers", {"email": email, "has_account": "true", "limit": 2}, secret)
	customers = answer.body.get("customers")
	if answer.status != 200 or not isinstance(customers, list):
		throw_unavailable()
	for customer in customers:
		if isinstance(customer, dict) and customer.get("email") == email:
			values = {field: str(customer.get(name) or "").strip() for name, field in FIELDS.items()}
			return {"id": read_id(customer.get("id")), **values}
	return None
