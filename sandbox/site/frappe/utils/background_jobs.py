from frappe.queue import get_job_status

__all__ = ["get_job_status"]
