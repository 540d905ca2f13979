"""What the tests outside a site share, whatever site they call: this package does not need Frappe."""

import secrets
from collections.abc import Callable
from typing import Any

import requests

from helpers import access_table
from sandbox import story

API = "/api/method/medusa_integration.api."
METHODS = tuple(access_table.methods())
STOREFRONT_METHODS = tuple(access_table.methods(storefront=True))


def until(look: Callable[[], Any], seconds: float = 60, pause: float = 0.05) -> Any:
	"""Return what `look` finds within a deadline."""
	found = story.until(look, seconds, pause)
	assert found, f"nothing within {seconds} seconds"
	return found


def medusa_customer(**values: Any) -> dict[str, Any]:
	"""A customer as Medusa describes them."""
	word = secrets.token_hex(6)
	names = {"first_name": "Shop", "last_name": word, "organization_name": f"{word} Trading"}
	return {"id": f"cus_{word}", "email": f"{word}@example.com", **names, **values}


def sign_up_form(**values: Any) -> dict[str, Any]:
	"""What a new customer enters in the shop."""
	form = medusa_customer(**{"password": "s3cret pass phrase", **values})
	del form["id"]
	return form


def call(url: str, method: str, token: str = "", verb: str = "POST", **options: Any) -> requests.Response:
	"""Call a method of the API; `options` are those of requests."""
	headers = {"Authorization": f"token {token}"} if token else {}
	headers |= options.pop("headers", {})
	return requests.request(verb, url + API + method, headers=headers, timeout=120, **options)
