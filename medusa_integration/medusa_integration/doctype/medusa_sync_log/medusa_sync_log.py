"""What was accepted from the storefront, and what became of it."""

import frappe
from frappe.model.document import Document
from frappe.utils import add_days, now_datetime


class MedusaSyncLog(Document):
	@staticmethod
	def clear_old_logs(days: int = 90) -> None:
		"""For Frappe's Log Settings: delete rows older than `days` days, but not what was accepted and is not
		done.
		"""
		row = frappe.qb.DocType("Medusa Sync Log")
		waits = (row.status == "Failed") & row.next_attempt.isnull()
		was_refused = (row.method != "sign_up") | row.medusa_id.isnull() | (row.medusa_id == "")
		is_over = (row.status == "Success") | (waits & was_refused)
		frappe.qb.from_(row).delete().where(is_over & (row.creation < add_days(now_datetime(), -days))).run()
