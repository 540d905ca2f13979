"""Each record made twice, by the app and by a clerk's own calls on the desk, and compared field by field."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, NamedTuple

import pytest
import requests
from helpers import medusa_customer
from live import Bench

Record = dict[str, Any]


class Known(NamedTuple):
	"""A difference that is meant, in the ERPNext versions given."""

	doctype: str  # or a child table's
	field: str
	reason: str
	versions: tuple[int, ...] = (15, 16)


ONE_SAVE = "The app submits the order as it inserts it; a clerk saves a draft first, and submits that."
CONTACT = (
	"ERPNext 15's make_quotation of a Customer leaves out what its form fetches for a chosen contact person."
)
LINKED = "A Comment says who linked the Lead and the Customer; ERPNext has no such action."
ALLOWED = [
	Known("Lead", "lead_owner", "ERPNext gives a Lead to the user who inserts it: the integration user."),
	Known("Lead", "beside.comments", "A Comment on an adopted Lead says which shop account has it now."),
	Known("Lead", "beside.info_logs", LINKED),
	Known("Customer", "beside.info_logs", LINKED),
	Known("Sales Order", "beside.versions.docstatus", ONE_SAVE),
	Known("Sales Order", "beside.versions.status", ONE_SAVE),
	*(
		Known(doctype, f"contact_{field}", CONTACT, (15,))
		for doctype in ("Quotation", "Sales Order")
		for field in ("display", "email", "mobile")
	),
]

CONTACTS = "__onload.contact_list."  # the Contacts on a form

STORIES = {
	"Lead": ["sign_up"],
	"adopted Lead": ["have_lead", "sign_up"],
	"Quotation for a Lead": ["sign_up", "quote"],
	"other address": ["sign_up", "quote_for_other_address"],
	"changed address": ["sign_up", "quote_for_main_address", "move"],
	"rejected Quotation": ["sign_up", "quote", "reject"],
	"approved Quotation": ["sign_up", "quote", "approve"],
	"order of a Lead": ["sign_up", "quote_for_main_address", "order"],
	"order of a Lead without a company": ["be_private", "sign_up", "quote", "order"],
	"order beside another draft": ["sign_up", "quote", "quote_again", "order"],
	"approved Quotation, then an order": ["sign_up", "quote", "approve", "order"],
	"linked Customer": ["have_customer", "sign_up", "link"],
	"linked Customer with a draft": ["have_customer", "sign_up", "quote_for_main_address", "link"],
	"Quotation for a Customer": ["have_customer", "sign_up", "link", "quote_for_main_address"],
	"rejected Quotation for a Customer": ["have_customer", "sign_up", "link", "quote", "reject"],
	"order of a Customer": ["have_customer", "sign_up", "link", "quote_for_main_address", "order"],
}
# the field by which a person's records are found
SEARCHED = {
	"Lead": "email_id",
	"Customer": "customer_name",
	"Contact": "email_id",
	"Address": "address_title",
	"Quotation": "customer_name",
	"Sales Order": "customer_name",
	"Bin": "item_code",
}
STAMPS = {"name", "owner", "creation", "modified", "modified_by", "transaction_time", "timeline_data"}
# what a form shows beside its document that depends on who looks
OF_THE_READER = {"permissions", "user_info", "views", "document_email", "is_document_followed", "doctype"}
ADDRESS = {"address_1": "1 Palm Street", "city": "Dubai", "country_code": "ae", "phone": "+97141234567"}
REASON = "Rejected in the shop"


class Site:
	"""The bench, with what Medusa Settings say and what a clerk would type accordingly."""

	def __init__(self, bench: Bench):
		self.bench = bench
		self.settings = bench.method("frappe.client.get", doctype="Medusa Settings")
		self.version = 16 if self.settings["lead_source_doctype"] == "UTM Source" else 15
		self.company = self.settings.get("company") or bench.find("Company", {})[0]["name"]
		self.territory = bench.find("Territory", {"is_group": 0})[0]["name"]
		fields = bench.find("Custom Field", {"module": "Medusa Integration"}, "dt", "fieldname")
		self.own_fields = {(field["dt"], field["fieldname"]) for field in fields}
		self.found: dict[str, list[Difference]] = {}

	def desk(self, path: str, /, **arguments: Any) -> Record:
		"""Call a method as the clerk; return the whole answer."""
		headers = {"Authorization": f"token {self.bench.clerk}"}
		url = f"{self.bench.url}/api/method/{path}"
		response = requests.post(url, json=arguments, headers=headers, timeout=120)
		assert response.ok, response.text[:2000]
		return response.json()

	def make_stock_item(self, code: str) -> str:
		"""Make a stock Item with a price."""
		warehouse = self.bench.find("Warehouse", {"company": self.company, "is_group": 0})[0]["name"]
		values = {
			"item_group": self.bench.item["item_group"],
			"stock_uom": "Nos",
			"item_defaults": [{"company": self.company, "default_warehouse": warehouse}],
		}
		self.bench.make("Item", item_code=code, is_stock_item=1, **values)
		prices = self.bench.find("Price List", {"selling": 1})[0]["name"]
		self.bench.make("Item Price", item_code=code, price_list=prices, price_list_rate=25, uom="Nos")
		return code

	def differences(self, story: str) -> "list[Difference]":
		"""Let both twins live a story, once; return what is different about them."""
		if story not in self.found:
			records = []
			for kind in (Shop, Desk):
				twin = kind(self)
				for step in STORIES[story]:
					getattr(twin, step)()
				records.append(records_of(twin))
			self.found[story] = [found for found in compare(*records) if not self.is_own(found)]
		return self.found[story]

	def is_own(self, difference: "Difference") -> bool:
		"""Return whether a difference is in a field of the app's own, or in a version of one.

		Contacts are also on the forms of other records.
		"""
		field = difference.field.removeprefix("beside.versions.")
		doctype = "Contact" if field.startswith(CONTACTS) else difference.doctype
		return (doctype, field.removeprefix(CONTACTS)) in self.own_fields

	def allowed(self) -> set[tuple[str, str]]:
		"""Return the DocTypes and fields in which twins may differ on this version."""
		return {(known.doctype, known.field) for known in ALLOWED if self.version in known.versions}


class Twin:
	"""A person, and the steps of a story that both sides do alike."""

	def __init__(self, site: Site):
		self.site, self.bench = site, site.bench
		self.data = medusa_customer(mobile="+971501234567")
		self.word = self.data["last_name"]
		self.items = [site.bench.item["name"], site.make_stock_item(f"STOCK-{self.word}")]
		self.key, self.quotation = f"quo_{self.word}", ""
		self.old_customer = self.customer = ""

	def named(self, doctype: str) -> list[str]:
		"""Return the names of the person's records of a DocType, the oldest first."""
		rows = self.bench.find(doctype, {SEARCHED[doctype]: ["like", f"%{self.word}%"]}, "name", "creation")
		return [row["name"] for row in sorted(rows, key=lambda row: row["creation"])]

	def save(self, doc: Record, action: str = "Save") -> Record:
		"""Save or submit a document as its form does."""
		if not doc.get("name"):
			doc = {**doc, "__islocal": 1, "name": f"new-{doc['doctype'].lower().replace(' ', '-')}-1"}
		saved = self.site.desk("frappe.desk.form.save.savedocs", doc=json.dumps(doc), action=action)
		return saved["docs"][0]

	def open(self, doctype: str, name: str) -> Record:
		return self.site.desk("frappe.client.get", doctype=doctype, name=name)["message"]

	def be_private(self) -> None:
		self.data["organization_name"] = ""

	def have_lead(self) -> None:
		self.save({"doctype": "Lead", "first_name": f"Shop {self.word}", "email_id": self.data["email"]})

	def have_customer(self) -> None:
		group = {"customer_group": self.site.settings["customer_group"], "territory": self.site.territory}
		values = {"customer_name": f"{self.word} Cafe", "customer_type": "Company", **group}
		self.old_customer = self.save({"doctype": "Customer", **values})["name"]

	def quote_for_main_address(self) -> None:
		self.quote({**ADDRESS, "is_default": True})

	def quote_for_other_address(self) -> None:
		self.quote({**ADDRESS, "is_default": False})

	def quote_again(self) -> None:
		self.key += "_again"
		self.quote()


