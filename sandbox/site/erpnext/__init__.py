"""The slice of ERPNext that the app and its tests touch."""

from frappe.model.meta import recorded

__version__ = recorded()["versions"]["erpnext"]
