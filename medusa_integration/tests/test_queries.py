"""How many queries each method takes, and that each of them uses an index.

A method whose time grows with the number of records passes every other test, and fails in a shop that does
well.
"""

import re
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any
from unittest.mock import Mock, patch

import frappe
from frappe.utils import add_to_date, now_datetime, nowdate

from medusa_integration import api, desk
from medusa_integration.exceptions import LeadConflictError
from medusa_integration.jobs import events, mail, retries
from medusa_integration.medusa_integration.doctype.medusa_sync_log.medusa_sync_log import MedusaSyncLog
from medusa_integration.selling import reconciliation
from medusa_integration.setup.indexes import INDEXES
from medusa_integration.tests.base import (
	ADDRESS,
	MedusaTestCase,
	bench_only,
	make_customer,
	make_desk_lead,
	make_item,
	make_lead,
	make_quotation,
	medusa_customer,
	quotation_request,
	set_passwords,
	settings,
	sync_log_rows,
	unique,
)
from medusa_integration.tests.fake_medusa import EVENT_SECRET, EVENTS, PUBLISHABLE_KEY, FakeMedusa, served
from medusa_integration.tests.queries import Statement, recorded

PRIMARY = {**ADDRESS, "is_default": True}
APPROVAL = {"approval": "Approved", "create_so": True, "grand_total": 200}
READS = re.compile(r"\s*(select|update|delete)\b", re.IGNORECASE)  # each finds its rows first
# what a person sets up, some hundred rows on any site: MariaDB may read all of them
SMALL_TABLES = {"tabCompany", "tabCountry", "tabTax Rule"}
MANY_ROWS = 10_000  # of these MariaDB reads all only where it has to


class QueriesTestCase(MedusaTestCase):
	"""Calls of each method, ready to be made: each method of this class named `call_...` prepares one."""

	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		stack = ExitStack()
		cls.addClassCleanup(stack.close)
		url = stack.enter_context(served(FakeMedusa()))
		set_passwords(event_secret=EVENT_SECRET)
		keys = {"publishable_key": PUBLISHABLE_KEY, "event_url": url + EVENTS}
		stack.enter_context(settings(medusa_url=url, timeout=10, tell_quotations=1, **keys))
		stack.enter_context(patch.object(frappe, "enqueue"))
		make_quotation(make_lead().medusa_id, cls.item)  # fills Frappe's caches
		frappe.db.commit()

	def call_sign_up(self) -> Callable:
		customer = medusa_customer(password="s3cret pass phrase")
		del customer["id"]
		return lambda: api.sign_up(**customer)

	def call_insert_lead(self) -> Callable:
		customer = medusa_customer()
		return lambda: api.insert_lead(customer)

	def call_insert_lead_that_adopts(self) -> Callable:
		customer = medusa_customer()
		make_desk_lead(email_id=customer["email"])
		return lambda: api.insert_lead(customer)

	def call_create_quotation(self, lines: int = 1, **values: Any) -> Callable:
		items = [make_item(rate=1) for _number in range(lines)]
		values["items"] = [{"variant_id": item.medusa_variant_id, "quantity": 1} for item in items]
		values.setdefault("billing_address", PRIMARY)
		request = quotation_request(make_lead().medusa_id, self.item, **values)
		return lambda: api.create_quotation(**request)

	def call_create_quotation_of_20_lines(self) -> Callable:
		return self.call_create_quotation(lines=20)

	def call_create_quotation_that_converts(self) -> Callable:
		return self.call_create_quotation(create_so=True)

	def call_create_quotation_again(self) -> Callable:
		again = self.call_create_quotation()
		again()
		return again

	def call_approval(self) -> Callable:
		lead = make_lead()
		quotation = make_quotation(lead.medusa_id, self.item, billing_address=ADDRESS)
		about = {"quotation_id": quotation.medusa_quotation_id, "customer_id": lead.medusa_id}
		return lambda: api.update_quotation(**about, **APPROVAL, order_id=unique("order_"))

	def call_rejection(self) -> Callable:
		quotation = make_quotation(make_lead().medusa_id, self.item)
		return lambda: api.update_quotation(quotation.medusa_quotation_id, "Rejected")

	def call_update_address(self) -> Callable:
		lead = make_lead()
		make_quotation(lead.medusa_id, self.item, billing_address=PRIMARY)
		return lambda: api.update_address(lead.medusa_id, city="Sharjah")

	def call_link_medusa_lead(self) -> Callable:
		lead, customer = make_lead(), make_customer()
		make_quotation(lead.medusa_id, self.item, billing_address=ADDRESS)
		return lambda: api.link_medusa_lead(customer.name, lead.name)

	def call_fetch_all_customers(self) -> Callable:
		name = make_customer().customer_name
		return lambda: api.fetch_all_customers(name)

	def call_get_quotation(self) -> Callable:
		lead = make_lead()
		quotation = make_quotation(lead.medusa_id, self.item, billing_address=ADDRESS)
		return lambda: api.get_quotation(lead.medusa_id, quotation.medusa_quotation_id)

	def call_list_quotations(self) -> Callable:
		lead = make_lead()
		make_quotation(lead.medusa_id, self.item, billing_address=ADDRESS)
		return lambda: api.list_quotations(lead.medusa_id, status="offered")

	def call_get_order(self) -> Callable:
		lead = make_lead()
		quotation = make_quotation(lead.medusa_id, self.item)
		order_id = unique("order_")
		api.update_quotation(quotation.medusa_quotation_id, **APPROVAL, order_id=order_id)
		return lambda: api.get_order(lead.medusa_id, order_id)

	def call_save_of_a_clerk(self) -> Callable:
		"""A clerk changes a price, and the shop is told."""
		quotation = make_quotation(make_lead().medusa_id, self.item)
		quotation.items[0].rate = 150
		return quotation.save

	def call_second_save_of_a_clerk(self) -> Callable:
		quotation = make_quotation(make_lead().medusa_id, self.item)
		for rate in (150, 175):
			quotation.items[0].rate = rate
			if rate == 150:
				quotation.save()
		return quotation.save