class Shop(Twin):
	"""The app's calls."""

	def sign_up(self) -> None:
		self.bench.shop("insert_lead", data=self.data)

	def quote(self, address: Record | None = None) -> None:
		items = [{"sku": code, "quantity": 2} for code in self.items]
		arguments = {"items": items, **({"billing_address": address} if address else {})}
		self.bench.shop("create_quotation", customer_id=self.data["id"], quotation_id=self.key, **arguments)

	def move(self) -> None:
		self.bench.shop("update_address", customer_id=self.data["id"], city="Sharjah")

	def decide(self, approval: str, **arguments: Any) -> None:
		self.bench.shop("update_quotation", quotation_id=self.key, approval=approval, **arguments)

	def approve(self) -> None:
		self.decide("Approved", order_id=f"order_{self.word}")

	def order(self) -> None:
		self.decide("Approved", order_id=f"order_{self.word}", create_so=True)

	def reject(self) -> None:
		self.decide("Rejected")

	def link(self) -> None:
		names = {"customer": self.old_customer, "lead": self.named("Lead")[0]}
		status, answer = self.bench.call("link_medusa_lead", self.bench.clerk, **names)
		assert status == 200, answer


class Desk(Twin):
	"""The calls of the desk's forms."""

	def map(self, method: str, name: str) -> Record:
		"""Return a new document, as a button under "Create" does."""
		arguments = {"method": f"erpnext.{method}", "source_name": name}
		return self.site.desk("frappe.model.mapper.make_mapped_doc", **arguments)["message"]

	def sign_up(self) -> None:
		fields = {
			"first_name": self.data["first_name"],
			"last_name": self.data["last_name"],
			"email_id": self.data["email"],
			"mobile_no": self.data["mobile"],
			"company_name": self.data["organization_name"],
			"source" if self.site.version == 15 else "utm_source": self.site.settings["lead_source"],
		}
		known = [self.open("Lead", name) for name in self.named("Lead")]
		lead = known[0] if known else {"doctype": "Lead"}
		self.save({**lead, **{field: value for field, value in fields.items() if not lead.get(field)}})

	def quote(self, address: Record | None = None) -> None:
		party = ("Customer", self.customer) if self.customer else ("Lead", self.named("Lead")[0])
		if address:
			self.add_address(*party, address)
		module = "selling.doctype.customer.customer" if self.customer else "crm.doctype.lead.lead"
		quotation = self.map(f"{module}.make_quotation", party[1])
		quotation["valid_till"] = later(quotation, self.site.settings["quotation_validity_days"])
		if self.site.settings.get("price_list"):
			quotation["selling_price_list"] = self.site.settings["price_list"]
		row = {"doctype": "Quotation Item", "qty": 2}
		quotation["items"] = [{**row, "item_code": code} for code in self.items]
		self.quotation = self.save(quotation)["name"]

	def add_address(self, doctype: str, name: str, address: Record) -> None:
		values = {
			"address_title": self.open(doctype, name)["title" if doctype == "Lead" else "customer_name"],
			"address_type": "Billing",
			"address_line1": address["address_1"],
			"city": address["city"],
			"country": "United Arab Emirates",
			"phone": address["phone"],
			"is_primary_address": int(address["is_default"]),
			"links": [{"doctype": "Dynamic Link", "link_doctype": doctype, "link_name": name}],
		}
		self.save({"doctype": "Address", **values})

	def move(self) -> None:
		self.save({**self.open("Address", self.named("Address")[0]), "city": "Sharjah"})

	def approve(self) -> None:
		self.save(self.open("Quotation", self.quotation), "Submit")

	def order(self) -> None:
		quotation = self.open("Quotation", self.quotation)
		if not self.customer:
			self.make_customer(quotation["party_name"])
		if not quotation["docstatus"]:
			self.approve()
		order = self.map("selling.doctype.quotation.quotation.make_sales_order", self.quotation)
		order["delivery_date"] = later(order, self.site.settings["delivery_days"])
		for row in order["items"]:
			row["delivery_date"] = order["delivery_date"]
		self.save(self.save(order), "Submit")

	def make_customer(self, lead: str) -> None:
		customer = self.map("crm.doctype.lead.lead.make_customer", lead)
		team = {"sales_person": self.site.settings["sales_person"], "allocated_percentage": 100}
		customer["customer_group"] = self.site.settings["customer_group"]
		customer["sales_team"] = [{"doctype": "Sales Team", **team}]
		self.customer = self.save(customer)["name"]
		self.choose_customer()

	def choose_customer(self) -> None:
		"""Choose the Customer in the drafts, and the same person; the form fetches what belongs to them."""
		for draft in [self.open("Quotation", name) for name in self.named("Quotation")]:
			if draft["docstatus"] == 0:
				details = self.site.desk(
					"erpnext.accounts.party.get_party_details",
					party=self.customer,
					party_type="Customer",
					posting_date=draft["transaction_date"],
					price_list=draft["selling_price_list"],
					currency=draft["currency"],
					company=draft["company"],
					doctype="Quotation",
				)["message"]
				for field, value in details.items():
					if not isinstance(value, list) and not field.startswith("contact_"):
						draft[field] = value
				self.save({**draft, "quotation_to": "Customer", "party_name": self.customer})

	def reject(self) -> None:
		self.approve()
		lost = {"lost_reasons_list": [], "competitors": [], "detailed_reason": REASON}
		document = json.dumps(self.open("Quotation", self.quotation))
		self.site.desk("run_doc_method", docs=document, method="declare_enquiry_lost", args=json.dumps(lost))

	def link(self) -> None:
		(lead,) = self.named("Lead")
		self.customer = self.old_customer
		self.save({**self.open("Customer", self.customer), "lead_name": lead})
		self.save({**self.open("Lead", lead), "status": "Converted"})
		row = {"doctype": "Dynamic Link", "link_doctype": "Customer", "link_name": self.customer}
		for doctype in ("Contact", "Address"):
			for name in self.named(doctype):
				doc = self.open(doctype, name)
				self.save({**doc, "links": [*doc["links"], row]})
		self.choose_customer()


