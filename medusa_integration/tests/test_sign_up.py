"""sign_up: a customer registers in the shop."""

import json
from time import time
from unittest.mock import patch

import frappe
import redis

from medusa_integration import api, sign_up
from medusa_integration.compat import QUEUE_FAILURES
from medusa_integration.constants import INTEGRATION_USER
from medusa_integration.exceptions import (
	EmailTakenError,
	InvalidArgumentsError,
	MedusaRefusedError,
	MedusaTimeoutError,
	MedusaUnavailableError,
	OverloadedError,
	TooManyCallsError,
)
from medusa_integration.rest import rate_limits
from medusa_integration.tests.base import (
	PASSWORD,
	SignUpTestCase,
	bench_only,
	make_user,
	medusa_customer,
	request_of,
	settings,
	sync_log_rows,
	unique,
)
from medusa_integration.tests.fake_medusa import (
	CUSTOMERS,
	LOGIN,
	OWN_SIGN_UP,
	PUBLISHABLE_KEY,
	REGISTER,
)


class TestSignUp(SignUpTestCase):
	def test_answer_is_medusas_id(self):
		self.assertEqual(self.sign_up(), self.medusa.customers[self.email]["id"])

	def test_medusa_gets_the_fields(self):
		self.sign_up()
		known = self.medusa.customers[self.email]
		expected = {
			"first_name": self.customer["first_name"],
			"last_name": self.customer["last_name"],
			"phone": self.customer["mobile"],
			"company_name": self.customer["organization_name"],
		}
		self.assertEqual({key: known[key] for key in expected}, expected)

	def test_password_arrives_as_it_was_sent(self):
		self.sign_up()
		self.assertEqual(self.medusa.passwords[self.email], PASSWORD)

	def test_email_is_trimmed_and_lowered_first(self):
		self.sign_up(email=f" {self.email.upper()} ")
		self.assertIn(self.email, self.medusa.customers)

	def test_row_waits_for_the_lead(self):
		medusa_id = self.sign_up()
		row = self.row()
		self.assertEqual((row.method, row.status, row.medusa_id), ("sign_up", "Queued", medusa_id))

	def test_row_is_the_integration_users(self):
		self.sign_up()
		self.assertEqual(self.row().owner, INTEGRATION_USER)

	def test_password_is_in_no_row(self):
		self.sign_up()
		self.assertNotIn("s3cret", self.row().request)

	def test_job_is_queued_after_commit(self):
		with self.jobs() as queued:
			self.sign_up()
			self.assertEqual(queued, [])
			frappe.db.commit()
		self.assertEqual([method for method, _kwargs in queued], ["medusa_integration.api.insert_lead"])

	def test_job_is_deduplicated_by_the_id(self):
		with self.jobs() as queued:
			medusa_id = self.sign_up()
			frappe.db.commit()
		kwargs = queued[0][1]
		self.assertTrue(kwargs["deduplicate"])
		self.assertEqual(kwargs["job_id"], f"medusa_insert_lead_{medusa_id}_1")

	def test_job_has_no_password(self):
		with self.jobs() as queued:
			self.sign_up()
			frappe.db.commit()
		self.assertNotIn("s3cret", json.dumps(queued))

	def test_job_makes_the_lead_and_closes_the_row(self):
		with self.jobs() as queued:
			medusa_id = self.sign_up()
			frappe.db.commit()
		lead = api.insert_lead(data=queued[0][1]["data"])
		self.assertEqual(frappe.db.get_value("Lead", lead, "medusa_id"), medusa_id)
		row = self.row()
		self.assertEqual((row.status, row.reference_name, row.attempts), ("Success", lead, 1))

	def test_queue_that_takes_none_fails_nothing(self):
		for failure in QUEUE_FAILURES:
			with self.subTest(failure), patch.object(frappe, "enqueue", side_effect=failure):
				self.new_customer()
				self.sign_up()
				frappe.db.commit()
				self.assertEqual(self.row().status, "Queued")

	def test_session_is_put_back(self):
		with request_of("Guest"):
			frappe.local.form_dict = frappe._dict(cmd="x")
			self.sign_up()
			self.assertEqual((frappe.session.user, frappe.form_dict.cmd), ("Guest", "x"))

	def test_mobile_and_organization_may_be_missing(self):
		self.assertTrue(self.sign_up(mobile=None, organization_name=None, t_c_acceptance=None))


