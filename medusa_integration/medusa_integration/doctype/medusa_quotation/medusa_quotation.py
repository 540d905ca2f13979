"""The right to make the Quotation for a Medusa quotation id: the database lets only one be inserted."""

from frappe.model.document import Document


class MedusaQuotation(Document):
	pass