def later(document: Record, days: int) -> str:
	"""Return the date so many days after a document's own."""
	return str(date.fromisoformat(document["transaction_date"][:10]) + timedelta(days=days))


# comparing


class Difference(NamedTuple):
	"""A field that the twins do not have in common."""

	doctype: str
	field: str
	app: Any
	desk: Any


def records_of(twin: Twin) -> list[Record]:
	"""Return all records of a person, with the same words in place of their names."""
	records: list[Record] = []
	words = {}
	for doctype in SEARCHED:
		for number, name in enumerate(twin.named(doctype), 1):
			record = read(twin.bench, doctype, name)
			words[name] = f"<{doctype} {number}>"
			words.update({row["name"]: f"<row {row['idx']} of {words[name]}>" for row in rows_of(record)})
			records.append(record)
	text = json.dumps(records)
	for word in [*sorted(words, key=len, reverse=True), twin.word]:
		text = text.replace(json.dumps(word)[1:-1], words.get(word, "<word>"))
	return json.loads(text)


def rows_of(record: Record) -> Iterator[Record]:
	for value in record.values():
		if isinstance(value, list):
			yield from (row for row in value if isinstance(row, dict) and "parentfield" in row)


def read(bench: Bench, doctype: str, name: str) -> Record:
	"""Return a document with what its form shows beside it: comments, versions, other records."""
	which = {"doctype": doctype, "name": name}
	response = bench.admin.post(
		f"{bench.url}/api/method/frappe.desk.form.load.getdoc", json=which, timeout=120
	)
	assert response.ok, response.text[:2000]
	answer = response.json()
	beside = {key: value for key, value in answer["docinfo"].items() if key not in OF_THE_READER}
	beside["versions"] = changes(beside["versions"])
	beside["connections"] = bench.method("frappe.desk.notifications.get_open_count", **which)
	return {**answer["docs"][0], "beside": beside}