class TestAgain(SignUpTestCase):
	def test_same_password_is_the_same_id(self):
		self.assertEqual(self.sign_up(), self.sign_up())

	def test_missing_lead_is_queued_again(self):
		with self.jobs() as queued:
			self.sign_up()
			self.sign_up()
			frappe.db.commit()
		self.assertEqual(len(queued), 2)

	def test_lead_that_is_there_is_not_queued(self):
		with self.jobs() as queued:
			medusa_id = self.sign_up()
			api.insert_lead({**self.customer, "id": medusa_id})
			self.sign_up()
			frappe.db.commit()
		self.assertEqual(len(queued), 1)
		self.assertEqual({row.status for row in sync_log_rows(email=self.email)}, {"Success"})

	def test_other_password_is_a_conflict(self):
		self.sign_up()
		frappe.db.commit()
		self.assert_refused(EmailTakenError, self.sign_up, password="another")

	def test_at_the_same_moment(self):
		"""Medusa then speaks of the identity in other words than later."""
		self.medusa.while_registering = lambda: self.medusa.passwords.update({self.email: PASSWORD})
		self.assertEqual(self.sign_up(), self.medusa.customers[self.email]["id"])

	def test_at_the_same_moment_with_another_password(self):
		self.medusa.while_registering = lambda: self.medusa.passwords.update({self.email: "another"})
		self.assert_refused(EmailTakenError, self.sign_up)

	def test_identity_without_customer_is_completed(self):
		self.medusa.passwords[self.email] = PASSWORD
		self.assertEqual(self.sign_up(), self.medusa.customers[self.email]["id"])

	def test_account_of_another_kind_is_a_conflict(self):
		self.medusa.add_customer(self.email, {})
		self.medusa.passwords[self.email] = PASSWORD
		self.assert_refused(EmailTakenError, self.sign_up)


class TestFaults(SignUpTestCase):
	def fails_with(self, error: type[Exception], fault: str, path: str = "") -> None:
		self.medusa.set_fault(fault, path)
		message = self.assert_refused(error, self.sign_up)
		for leak in ("Knex", "select", "/srv/", "s3cret"):
			self.assertNotIn(leak, message)
		self.assertEqual((self.row().status, self.row().attempts), ("Failed", 1))
		self.medusa.set_fault("")
		self.assertEqual(self.sign_up(), self.medusa.customers[self.email]["id"])

	def test_unavailable_and_then_well_again(self):
		for path in (REGISTER, CUSTOMERS):
			for fault in ("500", "html", "database", "list"):
				with self.subTest(path=path, fault=fault):
					self.new_customer()
					self.fails_with(MedusaUnavailableError, fault, path)

	def test_hanging_and_then_well_again(self):
		for path in (REGISTER, CUSTOMERS):
			for fault in ("hang", "late"):
				with self.subTest(path=path, fault=fault), settings(timeout=1):
					self.new_customer()
					self.fails_with(MedusaTimeoutError, fault, path)

	def test_refused_data(self):
		for path in (REGISTER, CUSTOMERS):
			with self.subTest(path=path):
				self.new_customer()
				self.fails_with(MedusaRefusedError, "refuse", path)

	def test_half_an_answer_is_recovered_at_once(self):
		for path in (REGISTER, CUSTOMERS):
			for fault in ("half", "lost"):
				with self.subTest(path=path, fault=fault):
					self.new_customer()
					self.medusa.set_fault(fault, path)
					self.assertEqual(self.sign_up(), self.medusa.customers[self.email]["id"])

	def test_nobody_listens(self):
		with settings(medusa_url="http://127.0.0.1:9"):
			self.assert_refused(MedusaUnavailableError, self.sign_up)

	def test_no_url(self):
		with settings(medusa_url=""):
			self.assert_refused(MedusaUnavailableError, self.sign_up)

	def test_wrong_publishable_key(self):
		with settings(publishable_key="pk_wrong"):
			self.assert_refused(MedusaUnavailableError, self.sign_up)

	def test_401_of_a_broken_login_is_no_wrong_password(self):
		self.sign_up()
		frappe.db.commit()
		self.medusa.set_fault("database", LOGIN)
		self.assert_refused(MedusaUnavailableError, self.sign_up)

	def test_ids_that_are_none(self):
		for medusa_id in (None, "", 7, ["cus_1"], "cus 1", "x" * 141, "<b>"):
			with self.subTest(medusa_id):
				self.new_customer()
				with patch.object(self.medusa, "add_customer", return_value={"id": medusa_id}):
					self.assert_refused(MedusaUnavailableError, self.sign_up)

	@bench_only
	def test_no_secret_is_in_what_frappe_writes_down_of_a_failure(self):
		for path in (REGISTER, CUSTOMERS):
			for fault in ("500", "hang", "database", "html"):
				with self.subTest(path=path, fault=fault), settings(timeout=1):
					self.new_customer()
					self.medusa.set_fault(fault, path)
					text = self.traceback_of_failure()
					for secret in ("s3cret", "Bearer", self.medusa.token(self.email)):
						self.assertNotIn(secret, text)

	def traceback_of_failure(self) -> str:
		try:
			self.sign_up()
		except MedusaUnavailableError:
			return frappe.get_traceback(with_context=True)
		raise AssertionError("signed up")

	def test_no_lock_is_held_while_medusa_is_asked(self):
		self.sign_up()
		with patch.object(sign_up.registration, "register", side_effect=self.committed_row):
			self.sign_up()

	def committed_row(self, customer, _password) -> str:
		frappe.db.rollback()  # would take away what is not committed
		rows = sync_log_rows(email=customer["email"])
		self.assertEqual({row.status for row in rows}, {"Queued"})
		return "cus_1"


