"""Finding out in Medusa what became of a sign-up whose answer never came."""

from medusa_integration.medusa.client import get_as_admin, unavailable
from medusa_integration.medusa.registration import read_id
from medusa_integration.settings import get_settings


def can_look_up() -> bool:
	"""Whether the settings hold a secret key."""
	return bool(get_settings().get_password("secret_key", raise_exception=False))


# Medusa's field -> ours
FIELDS = {
	"first_name": "first_name",
	"last_name": "last_name",
	"phone": "mobile",
	"company_name": "organization_name",
}


def find_customer(email: str) -> dict[str, str] | None:
	"""What Medusa's admin API knows of the customer with an account and this e-mail: `id`, names, `mobile`
	and `organization_name`, "" where there is none; or None where there is nobody.

	Raises MedusaUnavailableError and MedusaTimeoutError, and needs a secret key (`can_look_up`).
	"""
	secret = get_settings().get_password("secret_key")
	answer = get_as_admin("/admin/customers", {"email": email, "has_account": "true", "limit": 2}, secret)
	found = answer.body.get("customers")
	if answer.status != 200 or not isinstance(found, list):
		return unavailable()
	for one in found:
		if isinstance(one, dict) and one.get("email") == email:
			names = {ours: str(one.get(field) or "").strip() for field, ours in FIELDS.items()}
			return {"id": read_id(one.get("id")), **names}
	return None
