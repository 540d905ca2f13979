"""The app's sign-up with all its failures and half-way states, against each of the shops."""

from concurrent.futures import ThreadPoolExecutor

import frappe
import pytest
from helpers import sign_up_form, until
from shops import PASSWORD

from medusa_integration.exceptions import (
	EmailTakenError,
	MedusaRefusedError,
	MedusaTimeoutError,
	MedusaUnavailableError,
)
from medusa_integration.medusa.admin import find_customer
from medusa_integration.medusa.connection import check_medusa
from medusa_integration.medusa.registration import register
from medusa_integration.tests.base import medusa_customer, set_secret_key, settings
from medusa_integration.tests.fake_medusa import CUSTOMERS, REGISTER


@pytest.fixture
def customer():
	"""A customer who has no account yet."""
	return medusa_customer(id="")


def states() -> dict[str, str]:
	"""Return what Test Connection finds."""
	return {check.title: check.state for check in check_medusa()}


class TestRegister:
	def test_new(self, shop, customer):
		medusa_id = register(customer, PASSWORD)
		(known,) = shop.customers(customer["email"])
		expected = (medusa_id, True, customer["first_name"], customer["last_name"])
		assert (known["id"], known["has_account"], known["first_name"], known["last_name"]) == expected
		assert (known["phone"], known["company_name"]) == (customer["mobile"], customer["organization_name"])

	def test_again_with_the_same_password(self, shop, customer):
		assert register(customer, PASSWORD) == register(customer, PASSWORD)

	def test_again_with_another_password(self, shop, customer):
		register(customer, PASSWORD)
		with pytest.raises(EmailTakenError):
			register(customer, "another")

	def test_identity_without_customer(self, shop, customer):
		shop.register(customer["email"])
		medusa_id = register(customer, PASSWORD)
		assert [known["id"] for known in shop.customers(customer["email"])] == [medusa_id]

	def test_identity_without_customer_and_another_password(self, shop, customer):
		shop.register(customer["email"], "another")
		with pytest.raises(EmailTakenError):
			register(customer, PASSWORD)

	def test_email_of_an_admin(self, shop, customer):
		with pytest.raises(EmailTakenError):
			register({**customer, "email": shop.admin["email"]}, PASSWORD)

	def test_admin_with_their_own_password(self, shop, customer):
		"""Medusa lets an admin be a customer too."""
		medusa_id = register({**customer, "email": shop.admin["email"]}, shop.admin["password"])
		assert shop.call("GET", f"/admin/customers/{medusa_id}").status_code == 200

	def test_guest_becomes_a_second_customer(self, shop, customer):
		guest = shop.add_guest(customer["email"])
		medusa_id = register(customer, PASSWORD)
		known = {one["id"]: one["has_account"] for one in shop.customers(customer["email"])}
		assert known == {guest["id"]: False, medusa_id: True}

	def test_account_whose_identity_has_another_email(self, shop, customer):
		other = shop.sign_up(medusa_customer()["email"])
		shop.call("POST", f"/admin/customers/{other['id']}", {"email": customer["email"]})
		with pytest.raises(EmailTakenError):
			register(customer, PASSWORD)

	def test_email_in_other_letter_case_is_another_account(self, shop, customer):
		other = {**customer, "email": customer["email"].upper()}
		assert register(customer, PASSWORD) != register(other, PASSWORD)

	@pytest.mark.parametrize("name", ["x" * 5000, "😀 Ünïcode ، عربي", "<b onclick='x'>&amp;</b>"])
	def test_names(self, shop, customer, name):
		register({**customer, "first_name": name}, PASSWORD)
		assert shop.customers(customer["email"])[0]["first_name"] == name

	def test_too_large(self, shop, customer):
		with pytest.raises(MedusaRefusedError):
			register({**customer, "first_name": "x" * 110_000}, PASSWORD)

	def test_malformed_email(self, shop, customer):
		with pytest.raises(MedusaRefusedError):
			register({**customer, "email": customer["email"].replace("@", " ")}, PASSWORD)

	@pytest.mark.parametrize("key", ["", "pk_wrong", "revoked"])
	def test_publishable_key_that_is_none(self, shop, customer, key):
		key = shop.no_keys["publishable"] if key == "revoked" else key
		with settings(publishable_key=key), pytest.raises(MedusaUnavailableError):
			register(customer, PASSWORD)
		assert shop.customers(customer["email"]) == []

	def test_after_the_account_was_deleted(self, shop, customer):
		medusa_id = register(customer, PASSWORD)
		shop.call("DELETE", f"/admin/customers/{medusa_id}")
		assert register(customer, PASSWORD) != medusa_id

	def test_database_is_down(self, shop, customer):
		with shop.database_down(), settings(timeout=2), pytest.raises(MedusaUnavailableError):
			register(customer, PASSWORD)
		medusa_id = register(customer, PASSWORD)
		assert [known["id"] for known in shop.customers(customer["email"])] == [medusa_id]

	@pytest.mark.parametrize("path", [REGISTER, CUSTOMERS])
	def test_work_is_done_after_the_app_gave_up(self, shop, customer, path):
		with settings(timeout=2), shop.waiting(path), pytest.raises(MedusaTimeoutError):
			register(customer, PASSWORD)
		until(lambda: shop.log_in(customer["email"]).status_code == 200)
		if path == CUSTOMERS:
			until(lambda: shop.customers(customer["email"]))
		medusa_id = register(customer, PASSWORD)
		assert [known["id"] for known in shop.customers(customer["email"])] == [medusa_id]