class TestOwnRoute(SignUpTestCase):
	def setUp(self):
		super().setUp()
		own = settings(sign_up_flow="Own route", sign_up_path=OWN_SIGN_UP)
		own.__enter__()
		self.addCleanup(own.__exit__, None, None, None)

	def test_one_post_with_all_fields(self):
		self.sign_up()
		((path, body),) = self.medusa.calls
		expected = {**self.customer, "password": PASSWORD, "key": PUBLISHABLE_KEY}
		self.assertEqual((path, body), (OWN_SIGN_UP, expected))

	def test_answer_is_the_id_of_the_shops_route(self):
		self.assertEqual(self.sign_up(), self.medusa.customers[self.email]["id"])

	def test_password_may_be_missing(self):
		self.sign_up(password=None)
		self.assertNotIn("password", self.medusa.calls[0][1])

	def test_taken_email_is_refused(self):
		self.sign_up()
		frappe.db.commit()
		self.assert_refused(EmailTakenError, self.sign_up)

	def test_refused(self):
		self.medusa.set_fault("refuse")
		self.assert_refused(MedusaRefusedError, self.sign_up)

	def test_broken_answer_is_unavailable(self):
		for fault in ("500", "html", "half", "list", "database"):
			with self.subTest(fault):
				self.medusa.set_fault(fault)
				self.assert_refused(MedusaUnavailableError, self.sign_up)


class TestBadSignUps(SignUpTestCase):
	def check(self, name: str, **values) -> None:
		arguments = {**self.customer, "password": PASSWORD, **values}
		message = self.assert_unchanged(InvalidArgumentsError, api.sign_up, **arguments)
		self.assertIn(name, message)
		self.assertNotIn("s3cret", message)
		self.assertEqual(self.medusa.calls, [])

	def test_missing(self):
		for name in ("email", "first_name", "last_name", "password"):
			for value in (None, ""):
				with self.subTest(name=name, value=value):
					self.check(name, **{name: value})

	def test_wrong(self):
		for name in ("email", "first_name", "last_name", "organization_name", "mobile", "password"):
			for value in (7, ["x"], {"a": 1}, True, "x" * 1001, "a\0b", "\ud800"):
				with self.subTest(name=name, value=value):
					self.check(name, **{name: value})

	def test_html(self):
		for name in ("email", "first_name", "last_name", "organization_name", "mobile"):
			with self.subTest(name):
				self.check(name, **{name: "<script>alert(1)</script>"})

	def test_acceptance(self):
		for value in ("maybe", [], {}, 3):
			with self.subTest(value):
				self.check("t_c_acceptance", t_c_acceptance=value)

	def test_all_are_named(self):
		with self.assertRaises(InvalidArgumentsError) as caught:
			api.sign_up()
		for name in ("email", "first_name", "last_name", "password"):
			self.assertIn(f"{name}: ", str(caught.exception))


