"""The methods over HTTP, as a storefront and a desk call them."""

import json

import frappe
import pytest
from helpers import METHODS, STOREFRONT_METHODS, sign_up_form
from helpers.rubbish import CASES, check
from helpers.site import eventually

import sandbox.setup
from medusa_integration.tests.base import make_customer, records, set_settings, unique
from medusa_integration.tests.methods import READING

WITHOUT_ARGUMENTS = ("fetch_all_customers", "ping")  # they require none


def lead_of(server, **values) -> str:
	"""The Medusa id of a fresh Lead."""
	word = unique()
	data = {"id": f"cus_{word}", "email": f"{word}@example.com", "first_name": "Shop", **values}
	response = server.call("insert_lead", {"data": data})
	assert response.status_code == 200, response.text
	return data["id"]


def quote(server, customer_id: str, **values):
	"""Ask for a Quotation of three bags of coffee."""
	items = [{"variant_id": "variant_coffee", "quantity": 3}]
	arguments = {"customer_id": customer_id, "quotation_id": unique("quo_"), "items": items, **values}
	return server.call("create_quotation", arguments), arguments["quotation_id"]


class TestCalls:
	def test_sync_log_follows_the_job(self, healthy):
		customer_id = healthy.call("sign_up", sign_up_form(), token="").json()["message"]["customer_id"]
		filters = {"medusa_id": customer_id, "status": "Success"}
		assert eventually(lambda: frappe.db.get_value("Medusa Sync Log", filters, "reference_name"))

	def test_clerk_links_a_customer(self, healthy):
		customer_id = lead_of(healthy)
		frappe.db.rollback()
		lead = frappe.db.get_value("Lead", {"medusa_id": customer_id}, "name")
		arguments = {"customer": make_customer().name, "lead": lead}
		frappe.db.commit()
		response = healthy.call("link_medusa_lead", arguments, token=healthy.desk)
		assert response.json()["message"] == {"status": "success", "medusa_id": customer_id}

	def test_form_arguments(self, healthy):
		word = unique()
		data = {"id": f"cus_{word}", "email": f"{word}@example.com"}
		assert healthy.call("insert_lead", data={"data": json.dumps(data)}).status_code == 200
		items = json.dumps([{"sku": "TEA-100", "quantity": "2"}])
		form = {
			"customer_id": data["id"],
			"quotation_id": unique("quo_"),
			"items": items,
			"create_so": "true",
		}
		assert healthy.call("create_quotation", data=form).json()["message"]["net_total"] == 37

	def test_fetch_by_get(self, healthy):
		make_customer()
		frappe.db.commit()
		response = healthy.call("fetch_all_customers", verb="GET", params={"page_length": 1})
		assert response.status_code == 200
		assert len(response.json()["message"]) == 1

	def test_password_is_not_rewritten(self, healthy):
		arguments = sign_up_form(password="a<b>&'\"c")
		assert healthy.call("sign_up", arguments, token="").status_code == 200
		assert healthy.medusa.passwords[arguments["email"]] == "a<b>&'\"c"


