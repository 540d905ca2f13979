"""Medusa Account: what Medusa said last of a customer; `selling/shop_accounts.py` reads and writes it."""

from frappe.model.document import Document


class MedusaAccount(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		is_deleted: DF.Check
		medusa_id: DF.Data
		seen: DF.Code | None
		seen_at: DF.Data | None
	# end: auto-generated types
