"""Passwords of documents. The sandbox keeps them among the other fields, not in a table of their own."""

from frappe.context import db
from frappe.model.meta import get_meta


def delete_all_passwords_for(doctype: str, name: str) -> None:
	"""Delete the passwords of a Single."""
	meta = get_meta(doctype)
	if not meta.issingle:
		raise NotImplementedError(f"The sandbox deletes no passwords of {doctype}")
	for field in meta.fields.values():
		if field.fieldtype == "Password":
			db.sql("DELETE FROM tabSingles WHERE doctype = ? AND field = ?", (doctype, field.fieldname))
