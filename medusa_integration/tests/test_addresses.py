"""update_address: a customer moves."""

import frappe

from medusa_integration import api
from medusa_integration.exceptions import (
	AddressNotFoundError,
	CustomerNotFoundError,
	InvalidArgumentsError,
)
from medusa_integration.tests.base import (
	ADDRESS,
	MedusaTestCase,
	make_customer,
	make_lead,
	make_quotation,
	unique,
)


def make_address(party, **values):
	"""An Address linked to a party."""
	address = frappe.new_doc("Address")
	address.update(
		{"address_title": unique(), "address_type": "Billing", "address_line1": "Old", "city": "Old"}
	)
	address.update({"country": "India", **values})
	address.append("links", {"link_doctype": party.doctype, "link_name": party.name})
	return address.insert()


class TestUpdateAddress(MedusaTestCase):
	def setUp(self):
		super().setUp()
		self.customer = make_customer(medusa_id=unique("cus_"))
		frappe.db.commit()

	def city_of(self, address) -> str:
		return frappe.db.get_value("Address", address.name, "city")

	def test_answer_is_a_sentence(self):
		make_address(self.customer)
		answer = api.update_address(customer_id=self.customer.medusa_id, city="New")
		self.assertEqual(answer, "Address updated successfully")

	def test_all_fields(self):
		address = make_address(self.customer)
		values = {
			"address_line1": "1 New Street",
			"address_line2": "Floor 2",
			"city": "Cairo",
			"state": "Cairo",
			"country": "Egypt",
			"pincode": "11511",
		}
		api.update_address(customer_id=self.customer.medusa_id, **values)
		actual = frappe.db.get_value("Address", address.name, list(values), as_dict=True)
		self.assertEqual(dict(actual), values)

	def test_only_what_is_sent_changes(self):
		address = make_address(self.customer, pincode="1")
		api.update_address(customer_id=self.customer.medusa_id, city="New")
		actual = frappe.db.get_value("Address", address.name, ["address_line1", "city", "pincode", "country"])
		self.assertEqual(tuple(actual), ("Old", "New", "1", "India"))

	def test_empty_text_clears_what_may_be_empty(self):
		address = make_address(self.customer, pincode="1")
		api.update_address(customer_id=self.customer.medusa_id, pincode="")
		self.assertFalse(frappe.db.get_value("Address", address.name, "pincode"))

	def test_country_code(self):
		address = make_address(self.customer)
		api.update_address(customer_id=self.customer.medusa_id, country="EG")
		self.assertEqual(frappe.db.get_value("Address", address.name, "country"), "Egypt")

	def test_by_the_customers_name(self):
		address = make_address(self.customer)
		api.update_address(customer_id=self.customer.name, city="New")
		self.assertEqual(self.city_of(address), "New")

	def test_medusa_id_goes_before_a_customers_name(self):
		address = make_address(self.customer)
		impostor = make_customer(customer_name=self.customer.medusa_id)
		other = make_address(impostor)
		api.update_address(customer_id=self.customer.medusa_id, city="New")
		self.assertEqual((self.city_of(address), self.city_of(other)), ("New", "Old"))

	def test_of_a_lead(self):
		lead = make_lead()
		address = make_address(lead)
		api.update_address(customer_id=lead.medusa_id, city="New")
		self.assertEqual(self.city_of(address), "New")

	def test_primary_billing_goes_first(self):
		primary = make_address(self.customer, is_primary_address=1)
		make_address(self.customer)
		api.update_address(customer_id=self.customer.medusa_id, city="New")
		self.assertEqual(self.city_of(primary), "New")

	def test_newest_billing_goes_before_others(self):
		older, newer = make_address(self.customer), make_address(self.customer)
		make_address(self.customer, address_type="Shipping")
		api.update_address(customer_id=self.customer.medusa_id, city="New")
		self.assertEqual((self.city_of(older), self.city_of(newer)), ("Old", "New"))

	def test_newest_of_the_others(self):
		older = make_address(self.customer, address_type="Office")
		newer = make_address(self.customer, address_type="Shipping")
		api.update_address(customer_id=self.customer.medusa_id, city="New")
		self.assertEqual((self.city_of(older), self.city_of(newer)), ("Old", "New"))

	def test_disabled_does_not_count(self):
		make_address(self.customer, disabled=1)
		frappe.db.commit()
		self.assert_refused(
			AddressNotFoundError, api.update_address, customer_id=self.customer.medusa_id, city="New"
		)

	def test_no_address(self):
		self.assert_refused(
			AddressNotFoundError, api.update_address, customer_id=self.customer.medusa_id, city="New"
		)

	def test_unknown_customer(self):
		for value in (unique("cus_"), "%", "' OR '1'='1", "😀"):
			with self.subTest(value):
				self.assert_unchanged(
					CustomerNotFoundError, api.update_address, customer_id=value, city="New"
				)


