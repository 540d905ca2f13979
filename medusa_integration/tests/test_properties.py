"""Generated calls: never an unexpected error, and never a changed database after a refusal.

MEDUSA_PROPERTY_EXAMPLES is how many calls of each method are tried (300, the same each time); a long run has
5,000.
"""

import os
import unittest
from typing import Any
from unittest.mock import patch

import frappe

from medusa_integration import api
from medusa_integration.tests.base import (
	ADDRESS,
	MedusaTestCase,
	make_customer,
	make_item,
	make_lead,
	make_quotation,
	records,
	settings,
	unique,
)
from medusa_integration.tests.fake_medusa import PUBLISHABLE_KEY, FakeMedusa, served
from medusa_integration.tests.methods import METHODS

EXAMPLES = os.environ.get("MEDUSA_PROPERTY_EXAMPLES")
LOG = "Medusa Sync Log"


class TestGenerated(MedusaTestCase):
	"""One call of a method after the other, none of them kept."""

	@classmethod
	def setUpClass(cls) -> None:
		try:
			from medusa_integration.tests.generated import arguments
		except ImportError as error:
			raise unittest.SkipTest("needs hypothesis, one of Frappe's development requirements") from error
		super().setUpClass()
		cls.strategies = arguments(cls.make_known())
		cls.enterClassContext(patch.object(frappe, "enqueue"))  # jobs would change the counts
		url = cls.enterClassContext(served(FakeMedusa()))
		cls.enterClassContext(settings(medusa_url=url, publishable_key=PUBLISHABLE_KEY))

	@classmethod
	def make_known(cls) -> dict[str, list[str]]:
		"""Names and ids that mean something on this site, so that calls get past the first check."""
		item, leads = make_item(rate=5), [make_lead() for _i in range(4)]
		lead, linked = leads[0], make_customer(medusa_id=unique("cus_"))
		unlinked = [make_customer().name for _i in range(4)]
		asked = [make_quotation(lead.medusa_id, item, billing_address=ADDRESS) for _i in range(4)]
		orders = [name for _i in range(5) for name in make_order(linked.medusa_id, item)]
		frappe.db.commit()
		return {
			"orders": [*orders, unique("order_")],
			"ids": [lead.medusa_id, linked.medusa_id],
			"items": [item.medusa_variant_id],
			"skus": [item.name],
			"quotations": [name for one in asked for name in (one.medusa_quotation_id, one.name)],
			"customers": [*unlinked, linked.name],
			"leads": [lead.name for lead in leads],
		}

	def try_all(self, method: str) -> None:
		"""Try the calls; some must be accepted and some refused, or they would tell nothing."""
		from hypothesis import HealthCheck, given
		from hypothesis import settings as hypothesis_settings

		check = given(sent=self.strategies[method])(lambda sent: self.is_refused_or_done(method, sent))
		hypothesis_settings(
			max_examples=int(EXAMPLES or 300),
			deadline=None,
			derandomize=not EXAMPLES,
			database=None,
			suppress_health_check=list(HealthCheck),
		)(check)()
		self.assertGreater(min(self.outcomes["accepted"], self.outcomes["refused"]), 4, self.outcomes)

	def setUp(self) -> None:
		super().setUp()
		self.outcomes = {"accepted": 0, "refused": 0}

	def is_refused_or_done(self, method: str, sent: dict[str, Any]) -> None:
		frappe.db.rollback()
		before = records()
		try:
			getattr(api, method)(**sent)
		except Exception as error:
			status = getattr(error, "http_status_code", 500)
			self.assertTrue(400 <= status < 500, f"{type(error).__name__}: {error}")
			frappe.db.rollback()
			after = records()
			if status == 409 or method == "sign_up":  # a conflict leaves a row; a sign-up has one
				self.assertIn(after.pop(LOG)[0] - before.pop(LOG)[0], (0, 1))
			self.assertEqual(after, before)
			self.outcomes["refused"] += 1
		else:
			self.outcomes["accepted"] += 1
		finally:
			frappe.db.rollback()

	def test_every_method_is_generated(self):
		# a PDF takes a second; `ping` has no arguments
		expected = set(METHODS) - {"get_quotation_pdf", "ping"}
		self.assertEqual(set(self.strategies), expected, "add the method to tests/generated.py")

	def test_sign_up(self):
		self.try_all("sign_up")

	def test_insert_lead(self):
		self.try_all("insert_lead")

	def test_create_quotation(self):
		self.try_all("create_quotation")

	def test_update_quotation(self):
		self.try_all("update_quotation")

	def test_get_quotation(self):
		self.try_all("get_quotation")

	def test_list_quotations(self):
		self.try_all("list_quotations")

	def test_update_customer(self):
		self.try_all("update_customer")

	def test_get_account(self):
		self.try_all("get_account")

	def test_get_order(self):
		self.try_all("get_order")

	def test_update_address(self):
		self.try_all("update_address")

	def test_link_medusa_lead(self):
		self.try_all("link_medusa_lead")

	def test_fetch_all_customers(self):
		self.try_all("fetch_all_customers")


def make_order(customer_id: str, item: Any) -> tuple[str, str]:
	"""Order what a customer asked for; return the two names under which the order is found."""
	quotation, order_id = make_quotation(customer_id, item), unique("order_")
	answer = api.update_quotation(quotation.name, "Approved", order_id=order_id, create_so=True)
	return order_id, answer["sales_order_id"]
