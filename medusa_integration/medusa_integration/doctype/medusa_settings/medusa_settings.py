"""How this site works with its Medusa server."""

import re
from urllib.parse import urlparse

import frappe
from frappe import _
from frappe.model.document import Document

from medusa_integration.leads import source_field
from medusa_integration.settings import INTEGRATION_USER


def is_web_address(url: str) -> bool:
	"""Return whether it names a host, by http or https."""
	try:
		parts = urlparse(url)
		return parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 80) > 0
	except ValueError:  # half of an IPv6 address, a port that is none
		return False


class MedusaSettings(Document):
	def before_validate(self) -> None:
		"""The DocType for where a Lead came from differs by ERPNext's version."""
		self.lead_source_doctype = frappe.get_meta("Lead").get_field(source_field()).options

	def validate(self) -> None:
		"""Raise frappe.ValidationError for a URL, path or user that calls could not work with."""
		self.validate_url()
		self.validate_retry_pauses()
		self.validate_integration_user()

	def on_update(self) -> None:
		"""Say what switching guests on means."""
		if self.guest_access and self.has_value_changed("guest_access"):
			message = _(
				"Anyone who can reach this site can now call the storefront's methods without a token."
			)
			frappe.msgprint(message, title=_("Guest Access"), indicator="red")

	def validate_url(self) -> None:
		"""The Medusa URL is an http(s) address, and the sign-up path begins with a slash."""
		self.medusa_url = (self.medusa_url or "").strip().rstrip("/")
		self.publishable_key = (self.publishable_key or "").strip()
		self.sign_up_path = "/" + (self.sign_up_path or "/store/signup").strip().lstrip("/")
		for field in ("medusa_url", "publishable_key", "sign_up_path"):
			if re.search(r"[\s\x00-\x1f\x7f]", self.get(field)):
				frappe.throw(
					_("{0} may not hold spaces or line breaks").format(_(self.meta.get_label(field)))
				)
		if self.medusa_url and not is_web_address(self.medusa_url):
			frappe.throw(_("Medusa URL must be an address that begins with http:// or https://"))

	def validate_retry_pauses(self) -> None:
		"""The pauses are numbers of minutes."""
		words = [word.strip() for word in (self.retry_pauses or "").split(",") if word.strip()]
		if not all(word.isdecimal() and 0 < int(word) <= 100_000 for word in words):
			frappe.throw(_("Retry Pauses must be numbers of minutes, with commas between them."))
		self.retry_pauses = ", ".join(words)

	def validate_integration_user(self) -> None:
		"""Guest must not own what the storefront makes, and a disabled user could not work."""
		self.integration_user = self.integration_user or INTEGRATION_USER
		if self.integration_user == "Guest" or not frappe.db.get_value(
			"User", self.integration_user, "enabled"
		):
			frappe.throw(_("Integration User must be an enabled user other than Guest."))
