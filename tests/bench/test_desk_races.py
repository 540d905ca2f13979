"""Calls of the shop while a clerk orders, renames, merges or deletes the same records on the desk: nothing is
ordered twice, and nothing is linked to a record that is gone.
"""

import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from clerk import ask
from helpers import sign_up_form
from live import at_once
from test_races import STREET, lead_of, quote

ATTEMPTS = 6  # at a moment that is missed easily
MAKE_SALES_ORDER = "erpnext.selling.doctype.quotation.quotation.make_sales_order"
# what refuses to delete a record that is used, or that somebody works with just now
IN_USE = ("LinkExistsError", "QueryTimeoutError")


def renaming(
	bench, doctype: str, old: str, new: str, *, merge: bool = False
) -> Callable[[], tuple[int, Any]]:
	"""Return the call that renames a record, or merges it into another."""
	arguments = {"doctype": doctype, "old_name": old, "new_name": new, "merge": merge}
	return lambda: ask(bench, "frappe.client.rename_doc", **arguments)


def customer_of(bench) -> dict:
	"""Make a Medusa customer who has become a Customer already."""
	data = lead_of(bench)
	data["quotation"] = quote(
		bench, data["id"], create_so=True, billing_address={**STREET, "is_default": True}
	)
	(found,) = bench.find("Customer", {"medusa_id": data["id"]})
	return {**data, "customer": found["name"]}


def asking(bench, customer_id: str, **values: Any) -> tuple[str, Any]:
	"""Return a fresh quotation id, and the call of `create_quotation` for it."""
	key = f"quo_{secrets.token_hex(6)}"
	arguments = {"customer_id": customer_id, "quotation_id": key, "items": bench.lines(), **values}
	return key, lambda: bench.call("create_quotation", bench.storefront, **arguments)


def quote_during(bench, customer_id: str, work: Callable[[], tuple[int, Any]]) -> list[str]:
	"""Have the shop ask for one quotation after the other until `work` is done; return their ids."""
	with ThreadPoolExecutor(3) as pool:
		at_work = pool.submit(work)

		def ask_on() -> list[tuple[str, Any]]:
			asked = []
			while not at_work.done():
				key, call = asking(bench, customer_id, billing_address=STREET)
				asked.append((key, call()))
			return asked

		asked = [one for future in [pool.submit(ask_on), pool.submit(ask_on)] for one in future.result()]
	check_all_answered([at_work.result(), *[result for _key, result in asked]])
	return [key for key, _result in asked]


def approving(bench, key: str) -> Any:
	"""Return the call of `update_quotation` that approves and orders."""
	arguments = {"quotation_id": key, "approval": "Approved", "create_so": True}
	return lambda: bench.call("update_quotation", bench.storefront, **arguments)


def check_all_answered(results: list[tuple[int, Any]]) -> None:
	refused = [(status, str(answer)[-1500:]) for status, answer in results if status != 200]
	assert not refused, refused


def dangling(bench, doctype: str, *names: str) -> list[tuple[str, str]]:
	"""Find what names those of the records that do not exist."""
	existing = {row["name"] for row in bench.find(doctype, {"name": ("in", names)})}
	gone = sorted(set(names) - existing)
	linked = [["Dynamic Link", "link_doctype", "=", doctype], ["Dynamic Link", "link_name", "in", gone]]
	places = {
		"Quotation": {"quotation_to": doctype, "party_name": ("in", gone)},
		"Address": linked,
		"Contact": linked,
		**({"Sales Order": {"customer": ("in", gone)}} if doctype == "Customer" else {}),
		**({"Customer": {"lead_name": ("in", gone)}} if doctype == "Lead" else {}),
	}
	return [(place, row["name"]) for place, filters in places.items() for row in bench.find(place, filters)]


def parties_of(bench, keys: list[str]) -> set[str]:
	found = bench.find("Quotation", {"medusa_quotation_id": ("in", keys)}, "name", "party_name")
	assert len(found) == len(keys), found
	return {quotation["party_name"] for quotation in found}


