"""Frappe's own DocTypes and the classes of their documents."""

override_doctype_class = {
	"Address": "frappe.controllers.Address",
	"Contact": "frappe.controllers.Contact",
	"Custom Field": "frappe.controllers.CustomField",
	"User": "frappe.controllers.User",
}
