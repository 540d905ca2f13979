"""Test Connection, the health line, and the API user: what the buttons of Medusa Settings call."""

import frappe

from medusa_integration import desk
from medusa_integration.exceptions import ConflictError, InvalidArgumentsError
from medusa_integration.tests.base import (
	MedusaTestCase,
	SignUpTestCase,
	bench_only,
	make_user,
	many_users,
	request_of,
	set_passwords,
	settings,
	unique,
)
from medusa_integration.tests.fake_medusa import (
	EVENT_SECRET,
	EVENTS,
	HEALTH,
	PUBLISHABLE_KEY,
	REGIONS,
	SECRET_KEY,
)


class TestConnection(SignUpTestCase):
	def checks(self) -> dict[str, tuple[str, str]]:
		return {check["title"]: (check["state"], check["text"]) for check in desk.check_connection()}

	def state(self, title: str) -> str:
		return self.checks()[title][0]

	def test_all_is_right(self):
		set_passwords(secret_key=SECRET_KEY)
		states = {title: state for title, (state, _text) in self.checks().items()}
		expected = {
			"Server": "ok",
			"Publishable key": "ok",
			"Secret key": "ok",
			"Receiver of events": "skipped",
		}
		self.assertEqual(states, expected)

	def test_sales_channels_are_named(self):
		set_passwords(secret_key=SECRET_KEY)
		self.assertIn("Default Sales Channel", self.checks()["Publishable key"][1])

	def test_server_that_cannot_be_reached(self):
		with settings(medusa_url="http://127.0.0.1:9"):
			checks = self.checks()
		state, text = checks.pop("Server")
		self.assertEqual((state, checks), ("failed", self.receiver()))
		self.assertIn("Medusa cannot be reached. Check that Medusa is running", text)

	def receiver(self):
		return {"Receiver of events": ("skipped", "No Event URL: the shop is sent no events.")}

	def test_server_that_is_no_medusa(self):
		self.medusa.set_fault("html", HEALTH)
		state, text = self.checks()["Server"]
		self.assertEqual(state, "failed")
		self.assertNotIn("srv", text)

	def test_server_that_says_yes_to_everything(self):
		self.medusa.set_fault("list", REGIONS)
		state, text = self.checks()["Publishable key"]
		self.assertEqual(state, "failed")
		self.assertIn("no Medusa", text)

	def test_no_url(self):
		with settings(medusa_url=""):
			self.assertEqual(self.state("Server"), "failed")

	def test_wrong_publishable_key(self):
		with settings(publishable_key="pk_wrong"):
			state, text = self.checks()["Publishable key"]
		self.assertEqual(state, "failed")
		self.assertIn("does not accept this key", text)

	def test_no_publishable_key(self):
		with settings(publishable_key=""):
			self.assertEqual(self.state("Publishable key"), "failed")

	def test_medusa_that_fails(self):
		self.medusa.set_fault("500", REGIONS)
		state, text = self.checks()["Publishable key"]
		self.assertEqual(state, "failed")
		self.assertNotIn("select", text)

	def test_own_route_needs_no_publishable_key(self):
		with settings(sign_up_flow="Own route", publishable_key=""):
			self.assertEqual(self.state("Publishable key"), "skipped")

	def test_wrong_secret_key(self):
		set_passwords(secret_key="sk_wrong")
		self.assertEqual(self.state("Secret key"), "failed")

	def test_no_secret_key(self):
		set_passwords(secret_key="")
		self.assertEqual(self.state("Secret key"), "skipped")

	def test_receiver_that_accepts(self):
		set_passwords(event_secret=EVENT_SECRET)
		url = frappe.db.get_single_value("Medusa Settings", "medusa_url")
		with settings(event_url=url + EVENTS):
			self.assertEqual(self.state("Receiver of events"), "ok")

	def test_receiver_with_another_secret(self):
		set_passwords(event_secret="another secret")
		url = frappe.db.get_single_value("Medusa Settings", "medusa_url")
		with settings(event_url=url + EVENTS):
			state, text = self.checks()["Receiver of events"]
		self.assertEqual(state, "failed")
		self.assertIn("HTTP 401", text)

	def test_keys_are_in_no_answer(self):
		set_passwords(secret_key=SECRET_KEY)
		answer = str(desk.check_connection())
		self.assertNotIn(SECRET_KEY, answer)
		self.assertNotIn(PUBLISHABLE_KEY, answer)


class TestHealth(SignUpTestCase):
	def test_rows_that_wait_and_last_sign_up(self):
		before = desk.check_health()
		self.sign_up()
		row = self.row()
		frappe.db.set_value("Medusa Sync Log", row.name, {"status": "Failed", "waits_for": "Person"})
		after = desk.check_health()
		self.assertEqual(after["waiting"], before["waiting"] + 1)
		created = frappe.db.get_value("Medusa Sync Log", row.name, "creation")
		self.assertEqual(after["last_sign_up"], created)

	@bench_only
	def test_workers_and_queue(self):
		health = desk.check_health()
		self.assertIsInstance(health["workers"], int)
		self.assertIsInstance(health["queued"], int)


class TestApiUser(MedusaTestCase):
	def setUp(self):
		super().setUp()
		self.email = f"{unique()}@example.com"
		self.enterContext(many_users())

	def test_user_has_only_the_role_of_the_shop(self):
		desk.create_api_user(self.email)
		roles = [row.role for row in frappe.get_doc("User", self.email).roles]
		self.assertEqual(roles, ["Medusa Integration"])

	def test_token_is_that_of_the_user(self):
		key, secret = desk.create_api_user(self.email)["token"].split(":")
		user = frappe.get_doc("User", self.email)
		self.assertEqual((user.api_key, user.get_password("api_secret")), (key, secret))

	def test_again_gives_a_new_secret(self):
		first, second = (desk.create_api_user(self.email)["token"] for _time in range(2))
		self.assertEqual(first.split(":")[0], second.split(":")[0])
		self.assertNotEqual(first, second)

	def test_user_with_other_roles(self):
		user = make_user("System Manager")
		frappe.db.commit()
		self.assert_unchanged(ConflictError, desk.create_api_user, user)
		self.assertFalse(frappe.db.get_value("User", user, "api_key"))

	def test_disabled_user_is_enabled(self):
		desk.create_api_user(self.email)
		frappe.db.set_value("User", self.email, "enabled", 0)
		desk.create_api_user(self.email)
		self.assertEqual(frappe.db.get_value("User", self.email, "enabled"), 1)

	def test_user_without_roles_gets_the_role(self):
		"""An uninstallation took the role away."""
		user = make_user(enabled=0)
		desk.create_api_user(user)
		self.assertIn("Medusa Integration", frappe.get_roles(user))

	def test_disabled_user_with_other_roles_stays_disabled(self):
		user = make_user("System Manager", enabled=0)
		frappe.db.commit()
		self.assert_unchanged(ConflictError, desk.create_api_user, user)
		self.assertEqual(frappe.db.get_value("User", user, "enabled"), 0)

	def test_no_email(self):
		for email in (None, "", "shop"):
			with self.subTest(email):
				self.assert_refused(InvalidArgumentsError, desk.create_api_user, email)

	def test_only_a_system_manager(self):
		with request_of(make_user("Sales Manager")):
			self.assert_refused(frappe.PermissionError, desk.create_api_user, self.email)
