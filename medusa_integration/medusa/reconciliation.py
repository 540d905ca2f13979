"""Finding out in Medusa what became of a sign-up whose answer never came."""

from medusa_integration.medusa.client import get_as_admin, unavailable
from medusa_integration.medusa.sign_up import read_id
from medusa_integration.settings import get_settings


def can_look_up() -> bool:
	"""Whether the settings hold a secret key."""
	return bool(get_settings().get_password("secret_key", raise_exception=False))


def find_customer_id(email: str) -> str | None:
	"""The id of the customer with an account and this e-mail, from Medusa's admin API; None where there is
	none.

	Raises MedusaUnavailableError and MedusaTimeoutError, and needs a secret key (`can_look_up`).
	"""
	secret = get_settings().get_password("secret_key")
	answer = get_as_admin("/admin/customers", {"email": email, "has_account": "true", "limit": 2}, secret)
	found = answer.body.get("customers")
	if answer.status != 200 or not isinstance(found, list):
		return unavailable()
	ids = [one.get("id") for one in found if isinstance(one, dict) and one.get("email") == email]
	return read_id(ids[0]) if ids else None
