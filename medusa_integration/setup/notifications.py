"""Notification records for what happens in the shop. They are switched off: who wants one switches it on.

They are records of the site, not standard documents, because Frappe lets nobody switch a standard one on.
"""

import json
from typing import Any

import frappe

from medusa_integration.setup.settings import get_settings_to_migrate

ROLE = "Sales Manager"  # who is notified, until somebody changes it
# name -> DocType, event, condition, subject
NOTIFICATIONS = {
	"Medusa: New Sign-up": (
		"Lead",
		"New",
		"doc.medusa_id",
		"{{ doc.title | e }} has signed up in the shop",
	),
	"Medusa: Quotation Requested": (
		"Quotation",
		"New",
		"doc.from_ecommerce and not doc.amended_from",
		"{{ doc.customer_name | e }} requests a quotation in the shop",
	),
	"Medusa: Order Approved": (
		"Sales Order",
		"Submit",
		"doc.from_ecommerce",
		"{{ doc.customer_name | e }} has ordered in the shop",
	),
}


def make_notifications() -> None:
	"""Create the records that were not created yet. One that somebody has deleted is not created again."""
	settings = get_settings_to_migrate()
	created = json.loads(settings.created_masters or "[]")
	new = [name for name in NOTIFICATIONS if ["Notification", name] not in created]
	for name in new:
		if not frappe.db.exists("Notification", name):
			frappe.get_doc(values_of(name)).insert(ignore_permissions=True)
		created.append(["Notification", name])
	if new:
		settings.created_masters = json.dumps(created)
		settings.save(ignore_permissions=True)


def values_of(name: str) -> dict[str, Any]:
	"""Return the values of a Notification."""
	doctype, event, condition, subject = NOTIFICATIONS[name]
	return {
		"doctype": "Notification",
		"name": name,
		"enabled": 0,
		"channel": "System Notification",
		"document_type": doctype,
		"event": event,
		"condition": condition,
		"subject": subject,
		"message": subject,
		"recipients": [{"receiver_by_role": ROLE}],
	}
