"""Reading the customers of Medusa: what is new and changed, the known ones at night, and an import."""

import time
from contextlib import contextmanager
from unittest.mock import patch

import frappe
from frappe.utils import add_to_date, now_datetime

from medusa_integration import desk
from medusa_integration.exceptions import ConflictError, MedusaUnavailableError
from medusa_integration.jobs import customers as jobs
from medusa_integration.medusa import customers
from medusa_integration.medusa_integration.doctype.medusa_sync_log import medusa_sync_log as sync_log
from medusa_integration.selling import leads
from medusa_integration.settings import get_integration_user
from medusa_integration.tests.base import (
	SignUpTestCase,
	bench_only,
	linked_to,
	make_customer,
	make_lead,
	set_settings,
	settings,
	site_language,
	sync_log_rows,
	unique,
)
from medusa_integration.tests.fake_medusa import SECRET_KEY

PATH = customers.CUSTOMERS
DOCTYPE, RESULT = jobs.DOCTYPE, jobs.RESULT


@contextmanager
def refusing_leads_of(first_name: str, error: type[Exception]):
	"""Let the creation of the Leads with a first name fail."""
	insert = leads.insert_lead

	def fail(customer, **options):
		if customer["first_name"] == first_name:
			raise error
		return insert(customer, **options)

	with patch.object(leads, "insert_lead", fail):
		yield


class ReadingTestCase(SignUpTestCase):
	def setUp(self):
		super().setUp()
		set_settings(secret_key=SECRET_KEY, fetch_customers=1)
		for name in (jobs.CHANGES, jobs.KNOWN):
			frappe.delete_doc(DOCTYPE, name, force=True, ignore_missing=True)
		frappe.db.commit()
		self.enterContext(patch.object(customers, "PAGE", 2))
		# what happens in Medusa has happened a minute before it is read
		self.enterContext(patch.object(self.medusa, "clock", lambda: time.time() - 60))

	def tearDown(self):
		set_settings(secret_key="", fetch_customers=0)
		# the scheduled job would continue them, with the Medusa server of the site
		for name in frappe.get_all(DOCTYPE, {"status": jobs.RUNNING}, pluck="name"):
			frappe.delete_doc(DOCTYPE, name, force=True)
		frappe.db.commit()
		super().tearDown()

	def register(self, **values) -> dict:
		"""Let a customer register in the shop itself."""
		body = {"first_name": "Noor", "last_name": "Salim", "company_name": unique("Palm "), **values}
		return self.medusa.add_customer(body.pop("email", f"{unique()}@example.com"), body)

	def read(self, name: str) -> None:
		frappe.db.commit()
		jobs.run(name)

	def fetch(self) -> None:
		"""Play the scheduled job of changes, and the job that it queues."""
		jobs.fetch_changes()
		self.read(jobs.CHANGES)

	def fetch_known(self) -> None:
		jobs.fetch_known()
		self.read(jobs.KNOWN)

	def of(self, customer: dict):
		"""Return the Lead of a customer, or None."""
		name = frappe.db.get_value("Lead", {"medusa_id": customer["id"]}, "name")
		return frappe.get_doc("Lead", name) if name else None

	def row(self, name: str):
		return frappe.get_doc(DOCTYPE, name)