class TestCounts(QueriesTestCase):
	maxDiff = None
	# the queries that the app itself makes, the same on every version of Frappe, and the documents it loads.
	# What ERPNext and Frappe need for the documents comes on top: an approval takes 490 statements in all
	COUNTS = {
		"sign_up": (3, 0),
		"insert_lead": (10, 0),
		"insert_lead_that_adopts": (11, 1),
		"create_quotation": (16, 0),
		"create_quotation_of_20_lines": (16, 0),
		"create_quotation_that_converts": (24, 1),
		"create_quotation_again": (7, 1),
		"approval": (17, 2),
		"rejection": (10, 1),
		"update_address": (12, 1),
		"link_medusa_lead": (10, 2),
		"fetch_all_customers": (3, 0),
		"get_quotation": (7, 0),
		"list_quotations": (6, 0),
		"get_order": (5, 0),
		"save_of_a_clerk": (1, 0),
		"second_save_of_a_clerk": (3, 1),
	}

	def test_counts(self):
		"""Compare with COUNTS. A method that takes more than before is slower for everybody who calls it."""
		changes = []
		for name, before in self.COUNTS.items():
			call = getattr(self, f"call_{name}")()
			frappe.db.commit()
			with recorded() as recording:
				call()
			if recording.counts != before:
				changes.append(f"{name} takes {recording.counts}, it took {before} (queries, documents)")
		self.assertEqual(changes, [])

	def test_each_call_is_counted(self):
		calls = {name.removeprefix("call_") for name in dir(self) if name.startswith("call_")}
		self.assertEqual(set(self.COUNTS), calls)


