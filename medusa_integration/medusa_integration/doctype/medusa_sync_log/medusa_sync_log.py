"""What was accepted from the storefront, and what became of it."""

import frappe
from frappe.model.document import Document
from frappe.utils import add_days, now_datetime


class MedusaSyncLog(Document):
	@staticmethod
	def clear_old_logs(days: int = 90) -> None:
		"""Delete rows older than `days` days, for Frappe's Log Settings."""
		frappe.db.delete("Medusa Sync Log", {"creation": ("<", add_days(now_datetime(), -days))})
