from frappe.queue import get_job

__all__ = ["get_job"]
