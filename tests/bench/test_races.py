"""Calls at the same moment, on MariaDB with several web workers: one document, equal answers, and no one
refused.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Barrier, BrokenBarrierError

from helpers import medusa_customer, sign_up_form
from live import at_once, same

CALLERS = 32
STRANGERS = 64
STREET = {"address_1": "1 Palm Street", "city": "Dubai", "country_code": "ae"}


def lead_of(bench, **values) -> dict:
	"""A fresh Medusa customer with a Lead."""
	data = medusa_customer(**values)
	data["lead"] = bench.shop("insert_lead", data=data)
	return data


def quote(bench, customer_id: str, quotation_id: str = "", **values) -> dict:
	key = quotation_id or f"quo_{secrets.token_hex(6)}"
	arguments = {"customer_id": customer_id, "quotation_id": key, "items": bench.lines(), **values}
	return {"key": key, **bench.shop("create_quotation", **arguments)}


@contextmanager
def several_register(medusa) -> Iterator[None]:
	"""The first four to register with Medusa do so at the same moment, as far as there are four."""
	crowd = Barrier(4)

	def meet() -> None:
		with suppress(BrokenBarrierError):
			crowd.wait(2)

	medusa.while_registering = meet
	try:
		yield
	finally:
		medusa.while_registering = bool


class TestSameCall:
	def test_sign_up(self, bench, round_number):
		sent = sign_up_form(password="long enough")
		with several_register(bench.medusa):
			results = at_once([lambda: bench.call("sign_up", **sent)] * CALLERS)
		medusa_id = same(results)["customer_id"]
		lead = bench.wait_for("Lead", {"medusa_id": medusa_id})
		assert bench.find("Lead", {"email_id": sent["email"]}) == [{"name": lead}]

	def test_insert_lead(self, bench, round_number):
		data = medusa_customer()
		results = at_once([lambda: bench.call("insert_lead", bench.storefront, data=data)] * CALLERS)
		assert bench.find("Lead", {"medusa_id": data["id"]}) == [{"name": same(results)}]

	def test_create_quotation(self, bench, round_number):
		customer, key = lead_of(bench), f"quo_{secrets.token_hex(6)}"
		arguments = {"customer_id": customer["id"], "quotation_id": key, "items": bench.lines()}
		arguments["billing_address"] = STREET
		results = at_once([lambda: bench.call("create_quotation", bench.storefront, **arguments)] * CALLERS)
		found = bench.find("Quotation", {"medusa_quotation_id": key})
		assert found == [{"name": same(results)["quotationId"]}]
		assert len(bench.find("Address", [["Dynamic Link", "link_name", "=", customer["lead"]]])) == 1

	def test_create_quotation_of_a_new_customer(self, bench, round_number):
		data, key = lead_of(bench), f"quo_{secrets.token_hex(6)}"
		arguments = {"customer_id": data["id"], "quotation_id": key, "items": bench.lines()}
		arguments |= {"billing_address": {**STREET, "is_default": True}, "create_so": True}
		results = at_once([lambda: bench.call("create_quotation", bench.storefront, **arguments)] * CALLERS)
		(customer,) = bench.find("Customer", {"medusa_id": data["id"]})
		(found,) = bench.find("Quotation", {"medusa_quotation_id": key}, "name", "party_name")
		assert found == {"name": same(results)["quotationId"], "party_name": customer["name"]}

	def test_approve(self, bench, round_number):
		quotation = quote(bench, lead_of(bench)["id"])
		arguments = {
			"quotation_id": quotation["key"],
			"approval": "Approved",
			"order_id": "o",
			"create_so": True,
		}
		results = at_once([lambda: bench.call("update_quotation", bench.storefront, **arguments)] * CALLERS)
		filters = [["Sales Order Item", "prevdoc_docname", "=", quotation["quotationId"]]]
		assert bench.find("Sales Order", filters) == [{"name": same(results)["sales_order_id"]}]

	def test_reject(self, bench, round_number):
		quotation = quote(bench, lead_of(bench)["id"])
		arguments = {"quotation_id": quotation["key"], "approval": "Rejected"}
		same(at_once([lambda: bench.call("update_quotation", bench.storefront, **arguments)] * CALLERS))
		(found,) = bench.find("Quotation", {"medusa_quotation_id": quotation["key"]}, "status")
		assert found == {"status": "Lost"}

	def test_missing_order_of_an_approved_quotation(self, bench, round_number):
		quotation = quote(bench, lead_of(bench)["id"])
		arguments = {"quotation_id": quotation["key"], "approval": "Approved"}
		bench.shop("update_quotation", **arguments)
		arguments["create_so"] = True
		results = at_once([lambda: bench.call("update_quotation", bench.storefront, **arguments)] * CALLERS)
		filters = [["Sales Order Item", "prevdoc_docname", "=", quotation["quotationId"]]]
		assert bench.find("Sales Order", filters) == [{"name": same(results)["sales_order_id"]}]

	def test_link(self, bench, round_number):
		lead, customer = lead_of(bench), bench.make_customer()
		arguments = {"customer": customer, "lead": lead["lead"]}
		same(at_once([lambda: bench.call("link_medusa_lead", bench.clerk, **arguments)] * CALLERS))
		assert bench.find("Customer", {"medusa_id": lead["id"]}) == [{"name": customer}]

	def test_update_address(self, bench, round_number):
		customer = lead_of(bench)
		quote(bench, customer["id"], billing_address=STREET)
		arguments = {"customer_id": customer["id"], "city": "Sharjah"}
		same(at_once([lambda: bench.call("update_address", bench.storefront, **arguments)] * CALLERS))


class TestStrangers:
	"""Different people who share a name, a company or a street: one record for each."""

	def all_succeed(self, results: list) -> list:
		refused = [result for result in results if result[0] != 200]
		assert not refused, refused[:2]
		return [answer for _status, answer in results]

	def test_leads_of_one_name(self, bench, round_number):
		people = [medusa_customer(first_name="Same", last_name="Name") for _i in range(STRANGERS)]
		calls = [lambda data=data: bench.call("insert_lead", bench.storefront, data=data) for data in people]
		assert len(set(self.all_succeed(at_once(calls)))) == STRANGERS

	def test_sign_ups_of_one_name(self, bench, round_number):
		people = [
			medusa_customer(first_name="Same", last_name="Name", password="long enough")
			for _i in range(STRANGERS)
		]
		answers = self.all_succeed(
			at_once([lambda form=form: bench.call("sign_up", **form) for form in people])
		)
		ids = {answer["customer_id"] for answer in answers}
		for medusa_id in ids:
			bench.wait_for("Lead", {"medusa_id": medusa_id}, seconds=120)
		assert len(ids) == len(bench.find("Lead", {"medusa_id": ("in", list(ids))})) == STRANGERS

	def test_addresses_of_one_title(self, bench, round_number):
		company = f"Street {secrets.token_hex(4)}"
		leads = at_once([lambda: lead_of(bench, organization_name=company)] * STRANGERS)
		customers = [lead["id"] for lead in leads]

		def ask(customer_id):
			key = f"quo_{secrets.token_hex(6)}"
			arguments = {"customer_id": customer_id, "quotation_id": key, "items": bench.lines()}
			return bench.call("create_quotation", bench.storefront, **arguments, billing_address=STREET)

		self.all_succeed(at_once([lambda customer=customer: ask(customer) for customer in customers]))
		assert len(bench.find("Address", {"address_title": company})) == STRANGERS

	def test_conversions_of_one_company(self, bench, round_number):
		company = f"Company {secrets.token_hex(4)}"
		leads = at_once([lambda: lead_of(bench, organization_name=company)] * STRANGERS)
		customers = [lead["id"] for lead in leads]
		quoted = at_once([lambda customer=customer: quote(bench, customer) for customer in customers])
		keys = [quotation["key"] for quotation in quoted]

		def approve(key):
			arguments = {"quotation_id": key, "approval": "Approved", "create_so": True}
			return bench.call("update_quotation", bench.storefront, **arguments)

		self.all_succeed(at_once([lambda key=key: approve(key) for key in keys]))
		assert len(bench.find("Customer", {"customer_name": company})) == STRANGERS


class TestAcrossMethods:
	def test_two_quotations_of_one_lead(self, bench, round_number):
		customer = lead_of(bench)
		keys = [quote(bench, customer["id"])["key"] for _i in range(4)]

		def approve(key):
			arguments = {"quotation_id": key, "approval": "Approved", "create_so": True}
			return bench.call("update_quotation", bench.storefront, **arguments)

		results = at_once([lambda key=key: approve(key) for key in keys])
		assert [status for status, _answer in results] == [200] * 4, results
		assert len({answer["sales_order_id"] for _status, answer in results}) == 4
		assert len(bench.find("Customer", {"lead_name": customer["lead"]})) == 1

	def test_one_email_of_several_customers(self, bench, round_number):
		first = medusa_customer()
		people = [first, *(medusa_customer(email=first["email"]) for _i in range(15))]
		results = at_once(
			[lambda data=data: bench.call("insert_lead", bench.storefront, data=data) for data in people]
		)
		assert sorted(status for status, _answer in results) == [200] + [409] * 15
		assert len(bench.find("Lead", {"email_id": first["email"]})) == 1

	def test_two_users_link_one_lead(self, bench, round_number):
		lead = lead_of(bench)
		customers = [bench.make_customer() for _i in range(8)]

		def link(customer):
			return bench.call("link_medusa_lead", bench.clerk, customer=customer, lead=lead["lead"])

		results = at_once([lambda name=name: link(name) for name in customers])
		assert sorted(status for status, _answer in results) == [200] + [409] * 7
		(winner,) = bench.find("Customer", {"medusa_id": lead["id"]})
		expected = f"This Medusa Lead is already linked to another Customer: {winner['name']}"
		assert all(expected in str(answer) for status, answer in results if status == 409)

	def test_approval_while_the_lead_is_linked(self, bench, round_number):
		lead, customer = lead_of(bench), bench.make_customer()
		key = quote(bench, lead["id"])["key"]
		approval = {"quotation_id": key, "approval": "Approved", "create_so": True}
		approved, linked = at_once(
			[
				lambda: bench.call("update_quotation", bench.storefront, **approval),
				lambda: bench.call("link_medusa_lead", bench.clerk, customer=customer, lead=lead["lead"]),
			]
		)
		assert approved[0] == 200, approved
		assert linked[0] in (200, 409), linked
		(owner,) = bench.find("Customer", {"medusa_id": lead["id"]})
		(order,) = bench.find("Sales Order", {"name": approved[1]["sales_order_id"]}, "customer")
		assert order["customer"] == owner["name"]
		assert (owner["name"] == customer) == (linked[0] == 200)

	def test_insert_lead_while_the_lead_is_edited(self, bench, round_number):
		data = medusa_customer()
		name = bench.make("Lead", first_name="Desk", email_id=data["email"])["name"]
		change = {"doctype": "Lead", "name": name, "fieldname": {"job_title": "Buyer"}}
		save = f"{bench.url}/api/method/frappe.client.set_value"
		inserted, edited = at_once(
			[
				lambda: bench.call("insert_lead", bench.storefront, data=data),
				lambda: bench.admin.post(save, json=change, timeout=120),
			]
		)
		assert inserted == (200, name)
		assert (
			edited.ok or edited.json()["exc_type"] == "TimestampMismatchError"
		)  # the clerk is told to refresh
		(lead,) = bench.find("Lead", {"name": name}, "medusa_id", "job_title")
		assert lead == {"medusa_id": data["id"], "job_title": "Buyer" if edited.ok else None}