def changes(versions: list[Record]) -> Record:
	"""Return what all versions together changed: field -> the first value and the last; and the rows."""
	changed: Record = {}
	for data in [json.loads(version["data"]) for version in reversed(versions)]:
		for field, old, new in data["changed"]:
			changed[field] = [changed.get(field, [old])[0], new]
		for key in ("added", "removed", "row_changed"):
			if data.get(key):
				changed[f"rows {key}"] = changed.get(f"rows {key}", []) + data[key]
	return changed


def compare(app: Any, desk: Any, doctype: str = "", field: str = "") -> Iterator[Difference]:
	"""Yield the differences of two values; an empty text is like none. Rows count as of their own DocType."""
	if isinstance(app, list) and isinstance(desk, list) and len(app) == len(desk):
		for one, other in zip(app, desk, strict=True):
			yield from compare(one, other, doctype, field)
	elif isinstance(app, dict) and isinstance(desk, dict):
		is_document = "doctype" in app and "doctype" in desk
		doctype, path = (app["doctype"], "") if is_document else (doctype, f"{field}.")
		for key in sorted((app.keys() | desk.keys()) - STAMPS):
			yield from compare(app.get(key), desk.get(key), doctype, f"{path}{key}")
	elif app != desk and not (app in (None, "") and desk in (None, "")):
		yield Difference(doctype, field, app, desk)


# the tests


@pytest.fixture(scope="module")
def site(bench) -> Site:
	return Site(bench)


@pytest.mark.parametrize("story", STORIES)
def test_twins_are_alike(site, story):
	unknown = [d for d in site.differences(story) if (d.doctype, d.field) not in site.allowed()]
	assert unknown == []


def test_every_allowed_difference_is_one(site):
	seen = {(d.doctype, d.field) for story in STORIES for d in site.differences(story)}
	assert site.allowed() - seen == set()


def test_comparison_finds_a_difference_in_a_row():
	app, desk = ({"doctype": "A", "rows": [{"doctype": "B", "idx": 1, "x": x}]} for x in (1, 2))
	assert list(compare(app, desk)) == [Difference("B", "x", 1, 2)]