class TestRateLimits(SignUpTestCase):
	def setUp(self):
		super().setUp()
		limits = settings(sign_ups_per_ip=3, sign_ups_per_email=2, sign_ups_per_site=0)
		limits.__enter__()
		self.addCleanup(limits.__exit__, None, None, None)
		self.ip = f"198.51.100.{frappe.generate_hash(length=6)}"

	def refused_after(self, times: int, user: str = "Guest", **values) -> None:
		with request_of(user, ip=self.ip):
			for _time in range(times):
				self.sign_up(**values)
			with self.assertRaises(TooManyCallsError):
				self.sign_up(**values)

	def test_one_email(self):
		self.refused_after(2)

	def test_one_email_from_elsewhere(self):
		self.refused_after(2)
		self.ip += "x"
		self.refused_after(0)

	def test_shop_is_not_held_to_what_guests_used_up(self):
		self.refused_after(2)
		user = make_user("Medusa Integration")
		with settings(sign_ups_per_site=1):
			with request_of(user, ip=self.ip):
				frappe.cache.delete(frappe.cache.make_key("medusa_integration:sign_up:site:shop"))
				self.assertTrue(self.sign_up())

	def test_neighbours_in_one_ipv6_network(self):
		network = ":".join(f"{int(frappe.generate_hash(length=8), 16) % 65536:x}" for _i in range(4))
		for host in (1, 2, 3):
			with request_of("Guest", ip=f"{network}::{host}"):
				self.sign_up(email=medusa_customer()["email"])
		self.ip = f"{network}::4"
		self.refused_after(0, email=medusa_customer()["email"])

	def test_one_address(self):
		for _time in range(3):
			with request_of("Guest", ip=self.ip):
				self.sign_up(email=medusa_customer()["email"])
		self.refused_after(0, email=medusa_customer()["email"])

	def test_storefront_is_not_held_to_the_address(self):
		user = make_user("Medusa Integration")
		frappe.db.commit()
		with request_of(user, ip=self.ip):
			for _time in range(5):
				self.assertTrue(self.sign_up(email=medusa_customer()["email"]))

	def test_whole_site(self):
		used = int(frappe.cache.get(frappe.cache.make_key("medusa_integration:sign_up:site:guest")) or 0)
		with settings(sign_ups_per_site=used + 1):
			with request_of("Guest", ip=self.ip):
				self.sign_up()
			self.refused_after(0, email=medusa_customer()["email"])

	def test_rubbish_uses_up_nothing_of_the_site(self):
		used = int(frappe.cache.get(frappe.cache.make_key("medusa_integration:sign_up:site:guest")) or 0)
		with settings(sign_ups_per_site=used + 1), request_of("Guest", ip=self.ip):
			with self.assertRaises(InvalidArgumentsError):
				api.sign_up()
			self.assertTrue(self.sign_up())

	def test_counter_that_lost_its_end_gets_one(self):
		"""A process can die between counting and setting the end; the limit would hold for ever."""
		key = frappe.cache.make_key(f"medusa_integration:sign_up:ip:{self.ip}")
		frappe.cache.incrby(key, 1)
		with request_of("Guest", ip=self.ip):
			self.sign_up()
		self.assertTrue(3590 <= frappe.cache.ttl(key) <= 3600)

	def test_says_how_long_to_wait(self):
		frappe.flags.medusa_retry_after = None
		self.refused_after(2)
		self.assertTrue(0 < frappe.flags.medusa_retry_after <= 3600)


