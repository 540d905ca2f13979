"""Keep the app's scheduled jobs running when the time zone of the site changes."""

import frappe
from frappe.model.document import Document
from frappe.utils import now_datetime

from medusa_integration.constants import APP


def keep_jobs_due(settings: Document, method: str | None = None) -> None:
	"""Keep the app's scheduled jobs due when the time zone of the site changes.

	The hook runs after System Settings are saved (the setup wizard does so, too). Frappe counts from the last
	run, or from the creation of the job, in the local time of that moment. In a time zone further west this
	time is in the future, and the job would not run until then.
	"""
	if not settings.has_value_changed("time_zone"):
		return
	jobs = {"method": ("like", f"{APP}.%")}
	now = now_datetime()
	for job in frappe.get_all("Scheduled Job Type", jobs, ["name", "last_execution", "creation"]):
		if (job.last_execution or job.creation) > now:
			frappe.db.set_value("Scheduled Job Type", job.name, "last_execution", now, update_modified=False)
