"""The admin API's list of customers as a reconciliation asks for it, the same of each of the shops."""

from datetime import datetime
from email.utils import parsedate_to_datetime

import pytest
from helpers import until
from shops import Shop

from medusa_integration.tests.base import unique
from medusa_integration.tests.fake_medusa import ADMIN_CUSTOMERS

# what the app asks for
FIELDS = "id,email,first_name,last_name,phone,company_name,has_account,created_at,updated_at,*addresses"
ADDRESS_KEYS = {
	*(
		"id",
		"address_name",
		"is_default_shipping",
		"is_default_billing",
		"company",
		"first_name",
		"last_name",
	),
	*("address_1", "address_2", "city", "country_code", "province", "postal_code", "phone", "metadata"),
	*("customer_id", "created_at", "updated_at", "deleted_at"),
}


@pytest.fixture
def three(shop):
	"""Three customers with an account, the oldest first, each with its own `updated_at`."""
	made = []
	for _number in range(3):
		if made:
			wait_for_next_moment(shop, made[-1]["updated_at"])
		made.append(shop.sign_up(f"{unique()}@example.com"))
	return made


def wait_for_next_moment(shop: Shop, moment: str) -> None:
	"""Wait until the shop's time is later than `moment` (it counts milliseconds)."""
	until(lambda: datetime.now().astimezone() > datetime.fromisoformat(moment.replace("Z", "+00:00")))


def ids(customers: list) -> list[str]:
	return [customer["id"] for customer in customers]


def change(shop: Shop, customer: dict, path: str = "", verb: str = "POST", **values) -> dict:
	"""Change a customer or, with a path, its addresses; return the customer as it is then."""
	wait_for_next_moment(shop, customer["updated_at"])
	url = f"{ADMIN_CUSTOMERS}/{customer['id']}"
	response = shop.call(verb, url + path, values or None)
	assert response.status_code == 200, response.text
	return shop.call("GET", url, params={"fields": FIELDS}).json()["customer"]


class TestPages:
	def test_all_parameters_together(self, shop, three):
		window = {"updated_at[$gte]": three[0]["updated_at"], "updated_at[$lt]": three[2]["updated_at"]}
		page = shop.list(limit=5, order="id", has_account="true", fields=FIELDS, **window)
		assert (ids(page["customers"]), page["count"], page["limit"]) == (ids(three[:2]), 2, 5)
		assert set(page["customers"][0]) == {name.lstrip("*") for name in FIELDS.split(",")}

	def test_next_page_begins_after_an_id(self, shop, three):
		page = shop.list(limit=1, order="id", **{"id[$gt]": three[0]["id"]})
		assert (ids(page["customers"]), page["count"]) == ([three[1]["id"]], 2)

	def test_offset(self, shop, three):
		since = {"updated_at[$gte]": three[0]["updated_at"]}
		page = shop.list(limit=1, offset=1, order="id", **since)
		assert (ids(page["customers"]), page["count"], page["offset"]) == ([three[1]["id"]], 3, 1)

	def test_offset_beyond_the_end(self, shop, three):
		assert shop.list(offset=1_000_000)["customers"] == []

	@pytest.mark.parametrize("order", ["-id", "-updated_at"])
	def test_order(self, shop, three, order):
		since = {"updated_at[$gte]": three[0]["updated_at"]}
		assert ids(shop.list(order=order, **since)["customers"]) == ids(three[::-1])

	def test_limit_0_only_counts(self, shop, three):
		page = shop.list(limit=0, **{"id[$gt]": three[0]["id"]})
		assert (page["customers"], page["count"]) == ([], 2)

	def test_usual_limit(self, shop, three):
		assert shop.list()["limit"] == 50

	def test_several_ids(self, shop, three):
		wanted = [three[0]["id"], three[2]["id"], "cus_nosuch"]
		assert ids(shop.list(order="id", fields="id", **{"id[]": wanted})["customers"]) == wanted[:2]

	def test_guests_are_left_out(self, shop):
		email = f"{unique()}@example.com"
		guest = shop.add_guest(email)
		assert shop.list(email=email, has_account="true")["count"] == 0
		assert ids(shop.list(email=email, has_account="false")["customers"]) == [guest["id"]]

	def test_deleted_are_left_out(self, shop, three):
		shop.call("DELETE", f"{ADMIN_CUSTOMERS}/{three[1]['id']}")
		found = shop.list(order="id", **{"id[$gt]": three[0]["id"]})["customers"]
		assert ids(found) == [three[2]["id"]]

	@pytest.mark.parametrize(
		"comparison, is_found", [("$gte", True), ("$gt", False), ("$lte", True), ("$lt", False)]
	)
	def test_time_is_compared_by_the_millisecond(self, shop, three, comparison, is_found):
		parameters = {"id": three[0]["id"], f"updated_at[{comparison}]": three[0]["updated_at"]}
		assert shop.list(**parameters)["count"] == is_found

	def test_date_of_the_answer(self, shop):
		response = shop.call("GET", ADMIN_CUSTOMERS, params={"limit": 1})
		passed = datetime.now().astimezone() - parsedate_to_datetime(response.headers["Date"])
		assert abs(passed.total_seconds()) < 60


