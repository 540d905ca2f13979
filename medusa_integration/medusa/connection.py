"""Test the connection to the Medusa server: the server, the two keys, and the sales channels of the first.

Medusa's answers are never shown, except the names of its sales channels.
"""

from typing import Any, NamedTuple

import frappe
from frappe import _

from medusa_integration.exceptions import MedusaUnavailableError
from medusa_integration.medusa.client import Answer, get, get_as_admin
from medusa_integration.settings import get_settings

OK, FAILED, SKIPPED = "ok", "failed", "skipped"


class Check(NamedTuple):
	"""What was tested: `title`, `state` (OK, FAILED or SKIPPED), and what was found or has to be done."""

	title: str
	state: str
	text: str


def check_medusa() -> list[Check]:
	"""Test the server and the keys of Medusa Settings."""
	server = check_server()
	if server.state != OK:
		return [server]
	if get_settings().sign_up_flow == "Own route":
		text = _("Your own route is called; no publishable key is needed.")
		return [server, Check(_("Publishable key"), SKIPPED, text), check_secret_key()]
	return [server, check_publishable_key(), check_secret_key()]


def check_server() -> Check:
	"""Test whether a Medusa server answers at the Medusa URL."""
	title = _("Server")
	if not get_settings().medusa_url:
		return Check(title, FAILED, _("Enter the Medusa URL, for example https://shop.example.com"))
	answer = ask("/health")
	if isinstance(answer, str):
		return Check(title, FAILED, f"{answer} {what_to_check()}")
	if answer.status != 200:
		text = _("A server answers, but not as Medusa does (HTTP {0}). Is the Medusa URL right?")
		return Check(title, FAILED, text.format(answer.status))
	return Check(title, OK, _("Medusa answers."))


def what_to_check() -> str:
	"""Return what a person can do if Medusa does not answer."""
	return _("Check that Medusa is running, and that this server can open the Medusa URL of Medusa Settings.")


def check_publishable_key() -> Check:
	"""Test whether Medusa accepts the publishable key; name its sales channels if there is a secret key."""
	title = _("Publishable key")
	if not get_settings().publishable_key:
		return Check(
			title, FAILED, _("Enter the publishable key: in Medusa, Settings, Publishable API Keys.")
		)
	answer = ask("/store/regions", {"limit": 1})
	if isinstance(answer, str):
		return Check(title, FAILED, answer)
	if answer.status == 400:
		text = _("Medusa does not accept this key. Copy it again: in Medusa, Settings, Publishable API Keys.")
		return Check(title, FAILED, text)
	if answer.status != 200:
		return failing(title, answer)
	if not isinstance(answer.body.get("regions"), list):
		return Check(title, FAILED, _("A server answers, but it is no Medusa. Is the Medusa URL right?"))
	return Check(title, OK, " ".join([_("Medusa accepts this key."), describe_channels()]).strip())


def describe_channels() -> str:
	"""Return which sales channels the publishable key is for; "" if this cannot be found out."""
	secret = secret_key()
	if not secret:
		return ""
	parameters = {"token": get_settings().publishable_key, "type": "publishable"}
	answer = ask_as_admin("/admin/api-keys", {**parameters, "fields": "id,sales_channels.name"}, secret)
	keys = None if isinstance(answer, str) else answer.body.get("api_keys")
	if not isinstance(keys, list) or len(keys) != 1:
		return ""
	names = [str(channel.get("name")) for channel in keys[0].get("sales_channels") or []]
	if names:
		return _("Sales channels: {0}.").format(", ".join(names))
	return _("It has no sales channel: in Medusa, add one to the key.")


def check_secret_key() -> Check:
	"""Test whether Medusa accepts the secret key."""
	title, secret = _("Secret key"), secret_key()
	if not secret:
		text = _("Not entered. Sign-ups whose outcome is not known then wait for a person.")
		return Check(title, SKIPPED, text)
	answer = ask_as_admin("/admin/customers", {"limit": 1, "fields": "id"}, secret)
	if isinstance(answer, str):
		return Check(title, FAILED, answer)
	if answer.status == 401:
		text = _("Medusa does not accept this key. Create another: in Medusa, Settings, Secret API Keys.")
		return Check(title, FAILED, text)
	if answer.status != 200:
		return failing(title, answer)
	return Check(title, OK, _("Medusa accepts this key."))


def failing(title: str, answer: Answer) -> Check:
	"""Return that Medusa answered with an error that is not about the key."""
	return Check(title, FAILED, _("Medusa fails (HTTP {0}). Its own log says why.").format(answer.status))


def secret_key() -> str:
	"""Return the secret key of Medusa Settings, or ""."""
	return get_settings().get_password("secret_key", raise_exception=False) or ""


def ask(path: str, parameters: dict[str, Any] | None = None) -> Answer | str:
	"""GET a path of Medusa; return the answer, or why there is none."""
	try:
		return get(path, parameters or {})
	except MedusaUnavailableError as error:
		frappe.clear_messages()
		return str(error)


def ask_as_admin(path: str, parameters: dict[str, Any], secret: str) -> Answer | str:
	"""GET a path of Medusa's admin API; return as `ask` does."""
	try:
		return get_as_admin(path, parameters, secret)
	except MedusaUnavailableError as error:
		frappe.clear_messages()
		return str(error)
