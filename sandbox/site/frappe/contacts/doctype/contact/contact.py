from frappe.context import db


def get_default_contact(doctype: str, name: str) -> str | None:
	"""The primary Contact of a record, else any."""
	filters = {"link_doctype": doctype, "link_name": name, "parenttype": "Contact"}
	contacts = db.get_all("Dynamic Link", filters, pluck="parent")
	primary = [one for one in contacts if db.get_value("Contact", one, "is_primary_contact")]
	return next(iter([*primary, *contacts]), None)