class TestWhose(MedusaTestCase):
	"""Whose Address may be changed, and how its owner may be named."""

	def setUp(self):
		super().setUp()
		self.customer, self.other = make_customer(medusa_id=unique("cus_")), make_customer()
		frappe.db.commit()

	def share(self, *parties):
		address = make_address(self.customer)
		for party in parties:
			address.append("links", {"link_doctype": party.doctype, "link_name": party.name})
		address.save()
		frappe.db.commit()
		return address

	def cities_of(self, party):
		filters = [
			["Dynamic Link", "link_doctype", "=", party.doctype],
			["Dynamic Link", "link_name", "=", party.name],
		]
		return frappe.get_all("Address", filters, pluck="city")

	def test_customer_of_no_shop_by_name(self):
		make_address(self.other)
		frappe.db.commit()
		self.assert_unchanged(
			CustomerNotFoundError, api.update_address, customer_id=self.other.name, city="New"
		)

	def test_address_that_another_has_too_is_copied(self):
		address = self.share(self.other)
		api.update_address(customer_id=self.customer.medusa_id, city="New")
		self.assertEqual(
			(self.cities_of(self.customer), self.cities_of(self.other)), (["New"], [address.city])
		)

	def test_copy_is_changed_the_next_time(self):
		self.share(self.other)
		for city in ("New", "Newer"):
			api.update_address(customer_id=self.customer.medusa_id, city=city)
		self.assertEqual(self.cities_of(self.customer), ["Newer"])

	def test_default_of_a_quotation_that_another_has_too_is_copied(self):
		address = self.share(self.other)
		billing = {**ADDRESS, "city": "New", "is_default": True}
		make_quotation(self.customer.medusa_id, self.item, billing_address=billing)
		self.assertEqual(self.cities_of(self.other), [address.city])

	def test_address_that_the_own_lead_has_too_is_changed_in_place(self):
		lead = make_lead()
		api.link_medusa_lead(self.other.name, lead.name)
		self.customer = frappe.get_doc("Customer", self.other.name)
		address = self.share(lead)
		api.update_address(customer_id=lead.medusa_id, city="New")
		self.assertEqual(frappe.db.get_value("Address", address.name, "city"), "New")


class TestBadAddress(MedusaTestCase):
	def setUp(self):
		super().setUp()
		self.customer = make_customer(medusa_id=unique("cus_"))
		self.address = make_address(self.customer)
		frappe.db.commit()

	def refuse(self, name: str, **values) -> None:
		arguments = {"customer_id": self.customer.medusa_id, **values}
		message = self.assert_unchanged(InvalidArgumentsError, api.update_address, **arguments)
		self.assertIn(name, message)
		self.assertEqual(frappe.db.get_value("Address", self.address.name, "address_line1"), "Old")

	def test_nothing_to_change(self):
		self.refuse("address_line1")

	def test_customer_id(self):
		for value in (None, "", 7, ["x"], {}, "x" * 141, "a\0"):
			with self.subTest(value):
				self.refuse("customer_id", customer_id=value, city="New")

	def test_what_is_no_text_of_its_length_is_refused(self):
		for name in ("address_line1", "address_line2", "city", "state", "country", "pincode"):
			for value in (7, ["x"], {"a": 1}, True, "x" * 241, "a\0b", "<script>"):
				with self.subTest(name=name, value=value):
					self.refuse(name, **{name: value})

	def test_city_needs_a_letter_or_a_digit(self):
		self.refuse("city", city="...")

	def test_what_an_address_needs_cannot_be_emptied(self):
		for name in ("address_line1", "city", "country"):
			with self.subTest(name):
				self.refuse(name, **{name: " "})

	def test_unknown_country(self):
		self.refuse("country", country="xx", city="New")


class TestPhone(MedusaTestCase):
	"""The phone of a primary address, which a later call may leave out."""

	def setUp(self):
		super().setUp()
		self.customer = make_customer(medusa_id=unique("cus_"))
		self.phone_after(phone="+97141234567")

	def phone_after(self, **values) -> str:
		address = {**ADDRESS, "is_default": True, **values}
		quotation = make_quotation(self.customer.medusa_id, self.item, billing_address=address)
		return frappe.db.get_value("Address", quotation.customer_address, "phone")

	def test_is_kept_where_none_is_sent(self):
		self.assertEqual(self.phone_after(city="Sharjah"), "+97141234567")

	def test_is_replaced_by_another(self):
		self.assertEqual(self.phone_after(phone="+97149999999"), "+97149999999")
