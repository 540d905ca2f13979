"""Medusa Settings: how this site works with its Medusa server."""

import re
from urllib.parse import urlparse

import frappe
from frappe import _
from frappe.model.document import Document

from medusa_integration.compat import lead_source_doctype
from medusa_integration.constants import INTEGRATION_USER


def is_web_address(url: str) -> bool:
	"""Return whether a text is an http or https URL with a host."""
	try:
		parts = urlparse(url)
		return parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 80) > 0
	except ValueError:  # an incomplete IPv6 address, or a port out of range
		return False


class MedusaSettings(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		buyers_share: DF.Check
		clerk_offers: DF.Check
		company: DF.Link | None
		created_masters: DF.SmallText | None
		customer_group: DF.Link | None
		delivery_days: DF.Int
		enabled: DF.Check
		event_secret: DF.Password | None
		event_url: DF.Data | None
		expiry_told_until: DF.Date | None
		guest_access: DF.Check
		guest_calls_per_minute: DF.Int
		guest_calls_per_site: DF.Int
		integration_user: DF.Link | None
		lead_adoption: DF.Literal["At once", "After a person approves"]
		lead_source: DF.DynamicLink | None
		lead_source_doctype: DF.Link | None
		letter_head: DF.Link | None
		likely_customer: DF.Literal["Create a new Customer", "Wait for a person"]
		max_lines: DF.Int
		medusa_url: DF.Data | None
		next_event_secret: DF.Password | None
		price_list: DF.Link | None
		print_format: DF.Link | None
		publishable_key: DF.Data | None
		quotation_validity_days: DF.Int
		require_grand_total: DF.Check
		retry_pauses: DF.Data | None
		sales_person: DF.Link | None
		secret_key: DF.Password | None
		sign_up_flow: DF.Literal["Medusa v2", "Own route"]
		sign_up_path: DF.Data | None
		sign_ups_at_once: DF.Int
		sign_ups_per_email: DF.Int
		sign_ups_per_ip: DF.Int
		sign_ups_per_site: DF.Int
		tell_orders: DF.Check
		tell_quotations: DF.Check
		timeout: DF.Int
	# end: auto-generated types

	def before_validate(self) -> None:
		"""Set the DocType that `lead_source` links to: it differs between the versions of ERPNext."""
		self.lead_source_doctype = lead_source_doctype()

	def validate(self) -> None:
		"""Raise frappe.ValidationError for a URL, path, pause or user with which calls could not work."""
		self.validate_url()
		self.validate_retry_pauses()
		self.validate_integration_user()

	def on_update(self) -> None:
		"""Warn when Guest Access is switched on."""
		if self.guest_access and self.has_value_changed("guest_access"):
			message = _(
				"Anyone who can reach this site can now call the storefront's methods without a token."
			)
			frappe.msgprint(message, title=_("Guest Access"), indicator="red")

	def validate_url(self) -> None:
		"""Require an http(s) address as Medusa URL, and let the sign-up path begin with a slash."""
		self.medusa_url = (self.medusa_url or "").strip().rstrip("/")
		self.publishable_key = (self.publishable_key or "").strip()
		self.sign_up_path = "/" + (self.sign_up_path or "/store/signup").strip().lstrip("/")
		for field in ("medusa_url", "publishable_key", "sign_up_path", "event_url"):
			if re.search(r"[\s\x00-\x1f\x7f]", self.get(field) or ""):
				frappe.throw(
					_("{0} must not contain spaces or line breaks").format(_(self.meta.get_label(field)))
				)
		self.event_url = (self.event_url or "").strip()
		if self.event_url and not is_web_address(self.event_url):
			frappe.throw(_("Event URL must begin with http:// or https:// and name a server."))
		if self.event_url and not self.event_secret:
			frappe.throw(_("Event Secret is required, so that the shop can verify events."))
		if self.medusa_url and not is_web_address(self.medusa_url):
			frappe.throw(_("Medusa URL must begin with http:// or https:// and name a server."))

	def validate_retry_pauses(self) -> None:
		"""Require numbers of minutes."""
		words = [word.strip() for word in (self.retry_pauses or "").split(",") if word.strip()]
		if not all(word.isdecimal() and 0 < int(word) <= 100_000 for word in words):
			frappe.throw(_("Retry Pauses must be numbers of minutes, separated by commas."))
		self.retry_pauses = ", ".join(words)

	def validate_integration_user(self) -> None:
		"""Require an enabled user other than Guest, who must not own the documents of the storefront."""
		self.integration_user = self.integration_user or INTEGRATION_USER
		if self.integration_user == "Guest" or not frappe.db.get_value(
			"User", self.integration_user, "enabled"
		):
			frappe.throw(_("Integration User must be an enabled user other than Guest."))

	def get_retry_pauses(self) -> list[int]:
		"""Return the minutes to wait before each retry; there are as many retries as pauses."""
		words = (self.retry_pauses or "").split(",")
		return [int(word) for word in words if word.strip().isdecimal()]