class TestChanges(ReadingTestCase):
	def setUp(self):
		super().setUp()
		self.before = self.register()
		self.fetch()

	def test_first_time_takes_over_nobody(self):
		self.assertIsNone(self.of(self.before))

	def test_new_customers(self):
		registered = [self.register() for _i in range(3)]
		self.fetch()
		self.assertEqual([self.of(one).email_id for one in registered], [one["email"] for one in registered])

	def test_changed_customer(self):
		customer = self.register()
		self.fetch()
		self.medusa.change_customer(customer["id"], first_name="Nora")
		self.fetch()
		self.assertEqual(self.of(customer).first_name, "Nora")

	def test_who_was_lost(self):
		"""An old customer whose sign-up never reached ERPNext, and who has just changed."""
		self.medusa.change_customer(self.before["id"], first_name="Nora")
		self.fetch()
		self.assertEqual(self.of(self.before).first_name, "Nora")

	def test_guests_of_the_shop(self):
		guest = self.medusa.add_guest(f"{unique()}@example.com", {})
		self.fetch()
		self.assertIsNone(self.of(guest))

	def test_period_overlaps_the_last_one(self):
		until = self.row(jobs.CHANGES).until
		self.fetch()
		self.assertLess(self.row(jobs.CHANGES).since, until)

	def test_failure_does_not_move_the_period(self):
		since = self.row(jobs.CHANGES).until
		customer = self.register()
		self.medusa.set_fault("500", PATH)
		self.assert_refused(MedusaUnavailableError, jobs.fetch_changes)
		self.assertEqual(self.row(jobs.CHANGES).until, since)
		self.medusa.set_fault("")
		self.fetch()
		self.assertTrue(self.of(customer))

	def test_failure_in_the_middle(self):
		"""The reading continues from its position, and in its period."""
		registered = [self.register() for _i in range(3)]
		jobs.fetch_changes()
		self.medusa.before_answer[PATH] = lambda: self.medusa.set_fault("500", PATH)
		self.read(jobs.CHANGES)
		row = self.row(jobs.CHANGES)
		found = (row.status, row.processed, row.error)
		self.assertEqual(found, ("Running", 2, "Medusa could not process the request."))
		del self.medusa.before_answer[PATH]
		self.medusa.set_fault("")
		self.read(jobs.CHANGES)
		self.assertTrue(self.of(registered[2]))
		self.assertEqual((self.row(jobs.CHANGES).status, self.row(jobs.CHANGES).processed), ("Done", 4))

	def test_conflict_does_not_stop_the_others(self):
		taken, other = self.register(email=make_lead().email_id), self.register()
		self.fetch()
		(row,) = sync_log_rows(medusa_id=taken["id"])
		self.assertEqual((bool(self.of(other)), row.waits_for), (True, "Person"))

	def test_unexpected_failure_does_not_stop_the_others(self):
		bad, other = self.register(first_name="Bad"), self.register()
		with refusing_leads_of("Bad", RuntimeError):
			self.fetch()
		(row,) = sync_log_rows(medusa_id=bad["id"])
		self.assertEqual((bool(self.of(other)), row.waits_for), (True, "Person"))

	def test_failure_that_could_not_be_logged_stops_the_reading(self):
		"""As if the database fails: nobody would find the customer later."""
		bad = self.register(first_name="Bad")
		failing = patch.object(sync_log, "log_failure", side_effect=RuntimeError)
		with refusing_leads_of("Bad", RuntimeError), failing, self.assertRaises(RuntimeError):
			self.fetch()
		self.assertEqual(self.row(jobs.CHANGES).status, "Running")
		self.fetch()
		self.assertTrue(self.of(bad))

	def test_running_one_is_not_begun_again(self):
		jobs.fetch_changes()
		until = self.row(jobs.CHANGES).until
		jobs.fetch_changes()
		self.assertEqual(self.row(jobs.CHANGES).until, until)

	def test_switched_off(self):
		customer = self.register()
		with settings(fetch_customers=0):
			jobs.fetch_changes()
		self.read(jobs.CHANGES)
		self.assertIsNone(self.of(customer))

	def test_by_hand(self):
		customer = self.register()
		desk.fetch_customers()
		self.read(jobs.CHANGES)
		self.assertTrue(self.of(customer))


