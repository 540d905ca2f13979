"""Medusa Customer Import: one reading of the customers of Medusa, with its position and its counts.

`jobs/customers.py` does the work. An import that a person started has a result for each customer; those of
the scheduled jobs, named CHANGES and KNOWN, are used again and again and have none.
"""

import frappe
from frappe.model.document import Document

DOCTYPE = "Medusa Customer Import"
RESULT = "Medusa Import Result"
NEW, RUNNING, DONE = "New", "Running", "Done"  # of `status`
CHANGES, KNOWN = "Changes", "Known Customers"  # the names of those of the scheduled jobs
COUNTS = ("created", "adopted", "updated", "unchanged", "deleted", "likely", "waiting", "failed")


class MedusaCustomerImport(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		adopted: DF.Int
		created: DF.Int
		deleted: DF.Int
		error: DF.SmallText | None
		failed: DF.Int
		is_dry_run: DF.Check
		likely: DF.Int
		position: DF.Data | None
		processed: DF.Int
		since: DF.Data | None
		status: DF.Literal["New", "Running", "Done"]
		title: DF.Data | None
		total: DF.Int
		unchanged: DF.Int
		until: DF.Data | None
		updated: DF.Int
		waiting: DF.Int
	# end: auto-generated types

	@property
	def has_results(self) -> bool:
		"""Return whether a person started the import, and wants a result for each customer."""
		return self.name not in (CHANGES, KNOWN)

	def autoname(self) -> None:
		"""Keep the name that the scheduled jobs choose."""
		if self.flags.name_set:
			self.name = self.flags.name_set

	def on_trash(self) -> None:
		"""Delete the results too."""
		frappe.db.delete(RESULT, {"customer_import": self.name})