@bench_only
class TestIndexes(QueriesTestCase):
	"""Asks MariaDB how it finds the rows of every statement of the app's own."""

	def test_every_query_uses_an_index(self):
		"""Explain every statement right after the call that sent it, while its records are there."""
		for name in [name for name in dir(self) if name.startswith("call_")]:
			call = getattr(self, name)()
			frappe.db.commit()
			with recorded() as recording:
				call()
			with self.subTest(name):
				self.assertEqual(full_scans(recording.statements), [])
			frappe.db.commit()

	def test_query_without_an_index_is_noticed(self):
		statements = []
		for condition in ("customer_name = 'x'", "website = 'x'", "COALESCE(customer_name, '') = 'x'"):
			query = f"SELECT name FROM tabCustomer WHERE {condition}"
			statements.append(Statement(query, (), "medusa_integration.x", is_direct=True))
		self.assertEqual(full_scans(statements), [str(one) for one in statements[1:]])

	def test_indexes_outlive_a_sync_of_their_table(self):
		for doctype in {doctype for doctype, _fields in INDEXES}:
			frappe.db.updatedb(doctype)
		for doctype, fields in INDEXES:
			index = frappe.db.get_index_name(fields)
			self.assertTrue(frappe.db.has_index(f"tab{doctype}", index), index)

	# more calls, which are not counted: what they take is Frappe's to say

	def call_deletion_of_lead(self) -> Callable:
		return make_lead().delete

	def call_deletion_of_customer(self) -> Callable:
		return make_customer(medusa_id=unique("cus_")).delete

	def call_merge(self) -> Callable:
		old, new = make_customer(medusa_id=unique("cus_")), make_customer()
		return lambda: frappe.rename_doc("Customer", old.name, new.name, merge=True)

	def call_merge_of_leads(self) -> Callable:
		old, new = make_lead(), make_desk_lead()
		return lambda: frappe.rename_doc("Lead", old.name, new.name, merge=True)

	def call_due_logs(self) -> Callable:
		return retries.find_due_logs

	def call_daily_mail(self) -> Callable:
		lead = make_lead()
		self.assert_refused(LeadConflictError, api.insert_lead, medusa_customer(email=lead.email_id))
		(row,) = sync_log_rows(email=lead.email_id, status="Failed")
		frappe.db.set_value("Medusa Sync Log", row.name, "creation", add_to_date(now_datetime(), days=-2))
		return patch.object(frappe, "sendmail", Mock())(mail.mail_open_rows)

	def call_expiry(self) -> Callable:
		quotation = make_quotation(make_lead().medusa_id, self.item)
		frappe.db.set_value("Quotation", quotation.name, "valid_till", add_to_date(nowdate(), days=-1))
		return events.tell_expired

	def call_event(self) -> Callable:
		self.call_save_of_a_clerk()()
		(row,) = sync_log_rows(direction="Out", status="Queued")[:1]
		return lambda: events.send(row.name)

	def call_change_of_an_address(self) -> Callable:
		quotation = make_quotation(make_lead().medusa_id, self.item, billing_address=ADDRESS)
		address = frappe.get_doc("Address", quotation.customer_address)
		address.city = "Sharjah"
		return address.save

	def call_offer(self) -> Callable:
		quotation = make_quotation(make_lead().medusa_id, self.item)
		return lambda: desk.offer_quotation(quotation.name, str(quotation.modified))

	def call_reconciliation(self) -> Callable:
		lead = make_lead()
		make_customer(customer_name=lead.company_name)
		return lambda: reconciliation.compare({"with_similar": 1})

	def call_reconciliation_of_a_customer(self) -> Callable:
		lead = make_lead()
		customer = make_customer(customer_name=lead.company_name)
		return lambda: reconciliation.compare({"customer": customer.name})

	def call_reconciliation_of_a_company(self) -> Callable:
		name = make_lead().company_name
		return lambda: reconciliation.compare({"company_name": name})

	def call_states_of_a_list(self) -> Callable:
		names = [make_quotation(make_lead().medusa_id, item).name for item in (self.item, make_item())]
		return lambda: desk.shop_states(names)

	def call_quotations_to_price(self) -> Callable:
		make_quotation(make_lead().medusa_id, make_item())
		return desk.quotations_to_price

	def call_chart(self) -> Callable:
		return desk.shop_activity

	def call_headline(self) -> Callable:
		name = make_quotation(make_lead().medusa_id, make_item()).name
		return lambda: desk.shop_state(name)

	def call_headline_of_an_order(self) -> Callable:
		quotation = make_quotation(make_lead().medusa_id, self.item)
		about = {**APPROVAL, "order_id": unique("order_")}
		order = api.update_quotation(quotation.medusa_quotation_id, **about)["sales_order_id"]
		return lambda: desk.order_state(order)

	def call_clearing_of_logs(self) -> Callable:
		return lambda: MedusaSyncLog.clear_old_logs(days=10_000)


def full_scans(statements: list[Statement]) -> list[str]:
	"""Return the app's own statements for which MariaDB reads all rows of a table that can grow."""
	own = {str(one): one for one in statements if one.is_own and one.is_direct and READS.match(one.query)}
	return [text for text, one in own.items() if any(map(reads_all, explain(one)))]


def explain(statement: Statement) -> list[Any]:
	"""Return MariaDB's plan for a statement, a row for each table."""
	return frappe.db.sql(f"EXPLAIN {statement.query}", *statement.values, as_dict=True)


def reads_all(step: Any) -> bool:
	"""Return whether a step of a plan reads all rows of a table that can grow.

	Of a small table MariaDB reads all rows although it has an index: there it counts whether one can be used.
	A table like "<derived2>" is the answer of another step.
	"""
	is_table = step.table and not step.table.startswith("<") and step.table not in SMALL_TABLES
	if step.type not in ("ALL", "index") or not is_table:
		return False
	rows = int(str(step.rows).split()[0])  # "12 (3%)" where an index filters what another one finds
	return not step.possible_keys or rows > MANY_ROWS