class TestOrder:
	"""The clerk and the shop order one Quotation, which is submitted already."""

	def mapped(self, bench, customer: dict) -> tuple[dict, dict]:
		"""Return a submitted Quotation, and the order of it that the clerk sees."""
		quotation = quote(bench, customer["id"])
		bench.shop("update_quotation", quotation_id=quotation["key"], approval="Approved")
		status, order = ask(bench, MAKE_SALES_ORDER, bench.clerk, source_name=quotation["quotationId"])
		assert status == 200, order
		order["delivery_date"] = "2099-12-31"
		for item in order["items"]:
			item["delivery_date"] = order["delivery_date"]
		return quotation, order

	def check(self, bench, quotation: dict, ordered: tuple[int, Any], shop: tuple[int, Any]) -> None:
		"""See one order, which both know. A draft that the shop found is the clerk's to submit again."""
		filters = [
			["Sales Order Item", "prevdoc_docname", "=", quotation["quotationId"]],
			["docstatus", "<", 2],
		]
		story = f"clerk {ordered[0]} {str(ordered[1])[-1500:]}, shop {shop}"
		assert shop[0] == 200, story
		assert bench.find("Sales Order", filters) == [{"name": shop[1]["sales_order_id"]}], story
		reasons = (shop[1]["sales_order_id"], "TimestampMismatchError")  # ordered already; please refresh
		refused = ordered[0] == 417 and any(reason in str(ordered[1]) for reason in reasons)
		assert refused or ordered[1]["name"] == shop[1]["sales_order_id"], story

	@pytest.mark.parametrize("shop_first", [False, True])
	@pytest.mark.parametrize("how", ["saved and submitted", "submitted at once", "submitted draft"])
	def test_one_quotation(self, bench, round_number, how, shop_first):
		customer = customer_of(bench)

		def save(order, docstatus=0):
			return ask(bench, "frappe.client.insert", bench.clerk, doc={**order, "docstatus": docstatus})

		def submit(saved):
			return ask(bench, "frappe.client.submit", bench.clerk, doc=saved[1]) if saved[0] == 200 else saved

		for _attempt in range(ATTEMPTS):
			quotation, order = self.mapped(bench, customer)
			draft = save(order) if how == "submitted draft" else None

			def work(quotation=quotation, order=order, draft=draft):
				if shop_first:  # by as long as it takes to look at the Quotation
					ask(bench, MAKE_SALES_ORDER, bench.clerk, source_name=quotation["quotationId"])
				if how == "submitted at once":
					return save(order, docstatus=1)
				return submit(draft or save(order))

			self.check(bench, quotation, *at_once([work, approving(bench, quotation["key"])]))


class TestRename:
	def test_customer_while_it_is_quoted(self, bench, round_number):
		for _attempt in range(ATTEMPTS):
			customer = customer_of(bench)
			old, new = customer["customer"], f"Renamed {secrets.token_hex(6)}"
			keys = quote_during(bench, customer["id"], renaming(bench, "Customer", old, new))
			assert parties_of(bench, keys) == {new}
			assert dangling(bench, "Customer", old, new) == []

	def test_customer_while_it_orders(self, bench, round_number):
		for _attempt in range(ATTEMPTS):
			customer = customer_of(bench)
			old, new = customer["customer"], f"Renamed {secrets.token_hex(6)}"
			keys = [quote(bench, customer["id"])["key"] for _i in range(3)]
			calls = [renaming(bench, "Customer", old, new), *[approving(bench, key) for key in keys]]
			check_all_answered(at_once(calls))
			assert parties_of(bench, keys) == {new}
			assert dangling(bench, "Customer", old, new) == []
			assert len(bench.find("Sales Order", {"customer": new})) == len(keys)

	def test_lead_while_it_is_quoted(self, bench, round_number):
		for _attempt in range(ATTEMPTS):
			customer = lead_of(bench)
			old, new = customer["lead"], f"Renamed {secrets.token_hex(6)}"
			keys = quote_during(bench, customer["id"], renaming(bench, "Lead", old, new))
			assert parties_of(bench, keys) == {new}
			assert dangling(bench, "Lead", old, new) == []

	@pytest.mark.parametrize("doctype", ["Lead", "Customer"])
	def test_keeps_the_account(self, bench, doctype):
		customer = customer_of(bench) if doctype == "Customer" else lead_of(bench)
		new = f"Renamed {secrets.token_hex(6)}"
		check_all_answered([renaming(bench, doctype, customer[doctype.lower()], new)()])
		assert bench.find(doctype, {"medusa_id": customer["id"]}) == [{"name": new}]


