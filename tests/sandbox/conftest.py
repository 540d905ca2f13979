"""What the tests of the sandbox share."""

from collections.abc import Iterator

import frappe
import pytest
from frappe.model.document import Document

from medusa_integration.tests.base import make_customer, make_item


@pytest.fixture
def quotation(site) -> Iterator[Document]:
	"""A draft that a clerk made; what the test does is rolled back."""
	doc = frappe.new_doc("Quotation")
	doc.update({"quotation_to": "Customer", "party_name": make_customer().name, "order_type": "Sales"})
	doc.append("items", {"item_code": make_item(10, "Standard Selling").name, "qty": 2})
	yield doc.insert()
	frappe.db.rollback()