class TestRoom(SignUpTestCase):
	"""No more sign-ups wait for Medusa at a time than the settings say."""

	def setUp(self):
		super().setUp()
		self.places = frappe.cache.make_key("medusa_integration:sign_ups_waiting")
		frappe.cache.delete(self.places)
		self.addCleanup(frappe.cache.delete, self.places)
		self.enterContext(settings(sign_ups_at_once=2, sign_ups_per_ip=0, sign_ups_per_site=0))
		self.enterContext(request_of("Guest"))

	def wait(self, times: int, since: float = 0) -> None:
		"""So many others wait for Medusa, and have done so for `since` seconds."""
		for _time in range(times):
			frappe.cache.zadd(self.places, {unique(): time() - since})

	def test_one_more_is_asked_to_come_again(self):
		self.wait(2)
		frappe.flags.medusa_retry_after = None
		self.assert_refused(OverloadedError, self.sign_up)
		self.assertTrue(frappe.flags.medusa_retry_after)

	def test_medusa_does_not_hear_of_it(self):
		self.wait(2)
		self.assert_refused(OverloadedError, self.sign_up)
		self.assertEqual(sync_log_rows(email=self.email), [])

	def test_refused_one_occupies_no_place(self):
		self.wait(2)
		self.assert_refused(OverloadedError, self.sign_up)
		self.assertEqual(frappe.cache.zcard(self.places), 2)

	def test_zero_means_no_limit(self):
		self.wait(2)
		with settings(sign_ups_at_once=0):
			self.assertTrue(self.sign_up())

	def test_place_that_is_free(self):
		self.wait(1)
		self.assertTrue(self.sign_up())

	def test_place_is_given_back(self):
		self.sign_up()
		self.assertEqual(frappe.cache.zcard(self.places), 0)

	def test_place_is_given_back_after_a_failure(self):
		with settings(medusa_url="http://127.0.0.1:9"), self.assertRaises(MedusaUnavailableError):
			self.sign_up()
		self.assertEqual(frappe.cache.zcard(self.places), 0)

	def test_place_of_a_process_that_died(self):
		self.wait(2, since=rate_limits.SLOT_TIME + 1)
		self.assertTrue(self.sign_up())

	def test_redis_down(self):
		self.wait(2)
		with patch.object(rate_limits, "take_slot", side_effect=redis.exceptions.ConnectionError):
			self.assertTrue(self.sign_up())


class TestNames(SignUpTestCase):
	"""What a name may be."""

	def test_nothing_to_see(self):
		for name in ("\u00ad", "-", "\u200f", "\u3164", ". .", "\U0001f334"):
			for field in ("first_name", "last_name", "organization_name"):
				with self.subTest(field=field, name=name):
					self.assert_unchanged(InvalidArgumentsError, self.sign_up, **{field: name})

	def test_formula(self):
		for sign in "=+-@":
			for field in ("first_name", "last_name", "organization_name", "email"):
				with self.subTest(field=field, sign=sign):
					value = f"{sign}HYPERLINK" + ("@example.com" if field == "email" else "(1)")
					self.assert_unchanged(InvalidArgumentsError, self.sign_up, **{field: value})

	def test_entities_of_html(self):
		for name in ("A &lt;img src=x&gt;", "A &quot; x", "A &#60;", "A &lt"):
			with self.subTest(name):
				self.assert_unchanged(InvalidArgumentsError, self.sign_up, organization_name=name)

	def test_sign_that_begins_an_entity(self):
		email = medusa_customer()["email"]
		self.assertTrue(self.sign_up(organization_name="AT&T & Sons", email=email))

	def test_text_that_reads_as_another(self):
		self.assert_unchanged(InvalidArgumentsError, self.sign_up, organization_name="abc\u202egnp.exe")

	def test_letters_of_any_alphabet(self):
		for name in ("شركة", "株式会社", "Ωμέγα", "7"):
			with self.subTest(name):
				email = medusa_customer()["email"]
				self.assertTrue(self.sign_up(organization_name=name, email=email))
