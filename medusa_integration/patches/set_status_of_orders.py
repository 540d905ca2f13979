"""Set the status of Sales Orders that the app submitted in one save.

They kept the status "Draft", so that lists and reports of open orders did not show them.
"""

import frappe


def execute() -> None:
	"""Let ERPNext set the status, by what has been delivered and billed since."""
	filters = {"from_ecommerce": 1, "docstatus": 1, "status": "Draft"}
	for name in frappe.get_all("Sales Order", filters, pluck="name", limit=0):
		frappe.get_doc("Sales Order", name).set_status(update=True, update_modified=False)
