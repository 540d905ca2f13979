"""Who may call what."""

import json
from unittest.mock import patch

import frappe
import redis
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request, Response

from medusa_integration import api, desk
from medusa_integration.constants import INTEGRATION_USER
from medusa_integration.exceptions import (
	ConflictError,
	IntegrationDisabledError,
	InvalidArgumentsError,
	TooManyCallsError,
)
from medusa_integration.rest import rate_limits, request_hooks
from medusa_integration.session import work_as
from medusa_integration.tests.base import (
	MedusaTestCase,
	make_customer,
	make_lead,
	make_user,
	medusa_customer,
	quotation_request,
	request_of,
	settings,
	unique,
)
from medusa_integration.tests.methods import METHODS, READING, STOREFRONT

# what each user meets who calls a storefront method with nothing: refused at the door, or for the missing
# arguments
JSON = "application/json"
WITHOUT_ARGUMENTS = ("fetch_all_customers", "ping")  # need none
OUT, IN = frappe.PermissionError, InvalidArgumentsError


def refused(kind: str) -> dict:
	"""Return the error as data of a refusal that says nothing but its class."""
	return {"type": kind, "message": "The request was refused.", "fields": [], "retry_after": None}


class TestStorefront(MedusaTestCase):
	def meets(self, user: str, method: str) -> type[Exception] | None:
		with request_of(user):
			try:
				getattr(api, method)()
			except Exception as error:
				return type(error)
			return None

	def check(self, user: str, expected: type[Exception]) -> None:
		for method in STOREFRONT:
			with self.subTest(method):
				answers = expected is IN and method in WITHOUT_ARGUMENTS
				self.assertIs(self.meets(user, method), None if answers else expected)

	def test_guest_is_out(self):
		self.check("Guest", OUT)

	def test_guest_is_in_by_the_switch(self):
		with settings(guest_access=1):
			self.check("Guest", IN)

	def test_user_without_the_role_is_out(self):
		self.check(make_user(), OUT)

	def test_user_without_the_role_is_out_with_the_switch_on(self):
		user = make_user()
		with settings(guest_access=1):
			self.check(user, OUT)

	def test_sales_user_is_out(self):
		self.check(make_user("Sales User", "Sales Manager"), OUT)

	def test_role_is_in(self):
		self.check(make_user("Medusa Integration"), IN)

	def test_system_manager_is_in(self):
		self.check(make_user("System Manager"), IN)

	def test_disabled_user_is_out(self):
		"""Frappe 15 accepts the token of a disabled user."""
		user = make_user("Medusa Integration")
		self.check(user, IN)
		frappe.db.set_value("User", user, "enabled", 0)
		self.check(user, frappe.AuthenticationError)

	def test_disabled_user_may_not_sign_customers_up(self):
		user = make_user("Medusa Integration", enabled=0)
		with request_of(user):
			self.assert_refused(frappe.AuthenticationError, api.sign_up)

	def test_disabled_user_is_out_of_the_desk(self):
		user = make_user("System Manager", enabled=0)
		with request_of(user):
			self.assert_refused(frappe.AuthenticationError, api.link_medusa_lead)

	def test_switched_off(self):
		user = make_user("Medusa Integration")
		for method in STOREFRONT:
			expected = None if method == "ping" else IntegrationDisabledError
			with self.subTest(method), settings(enabled=0):
				self.assertIs(self.meets(user, method), expected)

	def test_switched_off_for_sign_up(self):
		with settings(enabled=0), request_of("Guest"):
			self.assert_refused(IntegrationDisabledError, api.sign_up)

	def test_job_was_let_in_when_it_was_queued(self):
		frappe.set_user("Guest")
		with settings(enabled=0):
			self.assertTrue(api.insert_lead(medusa_customer()))

	def test_work_is_done_as_the_integration_user(self):
		worker = make_user("Sales User", "Sales Manager", "Sales Master Manager")
		caller = make_user("Medusa Integration")
		with settings(integration_user=worker):
			with request_of(caller):
				name = api.insert_lead(medusa_customer())
				frappe.db.commit()
			self.assertEqual(frappe.db.get_value("Lead", name, "owner"), worker)

	def test_guests_are_limited(self):
		for method in STOREFRONT:
			with self.subTest(method), settings(guest_access=1, guest_calls_per_minute=2):
				with request_of("Guest", ip=unique("203.0.113.")):
					for _time in range(2):
						self.is_let_in(method)
					with self.assertRaises(TooManyCallsError):
						self.is_let_in(method)

	def is_let_in(self, method: str) -> None:
		if method in WITHOUT_ARGUMENTS:
			getattr(api, method)()
			return
		with self.assertRaises(InvalidArgumentsError):
			getattr(api, method)()

	def test_guests_are_limited_in_all(self):
		"""Also if each of them comes from another address."""
		frappe.cache.delete(frappe.cache.make_key("medusa_integration:guest:update_address"))
		with settings(guest_access=1, guest_calls_per_site=2):
			for error in (InvalidArgumentsError, InvalidArgumentsError, TooManyCallsError):
				with request_of("Guest", ip=unique("203.0.113.")):
					with self.assertRaises(error):
						api.update_address()

	def test_calls_are_let_through_where_they_cannot_be_counted(self):
		down = redis.exceptions.ConnectionError
		with settings(guest_access=1, guest_calls_per_minute=1), request_of("Guest", ip=unique("203.0.113.")):
			with patch.object(rate_limits, "count_call", side_effect=down):
				for _time in range(2):
					self.assertIsInstance(api.fetch_all_customers(page_length=1), list)

	def test_notes_for_the_desk_stay_there(self):
		user = make_user("Medusa Integration")
		company = unique("Same ")
		make_customer(customer_name=company)
		lead = make_lead(organization_name=company)
		request = quotation_request(lead.medusa_id, self.item, create_so=True)
		with request_of(user):
			api.create_quotation(**request)
			self.assertEqual(frappe.local.message_log, [])