class TestKnown(ReadingTestCase):
	def setUp(self):
		super().setUp()
		# the site has customers of other tests, and this server does not know them
		self.enterContext(patch.object(jobs, "FEW", 1_000_000))
		self.fetch()
		self.registered = self.register()
		self.fetch()

	def test_address(self):
		values = {"address_1": "1 Harbour Road", "city": "Muscat", "country_code": "om"}
		self.medusa.add_address(self.registered["id"], is_default_billing=True, **values)
		self.fetch_known()
		(address,) = linked_to("Lead", self.of(self.registered).name, "Address")
		self.assertEqual(frappe.db.get_value("Address", address, "city"), "Muscat")

	def test_deleted_customer(self):
		self.medusa.delete_customer(self.registered["id"])
		self.fetch_known()
		filters = {"reference_name": self.of(self.registered).name, "comment_type": "Info"}
		self.assertEqual(frappe.db.count("Comment", filters), 1)

	def test_deleted_customer_is_noted_once(self):
		self.medusa.delete_customer(self.registered["id"])
		for _i in range(2):
			self.fetch_known()
		filters = {"reference_name": self.of(self.registered).name, "comment_type": "Info"}
		self.assertEqual(frappe.db.count("Comment", filters), 1)

	def test_another_server_deletes_nobody(self):
		"""If most of the known customers are unknown there, the reading stops and says why."""
		self.enterContext(patch.object(jobs, "FEW", 1))
		self.medusa.reset()
		self.fetch_known()
		self.assertFalse(frappe.db.get_value("Medusa Account", self.registered["id"], "is_deleted"))
		row = self.row(jobs.KNOWN)
		self.assertEqual((row.status, "Is the Medusa URL the right one?" in row.error), ("Running", True))

	@bench_only
	def test_another_server_is_named_in_the_site_s_language(self):
		self.enterContext(patch.object(jobs, "FEW", 1))
		self.medusa.reset()
		with site_language("ar"):
			self.fetch_known()
		self.assertRegex(self.row(jobs.KNOWN).error, "[\u0600-\u06ff]{3}")

	def test_who_lost_only_the_account(self):
		"""They are a customer without an account now: not listed, but there."""
		self.registered["has_account"] = False
		self.fetch_known()
		self.assertFalse(frappe.db.get_value("Medusa Account", self.registered["id"], "is_deleted"))

	def test_unknown_customers_stay_unknown(self):
		other = self.register()
		self.fetch_known()
		self.assertIsNone(self.of(other))


