"""Rehearse: what the site would refuse the shop, and that nothing stays of it."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from copy import deepcopy
from typing import Any
from unittest.mock import patch

import frappe
from frappe.utils.background_jobs import get_job
from redis.exceptions import RedisError

from medusa_integration import desk, rehearsal
from medusa_integration.constants import INTEGRATION_USER
from medusa_integration.jobs import health
from medusa_integration.rehearsal import checks, reasons, story
from medusa_integration.rehearsal.undoing import undone
from medusa_integration.selling import approvals, own_fields
from medusa_integration.tests.base import (
	MedusaTestCase,
	bench_only,
	company,
	make_item,
	make_lead,
	make_price_list,
	make_quotation,
	make_user,
	medusa_customer,
	records,
	set_price,
	settings,
	unique,
)
from medusa_integration.tests.test_controls import pricing_rule, workflow

LEAD = "A customer signs up: their Lead is created"
REQUEST = "The customer requests a quotation"
APPROVAL = "The customer approves the quotation"
CONVERSION = "The Lead becomes a Customer"
SUBMIT = "The Quotation is submitted"
ORDER = "The Sales Order is created and submitted"
STORY = (LEAD, REQUEST, APPROVAL, CONVERSION, SUBMIT, ORDER)
UNDONE = "Everything was undone"
ITEM = "There is an Item that the shop can sell"


@contextmanager
def rule(doctype: str, action: Callable[[Any], Any]) -> Iterator[None]:
	"""A hook of the site, for a while: `action` gets each document of a DocType before it is inserted."""
	check = own_fields.check

	def hook(doc, method=None):
		check(doc, method)
		if doc.doctype == doctype:
			action(doc)

	with patch.object(own_fields, "check", hook):
		yield


def refusing(message: str, error: type[Exception] = frappe.ValidationError) -> Callable[[Any], None]:
	"""Return a hook that refuses each document."""
	return lambda _doc: frappe.throw(message, error)


@contextmanager
def mandatory_field(doctype: str) -> Iterator[None]:
	"""A mandatory custom field of the site, for a while."""
	field = frappe.new_doc("Custom Field")
	field.update({"dt": doctype, "fieldname": "rehearsed_reference", "label": "Their Reference"})
	field.update({"fieldtype": "Data", "reqd": 1})
	field.insert()
	frappe.db.commit()
	frappe.clear_cache()
	try:
		yield
	finally:
		frappe.db.rollback()
		frappe.delete_doc("Custom Field", field.name)
		frappe.db.commit()
		frappe.clear_cache()


class RehearsalTestCase(MedusaTestCase):
	"""Tests on a site that refuses nothing: an Item with a variant id has a price."""

	def rehearse(self) -> dict[str, dict[str, Any]]:
		"""Rehearse; return the steps by their titles."""
		return {step["title"]: step for step in rehearsal.rehearse()}

	def refused(self, title: str) -> dict[str, Any]:
		"""Rehearse, check that this step of the story is the only one that is refused; return it."""
		steps = self.rehearse()
		index = STORY.index(title)
		states = ["ok"] * index + ["refused"] + ["not_tried"] * (len(STORY) - index - 1)
		self.assertEqual([steps[name]["state"] for name in STORY], states, steps)
		return steps[title]

	def accepted(self) -> dict[str, dict[str, Any]]:
		"""Rehearse, check that each step of the story is OK; return the steps."""
		steps = self.rehearse()
		self.assertEqual([steps[name]["state"] for name in STORY], ["ok"] * len(STORY), steps)
		return steps


class TestStory(RehearsalTestCase):
	def test_site_that_refuses_nothing(self):
		steps = self.accepted()
		self.assertFalse([step for step in steps.values() if step["state"] == "refused"])

	def test_orders_an_item_with_a_variant_id_and_a_price(self):
		self.assertIn("variant_", self.rehearse()[ITEM]["reason"])

	def test_does_what_the_shop_does_as_the_integration_user(self):
		owners = []
		with rule("Sales Order", lambda doc: owners.append((frappe.session.user, doc.from_ecommerce))):
			self.rehearse()
		self.assertEqual(owners, [(INTEGRATION_USER, 1)])

	def test_site_without_taxes(self):
		self.assertEqual(self.rehearse()["Taxes are added"]["state"], "warning")

	def test_clerk_offers(self):
		with settings(clerk_offers=1):
			steps = self.accepted()
		self.assertEqual(steps["A clerk offers the quotation"]["state"], "ok")

	def test_company_without_a_country(self):
		addresses = []
		with (
			patch.object(frappe.db, "get_value", self.without_country(frappe.db.get_value)),
			rule("Quotation", lambda doc: addresses.append(doc.customer_address)),
		):
			self.assertEqual(self.rehearse()["There is a company to sell for"]["state"], "warning")
		self.assertEqual(addresses, [None])

	def without_country(self, read: Callable) -> Callable:
		"""Return `read` for a site whose company has no country."""
		return lambda doctype, *args, **kwargs: (
			None if (doctype, args[1:2]) == ("Company", ("country",)) else read(doctype, *args, **kwargs)
		)

	def test_desk_gets_the_same(self):
		self.assertEqual([step["title"] for step in desk.rehearse()], list(self.rehearse()))

	def test_command_prints_the_steps(self):
		with redirect_stdout(io.StringIO()) as printed, settings(enabled=0), self.assertRaises(SystemExit):
			rehearsal.run()
		text = printed.getvalue()
		self.assertIn("[Refused] The integration is enabled\n    The Medusa integration is switched", text)
		self.assertIn("    Medusa Settings\n", text)
		self.assertIn(f"[OK] {ORDER}\n", text)

	def test_command_ends_without_an_error_or_an_answer(self):
		"""`bench execute` would print an answer again, as JSON."""
		with redirect_stdout(io.StringIO()):
			self.assertIsNone(rehearsal.run())

	def test_command_ends_with_1_if_the_site_refuses(self):
		with redirect_stdout(io.StringIO()), settings(enabled=0), self.assertRaises(SystemExit) as caught:
			rehearsal.run()
		self.assertEqual(caught.exception.code, 1)


class TestRefusals(RehearsalTestCase):
	def test_rule_for_leads(self):
		with rule("Lead", refusing("No <b>strangers</b>")):
			self.assertEqual(self.refused(LEAD)["reason"], "No strangers")

	def test_rule_for_quotations(self):
		with rule("Quotation", refusing("Not today")):
			self.assertEqual(self.refused(REQUEST)["reason"], "Not today")

	def test_rule_for_customers(self):
		with rule("Customer", refusing("Too young")):
			self.assertEqual(self.refused(CONVERSION)["reason"], "Too young")

	def test_rule_for_orders(self):
		with rule("Sales Order", refusing("Too late")):
			self.assertEqual(self.refused(ORDER)["reason"], "Too late")

	def test_mandatory_field_of_quotations(self):
		with mandatory_field("Quotation"):
			step = self.refused(REQUEST)
		self.assertIn("Their Reference", step["reason"])
		self.assertEqual(step["link"]["options"], {"doc_type": "Quotation"})

	def test_mandatory_field_of_orders(self):
		with mandatory_field("Sales Order"):
			self.assertIn("Their Reference", self.refused(ORDER)["reason"])

	def test_mandatory_field_of_customers_is_a_warning(self):
		with mandatory_field("Customer"):
			step = self.accepted()["Clerks can change the Customer"]
		self.assertEqual(step["state"], "warning")
		self.assertIn("Their Reference", step["reason"])

	def test_code_that_fails(self):
		with rule("Quotation", lambda _doc: int("x")):
			self.assertIn("ValueError", self.refused(REQUEST)["reason"])

	def test_permission(self):
		def read(_doc):
			raise frappe.PermissionError("Customer Group")

		with rule("Customer", read):
			step = self.refused(CONVERSION)
		self.assertIn(f"{INTEGRATION_USER} does not have the permission: Customer Group", step["reason"])
		self.assertEqual(step["link"]["route"], ["Form", "User", INTEGRATION_USER])

	def test_total_that_changes_with_the_conversion(self):
		per_document = lambda doc, amount: f"{doc.doctype} {amount}"  # noqa: E731
		with patch.object(approvals, "as_money", side_effect=per_document):
			self.assertEqual(self.refused(APPROVAL)["link"]["route"], ["List", "Pricing Rule"])

	def test_lock_that_is_not_released(self):
		tries = []

		def wait(doc):
			tries.append(doc)
			raise frappe.QueryTimeoutError

		with rule("Quotation", wait):
			self.assertIn("Other users", self.refused(REQUEST)["reason"])
		self.assertEqual(len(tries), 1)

	def test_name_that_is_always_taken(self):
		def collide(_doc):
			raise frappe.DuplicateEntryError("Quotation", "SAL-QTN-1")

		with rule("Quotation", collide):
			step = self.refused(REQUEST)
		self.assertIn("Quotation, SAL-QTN-1", step["reason"])
		self.assertEqual(step["link"]["route"][1], "Document Naming Settings")

	def test_collision_is_tried_again(self):
		tries = []

		def collide_once(doc):
			tries.append(doc)
			if len(tries) == 1:
				raise frappe.QueryDeadlockError

		with rule("Quotation", collide_once):
			self.accepted()


@bench_only
class TestControls(RehearsalTestCase):
	"""What only ERPNext itself refuses."""

	def test_workflow_of_orders(self):
		with workflow("Sales Order", "Sales Manager"):
			step = self.refused(ORDER)
		self.assertEqual(step["link"]["route"][:2], ["Form", "Workflow"])
		self.assertIn("does not let", step["reason"])

	def test_workflow_of_quotations(self):
		with workflow("Quotation", "Sales Manager"):
			self.refused(SUBMIT)

	def test_credit_limit(self):
		group = frappe.get_doc("Customer Group", "Ecommerce Customer")
		group.append("credit_limits", {"company": company(), "credit_limit": 0.01})
		group.save()
		frappe.db.commit()
		try:
			step = self.refused(ORDER)
		finally:
			group.set("credit_limits", [])
			group.save()
			frappe.db.commit()
		self.assertEqual(step["link"]["route"], ["List", "Customer Group"])

	def test_frozen_customers(self):
		with rule("Customer", lambda doc: doc.set("is_frozen", 1)):
			self.assertIn("frozen", self.refused(SUBMIT)["reason"])

	def test_pricing_rule_for_the_new_customers_group(self):
		group = {"applicable_for": "Customer Group", "customer_group": "Ecommerce Customer"}
		item = frappe._dict(name=self.item.name, medusa_variant_id=self.item.medusa_variant_id)
		chosen = (checks.ItemToOrder(item.name, item.medusa_variant_id), checks.FINE)
		# the app keeps the price that the customer saw
		with (
			pricing_rule(item=self.item.name, rate=60, **group),
			patch.object(checks, "find_item", return_value=chosen),
		):
			self.accepted()


class TestSettings(RehearsalTestCase):
	"""Each setting that is wrong, on its own."""

	def assert_state(self, title: str, state: str, word: str) -> None:
		"""Rehearse, and check the state of a step and that its reason contains a word."""
		step = self.rehearse()[title]
		self.assertEqual(step["state"], state)
		self.assertIn(word, step["reason"])

	def test_switched_off(self):
		with settings(enabled=0):
			self.assert_state("The integration is enabled", "refused", "switched off")

	def test_user_who_is_disabled(self):
		user = make_user("System Manager", enabled=0)
		with settings(integration_user=user):
			self.assert_state("The integration user can work", "refused", user)

	def test_user_without_a_permission(self):
		with settings(integration_user=make_user()):
			self.assert_state("The integration user can work", "refused", "Quotation Lost Reason")

	def test_administrator(self):
		with settings(integration_user="Administrator"):
			self.assert_state("The integration user can work", "warning", "Administrator")

	def test_no_company(self):
		with (
			settings(company=None),
			patch("frappe.defaults.get_global_default", return_value=None),
		):
			step = self.rehearse()["There is a company to sell for"]
		self.assertEqual(step["state"], "refused")

	def test_price_list_that_is_disabled(self):
		name = make_price_list(unique("Prices "))
		frappe.db.set_value("Price List", name, "enabled", 0)
		with settings(price_list=name):
			self.assert_state("There is a price list", "refused", name)

	def test_no_price_list(self):
		with patch.object(checks, "price_list_of_shop", return_value=None):
			self.assert_state("There is a price list", "refused", "price list")

	def test_master_that_is_gone(self):
		with settings(sales_person="Nobody"):
			self.assert_state("Customer group, sales person and lead source exist", "refused", "Nobody")

	def test_letter_head_that_is_gone(self):
		with settings(letter_head="None of ours"):
			self.assert_state("Print format and letter head can be used", "warning", "None of ours")

	@contextmanager
	def scheduler(self, *, is_off: bool, has_run: bool) -> Iterator[None]:
		with (
			patch.object(checks, "is_scheduler_inactive", return_value=is_off),
			patch.object(checks, "has_run_lately", return_value=has_run),
		):
			yield

	def test_scheduler_that_is_off(self):
		with self.scheduler(is_off=True, has_run=False):
			self.assert_state("Background jobs are started on time", "warning", "is off")

	def test_scheduler_that_has_not_run(self):
		"""It is on, but no process runs it."""
		with self.scheduler(is_off=False, has_run=False):
			self.assert_state("Background jobs are started on time", "warning", "has not run lately")

	def test_scheduler_that_has_run(self):
		with self.scheduler(is_off=False, has_run=True):
			self.assertEqual(self.rehearse()["Background jobs are started on time"]["state"], "ok")

	def test_redis_that_cannot_be_reached(self):
		with patch.object(health, "get_workers", side_effect=RedisError):
			self.assert_state("Background jobs can be queued", "warning", "Redis cannot be reached")

	def test_redis_that_can_be_reached(self):
		self.assertEqual(self.rehearse()["Background jobs can be queued"]["state"], "ok")


class TestItems(RehearsalTestCase):
	"""Which Item is ordered. Each test has a price list of its own."""

	def setUp(self):
		super().setUp()
		self.prices = make_price_list(unique("Prices "))
		self.enterContext(settings(price_list=self.prices))

	def test_item_without_a_variant_id(self):
		item = make_item(rate=5, price_list=self.prices, medusa_variant_id=None)
		frappe.db.commit()
		self.assertEqual(checks.find_item()[0], (item.name, None))
		self.assertEqual(self.accepted()[ITEM]["state"], "warning")

	def test_no_item_with_a_price(self):
		steps = self.rehearse()
		self.assertEqual((steps[ITEM]["state"], steps[APPROVAL]["state"]), ("refused", "refused"))
		self.assertIn("without a price", steps[APPROVAL]["reason"])
		self.assertEqual(steps[APPROVAL]["link"]["route"], ["List", "Item Price"])

	def test_no_item_at_all(self):
		with patch.object(checks, "first_item", return_value=None):
			steps = self.rehearse()
		states = [steps[title]["state"] for title in (ITEM, LEAD, REQUEST, ORDER)]
		self.assertEqual(states, ["refused", "ok", "not_tried", "not_tried"])

	def test_items_that_are_not_sold_are_passed_over(self):
		for values in ({"disabled": 1}, {"is_sales_item": 0}, {"end_of_life": "2020-01-01"}):
			item = make_item(rate=5, price_list=self.prices)
			frappe.db.set_value("Item", item.name, values)
		self.assertEqual(checks.find_item()[1][0], "refused")

	def test_prices_that_do_not_count_today(self):
		for values in (
			{"valid_from": "2100-01-01"},
			{"valid_from": "2020-01-01", "valid_upto": "2020-01-02"},
		):
			set_price(make_item().name, self.prices, 5, **values)
		self.assertEqual(checks.find_item()[1][0], "refused")


class TestReasons(RehearsalTestCase):
	"""Whose code refuses: told by the traceback."""

	def raised(self, code: str, filename: str, module: str) -> Exception:
		"""Return the error that some code raises, which is in this file and module."""
		try:  # `assertRaises` would clear the traceback
			exec(compile(code, filename, "exec"), {"__name__": module, "frappe": frappe})
		except Exception as error:
			return error
		raise AssertionError("The code has raised nothing.")

	def test_server_script(self):
		error = self.raised("frappe.throw('No')", "<serverscript>: check_credit", "x")
		reason = reasons.explain(error)
		self.assertIn("check_credit refuses this: No", reason.text)
		self.assertEqual(reason.link.route, ["List", "Server Script"])

	def test_other_app(self):
		error = self.raised("frappe.throw('No')", "rules.py", "acme.rules")
		with patch.object(frappe, "get_hooks", return_value=["frappe", "acme"]):
			reason = reasons.explain(error)
		self.assertIn("The app acme refuses this: No", reason.text)
		self.assertIn("acme.rules", reason.advice)

	def test_mandatory_field_of_a_line_is_named(self):
		error = frappe.MandatoryError("[Quotation, SAL-QTN-1]: bin_number")
		self.assertIn("bin_number", reasons.explain(error).text)

	def test_setting_that_names_nothing(self):
		link = reasons.explain(frappe.LinkValidationError("Could not find Territory: x")).link
		self.assertEqual(link.route, ["Form", "Medusa Settings", "Medusa Settings"])

	def test_error_without_a_message(self):
		frappe.clear_messages()
		self.assertIn("PermissionError", reasons.explain(frappe.PermissionError()).text)


class TestNothingStays(RehearsalTestCase):
	def setUp(self):
		super().setUp()
		self.before = records()

	def assert_nothing_stays(self) -> None:
		"""Check that no record is new or changed, also if the request is committed."""
		frappe.db.commit()
		self.assertEqual(records(), self.before)

	def test_of_a_site_that_refuses_nothing(self):
		self.accepted()
		self.assert_nothing_stays()

	def test_of_a_refusal(self):
		with rule("Sales Order", refusing("No")):
			self.rehearse()
		self.assert_nothing_stays()

	def test_of_a_block_that_is_interrupted(self):
		commit = frappe.db.commit
		with self.assertRaises(KeyboardInterrupt), undone():
			make_lead()
			raise KeyboardInterrupt
		self.assertEqual(frappe.db.commit, commit)
		self.assert_nothing_stays()

	def test_of_a_hook_that_commits(self):
		with rule("Sales Order", lambda _doc: frappe.db.commit()):
			self.accepted()
		self.assert_nothing_stays()

	def test_numbers_are_not_used(self):
		lead, quotation = make_lead(), make_quotation(make_lead().medusa_id, self.item)
		frappe.db.rollback()
		self.rehearse()
		self.assertEqual(make_lead().name, lead.name)
		self.assertEqual(make_quotation(make_lead().medusa_id, self.item).name, quotation.name)

	def test_job_for_the_commit(self):
		job = unique("job-")
		options = {"job_id": job, "enqueue_after_commit": True}
		with rule("Sales Order", lambda _doc: frappe.enqueue("frappe.utils.nowdate", **options)):
			self.accepted()
		frappe.db.commit()
		self.assertIsNone(get_job(job))

	def test_job_that_does_not_wait_for_the_commit(self):
		job, queued = unique("job-"), []

		def enqueue(_doc):
			frappe.enqueue("frappe.utils.nowdate", job_id=job)
			queued.append(get_job(job))

		with rule("Sales Order", enqueue):
			self.accepted()
		self.assertIsNotNone(queued[0])
		self.assertIsNone(get_job(job))

	def test_no_event_is_told(self):
		with settings(event_url="https://shop.example.com/events", clerk_offers=1), self.jobs() as queued:
			self.accepted()
			frappe.db.commit()
		self.assertEqual(queued, [])
		self.assert_nothing_stays()

	def test_messages(self):
		with rule("Sales Order", lambda _doc: frappe.msgprint("Well done")):
			self.accepted()
		self.assertEqual(frappe.local.message_log, [])

	def test_state_of_the_request(self):
		user, conf = frappe.session.user, dict(frappe.local.conf)
		flags = deepcopy(dict(frappe.local.flags))
		with rule("Sales Order", refusing("No")):
			self.rehearse()
		self.assertEqual(frappe.session.user, user)
		self.assertEqual(dict(frappe.local.conf), conf)
		self.assertEqual(dict(frappe.local.flags), flags)

	def test_mail_is_muted(self):
		muted = []
		with rule("Sales Order", lambda _doc: muted.append(frappe.conf.mute_emails)):
			self.rehearse()
		self.assertEqual(muted, [1])

	def test_what_stays_is_named(self):
		"""A script that commits with a statement of its own is not stopped."""
		visitor = story.make_up_visitor()
		lead = make_lead(**medusa_customer(id=visitor.customer_id)).name
		with patch.object(story, "make_up_visitor", return_value=visitor), patch.object(story, "play"):
			frappe.db.commit()
			step = self.rehearse()[UNDONE]
		self.assertEqual(step["state"], "refused")
		self.assertEqual(step["link"]["route"], ["Form", "Lead", lead])


@bench_only
class TestNothingStaysOfABench(RehearsalTestCase):
	"""What the sandbox does not have."""

	def checksums(self) -> dict[str, int]:
		"""Return a checksum of each table of the site."""
		tables = frappe.db.get_tables(cached=False)
		names = ", ".join(f"`{table}`" for table in tables)
		return dict(frappe.db.sql(f"CHECKSUM TABLE {names}"))

	def test_no_table_of_the_database_has_changed(self):
		self.rehearse()  # what a first call caches in a table
		frappe.db.commit()
		before = self.checksums()
		with rule("Sales Order", lambda _doc: frappe.log_error("Strange")):
			self.accepted()
		frappe.db.commit()
		after = self.checksums()
		self.assertEqual({table for table in after if after[table] != before.get(table)}, set())

	def test_global_search(self):
		before = frappe.cache.llen("global_search_queue")
		self.accepted()
		self.assertEqual(frappe.cache.llen("global_search_queue"), before)

	def test_documents_in_the_cache(self):
		made = []
		for doctype in ("Lead", "Customer", "Quotation", "Sales Order"):
			self.enterContext(rule(doctype, lambda doc: made.append(doc)))
		with patch("frappe.model.document.Document.clear_cache", autospec=True) as clear:
			clear.side_effect = lambda doc: (
				frappe.clear_document_cache(doc.doctype, doc.name),
				frappe.get_cached_doc(doc.doctype, doc.name),
			)
			self.accepted()
		frappe.local.cache = {}
		self.assertEqual(len(made), 4)
		for doc in made:
			self.assertIsNone(frappe.cache.get_value(f"document_cache::{doc.doctype}::{doc.name}"), doc)

	def test_messages_to_browsers(self):
		with patch("frappe.realtime.emit_via_redis") as emit:
			self.accepted()
			frappe.db.commit()
		emit.assert_not_called()

	def test_webhook(self):
		hook = frappe.new_doc("Webhook")
		hook.update({"webhook_doctype": "Lead", "webhook_docevent": "after_insert", "enabled": 1})
		hook.update({"name": unique("hook-"), "request_url": "https://example.invalid/"})
		hook.insert()
		frappe.db.commit()
		self.addCleanup(frappe.db.commit)
		self.addCleanup(frappe.delete_doc, "Webhook", hook.name)
		with self.jobs() as queued:
			self.accepted()
			frappe.db.commit()
		self.assertEqual(queued, [])
		self.assertFalse(getattr(frappe.local, "_webhook_queue", None))

	def slack_notification(self) -> str:
		"""Make a Notification of new Leads that goes to Slack; return its name."""
		url = frappe.new_doc("Slack Webhook URL")
		url.update({"webhook_name": unique(), "webhook_url": "https://example.invalid"})
		url.insert()
		alert = frappe.new_doc("Notification")
		alert.update({"name": unique("Alert "), "subject": "New", "document_type": "Lead", "event": "New"})
		alert.update({"channel": "Slack", "slack_webhook_url": url.name, "message": "{{ doc.name }}"})
		alert.insert()
		frappe.db.commit()
		self.addCleanup(frappe.db.commit)
		self.addCleanup(frappe.delete_doc, "Notification", alert.name)
		return alert.name

	def test_notification_to_slack(self):
		name = self.slack_notification()
		with patch("requests.post") as post:
			self.accepted()
		post.assert_not_called()
		self.assertEqual(frappe.db.get_value("Notification", name, "channel"), "Slack")

	def test_notification_to_slack_after_a_commit_by_sql(self):
		name = self.slack_notification()
		with undone():
			frappe.db.sql("COMMIT")
		self.assertEqual(frappe.db.get_value("Notification", name, "channel"), "Slack")

	def test_mail_that_is_sent_at_once(self):
		with patch("smtplib.SMTP") as smtp, rule("Sales Order", lambda _doc: send_mail()):
			self.rehearse()
		smtp.assert_not_called()


def send_mail() -> None:
	"""Send a mail without waiting for the commit."""
	frappe.sendmail("x@example.com", subject="x", message="x", sender="y@example.com", now=True)
