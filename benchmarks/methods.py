"""Measure what each method costs, compared with ERPNext's own work for the same documents: pair by pair, on
one site, in one process.

Run it with a bench's own Python in its `sites` folder, on a test site. Its records stay there; the settings
are restored:

../env/bin/python /path/to/benchmarks/methods.py SITE [PAIRS]
"""

import statistics
import sys
import time
from collections.abc import Callable
from unittest.mock import patch

import frappe
import requests

ITEMS = 5
WARM_UP = 2  # pairs that are not counted


def bare_lead(data: dict) -> None:
	"""Insert a Lead as ERPNext does."""
	lead = frappe.new_doc("Lead")
	lead.update({"first_name": data["first_name"], "last_name": data["last_name"], "email_id": data["email"]})
	lead.update({"company_name": data["organization_name"], "medusa_id": data["id"]})
	source = "utm_source" if lead.meta.has_field("utm_source") else "source"
	lead.update({"mobile_no": data["mobile"], "t_c_acceptance": 1, source: "Alfarsi Website"})
	lead.flags.medusa_writes = True  # the id is the app's own
	lead.insert(ignore_permissions=True, ignore_mandatory=True)
	frappe.db.commit()


def bare_quotation(lead: str, codes: list[str]) -> str:
	"""Insert a Quotation as ERPNext does, with the price list of the app's; return its name."""
	quotation = frappe.new_doc("Quotation")
	quotation.update({"quotation_to": "Lead", "party_name": lead, "order_type": "Sales"})
	quotation.selling_price_list = frappe.get_cached_doc("Medusa Settings").price_list
	quotation.set("items", [{"item_code": code, "qty": 2} for code in codes])
	name = quotation.insert(ignore_permissions=True).name
	frappe.db.commit()
	return name


def bare_approval(lead: str, quotation: str) -> None:
	"""Convert the Lead, save and submit the Quotation, create and submit the Sales Order."""
	from erpnext.crm.doctype.lead.lead import _make_customer
	from erpnext.selling.doctype.quotation.quotation import _make_sales_order

	customer = _make_customer(lead, ignore_permissions=True)
	customer.customer_group = "Ecommerce Customer"
	customer.insert(ignore_permissions=True, ignore_mandatory=True)
	doc = frappe.get_doc("Quotation", quotation)
	doc.update({"quotation_to": "Customer", "party_name": customer.name})
	doc.save(ignore_permissions=True)
	doc.submit()
	order = _make_sales_order(quotation, ignore_permissions=True)
	order.delivery_date = frappe.utils.add_days(frappe.utils.nowdate(), 1)
	order.insert(ignore_permissions=True)
	order.submit()
	frappe.db.commit()


def seconds(work: Callable) -> float:
	"""Return how long `work` takes with its commit, in seconds, as in a new request: Frappe's caches for one
	request are empty.
	"""
	site = frappe.local.site
	frappe.destroy()
	frappe.init(site=site)
	frappe.connect()
	frappe.set_user("Administrator")
	start = time.perf_counter()
	work()
	return time.perf_counter() - start


def committed(call: Callable, *args: object, **kwargs: object) -> Callable:
	"""Return a call of the app that commits at the end, as a request does."""

	def work() -> None:
		call(*args, **kwargs)
		frappe.db.commit()

	return work


def play_pair(lines: list[dict], codes: list[str]) -> dict[str, tuple[float, float]]:
	"""Play the story once through the app and once by hand; return the seconds of both for each method."""
	from medusa_integration import api
	from medusa_integration.tests.base import medusa_customer, unique

	ours, theirs, key = medusa_customer(), medusa_customer(), unique("quo_")
	times = {"insert_lead": (seconds(committed(api.insert_lead, ours)), seconds(lambda: bare_lead(theirs)))}
	lead = frappe.db.get_value("Lead", {"medusa_id": theirs["id"]}, "name")
	request = {"customer_id": ours["id"], "quotation_id": key, "items": lines}
	made: list[str] = []
	app = seconds(committed(api.create_quotation, **request))
	times["create_quotation"] = (app, seconds(lambda: made.append(bare_quotation(lead, codes))))
	approval = {"quotation_id": key, "approval": "Approved", "order_id": unique("order_"), "create_so": True}
	app = seconds(committed(api.update_quotation, **approval))
	times["approval"] = (app, seconds(lambda: bare_approval(lead, made[0])))
	return times


def compare(site: str, pairs: int) -> None:
	"""Measure `pairs` pairs on a site, and print the result."""
	frappe.init(site=site)
	frappe.connect()
	frappe.set_user("Administrator")
	from medusa_integration.tests.base import make_price_list, restore_settings, stored_settings

	settings = stored_settings()
	make_price_list()
	# a Customer like that of an earlier run must not make an approval wait for a person
	frappe.db.set_single_value("Medusa Settings", "likely_customer", "Create a new Customer")
	frappe.db.commit()
	try:
		report(measure(pairs), pairs)
	finally:
		restore_settings(settings)


def measure(pairs: int) -> dict[str, list[tuple[float, float]]]:
	"""Return, for each method, the seconds of the app and of ERPNext in each pair."""
	from medusa_integration.tests.base import make_item

	items = [make_item(rate=10) for _i in range(ITEMS)]
	codes = [item.name for item in items]
	lines = [{"variant_id": item.medusa_variant_id, "quantity": 2} for item in items]
	frappe.db.commit()
	times: dict[str, list[tuple[float, float]]] = {}
	for _pair in range(pairs + WARM_UP):
		for name, found in play_pair(lines, codes).items():
			times.setdefault(name, []).append(found)
	return {name: found[WARM_UP:] for name, found in times.items()}


def report(times: dict[str, list[tuple[float, float]]], pairs: int) -> None:
	"""Print, for each method, the medians of both and the median ratio of the pairs."""
	print(f"{pairs} pairs, {ITEMS} items; milliseconds are medians\n")
	print(f"{'':<18}{'app':>8}{'ERPNext':>10}{'ratio':>8}")
	for name, counted in times.items():
		app, bare = (statistics.median(column) * 1000 for column in zip(*counted, strict=True))
		ratio = statistics.median(ours / theirs for ours, theirs in counted)
		print(f"{name:<18}{app:>8.0f}{bare:>10.0f}{ratio:>8.2f}")


if __name__ == "__main__":
	# the picture that ERPNext requests from the internet would outweigh everything else; the app skips it
	with patch("requests.get", side_effect=requests.exceptions.ConnectionError):
		compare(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 20)
