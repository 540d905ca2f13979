"""create_quotation: a customer asks what it would cost."""

from unittest.mock import patch

import frappe
from frappe.utils import add_days, nowdate

from medusa_integration import api
from medusa_integration.arguments import Arguments
from medusa_integration.constants import INTEGRATION_USER
from medusa_integration.exceptions import (
	BusyError,
	CustomerDisabledError,
	CustomerNotFoundError,
	ErpnextRefusedError,
	InvalidArgumentsError,
	ItemNotFoundError,
	QuotationConflictError,
	details_of,
)
from medusa_integration.selling import customers, quotations
from medusa_integration.selling.items import find_items, read_lines
from medusa_integration.tests.base import (
	ADDRESS,
	MedusaTestCase,
	bench_only,
	company,
	locks,
	make_customer,
	make_item,
	make_lead,
	make_price_list,
	make_quotation,
	quotation_request,
	set_price,
	settings,
	single_value,
	sync_log_rows,
	unique,
)


class TestCreateQuotation(MedusaTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.lead = make_lead()
		cls.customer = make_customer(medusa_id=unique("cus_"))

	def test_answer_has_name_and_totals(self):
		answer = api.create_quotation(**quotation_request(self.lead.medusa_id, self.item))
		quotation = frappe.get_doc("Quotation", answer["quotationId"])
		expected = {
			"message": "Quotation created successfully",
			"quotationId": quotation.name,
			"currency": frappe.db.get_value("Company", company(), "default_currency"),
			"net_total": 200,
			"grand_total": quotation.grand_total,
			"valid_till": add_days(nowdate(), 30),
			"status": "offered",
		}
		self.assertEqual(answer, expected)

	def test_record(self):
		request = quotation_request(self.lead.medusa_id, self.item, draft_order_id="order_1")
		name = api.create_quotation(**request)["quotationId"]
		fields = ["docstatus", "order_type", "company", "from_ecommerce", "medusa_quotation_id"]
		actual = frappe.db.get_value("Quotation", name, [*fields, "medusa_draft_order_id", "owner"])
		expected = (0, "Sales", company(), 1, request["quotation_id"], "order_1", INTEGRATION_USER)
		self.assertEqual(tuple(actual), expected)

	def test_party_is_the_lead(self):
		quotation = make_quotation(self.lead.medusa_id, self.item)
		actual = (quotation.quotation_to, quotation.party_name, quotation.customer_name)
		self.assertEqual(actual, ("Lead", self.lead.name, self.lead.company_name))

	def test_party_is_the_customer_first(self):
		lead = make_lead()
		customer = customers.convert_lead(lead.name)
		quotation = make_quotation(lead.medusa_id, self.item)
		self.assertEqual((quotation.quotation_to, quotation.party_name), ("Customer", customer))

	def test_sku_is_the_item_code(self):
		lines = [{"sku": self.item.name, "quantity": 1}]
		quotation = make_quotation(self.lead.medusa_id, self.item, items=lines)
		self.assertEqual(quotation.items[0].item_code, self.item.name)

	def test_variant_goes_before_sku(self):
		lines = [{"variant_id": self.item.medusa_variant_id, "sku": make_item().name, "quantity": 1}]
		quotation = make_quotation(self.lead.medusa_id, self.item, items=lines)
		self.assertEqual(quotation.items[0].item_code, self.item.name)

	def test_sku_serves_where_the_variant_is_unknown(self):
		lines = [{"variant_id": unique("variant_"), "sku": self.item.name, "quantity": 1}]
		quotation = make_quotation(self.lead.medusa_id, self.item, items=lines)
		self.assertEqual(quotation.items[0].item_code, self.item.name)

	def test_lines_as_a_form_sends_them(self):
		lines = frappe.as_json([{"variant_id": self.item.medusa_variant_id, "quantity": "3"}])
		quotation = make_quotation(self.lead.medusa_id, self.item, items=lines)
		self.assertEqual(quotation.items[0].qty, 3)

	def test_lines_of_one_item_are_added_up(self):
		lines = [{"variant_id": self.item.medusa_variant_id, "quantity": n} for n in (1, 2)]
		quotation = make_quotation(self.lead.medusa_id, self.item, items=lines)
		self.assertEqual([row.qty for row in quotation.items], [3])

	def test_order_of_lines_is_kept(self):
		codes = [make_item(rate=1).name for _i in range(3)]
		lines = [{"sku": code, "quantity": 1} for code in codes]
		quotation = make_quotation(self.lead.medusa_id, self.item, items=lines)
		self.assertEqual([row.item_code for row in quotation.items], codes)

	def test_validity_is_a_setting(self):
		with settings(quotation_validity_days=7):
			quotation = make_quotation(self.lead.medusa_id, self.item)
		self.assertEqual(str(quotation.valid_till), add_days(nowdate(), 7))

	def test_queries_do_not_grow_with_lines(self):
		items = [make_item(rate=1) for _i in range(12)]
		counts = []
		for some in (items[:2], items):
			lines = [{"variant_id": item.medusa_variant_id, "quantity": 1} for item in some]
			rows = read_lines(Arguments({"items": lines}).rows("items", most=12))
			with patch.object(frappe.db, "sql", wraps=frappe.db.sql) as sql:
				find_items(rows)
			counts.append(sql.call_count)
		self.assertEqual(counts[0], counts[1])


class TestPrices(MedusaTestCase):
	def test_price_list_of_the_settings(self):
		quotation = make_quotation(make_lead().medusa_id, self.item)
		self.assertEqual((quotation.selling_price_list, quotation.net_total), ("Medusa Test Prices", 200))

	def test_price_list_of_the_customer(self):
		set_price(self.item.name, make_price_list("Medusa Test Own"), 80)
		customer = make_customer(medusa_id=unique("cus_"), default_price_list="Medusa Test Own")
		quotation = make_quotation(customer.medusa_id, self.item)
		self.assertEqual(quotation.net_total, 160)

	def test_price_list_of_the_group(self):
		item = make_item(rate=100)
		set_price(item.name, make_price_list("Medusa Test Group"), 70)
		group = frappe.new_doc("Customer Group")
		parent = frappe.db.get_value("Customer Group", {"is_group": 1}, "name")
		group.update({"customer_group_name": unique("Group "), "parent_customer_group": parent})
		group.default_price_list = "Medusa Test Group"
		group.insert()
		customer = make_customer(medusa_id=unique("cus_"), customer_group=group.name)
		self.assertEqual(make_quotation(customer.medusa_id, item).net_total, 140)

	def test_prices_in_the_request_are_ignored(self):
		line = {
			"variant_id": self.item.medusa_variant_id,
			"quantity": 1,
			"rate": 1,
			"unit_price": 1,
			"price": 1,
		}
		quotation = make_quotation(make_lead().medusa_id, self.item, items=[line])
		self.assertEqual(quotation.net_total, 100)

	def test_group_of_the_customer_goes_before_the_sites_default(self):
		with single_value("Selling Settings", "customer_group", "Individual"):
			customer = make_customer(medusa_id=unique("cus_"), customer_group="Ecommerce Customer")
			quotation = make_quotation(customer.medusa_id, self.item)
		self.assertEqual(quotation.customer_group, "Ecommerce Customer")

	@bench_only
	def test_currency_of_the_customer(self):
		own = frappe.db.get_value("Company", company(), "default_currency")
		other = "USD" if own != "USD" else "EUR"
		rate = {"date": nowdate(), "from_currency": other, "to_currency": own, "exchange_rate": 4}
		frappe.get_doc({"doctype": "Currency Exchange", "for_selling": 1, **rate}).insert(
			ignore_if_duplicate=True
		)
		customer = make_customer(medusa_id=unique("cus_"), default_currency=other)
		quotation = make_quotation(customer.medusa_id, self.item)
		self.assertEqual((quotation.currency, quotation.net_total), (other, 50))

	@bench_only
	def test_default_taxes_are_added(self):
		with default_tax(rate=5):
			quotation = make_quotation(make_lead().medusa_id, self.item)
		self.assertEqual((quotation.net_total, quotation.grand_total), (200, 210))

	def test_tax_rules_are_asked_about_the_address_of_a_lead(self):
		"""ERPNext itself would ask about the default address only."""
		count = frappe.db.count

		def with_a_rule(doctype, *args, **kwargs):
			return 1 if doctype == "Tax Rule" else count(doctype, *args, **kwargs)

		with (
			patch.object(frappe.db, "count", side_effect=with_a_rule),
			patch.object(quotations, "taxes_by_rule", return_value=None) as taxes_by_rule,
		):
			quotation = make_quotation(make_lead().medusa_id, self.item, billing_address=ADDRESS)
		asked = taxes_by_rule.call_args.kwargs
		self.assertEqual(asked, {"billing_address": quotation.customer_address})


class default_tax:
	"""A default tax template of the company, while the block runs."""

	def __init__(self, rate: float):
		self.rate = rate

	def __enter__(self) -> None:
		filters = {"is_default": 1, "company": company()}
		doctype = "Sales Taxes and Charges Template"
		self.others = frappe.get_all(doctype, filters, pluck="name")
		account = frappe.db.get_value(
			"Account", {"company": company(), "is_group": 0, "root_type": "Liability"}
		)
		template = frappe.new_doc(doctype)
		template.update({"title": unique("Tax "), "company": company(), "is_default": 1})
		tax = {
			"charge_type": "On Net Total",
			"account_head": account,
			"description": "Tax",
			"rate": self.rate,
		}
		template.append("taxes", tax)
		self.template = template.insert()
		frappe.db.commit()

	def __exit__(self, *_error: object) -> None:
		self.template.db_set("is_default", 0)
		for name in self.others:
			frappe.db.set_value("Sales Taxes and Charges Template", name, "is_default", 1)
		frappe.db.commit()


class TestBillingAddress(MedusaTestCase):
	def setUp(self):
		super().setUp()
		self.lead = make_lead()
		frappe.db.commit()

	def quote(self, **address):
		return make_quotation(self.lead.medusa_id, self.item, billing_address={**ADDRESS, **address})

	def test_fields_in_medusas_names(self):
		quotation = self.quote(address_2="Floor 2", province="Dubai", phone="+97141234567")
		fields = ["address_line1", "address_line2", "city", "state", "pincode", "country", "phone"]
		actual = frappe.db.get_value("Address", quotation.customer_address, [*fields, "address_type"])
		expected = ["1 Palm Street", "Floor 2", "Dubai", "Dubai", "12345", "United Arab Emirates"]
		self.assertEqual(list(actual), [*expected, "+97141234567", "Billing"])

	def test_fields_in_erpnexts_names(self):
		address = {"address_line1": "2 Oak Road", "city": "Pune", "country": "India", "pincode": "411001"}
		quotation = make_quotation(self.lead.medusa_id, self.item, billing_address=address)
		actual = frappe.db.get_value(
			"Address", quotation.customer_address, ["address_line1", "country", "pincode"]
		)
		self.assertEqual(list(actual), ["2 Oak Road", "India", "411001"])

	def test_address_as_a_form_sends_it(self):
		text = frappe.as_json(ADDRESS)
		quotation = make_quotation(self.lead.medusa_id, self.item, billing_address=text)
		self.assertEqual(frappe.db.get_value("Address", quotation.customer_address, "city"), "Dubai")

	def test_linked_to_the_lead(self):
		address = frappe.get_doc("Address", self.quote().customer_address)
		links = [(link.link_doctype, link.link_name) for link in address.links]
		self.assertEqual(links, [("Lead", self.lead.name)])

	def test_not_default_makes_a_new_one_each_time(self):
		self.assertNotEqual(self.quote().customer_address, self.quote().customer_address)

	def test_not_default_is_not_primary(self):
		address = self.quote().customer_address
		self.assertEqual(frappe.db.get_value("Address", address, "is_primary_address"), 0)

	def test_default_is_marked_primary(self):
		address = self.quote(is_default=True).customer_address
		self.assertEqual(frappe.db.get_value("Address", address, "is_primary_address"), 1)

	def test_default_again_is_updated_in_place(self):
		first = self.quote(is_default=True, address_2="Floor 2")
		second = self.quote(is_default=True, address_1="9 Palm Street")
		self.assertEqual(first.customer_address, second.customer_address)
		actual = frappe.db.get_value("Address", first.customer_address, ["address_line1", "address_line2"])
		self.assertEqual((actual[0], actual[1] or ""), ("9 Palm Street", ""))

	def test_without_one_erpnexts_default_stands(self):
		address = self.quote(is_default=True).customer_address
		self.assertEqual(make_quotation(self.lead.medusa_id, self.item).customer_address, address)

	def test_no_address_at_all(self):
		self.assertFalse(make_quotation(make_lead().medusa_id, self.item).customer_address)

	def test_many_addresses_of_the_longest_and_oddest_titles(self):
		for name in (unique("x" * 130), unique("y" * 85), f"#1 {unique()}", f"{unique()}.#####"):
			with self.subTest(name):
				self.lead = make_lead(organization_name=name)
				names = {self.quote().customer_address for _time in range(3)}
				self.assertEqual(len(names), 3)

	def test_unknown_country(self):
		for code in ("xx", "Atlantis", "AEX", 7, ["ae"]):
			with self.subTest(code):
				self.wrong({"country_code": code}, "billing_address.country_code")

	def test_incomplete(self):
		for field in ("address_1", "city", "country_code"):
			for value in (None, "", " "):
				with self.subTest(field=field, value=value):
					self.wrong({field: value}, f"billing_address.{field}")

	def test_phone_that_is_none(self):
		self.wrong({"phone": "call me"}, "billing_address.phone")

	def test_too_long(self):
		for field, length in (("address_1", 241), ("address_2", 241), ("city", 141), ("postal_code", 141)):
			with self.subTest(field):
				self.wrong({field: "x" * length}, f"billing_address.{field}")

	def test_no_object(self):
		for value in ("x", [1], 7, True):
			with self.subTest(value):
				request = quotation_request(self.lead.medusa_id, self.item, billing_address=value)
				message = self.assert_unchanged(InvalidArgumentsError, api.create_quotation, **request)
				self.assertIn("billing_address", message)

	def wrong(self, fields: dict, name: str) -> None:
		request = quotation_request(self.lead.medusa_id, self.item, billing_address={**ADDRESS, **fields})
		message = self.assert_unchanged(InvalidArgumentsError, api.create_quotation, **request)
		self.assertIn(name, message)


class TestConvertFirst(MedusaTestCase):
	def test_lead_becomes_a_customer(self):
		lead = make_lead()
		quotation = make_quotation(lead.medusa_id, self.item, create_so=True, billing_address=ADDRESS)
		customer = frappe.db.get_value("Customer", {"medusa_id": lead.medusa_id}, "name")
		self.assertEqual((quotation.quotation_to, quotation.party_name), ("Customer", customer))

	def test_address_is_the_customers(self):
		lead = make_lead()
		quotation = make_quotation(lead.medusa_id, self.item, create_so=True, billing_address=ADDRESS)
		address = frappe.get_doc("Address", quotation.customer_address)
		self.assertTrue(address.has_link("Customer", quotation.party_name))

	def test_oldest_customer_that_the_lead_became(self):
		lead = make_lead()
		older, newer = (make_customer(lead_name=lead.name).name for _time in range(2))
		for name, days in ((older, -2), (newer, -1)):
			values = {"medusa_id": None, "creation": add_days(nowdate(), days)}
			frappe.db.set_value("Customer", name, values, update_modified=False)
		frappe.db.set_value("Customer", older, "modified", add_days(nowdate(), -3), update_modified=False)
		quotation = make_quotation(lead.medusa_id, self.item, create_so=True)
		self.assertEqual((quotation.quotation_to, quotation.party_name), ("Customer", older))

	def test_no_order_is_made(self):
		quotation = make_quotation(make_lead().medusa_id, self.item, create_so=True)
		self.assertFalse(frappe.db.exists("Sales Order Item", {"prevdoc_docname": quotation.name}))


class TestOnce(MedusaTestCase):
	def setUp(self):
		super().setUp()
		self.request = quotation_request(make_lead().medusa_id, self.item, billing_address=ADDRESS)
		frappe.db.commit()

	def test_same_answer(self):
		first = api.create_quotation(**self.request)
		self.assertEqual(api.create_quotation(**self.request), first)

	def test_nothing_changes(self):
		name = api.create_quotation(**self.request)["quotationId"]
		before = frappe.db.get_value("Quotation", name, "modified")
		api.create_quotation(**self.request)
		self.assertEqual(frappe.db.get_value("Quotation", name, "modified"), before)

	def test_no_second_address(self):
		api.create_quotation(**self.request)
		before = frappe.db.count("Address")
		api.create_quotation(**self.request)
		self.assertEqual(frappe.db.count("Address"), before)

	def test_id_that_ends_in_a_space(self):
		"""As an old site can have it: MariaDB finds it all the same, and it is another id."""
		lead = make_lead()
		frappe.db.set_value("Lead", lead.name, "medusa_id", f"{lead.medusa_id} ")
		frappe.db.commit()
		request = quotation_request(lead.medusa_id, self.item)
		self.assert_unchanged(CustomerNotFoundError, api.create_quotation, **request)
		frappe.db.set_value("Lead", lead.name, "medusa_id", lead.medusa_id)
		frappe.db.commit()

	def test_another_customer_is_a_conflict(self):
		other = make_lead()
		api.create_quotation(**self.request)
		frappe.db.commit()
		request = {**self.request, "customer_id": other.medusa_id}
		self.assert_refused(QuotationConflictError, api.create_quotation, **request)

	def test_same_answer_where_the_key_was_lost(self):
		first = api.create_quotation(**self.request)
		frappe.db.delete("Medusa Quotation Key", {"name": self.request["quotation_id"]})
		self.assertEqual(api.create_quotation(**self.request), first)

	def test_letter_case_of_the_customer_does_not_matter(self):
		first = api.create_quotation(**self.request)
		shouted = {**self.request, "customer_id": self.request["customer_id"].upper()}
		self.assertEqual(api.create_quotation(**shouted), first)

	def test_id_that_is_another_quotations_name(self):
		other = make_quotation(make_lead().medusa_id, self.item)
		frappe.db.commit()
		request = {**self.request, "quotation_id": other.name}
		self.assert_unchanged(InvalidArgumentsError, api.create_quotation, **request)

	def test_id_that_another_quotation_may_be_named_by(self):
		request = {**self.request, "quotation_id": f"SAL-QTN-2099-{unique()}"}
		self.assert_unchanged(InvalidArgumentsError, api.create_quotation, **request)

	def test_deleted_draft_is_made_again(self):
		first = api.create_quotation(**self.request)["quotationId"]
		frappe.delete_doc("Quotation", first)
		second = api.create_quotation(**self.request)["quotationId"]
		actual = frappe.db.get_value("Quotation", second, "medusa_quotation_id")
		self.assertEqual(actual, self.request["quotation_id"])


class TestRefused(MedusaTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.lead = make_lead()
		cls.good = {"variant_id": cls.item.medusa_variant_id, "quantity": 1}

	def refuse(self, error: type[Exception], **values) -> str:
		request = quotation_request(self.lead.medusa_id, self.item, billing_address=ADDRESS)
		return self.assert_unchanged(error, api.create_quotation, **{**request, **values})

	def test_unknown_customer(self):
		self.refuse(CustomerNotFoundError, customer_id=unique("cus_"))

	def test_disabled_customer(self):
		customer = make_customer(medusa_id=unique("cus_"), disabled=1)
		frappe.db.commit()
		self.refuse(CustomerDisabledError, customer_id=customer.medusa_id)

	def test_all_missing_items_are_named(self):
		disabled, not_sold = make_item(disabled=1), make_item(is_sales_item=0)
		frappe.db.commit()
		unknown = unique("variant_")
		lines = [
			self.good,
			{"variant_id": unknown, "quantity": 1},
			{"variant_id": disabled.medusa_variant_id, "quantity": 1},
			{"sku": not_sold.name, "quantity": 1},
		]
		message = self.refuse(ItemNotFoundError, items=lines)
		for word in (unknown, disabled.medusa_variant_id, not_sold.name):
			self.assertIn(word, message)
		self.assertNotIn(self.item.medusa_variant_id, message)

	def test_items_wrong(self):
		for items in (None, "", [], "[]", {}, "x", 7, [1], ["x"], [[]], {"variant_id": "x"}):
			with self.subTest(items):
				self.assertIn("items", self.refuse(InvalidArgumentsError, items=items))

	def test_too_many_items(self):
		self.assertIn("items", self.refuse(InvalidArgumentsError, items=[self.good] * 1001))

	def test_item_without_id(self):
		message = self.refuse(InvalidArgumentsError, items=[self.good, {"quantity": 1}])
		self.assertIn("items[1].variant_id", message)

	def test_item_id_wrong(self):
		for value in (7, ["x"], {}, "x" * 141, "a\0", "<b>"):
			with self.subTest(value):
				message = self.refuse(InvalidArgumentsError, items=[{"variant_id": value, "quantity": 1}])
				self.assertIn("items[0].variant_id", message)

	def test_item_id_like_sql_or_pattern_is_unknown(self):
		for value in ("%", "_", "' OR '1'='1", "variant_%"):
			with self.subTest(value):
				self.refuse(ItemNotFoundError, items=[{"variant_id": value, "quantity": 1}])

	def test_quantity_wrong(self):
		for value in (None, "", 0, -1, 1e18, float("nan"), float("inf"), "abc", "1e3", [1], {}, True, 1e-9):
			with self.subTest(value):
				lines = [self.good, {**self.good, "quantity": value}]
				self.assertIn("items[1].quantity", self.refuse(InvalidArgumentsError, items=lines))

	def test_fraction_of_a_whole_unit(self):
		for value in (0.5, "1.5"):
			with self.subTest(value):
				message = self.refuse(InvalidArgumentsError, items=[{**self.good, "quantity": value}])
				self.assertIn("items[0].quantity", message)

	def test_amount_that_no_column_holds(self):
		item = make_item(rate=1e9)
		frappe.db.commit()
		lines = [{"sku": item.name, "quantity": 999_999_999}]
		self.assertIn("items", self.refuse(InvalidArgumentsError, items=lines))

	def test_ids_wrong(self):
		for name in ("customer_id", "quotation_id"):
			for value in (None, "", 7, ["x"], {"a": 1}, "x" * 141, "a b", "a\0", "<i>", "é", "\u202eabc"):
				with self.subTest(name=name, value=value):
					self.assertIn(name, self.refuse(InvalidArgumentsError, **{name: value}))

	def test_draft_order_id_wrong(self):
		for value in (7, ["x"], "x" * 141, "<i>"):
			with self.subTest(value):
				self.assertIn("draft_order_id", self.refuse(InvalidArgumentsError, draft_order_id=value))

	def test_create_so_wrong(self):
		for value in ("maybe", [], {}, 7):
			with self.subTest(value):
				self.assertIn("create_so", self.refuse(InvalidArgumentsError, create_so=value))

	def test_all_problems_are_named(self):
		message = self.refuse(InvalidArgumentsError, customer_id="", quotation_id=None, items=[{}])
		for name in ("customer_id", "quotation_id", "items[0].quantity", "items[0].variant_id"):
			self.assertIn(name, message)

	def test_what_erpnext_refuses_is_told_in_our_words(self):
		words = frappe.ValidationError("ask controller@example.com")
		request = quotation_request(self.lead.medusa_id, self.item)
		with patch("medusa_integration.selling.quotations.insert_quotation", side_effect=words):
			message = self.assert_refused(ErpnextRefusedError, api.create_quotation, **request)
		self.assertNotIn("controller", message)
		(row,) = sync_log_rows(method="create_quotation", request=("like", f"%{request['quotation_id']}%"))
		self.assertIn("controller", row.error)
		self.assertIn(row.name, message)

	def test_endless_collisions_end(self):
		request = quotation_request(self.lead.medusa_id, self.item)
		collision = frappe.DuplicateEntryError("Address", "taken")
		with patch("medusa_integration.selling.quotations.insert_quotation", side_effect=collision) as tried:
			self.assert_refused(BusyError, api.create_quotation, **request)
		self.assertEqual(tried.call_count, 8)

	def test_collision_is_tried_again(self):
		request = quotation_request(self.lead.medusa_id, self.item)
		real = quotations.insert_quotation
		outcomes = [frappe.QueryDeadlockError(), frappe.TimestampMismatchError(), None]

		def insert(*args):
			outcome = outcomes.pop(0)
			if outcome:
				raise outcome
			return real(*args)

		with patch("medusa_integration.selling.quotations.insert_quotation", side_effect=insert):
			self.assertTrue(api.create_quotation(**request)["quotationId"])
		self.assertEqual(outcomes, [])


class TestFractions(MedusaTestCase):
	def test_quantity_that_rounds_to_nothing(self):
		unit = frappe.db.get_value("UOM", {"must_be_whole_number": 0}, "name")
		item = make_item(stock_uom=unit)
		request = quotation_request(make_lead().medusa_id, item)
		frappe.db.commit()
		request["items"][0]["quantity"] = 0.0005
		self.assert_refused(InvalidArgumentsError, api.create_quotation, **request)

	def test_fraction_of_a_unit_that_can_be_split(self):
		unit = frappe.db.get_value("UOM", {"must_be_whole_number": 0}, "name")
		item = make_item(stock_uom=unit)
		lines = [{"sku": item.name, "quantity": 0.5}]
		quotation = make_quotation(make_lead().medusa_id, item, items=lines)
		self.assertEqual(quotation.items[0].qty, 0.5)

	def test_a_hundred_lines(self):
		items = [make_item() for _i in range(100)]
		lines = [{"variant_id": item.medusa_variant_id, "quantity": 1} for item in items]
		self.assertEqual(len(make_quotation(make_lead().medusa_id, self.item, items=lines).items), 100)


class TestLargeQuotations(MedusaTestCase):
	"""Calls with many lines run one at a time."""

	def locked_first(self, lines: int) -> tuple[str, str]:
		"""Return the first row that a call with so many lines locks."""
		items = [{"sku": make_item().name, "quantity": 1} for _number in range(lines)]
		request = quotation_request(make_lead().medusa_id, self.item, items=items)
		frappe.db.commit()
		with locks() as rows:
			api.create_quotation(**request)
		return rows[0]

	def test_more_than_20_lines_wait_before_they_lock_anything(self):
		self.assertEqual(self.locked_first(lines=21), ("DocType", "Medusa Quotation Key"))

	def test_20_lines_do_not_wait(self):
		self.assertEqual(self.locked_first(lines=20)[0], "Lead")


class TestOtherContent(MedusaTestCase):
	"""The same quotation id with something else."""

	def setUp(self):
		super().setUp()
		self.lead = make_lead()
		self.lines = [{"sku": item.name, "quantity": 2} for item in (self.item, make_item(rate=5))]
		self.request = quotation_request(self.lead.medusa_id, self.item, items=self.lines)
		self.name = api.create_quotation(**self.request)["quotationId"]
		frappe.db.commit()

	def again(self, **values):
		return api.create_quotation(**{**self.request, **values})["quotationId"]

	def refusal(self, **values) -> dict:
		"""Ask again with something else; return what the refusal says to programs."""
		with self.assertRaises(QuotationConflictError) as caught:
			self.again(**values)
		frappe.db.rollback()
		return details_of(caught.exception)

	def test_other_lines(self):
		for lines in ([{**self.lines[0], "quantity": 3}, self.lines[1]], self.lines[:1]):
			with self.subTest(lines):
				self.assertEqual(self.refusal(items=lines)["reason"], "other_content")

	def test_other_addresses(self):
		for values in ({"billing_address": ADDRESS}, {"shipping_address": ADDRESS}):
			with self.subTest(**values):
				self.assertEqual(self.refusal(**values)["reason"], "other_content")

	def test_refusal_has_the_quotation(self):
		current = self.refusal(items=self.lines[:1])["current"]
		self.assertEqual((current["name"], len(current["items"])), (self.name, 2))

	def test_same_lines_in_another_order_and_form(self):
		lines = [{**line, "quantity": "2.0"} for line in reversed(self.lines)]
		self.assertEqual(self.again(items=lines), self.name)

	def test_what_was_asked_counts_and_not_what_a_clerk_made_of_it(self):
		quotation = frappe.get_doc("Quotation", self.name)
		quotation.items[0].qty = 50
		quotation.save()
		frappe.db.commit()
		self.assertEqual(self.again(), self.name)

	def test_quotation_from_before_there_were_fingerprints(self):
		key = ("Medusa Quotation Key", self.request["quotation_id"])
		frappe.db.set_value(*key, "fingerprint", None)
		frappe.db.commit()
		self.assertEqual(self.again(items=self.lines[:1]), self.name)

	def test_draft_that_a_clerk_deleted(self):
		frappe.delete_doc("Quotation", self.name)
		frappe.db.commit()
		name = self.again(items=self.lines[:1])
		frappe.db.commit()
		self.assertEqual(self.again(items=self.lines[:1]), name)
		self.assertEqual(self.refusal()["reason"], "other_content")


class TestShippingAddress(MedusaTestCase):
	def setUp(self):
		super().setUp()
		self.lead = make_lead()

	def address_of(self, **values):
		quotation = make_quotation(self.lead.medusa_id, self.item, shipping_address={**ADDRESS, **values})
		return frappe.get_doc("Address", quotation.shipping_address_name)

	def test_is_of_its_own_type(self):
		address = self.address_of(is_default=True)
		actual = (address.address_type, address.is_shipping_address, address.is_primary_address)
		self.assertEqual(actual, ("Shipping", 1, 0))

	def test_default_one_is_updated_in_place(self):
		first = self.address_of(is_default=True)
		second = self.address_of(is_default=True, city="Sharjah")
		self.assertEqual((first.name, "Sharjah"), (second.name, second.city))

	def test_another_one_is_new(self):
		self.assertNotEqual(self.address_of(is_default=True).name, self.address_of().name)

	def test_billing_address_is_left_alone(self):
		quotation = make_quotation(
			self.lead.medusa_id,
			self.item,
			billing_address={**ADDRESS, "is_default": True},
			shipping_address={**ADDRESS, "city": "Sharjah", "is_default": True},
		)
		billing = frappe.db.get_value("Address", quotation.customer_address, ["city", "address_type"])
		self.assertEqual(billing, ("Dubai", "Billing"))

	def test_wrong_one_is_named(self):
		request = quotation_request(self.lead.medusa_id, self.item, shipping_address={"city": "Dubai"})
		message = self.assert_refused(InvalidArgumentsError, api.create_quotation, **request)
		self.assertIn("shipping_address.address_1", message)


class TestNote(MedusaTestCase):
	def comments(self, note: str) -> list[str]:
		quotation = make_quotation(make_lead().medusa_id, self.item, note=note)
		filters = {"reference_name": quotation.name, "comment_type": "Comment"}
		return frappe.get_all("Comment", filters, pluck="content")

	def test_is_a_comment(self):
		self.assertEqual(self.comments("Call first.\nThen deliver."), ["Call first.<br>Then deliver."])

	def test_none(self):
		self.assertEqual(self.comments(""), [])

	def test_markup_is_text(self):
		(content,) = self.comments("<img src=x onerror=alert(1)> & more")
		self.assertNotIn("<img", content)


class TestContactPerson(MedusaTestCase):
	def test_contact_has_the_medusa_id(self):
		lead = make_lead()
		quotation = make_quotation(lead.medusa_id, self.item)
		owner = frappe.db.get_value("Contact", quotation.contact_person, "medusa_id")
		self.assertEqual(owner, lead.medusa_id)

	def test_it_is_not_the_partys_default_one(self):
		lead = make_lead()
		first = frappe.get_doc("Contact", {"medusa_id": lead.medusa_id})
		other = frappe.new_doc("Contact")
		other.update({"first_name": unique("Boss "), "is_primary_contact": 1})
		other.append("links", {"link_doctype": "Lead", "link_name": lead.name})
		other.insert()
		self.assertEqual(make_quotation(lead.medusa_id, self.item).contact_person, first.name)
