"""A failure at any step of a call leaves nothing behind, and the same call succeeds afterwards.

The steps are not listed: every statement that writes to the database fails once, ERPNext's own included.
"""

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import frappe

from medusa_integration import api
from medusa_integration.tests.base import (
	ADDRESS,
	MedusaTestCase,
	make_customer,
	make_lead,
	make_quotation,
	quotation_request,
	records,
)

WRITES = ("insert", "update", "delete", "replace")
LOG = "Medusa Sync Log"
FIELDS = ("modified", "docstatus", "status", "medusa_id", "lead_name", "party_name", "customer_address")


class Injected(Exception):
	"""The database fails."""


@contextmanager
def failing_write(number: int) -> Iterator[SimpleNamespace]:
	"""The write of this number (from 1 on) fails, once; yields whether it did, as `failed`."""
	real = frappe.db.sql
	state = SimpleNamespace(writes=0, failed=False)

	def sql(query: Any, *args: Any, **kwargs: Any) -> Any:
		if str(query).lstrip().lower().startswith(WRITES):
			state.writes += 1
			if state.writes == number:
				state.failed = True
				raise Injected(str(query)[:60])
		return real(query, *args, **kwargs)

	with patch.object(frappe.db, "sql", sql):
		yield state


class TestAllOrNothing(MedusaTestCase):
	def fails_everywhere(
		self, prepare: Callable[[], tuple[Callable, list]], least: int, rows: int = 1
	) -> None:
		"""Let every write of a call fail in turn, until the call needs no more of them; the same call then
		succeeds.

		`prepare` makes the records and returns the call and the documents it works on; `least` is how many
		writes there must be for this to mean anything, `rows` how many rows of the log a failure leaves.
		"""
		for number in itertools.count(1):
			call, documents = prepare()
			before = self.state(documents)
			with failing_write(number) as write:
				try:
					call()
				except Injected:
					frappe.db.rollback()
				else:
					frappe.db.commit()
					if not write.failed:
						break
					continue  # Frappe can do without this one
			frappe.clear_document_cache("Medusa Settings", "Medusa Settings")
			with self.subTest(write=number):
				after = self.state(documents)
				self.assertEqual(after.pop(LOG)[0], before.pop(LOG)[0] + rows)
				self.assertEqual(after, before)
				call()
				frappe.db.commit()
		self.assertGreater(number, least)

	def state(self, documents: list[tuple[str, str]]) -> dict[str, Any]:
		docs = [frappe.get_doc(doctype, name) for doctype, name in documents]
		return {**records(), **{doc.name: [doc.get(field) for field in FIELDS] for doc in docs}}

	def prepare_creation(self, **first_quotation: Any) -> tuple[Callable, list]:
		lead = make_lead()
		if first_quotation:
			make_quotation(lead.medusa_id, self.item, **first_quotation)
		request = quotation_request(lead.medusa_id, self.item, create_so=True)
		request["billing_address"] = {**ADDRESS, "is_default": True}
		frappe.db.commit()
		return lambda: api.create_quotation(**request), [("Lead", lead.name)]

	def prepare_decision(self, **decision: Any) -> tuple[Callable, list]:
		lead = make_lead()
		quotation = make_quotation(lead.medusa_id, self.item, billing_address=ADDRESS)
		frappe.db.commit()
		arguments = {"quotation_id": quotation.medusa_quotation_id, **decision}
		records = [("Lead", lead.name), ("Quotation", quotation.name)]
		return lambda: api.update_quotation(**arguments), records

	def prepare_link(self) -> tuple[Callable, list]:
		lead, customer = make_lead(), make_customer()
		quotation = make_quotation(lead.medusa_id, self.item, billing_address=ADDRESS)
		frappe.db.commit()
		records = [("Lead", lead.name), ("Customer", customer.name), ("Quotation", quotation.name)]
		return lambda: api.link_medusa_lead(customer.name, lead.name), records

	def test_create_quotation(self):
		self.fails_everywhere(self.prepare_creation, least=8)

	def test_create_quotation_that_changes_the_address(self):
		primary = {**ADDRESS, "address_1": "Old Street", "is_default": True}
		self.fails_everywhere(lambda: self.prepare_creation(billing_address=primary), least=8)

	def test_approval(self):
		approval = {"approval": "Approved", "order_id": "order_1", "create_so": True}
		self.fails_everywhere(lambda: self.prepare_decision(**approval), least=8)

	def test_rejection(self):
		self.fails_everywhere(lambda: self.prepare_decision(approval="Rejected"), least=2)

	def test_link(self):
		self.fails_everywhere(self.prepare_link, least=2, rows=0)