class TestVerbs(MedusaTestCase):
	def test_what_changes_state_takes_post_only(self):
		allowed = frappe.allowed_http_methods_for_whitelisted_func
		for name in METHODS:
			with self.subTest(name):
				expected = ["GET", "POST"] if name in READING else ["POST"]
				self.assertEqual(sorted(allowed[getattr(api, name)]), expected)

	def test_search_of_the_desk_takes_get(self):
		allowed = frappe.allowed_http_methods_for_whitelisted_func
		self.assertEqual(sorted(allowed[desk.search_leads_to_link]), ["GET", "POST"])

	def test_verb_is_checked_where_frappe_does_not(self):
		"""As where Frappe's `make_mapped_doc` calls a method that it is told, by GET."""
		user = make_user("Medusa Integration", "System Manager")
		calls = {
			**{getattr(api, name): {} for name in METHODS if name not in READING},
			desk.retry_log: {"name": "x"},
			desk.adopt_lead: {"name": "x"},
		}
		for method, arguments in calls.items():
			with self.subTest(method.__name__), request_of(user, verb="GET"):
				message = self.assert_refused(frappe.PermissionError, method, **arguments)
				self.assertEqual(message, "Not permitted")

	def test_reading_takes_get(self):
		with request_of(make_user("Medusa Integration"), verb="GET"):
			self.assertIsInstance(api.fetch_all_customers(), list)


class TestNetwork(MedusaTestCase):
	def test_half_of_an_ipv6_address(self):
		with request_of("Guest", ip="2001:db8:1:2:3:4:5:6"):
			self.assertEqual(rate_limits.network(), "2001:db8:1:2::/64")

	def test_others_as_they_are(self):
		for ip in ("203.0.113.7", "rubbish"):
			with self.subTest(ip), request_of("Guest", ip=ip):
				self.assertEqual(rate_limits.network(), ip)


class TestWorkAs(MedusaTestCase):
	def test_everything_is_put_back(self):
		with request_of("Guest"):
			frappe.local.form_dict = frappe._dict(a=1)
			frappe.local.session.data = frappe._dict(csrf_token="x")
			frappe.local.session.sid = "abc"
			with work_as("Administrator"):
				inside = frappe.session.user
			actual = (inside, frappe.session.user, frappe.session.sid, frappe.session.data.csrf_token)
			self.assertEqual((*actual, frappe.form_dict.a), ("Administrator", "Guest", "abc", "x", 1))

	def test_put_back_after_a_failure(self):
		with request_of("Guest"):
			with self.assertRaises(ZeroDivisionError), work_as("Administrator"):
				raise ZeroDivisionError
			self.assertEqual(frappe.session.user, "Guest")