class TestUpdatedAt:
	"""What changes the customer's `updated_at`."""

	@pytest.fixture
	def customer(self, shop):
		return shop.sign_up(f"{unique()}@example.com", first_name="First")

	def test_new(self, customer):
		assert customer["updated_at"] == customer["created_at"]

	@pytest.mark.parametrize("name", ["first_name", "last_name", "phone", "company_name"])
	def test_change(self, shop, customer, name):
		changed = change(shop, customer, **{name: "Second"})
		assert changed["updated_at"] > customer["updated_at"]
		assert (changed[name], changed["created_at"]) == ("Second", customer["created_at"])

	def test_email(self, shop, customer):
		changed = change(shop, customer, email=f"new-{customer['email']}")
		assert changed["updated_at"] > customer["updated_at"]

	def test_same_value(self, shop, customer):
		assert change(shop, customer, first_name="First")["updated_at"] == customer["updated_at"]

	def test_addresses_do_not(self, shop, customer):
		added = change(shop, customer, "/addresses", address_1="1 Palm Street")
		(address,) = added["addresses"]
		changed = change(shop, customer, f"/addresses/{address['id']}", city="Dubai")
		deleted = change(shop, customer, f"/addresses/{address['id']}", "DELETE")
		assert {one["updated_at"] for one in (added, changed, deleted)} == {customer["updated_at"]}
		assert (changed["addresses"][0]["city"], deleted["addresses"]) == ("Dubai", [])


class TestAddresses:
	@pytest.fixture
	def customer(self, shop):
		return shop.sign_up(f"{unique()}@example.com")

	def test_keys(self, shop, customer):
		(address,) = change(shop, customer, "/addresses", address_1="1 Palm Street")["addresses"]
		assert set(address) == ADDRESS_KEYS
		assert (address["id"][:7], address["customer_id"]) == ("cuaddr_", customer["id"])

	def test_only_one_is_the_default(self, shop, customer):
		flags = {"is_default_billing": True, "is_default_shipping": True}
		for number in "12":
			found = change(shop, customer, "/addresses", address_1=number, **flags)["addresses"]
		expected = {"1": (False, False), "2": (True, True)}
		assert {one["address_1"]: tuple(one[flag] for flag in flags) for one in found} == expected

	def test_old_default_is_changed_too(self, shop, customer):
		(first,) = change(shop, customer, "/addresses", address_1="1", is_default_billing=True)["addresses"]
		wait_for_next_moment(shop, first["updated_at"])
		found = change(shop, customer, "/addresses", address_1="2", is_default_billing=True)["addresses"]
		(after,) = [one for one in found if one["id"] == first["id"]]
		assert after["updated_at"] > first["updated_at"]
