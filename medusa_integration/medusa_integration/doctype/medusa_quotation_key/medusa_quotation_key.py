"""Medusa Quotation Key: the right to create the Quotation for a Medusa quotation id, which only one record
can hold.
"""

from frappe.model.document import Document


class MedusaQuotationKey(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		customer_id: DF.Data
		fingerprint: DF.Data | None
		quotation_id: DF.Data
	# end: auto-generated types

	pass
