"""What the tests share: the test class, records to work with, and a way to call the methods as a request
does.
"""

import unittest
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import frappe
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from medusa_integration import api
from medusa_integration.tests.fake_medusa import PUBLISHABLE_KEY, FakeMedusa, served

try:
	from frappe.tests import IntegrationTestCase as SiteTestCase
except ImportError:  # Frappe 15
	from frappe.tests.utils import FrappeTestCase as SiteTestCase

IS_BENCH = not getattr(frappe, "is_sandbox", False)
bench_only = unittest.skipUnless(IS_BENCH, "needs a bench")
PASSWORD = "s3cret <&> pass phrase"
PASSWORDS = ("secret_key", "event_secret", "next_event_secret")  # among the settings
ADDRESS = {"address_1": "1 Palm Street", "city": "Dubai", "country_code": "ae", "postal_code": "12345"}


class MedusaTestCase(SiteTestCase):
	"""Tests that call the app's methods. Their records have unique names and stay on the site."""

	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		frappe.set_user("Administrator")
		cls.addClassCleanup(restore_settings, stored_settings())
		make_price_list()
		cls.item = make_item(rate=100)

	def setUp(self) -> None:
		super().setUp()
		frappe.set_user("Administrator")
		# refusals roll back; what the tests set up must outlive that
		frappe.db.commit()
		self.addCleanup(frappe.db.rollback)

	def assert_refused(self, error: type[Exception], call: Callable, *args: Any, **kwargs: Any) -> str:
		"""Call, check that it is refused with this very class and rolled back; return the message."""
		with self.assertRaises(error) as caught:
			call(*args, **kwargs)
		self.assertIs(type(caught.exception), error)
		frappe.db.rollback()
		return str(caught.exception)

	def assert_unchanged(self, error: type[Exception], call: Callable, *args: Any, **kwargs: Any) -> str:
		"""As `assert_refused`, and nothing is in the database that was not there before."""
		before = records()
		message = self.assert_refused(error, call, *args, **kwargs)
		self.assertEqual(records(), before)
		return message

	@contextmanager
	def jobs(self):
		"""Catch what is queued when the transaction is committed."""
		queued = []
		with patch.object(
			frappe, "enqueue", side_effect=lambda method, **kwargs: queued.append((method, kwargs))
		):
			yield queued


class SignUpTestCase(MedusaTestCase):
	"""Tests that sign customers up with a stand-in Medusa."""

	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		cls.medusa = FakeMedusa()
		url = cls.enterClassContext(served(cls.medusa))
		set_settings(medusa_url=url, publishable_key=PUBLISHABLE_KEY, timeout=10)
		frappe.db.commit()

	def setUp(self) -> None:
		super().setUp()
		self.enterContext(self.jobs())  # a worker of the site must not work between two counts of a test
		self.new_customer()

	def new_customer(self) -> None:
		"""Let somebody else sign up from here on, in a Medusa without faults that knows nobody."""
		frappe.set_user("Administrator")
		frappe.db.commit()
		self.medusa.reset()
		self.customer = medusa_customer()
		del self.customer["id"]
		self.email = self.customer["email"]

	def sign_up(self, **values: Any) -> str:
		"""Sign the customer up; return the Medusa id."""
		return api.sign_up(**{**self.customer, "password": PASSWORD, **values})["customer_id"]

	def row(self) -> Any:
		"""Return the customer's only row of the sync log."""
		(row,) = sync_log_rows(email=self.email)
		return row


def records() -> dict[str, tuple[int, Any]]:
	"""How many records there are of each kind that the app makes or changes, and when the last changed."""
	doctypes = (
		"Lead",
		"Contact",
		"Customer",
		"Sales Team",
		"Address",
		"Dynamic Link",
		"Quotation",
		"Quotation Item",
		"Sales Order",
		"Medusa Quotation Key",
		"Medusa Sync Log",
	)
	return {
		doctype: frappe.db.sql(f"SELECT COUNT(*), MAX(modified) FROM `tab{doctype}`")[0]
		for doctype in doctypes
	}


def unique(prefix: str = "") -> str:
	"""Return a word that is in no name on the site yet."""
	return prefix + frappe.generate_hash(length=10)


def medusa_customer(**values: Any) -> dict[str, Any]:
	"""Return a customer as Medusa describes one."""
	word = unique()
	return {
		"id": f"cus_{word}",
		"email": f"{word}@example.com",
		"first_name": "Shop",
		"last_name": word,
		"mobile": "+971501234567",
		"organization_name": f"{word} Trading",
		"t_c_acceptance": True,
		**values,
	}