class TestImport(ReadingTestCase):
	def setUp(self):
		super().setUp()
		self.new = self.register()
		self.other = make_lead()
		self.taken = self.register(email=self.other.email_id)
		self.known = self.register()
		make_customer(medusa_id=self.known["id"])

	def start(self, *, is_dry_run: bool):
		name = desk.start_import(is_dry_run)["name"]
		frappe.db.commit()
		return self.row(name)

	def play(self, *, is_dry_run: bool):
		row = self.start(is_dry_run=is_dry_run)
		self.read(row.name)
		return self.row(row.name)

	def results(self, row) -> dict[str, str]:
		filters = {"customer_import": row.name}
		return dict(frappe.get_all(RESULT, filters, ["medusa_id", "result"], as_list=True))

	def test_counts(self):
		row = self.play(is_dry_run=False)
		found = (row.status, row.total, row.processed, row.created, row.waiting, row.unchanged)
		self.assertEqual(found, ("Done", 3, 3, 1, 1, 1))

	def test_result_of_each_customer(self):
		row = self.play(is_dry_run=False)
		expected = {self.new["id"]: "created", self.taken["id"]: "waiting", self.known["id"]: "unchanged"}
		self.assertEqual(self.results(row), expected)

	def test_lead_that_has_the_email_is_named(self):
		for is_dry_run in (True, False):
			row = self.play(is_dry_run=is_dry_run)
			filters = {"customer_import": row.name, "result": "waiting"}
			found = frappe.db.get_value(RESULT, filters, ["reference_doctype", "reference_name"])
			self.assertEqual(found, ("Lead", self.other.name))

	def test_dry_run_foresees_it(self):
		foreseen = self.play(is_dry_run=True)
		self.assertEqual(self.results(foreseen), self.results(self.play(is_dry_run=False)))

	def test_dry_run_changes_nothing(self):
		self.play(is_dry_run=True)
		self.assertIsNone(self.of(self.new))
		self.assertEqual(sync_log_rows(medusa_id=self.taken["id"]), [])

	def test_dry_run_names_likely_customers(self):
		make_customer(customer_name=f"{self.new['company_name']} LLC")
		row = self.play(is_dry_run=True)
		filters = {"customer_import": row.name, "likely": 1}
		self.assertEqual(
			(row.likely, frappe.get_all(RESULT, filters, pluck="medusa_id")), (1, [self.new["id"]])
		)

	def test_customer_that_cannot_be_taken_over(self):
		self.new["email"] = "no address"
		row = self.play(is_dry_run=False)
		self.assertEqual((row.failed, row.processed, self.results(row)[self.new["id"]]), (1, 3, "failed"))

	def test_caches_are_emptied_for_each_page_only(self):
		"""Frappe empties them with each change of the user, and would read all DocTypes again."""
		self.enterContext(patch.object(customers, "PAGE", 10))
		row = self.start(is_dry_run=False)
		with patch.object(frappe, "set_user", wraps=frappe.set_user) as set_user:
			jobs.run(row.name)
		users = {call.args[0] for call in set_user.call_args_list}
		self.assertEqual((set_user.call_count, users), (2, {frappe.session.user, get_integration_user()}))

	def test_again(self):
		self.play(is_dry_run=False)
		row = self.play(is_dry_run=False)
		self.assertEqual((row.created, row.unchanged), (0, 2))

	def test_worker_dies_in_the_middle(self):
		"""After the Lead, and before the position is stored: the customer is known, and counted once."""
		row = self.start(is_dry_run=False)
		with patch.object(jobs, "store_result", side_effect=SystemExit), self.assertRaises(SystemExit):
			jobs.run(row.name)
		frappe.db.rollback()
		self.read(row.name)
		row = self.row(row.name)
		self.assertEqual((row.processed, len(self.results(row)), row.created), (3, 3, 1))

	def test_two_jobs(self):
		"""The one that comes second ends, and nobody is counted twice."""
		row = self.start(is_dry_run=False)
		late = self.row(row.name)
		self.read(row.name)
		with self.assertRaises(jobs.OvertakenError):
			jobs.process(late, self.new)
		frappe.db.rollback()
		self.assertEqual(self.row(row.name).processed, 3)

	def test_long_one_is_continued_by_another_job(self):
		row = self.start(is_dry_run=False)
		with patch.object(jobs, "RUN_TIME", -1):
			self.read(row.name)
		self.assertEqual((self.row(row.name).status, self.row(row.name).processed), ("Running", 2))
		self.read(row.name)
		self.assertEqual(self.row(row.name).status, "Done")

	def test_idle_one_is_queued_again(self):
		row = self.start(is_dry_run=False)
		long_ago = add_to_date(now_datetime(), minutes=-30)
		frappe.db.set_value(DOCTYPE, row.name, "modified", long_ago, update_modified=False)
		with self.jobs() as queued:
			jobs.continue_readings()
		self.assertEqual([arguments["name"] for _method, arguments in queued], [row.name])

	def test_without_a_key(self):
		with settings(secret_key=""):
			self.assert_refused(ConflictError, desk.start_import, True)

	def test_medusa_that_cannot_be_reached(self):
		with settings(medusa_url="http://127.0.0.1:9"):
			for call in (lambda: desk.start_import(True), desk.fetch_customers):
				message = self.assert_refused(MedusaUnavailableError, call)
				self.assertIn("Medusa cannot be reached. Check that Medusa is running", message)
				self.assertIn("Test Connection", message)

	def test_results_go_with_the_import(self):
		row = self.play(is_dry_run=True)
		frappe.delete_doc(DOCTYPE, row.name)
		self.assertEqual(self.results(row), {})