class TestMerge:
	"""A Customer with an account is merged into one without."""

	def check(self, bench, customer: dict, kept: str) -> None:
		old, fields = customer["customer"], ("medusa_id", "lead_name")
		found = bench.find("Customer", {"name": ("in", [old, kept])}, "name", *fields)
		assert found == [{"name": kept, "medusa_id": customer["id"], "lead_name": customer["lead"]}]
		assert dangling(bench, "Customer", old, kept) == []

	def test_while_it_is_quoted(self, bench, round_number):
		for _attempt in range(ATTEMPTS):
			kept, customer = bench.make_customer(), customer_of(bench)
			merging = renaming(bench, "Customer", customer["customer"], kept, merge=True)
			keys = quote_during(bench, customer["id"], merging)
			self.check(bench, customer, kept)
			assert parties_of(bench, keys) == {kept}

	def test_while_it_orders(self, bench, round_number):
		for _attempt in range(ATTEMPTS):
			kept, customer = bench.make_customer(), customer_of(bench)
			keys = [quote(bench, customer["id"])["key"] for _i in range(3)]
			merging = renaming(bench, "Customer", customer["customer"], kept, merge=True)
			check_all_answered(at_once([merging, *[approving(bench, key) for key in keys]]))
			self.check(bench, customer, kept)
			assert parties_of(bench, keys) == {kept}
			assert len(bench.find("Sales Order", {"customer": kept})) == len(keys)

	def test_brings_the_account_along(self, bench):
		kept, customer = bench.make_customer(), customer_of(bench)
		contacts = bench.find("Contact", [["Dynamic Link", "link_name", "=", customer["customer"]]])
		check_all_answered([renaming(bench, "Customer", customer["customer"], kept, merge=True)()])
		self.check(bench, customer, kept)
		assert contacts
		assert bench.find("Contact", [["Dynamic Link", "link_name", "=", kept]]) == contacts
		assert bench.find("Lead", {"name": customer["lead"]}, "status") == [{"status": "Converted"}]

	def test_no_other_customer_after_it(self, bench):
		kept, customer = bench.make_customer(), customer_of(bench)
		check_all_answered([renaming(bench, "Customer", customer["customer"], kept, merge=True)()])
		quotation = quote(bench, customer["id"], create_so=True)
		assert parties_of(bench, [quotation["key"]]) == {kept}
		assert bench.find("Customer", {"lead_name": customer["lead"]}) == [{"name": kept}]

	@pytest.mark.parametrize("doctype", ["Lead", "Customer"])
	def test_two_accounts(self, bench, doctype):
		make = customer_of if doctype == "Customer" else lead_of
		first, second = make(bench), make(bench)
		old, kept = first[doctype.lower()], second[doctype.lower()]
		status, answer = renaming(bench, doctype, old, kept, merge=True)()
		assert status == 417, answer
		assert "cannot be merged" in str(answer)
		found = bench.find(doctype, {"name": ("in", [old, kept])}, "name", "medusa_id")
		assert {row["name"]: row["medusa_id"] for row in found} == {old: first["id"], kept: second["id"]}


class TestDelete:
	def test_lead_while_it_is_quoted(self, bench, round_number):
		for _attempt in range(ATTEMPTS):
			customer = lead_of(bench)
			key, call = asking(bench, customer["id"], billing_address=STREET)
			url = f"{bench.url}/api/resource/Lead/{customer['lead']}"
			deleted, quoted = at_once([lambda url=url: bench.admin.delete(url, timeout=120), call])
			parties = bench.find("Quotation", {"medusa_quotation_id": key}, "party_name")
			story = f"deleted {deleted.status_code} {deleted.text[-1500:]}, quoted {quoted}"
			if bench.find("Lead", {"name": customer["lead"]}):
				assert deleted.json().get("exc_type") in IN_USE, story
				assert (quoted[0], parties) == (200, [{"party_name": customer["lead"]}]), story
			else:
				assert deleted.ok, story
				assert (quoted[0], parties) == (404, []), story
				assert quoted[1]["exc_type"] == "CustomerNotFoundError"


class TestFirstAddress:
	@pytest.mark.parametrize("callers", [2, 3, 4])
	def test_default_of_several_quotations(self, bench, round_number, callers):
		for _attempt in range(ATTEMPTS):
			customer = lead_of(bench)
			address = {**STREET, "is_default": True}
			calls = [asking(bench, customer["id"], billing_address=address)[1] for _i in range(callers)]
			check_all_answered(at_once(calls))
			filters = [["Dynamic Link", "link_name", "=", customer["lead"]], ["is_primary_address", "=", 1]]
			assert [row["address_type"] for row in bench.find("Address", filters, "address_type")] == [
				"Billing"
			]


class TestAwaitedLead:
	def sign_up(self, bench) -> str:
		sent = sign_up_form(password="long enough")
		status, answer = bench.call("sign_up", **sent)
		assert status == 200, answer
		return answer["customer_id"]

	def test_quoted_right_after_sign_up(self, bench, round_number):
		for _attempt in range(ATTEMPTS):
			customer_id = self.sign_up(bench)
			quotation = quote(bench, customer_id)
			# the jobs have one queue: with the Lead of a later one, that of this one has run
			bench.wait_for("Lead", {"medusa_id": self.sign_up(bench)})
			(lead,) = bench.find("Lead", {"medusa_id": customer_id})
			assert parties_of(bench, [quotation["key"]]) == {lead["name"]}