def make_lead(**values: Any) -> Any:
	"""A Lead that came from Medusa."""
	return frappe.get_doc("Lead", api.insert_lead(medusa_customer(**values)))


def make_desk_lead(**values: Any) -> Any:
	"""A Lead as a clerk makes it on the desk."""
	lead = frappe.new_doc("Lead")
	lead.update({"first_name": "Desk", "last_name": unique(), **values})
	return lead.insert()


def make_customer(medusa_id: str | None = None, **values: Any) -> Any:
	"""A Customer as a clerk makes it on the desk; with `medusa_id`, one that was linked since."""
	customer = frappe.new_doc("Customer")
	customer.update({"customer_name": unique("Customer "), "customer_type": "Company", **values})
	customer.customer_group = customer.customer_group or "Ecommerce Customer"
	customer.territory = frappe.db.get_value("Territory", {"is_group": 0}, "name")
	customer.insert()
	if medusa_id:
		frappe.db.set_value("Customer", customer.name, "medusa_id", medusa_id)
		customer.reload()
	return customer


def linked_to(doctype: str, name: str, parenttype: str) -> list[str]:
	"""Return the Contacts or Addresses of a record."""
	filters = {"link_doctype": doctype, "link_name": name, "parenttype": parenttype}
	return frappe.get_all("Dynamic Link", filters, pluck="parent")


def make_item(rate: float | None = None, price_list: str = "Medusa Test Prices", **values: Any) -> Any:
	"""Create an Item for sale with a variant id; with `rate`, in a price list."""
	code = values.pop("item_code", None) or unique("ITEM-")
	group = frappe.db.get_value("Item Group", {"is_group": 0}, "name")
	item = frappe.new_doc("Item")
	item.update({"item_code": code, "item_group": group, "stock_uom": "Nos", "is_stock_item": 0})
	item.update({"medusa_variant_id": unique("variant_"), **values})
	item.insert()
	if rate is not None:
		set_price(item.name, price_list, rate)
	return item


def set_price(item: str, price_list: str, rate: float, **values: Any) -> None:
	"""Enter an Item in a price list."""
	price = frappe.new_doc("Item Price")
	price.update(
		{"item_code": item, "price_list": price_list, "price_list_rate": rate, "uom": "Nos", **values}
	)
	price.insert()


def make_price_list(name: str = "Medusa Test Prices") -> str:
	"""A selling price list in the company's currency; the first one is what the settings name."""
	if not frappe.db.exists("Price List", name):
		currency = frappe.db.get_value("Company", company(), "default_currency")
		price_list = frappe.new_doc("Price List")
		price_list.update({"price_list_name": name, "currency": currency, "selling": 1, "enabled": 1})
		price_list.insert()
	if name == "Medusa Test Prices":
		set_settings(price_list=name)
	return name


def company() -> str:
	"""The company that sells on this site."""
	return frappe.defaults.get_global_default("company") or frappe.get_all("Company", pluck="name")[0]


def set_settings(**values: Any) -> None:
	"""Change Medusa Settings for good."""
	for field, value in values.items():
		frappe.db.set_single_value("Medusa Settings", field, value)
	frappe.clear_document_cache("Medusa Settings", "Medusa Settings")


def stored_settings() -> dict[str, Any]:
	"""Return the values of Medusa Settings, the passwords among them."""
	doc = frappe.get_single("Medusa Settings")
	return {
		# not `get_single_value`, which returns the year 1 for a date that is not set
		**{field: doc.get(field) for field in plain_settings()},
		**{field: doc.get_password(field, raise_exception=False) or "" for field in PASSWORDS},
	}


def plain_settings() -> list[str]:
	"""Return the names of the settings that are no passwords."""
	return [
		field
		for field in frappe.get_meta("Medusa Settings").get_fieldnames_with_value()
		if field not in PASSWORDS
	]


def restore_settings(values: dict[str, Any]) -> None:
	"""Set Medusa Settings back to what `stored_settings` returned, also after a test that failed."""
	frappe.db.rollback()
	set_settings(**{field: values[field] for field in plain_settings()})
	doc = frappe.get_single("Medusa Settings")
	changed = {
		field: values[field]
		for field in PASSWORDS
		if (doc.get_password(field, raise_exception=False) or "") != values[field]
	}
	if changed:
		set_passwords(**changed)
	frappe.db.commit()


def set_secret_key(key: str) -> None:
	"""Set or, with "", remove the secret key of Medusa Settings."""
	set_passwords(secret_key=key)


