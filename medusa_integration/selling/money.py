"""Amounts of money, compared in the smallest unit of their currency."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from frappe.model.document import Document


def as_money(document: Document, amount: Any) -> Decimal:
	"""Return an amount, rounded to the smallest unit that ERPNext stores for the document's currency."""
	digits = document.precision("grand_total")
	return Decimal(str(amount or 0)).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