class TestRequestHooks(MedusaTestCase):
	def test_retry_after(self):
		response = Response()
		with patch.dict(frappe.flags, {"medusa_retry_after": 7}):
			request_hooks.set_retry_after(response=response)
		self.assertEqual(response.headers["Retry-After"], "7")

	def arguments_left_of(self, method: str, **sent) -> dict:
		with request_of("Guest", path=f"/api/method/medusa_integration.api.{method}"):
			frappe.local.form_dict = frappe._dict(sent)
			request_hooks.drop_unknown_arguments()
			return dict(frappe.local.form_dict)

	def test_what_a_method_does_not_take_is_dropped(self):
		"""Frappe writes down all that was sent when it writes down a failure."""
		left = self.arguments_left_of("sign_up", email="x", password="y", confirm_password="y", cmd="z")
		self.assertEqual(left, {"email": "x", "password": "y", "cmd": "z"})

	def test_what_a_method_does_not_read_in_data_is_dropped(self):
		data = {"id": "x", "password": "y", "pin": "z"}
		for sent in (data, json.dumps(data)):
			with self.subTest(sent):
				left = self.arguments_left_of("insert_lead", data=sent)
				self.assertEqual(left, {"data": {"id": "x"}})

	def test_what_a_method_does_not_read_in_rows_is_dropped(self):
		left = self.arguments_left_of("create_quotation", items=[{"sku": "x", "note": "y"}, 7])
		self.assertEqual(left, {"items": [{"sku": "x"}, 7]})

	def test_method_in_cmd_counts_where_the_path_names_none(self):
		cmd = "medusa_integration.api.sign_up"
		left = self.arguments_left_of("no_such", cmd=cmd, email="x", repeat="y")
		self.assertEqual(left, {"cmd": cmd, "email": "x"})

	def test_only_what_both_take_where_cmd_names_another(self):
		left = self.arguments_left_of(
			"sign_up", cmd="medusa_integration.api.update_quotation", email="x", approval="y"
		)
		self.assertEqual(left, {"cmd": "medusa_integration.api.update_quotation"})

	def test_text_that_is_no_json_is_left_to_the_method(self):
		self.assertEqual(self.arguments_left_of("insert_lead", data="{"), {"data": "{"})

	def test_nobody_else_holds_what_was_sent(self):
		"""Frappe's Recorder had it before."""
		with request_of("Guest", path="/api/method/medusa_integration.api.sign_up"):
			held = frappe.local.form_dict = frappe._dict(password="x")
			request_hooks.drop_unknown_arguments()
			self.assertEqual((held, frappe.form_dict.password), ({}, "x"))

	def test_method_of_another_app_in_our_place_gets_all(self):
		ours = {"medusa_integration.api.sign_up": ["another.app.sign_up"]}
		with patch.object(frappe, "get_hooks", return_value=ours):
			self.assertEqual(self.arguments_left_of("sign_up", captcha=1), {"captcha": 1})

	def test_names_of_pythons_are_no_methods(self):
		self.assertEqual(self.arguments_left_of("__init_subclass__", x=1), {"x": 1})

	def test_method_that_is_not_there_keeps_all(self):
		self.assertEqual(self.arguments_left_of("no_such", x=1), {"x": 1})

	def early(self, path: str, body: bytes = b"{}", text: str = "", mimetype: str = JSON) -> Response:
		"""What becomes of Frappe's answer to a request that did not come as far as `before_request`."""
		text = text or json.dumps({"exc_type": "X", "exc": "Traceback", "exception": "/srv/x"})
		response = Response(text, 500, mimetype=mimetype)
		builder = EnvironBuilder(path=path, method="POST", data=body, content_type="application/json")
		flags = {"disable_traceback": None, "medusa_retry_after": None}
		with patch.dict(frappe.local.flags, flags):
			request_hooks.complete_error_response(response=response, request=Request(builder.get_environ()))
		return response

	def test_early_refusal_has_no_traceback(self):
		response = self.early("/api/method/medusa_integration.api.sign_up")
		self.assertEqual(
			(response.status_code, response.get_json()), (500, {"exc_type": "X", "error": refused("X")})
		)

	def test_body_that_cannot_be_read_is_refused(self):
		for body in (b"{", b"[" * 100_000, b"\x80", b"9" * 10_000):
			with self.subTest(body[:5]):
				response = self.early("/api/method/medusa_integration.api.sign_up", body)
				self.assertEqual((response.status_code, response.get_json()["exc_type"]), (417, "DataError"))

	def test_body_that_cannot_be_read_is_not_logged(self):
		"""Frappe 15 has queued it for the Error Log by then."""
		waiting, own, others = "insert_queue_for_Error Log", b"in make_form_dict: {", b"of another request"
		self.addCleanup(frappe.cache.lrem, frappe.cache.make_key(waiting), 0, others)
		for entry in (own, others):
			frappe.cache.rpush(waiting, entry)
		self.early("/api/method/medusa_integration.api.sign_up", b"{")
		left = frappe.cache.lrange(waiting, 0, -1)
		self.assertEqual((own in left, others in left), (False, True))

	def test_early_page_with_a_traceback_is_replaced(self):
		path, page = "/api/method/medusa_integration.desk.retry_log", "<pre>Traceback: /srv/x</pre>"
		response = self.early(path, text=page, mimetype="text/html")
		self.assertEqual(
			(response.status_code, response.get_json()),
			(500, {"exc_type": "Exception", "error": refused("Exception")}),
		)

	def test_early_page_without_one_is_left_alone(self):
		path = "/api/method/medusa_integration.api.sign_up"
		self.assertEqual(
			self.early(path, text="Too Large", mimetype="text/html").get_data(as_text=True), "Too Large"
		)

	def test_early_refusal_of_other_methods_is_left_alone(self):
		response = self.early("/api/method/frappe.ping", b"{")
		self.assertEqual((response.status_code, response.get_json()["exc"]), (500, "Traceback"))

	def test_no_tracebacks_from_our_methods(self):
		with request_of("Guest"):
			frappe.local.form_dict = frappe._dict(cmd="medusa_integration.api.sign_up")
			frappe.local.flags.disable_traceback = False
			request_hooks.disable_tracebacks()
			self.assertTrue(frappe.local.flags.disable_traceback)

	def test_no_tracebacks_by_frappes_other_paths(self):
		for path in ("/api/v1/method/", "/api/v2/method/"):
			with self.subTest(path), request_of("Guest", path=f"{path}medusa_integration.api.sign_up"):
				frappe.local.flags.disable_traceback = False
				request_hooks.disable_tracebacks()
				self.assertTrue(frappe.local.flags.disable_traceback)

	def test_tracebacks_of_other_methods_are_left_alone(self):
		with request_of("Guest"):
			frappe.local.form_dict = frappe._dict(cmd="frappe.ping")
			frappe.local.flags.disable_traceback = False
			request_hooks.disable_tracebacks()
			self.assertFalse(frappe.local.flags.disable_traceback)