def set_passwords(**values: str) -> None:
	"""Set or, with "", remove passwords of Medusa Settings."""
	doc = frappe.get_single("Medusa Settings")
	doc.update(values)
	doc.save()
	frappe.clear_document_cache("Medusa Settings", "Medusa Settings")


@contextmanager
def settings(**values: Any) -> Iterator[None]:
	"""Change Medusa Settings for a while."""
	doc = frappe.get_single("Medusa Settings")
	before = {field: doc.get(field) for field in values}
	set_settings(**values)
	frappe.db.commit()
	try:
		yield
	finally:
		frappe.db.rollback()
		set_settings(**before)
		frappe.db.commit()


@contextmanager
def single_value(doctype: str, field: str, value: Any) -> Iterator[None]:
	"""Change one field of a Single for a while."""
	before = frappe.db.get_single_value(doctype, field)
	frappe.db.set_single_value(doctype, field, value)
	frappe.db.commit()
	try:
		yield
	finally:
		frappe.db.rollback()
		frappe.db.set_single_value(doctype, field, before)
		frappe.db.commit()


def make_user(*roles: str, **values: Any) -> str:
	"""Create an enabled user with these roles; return the name."""
	user = frappe.new_doc("User")
	user.update({"email": f"{unique()}@example.com", "first_name": "Test", "send_welcome_email": 0, **values})
	for role in roles:
		user.append("roles", {"role": role})
	with many_users():
		user.insert(ignore_permissions=True)
	return user.name


def many_users() -> Any:
	"""Let the block create users, although Frappe refuses more than 60 in an hour."""
	return patch.dict(getattr(frappe.local, "conf", {}), throttle_user_limit=10_000)


@contextmanager
def request_of(
	user: str, ip: str = "203.0.113.7", path: str = "/api/method/x", verb: str = "POST"
) -> Iterator[None]:
	"""Whatever is called inside is called by an HTTP request of this user."""
	frappe.db.commit()  # a request sees, and rolls back, nothing of what came before it
	frappe.set_user(user)
	frappe.local.request = Request(EnvironBuilder(path=path, method=verb).get_environ())
	frappe.local.request_ip = ip
	try:
		yield
	finally:
		frappe.local.request = None
		frappe.local.request_ip = None
		frappe.set_user("Administrator")


@contextmanager
def locks() -> Iterator[list[tuple[str, str]]]:
	"""Yield a list that grows by the DocType and name of each row that the block locks by reading it.

	That another call waits for such a row, only a bench can show.
	"""
	rows, read = [], frappe.db.get_value

	def get_value(doctype: str, *args: Any, **kwargs: Any) -> Any:
		if kwargs.get("for_update"):
			rows.append((doctype, args[0]))
		return read(doctype, *args, **kwargs)

	with patch.object(frappe.db, "get_value", get_value):
		yield rows


def quotation_request(customer_id: str, item: Any, **values: Any) -> dict[str, Any]:
	"""Arguments of `create_quotation` for two pieces of one Item."""
	lines = [{"variant_id": item.medusa_variant_id, "quantity": 2}]
	return {"customer_id": customer_id, "quotation_id": unique("quo_"), "items": lines, **values}


def make_quotation(customer_id: str, item: Any, **values: Any) -> Any:
	"""A draft Quotation as the storefront asks for it."""
	answer = api.create_quotation(**quotation_request(customer_id, item, **values))
	return frappe.get_doc("Quotation", answer["quotationId"])


@contextmanager
def site_language(language: str):
	"""Let the site have another language. Nothing is stored: a call in the block would commit it."""
	real = frappe.db.get_default

	def get_default(key: str, *args: Any, **kwargs: Any) -> Any:
		return language if key == "lang" else real(key, *args, **kwargs)

	with patch.object(frappe.db, "get_default", get_default):
		yield


def update_log(name: str, **values: Any) -> None:
	"""Set fields of a row of the sync log."""
	frappe.db.set_value("Medusa Sync Log", name, values)


def sync_log_rows(**filters: Any) -> list:
	"""Rows of the sync log."""
	fields = [
		"name",
		"method",
		"status",
		"attempts",
		"error",
		"request",
		"medusa_id",
		"reference_name",
		"conflict_doctype",
		"conflict_name",
		"owner",
		"next_attempt",
		"waits_for",
		"error_type",
		"title",
	]
	return frappe.get_all("Medusa Sync Log", filters=filters, fields=fields)


def drop_unique_index(doctype: str, fieldname: str) -> None:
	"""As on a site where the field was made by hand."""
	frappe.db.commit()
	field = frappe.get_doc("Custom Field", f"{doctype}-{fieldname}")
	field.unique = 0
	field.save()
