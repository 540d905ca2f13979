"""Medusa Import Result: what an import did, or would do, with one customer."""

from frappe.model.document import Document


class MedusaImportResult(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		customer_import: DF.Link | None
		email: DF.Data | None
		likely: DF.Check
		medusa_id: DF.Data | None
		message: DF.SmallText | None
		reference_doctype: DF.Link | None
		reference_name: DF.DynamicLink | None
		result: DF.Literal["created", "adopted", "updated", "unchanged", "deleted", "waiting", "failed"]
	# end: auto-generated types