class TestDoor:
	@pytest.mark.parametrize("method", [*STOREFRONT_METHODS, "link_medusa_lead"])
	def test_guest(self, healthy, method):
		response = healthy.call(method, {}, token="")
		assert (response.status_code, response.json()["exc_type"]) == (403, "PermissionError")

	@pytest.mark.parametrize("method", STOREFRONT_METHODS)
	def test_desk_user(self, healthy, method):
		assert healthy.call(method, {}, token=healthy.desk).status_code == 403

	def test_bearer_token(self, healthy):
		headers = {"Authorization": "Bearer key:secret"}
		response = healthy.call("update_address", {}, token="", headers=headers)
		assert (response.status_code, response.json()["exc_type"]) == (401, "AuthenticationError")

	def test_changed_offer_brings_the_present_totals(self, healthy):
		request = {"customer_id": lead_of(healthy), "quotation_id": f"quo_{unique()}"}
		items = [{"variant_id": "variant_coffee", "quantity": 1}]
		healthy.call("create_quotation", {**request, "items": items}, token=healthy.storefront)
		sent = {**request, "approval": "Approved", "grand_total": "41.00"}
		response = healthy.call("update_quotation", sent, token=healthy.storefront)
		error = response.json()["error"]
		actual = (response.status_code, error["type"], error["current"]["grand_total"])
		assert actual == (409, "OfferChangedError", 42.0)

	def test_storefront_may_not_link(self, healthy):
		customer_id = lead_of(healthy)
		frappe.db.rollback()
		lead = frappe.db.get_value("Lead", {"medusa_id": customer_id}, "name")
		response = healthy.call("link_medusa_lead", {"customer": healthy.customer, "lead": lead})
		assert response.status_code == 403

	@pytest.mark.parametrize("method", METHODS)
	def test_wrong_token(self, healthy, method):
		response = healthy.call(method, {}, token="nobody:nothing")
		assert (response.status_code, response.json()["exc_type"]) == (401, "AuthenticationError")

	def test_token_of_a_disabled_user(self, healthy):
		email = f"{unique()}@example.com"
		token = sandbox.setup.make_user(email, "Medusa Integration")
		frappe.db.set_value("User", email, "enabled", 0)
		frappe.db.commit()
		response = healthy.call("ping", {}, token=token)
		error = response.json()["error"]
		assert (response.status_code, error["message"]) == (
			401,
			"The token is wrong, or its user is disabled.",
		)

	@pytest.mark.parametrize("method", METHODS)
	def test_wrong_verb(self, healthy, method):
		verb = "DELETE" if method in READING else "GET"
		assert healthy.call(method, verb=verb).status_code == 403

	def test_guest_switch(self, healthy):
		set_settings(guest_access=1)
		frappe.db.commit()
		assert healthy.call("fetch_all_customers", {}, token="").status_code == 200

	@pytest.mark.parametrize("method", [name for name in ["sign_up", *STOREFRONT_METHODS] if name != "ping"])
	def test_switched_off(self, healthy, method):
		set_settings(enabled=0)
		frappe.db.commit()
		response = healthy.call(method, {})
		assert (response.status_code, response.json()["exc_type"]) == (409, "IntegrationDisabledError")

	def test_ping_says_that_it_is_switched_off(self, healthy):
		set_settings(enabled=0)
		frappe.db.commit()
		assert healthy.call("ping", {}).json()["message"]["enabled"] is False

	def test_rate_limit_says_when_to_come_back(self, healthy):
		set_settings(sign_ups_per_ip=1)
		frappe.db.commit()
		ip = {"X-Forwarded-For": unique()}
		healthy.call("sign_up", sign_up_form(), token="", headers=ip)
		response = healthy.call("sign_up", sign_up_form(), token="", headers=ip)
		assert (response.status_code, response.json()["exc_type"]) == (429, "TooManyCallsError")
		assert 0 < int(response.headers["Retry-After"]) <= 3600

	@pytest.mark.parametrize("limit", ["sign_ups_per_email", "sign_ups_per_site"])
	def test_forged_address_lifts_no_other_limit(self, healthy, limit):
		frappe.cache.delete(frappe.cache.make_key("medusa_integration:sign_up:site:guest"))
		set_settings(**{limit: 2})
		frappe.db.commit()
		arguments = sign_up_form()
		forged = [{"X-Forwarded-For": unique()} for _time in range(3)]
		responses = [healthy.call("sign_up", arguments, token="", headers=headers) for headers in forged]
		assert [response.status_code for response in responses] == [200, 200, 429]


