"""Medusa Quotation Key: the right to create the Quotation for a Medusa quotation id, which only one record
can hold.
"""

from frappe.model.document import Document


class MedusaQuotationKey(Document):
	pass