class TestOverHttp:
	def test_new_and_again(self, shop, healthy):
		form = sign_up_form()
		answers = [healthy.call("sign_up", form, token="").json()["message"] for _time in range(2)]
		assert answers == [{"customer_id": shop.customers(form["email"])[0]["id"]}] * 2

	def test_other_letter_case_is_the_same_account(self, shop, healthy):
		form = sign_up_form()
		emails = (form["email"], f" {form['email'].upper()} ")
		answers = [healthy.call("sign_up", {**form, "email": email}, token="").json() for email in emails]
		assert answers[0]["message"] == answers[1]["message"]

	def test_another_password(self, shop, healthy):
		form = sign_up_form()
		healthy.call("sign_up", form, token="")
		response = healthy.call("sign_up", {**form, "password": "another"}, token="")
		assert (response.status_code, response.json()["exc_type"]) == (409, "EmailTakenError")

	@pytest.mark.parametrize("name", ["email", "first_name", "password"])
	def test_nul_is_refused_before_medusa_hears_of_it(self, shop, healthy, name):
		form = sign_up_form()
		response = healthy.call("sign_up", {**form, name: form[name] + "\0"}, token="")
		assert (response.status_code, response.json()["exc_type"]) == (417, "InvalidArgumentsError")
		assert shop.log_in(form["email"], form["password"]).status_code == 401

	def test_at_the_same_moment(self, shop, healthy):
		form = sign_up_form()
		with ThreadPoolExecutor(3) as pool:
			answers = list(pool.map(lambda _time: healthy.call("sign_up", form, token=""), range(3)))
		assert {answer.status_code for answer in answers} == {200}
		ids = {answer.json()["message"]["customer_id"] for answer in answers}
		assert ids == {known["id"] for known in shop.customers(form["email"])}

	def test_database_is_down(self, shop, healthy):
		form = sign_up_form()
		with shop.database_down(), settings(timeout=2):
			assert healthy.call("sign_up", form, token="").status_code in (502, 504)
		assert healthy.call("sign_up", form, token="").status_code == 200


class TestFindCustomer:
	def test_account(self, shop, customer):
		medusa_id = register(customer, PASSWORD)
		names = ("first_name", "last_name", "mobile", "organization_name")
		assert find_customer(customer["email"]) == {
			"id": medusa_id,
			**{name: customer[name] for name in names},
		}

	def test_nobody(self, shop, customer):
		assert find_customer(customer["email"]) is None

	def test_guest_is_no_account(self, shop, customer):
		shop.add_guest(customer["email"])
		assert find_customer(customer["email"]) is None

	def test_identity_without_customer_is_no_account(self, shop, customer):
		shop.register(customer["email"])
		assert find_customer(customer["email"]) is None

	def test_deleted(self, shop, customer):
		shop.call("DELETE", f"/admin/customers/{register(customer, PASSWORD)}")
		assert find_customer(customer["email"]) is None

	@pytest.mark.parametrize("key", ["sk_wrong", "revoked"])
	def test_secret_key_that_is_none(self, shop, customer, key):
		set_secret_key(shop.no_keys["secret"] if key == "revoked" else key)
		with pytest.raises(MedusaUnavailableError):
			find_customer(customer["email"])

	def test_database_is_down(self, shop, customer):
		with shop.database_down(), settings(timeout=2), pytest.raises(MedusaUnavailableError):
			find_customer(customer["email"])


class TestConnection:
	def test_all_is_right(self, shop):
		assert states() == dict.fromkeys(("Server", "Publishable key", "Secret key"), "ok")

	def test_sales_channel_is_named(self, shop):
		text = " ".join(check.text for check in check_medusa())
		assert "Default Sales Channel" in text

	@pytest.mark.parametrize("key", ["pk_wrong", "revoked"])
	def test_publishable_key_that_is_none(self, shop, key):
		with settings(publishable_key=shop.no_keys["publishable"] if key == "revoked" else key):
			assert states() == {"Server": "ok", "Publishable key": "failed", "Secret key": "ok"}

	@pytest.mark.parametrize("key", ["sk_wrong", "revoked"])
	def test_secret_key_that_is_none(self, shop, key):
		set_secret_key(shop.no_keys["secret"] if key == "revoked" else key)
		frappe.db.commit()
		assert states() == {"Server": "ok", "Publishable key": "ok", "Secret key": "failed"}

	def test_path_of_the_url_that_is_wrong(self, shop):
		with settings(medusa_url=f"{shop.url}/app"):
			assert states() == {"Server": "failed"}

	def test_database_is_down(self, shop):
		with shop.database_down(), settings(timeout=2):
			assert states()["Publishable key"] == "failed"