class TestRefusals:
	def refused(self, response, status: int, exc_type: str) -> str:
		body = response.json()
		assert (response.status_code, body["exc_type"]) == (status, exc_type)
		assert "Traceback" not in response.text
		return json.loads(json.loads(body["_server_messages"])[-1])["message"]

	@pytest.mark.parametrize("method", [name for name in METHODS if name not in WITHOUT_ARGUMENTS])
	@pytest.mark.parametrize("body", [{}, [], [1, 2], {"x": 1}])
	def test_nothing_of_use_was_sent(self, healthy, method, body):
		token = healthy.desk if method == "link_medusa_lead" else healthy.storefront
		before = records()
		self.refused(healthy.call(method, body, token=token), 417, "InvalidArgumentsError")
		frappe.db.rollback()
		assert records() == before

	def test_every_wrong_argument_is_named(self, healthy):
		response = healthy.call("create_quotation", {"items": [{"quantity": -1}], "create_so": "perhaps"})
		message = self.refused(response, 417, "InvalidArgumentsError")
		for name in ("customer_id", "quotation_id", "items[0].quantity", "items[0].variant_id", "create_so"):
			assert f"{name}: " in message

	def test_nan_and_infinity_in_json(self, healthy):
		for number in ("NaN", "Infinity", "1e400"):
			items = f'[{{"sku": "x", "quantity": {number}}}]'
			text = f'{{"customer_id": "c", "quotation_id": "q", "items": {items}}}'
			json_header = {"Content-Type": "application/json"}
			response = healthy.call("create_quotation", data=text, headers=json_header)
			assert "items[0].quantity" in self.refused(response, 417, "InvalidArgumentsError")

	def test_not_found(self, healthy):
		customer_id = lead_of(healthy)
		response, _quotation_id = quote(healthy, "cus_nobody")
		self.refused(response, 404, "CustomerNotFoundError")
		response, _quotation_id = quote(healthy, customer_id, items=[{"sku": "NO-SUCH", "quantity": 1}])
		assert "NO-SUCH" in self.refused(response, 404, "ItemNotFoundError")
		response = healthy.call("update_quotation", {"quotation_id": "quo_none", "approval": "Approved"})
		self.refused(response, 404, "QuotationNotFoundError")
		response = healthy.call("update_address", {"customer_id": customer_id, "city": "Here"})
		self.refused(response, 404, "AddressNotFoundError")

	def test_conflicts(self, healthy):
		customer_id = lead_of(healthy)
		_response, quotation_id = quote(healthy, customer_id)
		response, _quotation_id = quote(healthy, lead_of(healthy), quotation_id=quotation_id)
		self.refused(response, 409, "QuotationConflictError")
		healthy.call("update_quotation", {"quotation_id": quotation_id, "approval": "Rejected"})
		response = healthy.call("update_quotation", {"quotation_id": quotation_id, "approval": "Approved"})
		self.refused(response, 409, "QuotationConflictError")

	def test_medusa_down_and_slow(self, healthy):
		arguments = sign_up_form()
		healthy.medusa.set_fault("500")
		self.refused(healthy.call("sign_up", arguments, token=""), 502, "MedusaUnavailableError")
		set_settings(timeout=1)
		frappe.db.commit()
		healthy.medusa.set_fault("hang")
		self.refused(healthy.call("sign_up", arguments, token=""), 504, "MedusaTimeoutError")
		healthy.medusa.set_fault("")
		set_settings(timeout=15)
		frappe.db.commit()
		assert healthy.call("sign_up", arguments, token="").status_code == 200

	def test_sign_up_with_another_password(self, healthy):
		arguments = sign_up_form()
		healthy.call("sign_up", arguments, token="")
		response = healthy.call("sign_up", {**arguments, "password": "another"}, token="")
		self.refused(response, 409, "EmailTakenError")


class TestRubbish:
	@pytest.mark.parametrize("name", CASES)
	@pytest.mark.parametrize("method", METHODS)
	def test_is_refused_and_changes_nothing(self, healthy, method, name):
		token = healthy.desk if method == "link_medusa_lead" else healthy.storefront
		before = records()
		check(healthy.call(method, token=token, **CASES[name]), name)
		frappe.db.rollback()
		assert records() == before