class TestSettings(MedusaTestCase):
	def save(self, **values):
		doc = frappe.get_single("Medusa Settings")
		doc.update(values)
		return doc.save()

	def test_url_must_be_one(self):
		for url in (
			*(
				"ftp://x",
				"shop.example.com",
				"javascript:alert(1)",
				"http://",
				"http://[::1",
				"http://x:99999",
			),
			*("http://x\r\nHost: y", "http://x y", "http://:80"),
		):
			with self.subTest(url):
				self.assert_refused(frappe.ValidationError, self.save, medusa_url=url)

	def test_key_and_path_hold_no_line_breaks(self):
		for field in ("publishable_key", "sign_up_path"):
			with self.subTest(field):
				self.assert_refused(frappe.ValidationError, self.save, **{field: "/x\r\ny"})

	def test_integration_user_is_the_apps_own(self):
		self.assertEqual(self.save(integration_user=None).integration_user, INTEGRATION_USER)

	def test_integration_user_has_no_role_of_the_desk(self):
		roles = set(frappe.get_roles(INTEGRATION_USER))
		desk = set(frappe.get_all("Role", {"desk_access": 1}, pluck="name"))
		self.assertEqual(roles & desk - {"All", "Guest"}, set())

	def test_integration_user_must_be_enabled(self):
		self.assert_refused(frappe.ValidationError, self.save, integration_user="Guest")

	def test_masters_are_entered_at_install(self):
		doc = frappe.get_single("Medusa Settings")
		actual = (doc.customer_group, doc.sales_person, doc.lead_source)
		self.assertEqual(actual, ("Ecommerce Customer", "Website Sales", "Alfarsi Website"))

	def test_quotation_for_a_site_without_company(self):
		request = quotation_request(make_lead().medusa_id, self.item)
		frappe.db.commit()
		with patch.object(frappe.defaults, "get_global_default", return_value=None), settings(company=None):
			message = self.assert_refused(ConflictError, api.create_quotation, **request)
		self.assertEqual(message, "Neither Medusa Settings nor ERPNext name a company to sell for.")
