"""Names that a stranger chose, on every page of the desk that shows one: none of them may run there.

Frappe prints a record's name unescaped in some places (Frappe 16 in an attribute of each form's sidebar), so
the names of records hold no sign that ends an attribute or begins a tag, and its image and kanban views print
titles, so names of people and companies have typographic quotation marks. Other fields keep what was sent.
"""

import json
import os
import secrets
from urllib.parse import quote, urlencode

import pytest
from helpers import medusa_customer
from parties import button, card, search
from playwright.sync_api import expect
from search import search_bar

RUN = "__planted=1"
STYLE = "animation:spinner-border 1s"
# each is put behind a letter; {{ 991*991 }} would be 982081
PAYLOADS = {
	"double quotes": f'" style="{STYLE}" onanimationstart="{RUN}" x="',
	"single quotes": f"' style='{STYLE}' onanimationstart='{RUN}' x='",
	"no quotes": f" style=animation-name:spinner-border;animation-duration:1s onanimationstart={RUN} x",
	"template": f"{{{{ 991*991 }}}} {{% {RUN} %}} {{%= 991*991 %}} {{# #}} \\",
	"script": f"');{RUN};('\");{RUN};(\"`${{{RUN}}}`",
	"backslashes": f"\\');{RUN};//\\\");{RUN};//\\u0022",
}
# the field of each that shows a payload
FORMS = {
	"Lead": "company_name",
	"Contact": "first_name",
	"Address": "city",
	"Customer": "customer_name",
	"Quotation": "customer_name",
	"Sales Order": "customer",
	"Medusa Sync Log": "request",
}
# the field of each that holds the mark of all that was planted
LISTS = {
	"Lead": "company_name",
	"Contact": "first_name",
	"Address": "address_title",
	"Customer": "customer_name",
	"Quotation": "customer_name",
	"Sales Order": "customer_name",
}
RAW = set("\"'`<>\\")
FIND_PLANTED = """() => {
	if (window.__planted !== undefined) return "a name ran";
	if (document.body.innerText.includes("982081")) return "a template was rendered";
	for (const element of document.querySelectorAll("*"))
		for (const { name, value } of element.attributes)
			if (name.startsWith("on") && value.includes("__planted")) return element.outerHTML.slice(0, 500);
	return "";
}"""
SETTLED = """() => !window.frappe?.request?.ajax_count
	&& new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))"""


LAST_NAME = "Z\"'`&\\;=(){}"


class Planted:
	"""What came of a customer whose names, city and address line all hold one payload."""

	def __init__(self, bench, mark: str, payload: str, **names: str):
		self.bench, self.mark, self.text = bench, mark, f"{mark}{payload}"
		words = {"first_name": self.text, "last_name": LAST_NAME, "organization_name": self.text}
		self.data = medusa_customer(id=f"cus_{mark}", **{**words, **names})
		self.names = {"Lead": bench.shop("insert_lead", data=self.data)}

	def order(self) -> None:
		"""Make the Quotation, the Address, the Customer, the Sales Order, and the row of a refused call."""
		key = f"quo_{self.mark}"
		address = {"address_1": self.text, "address_2": self.text, "city": self.text, "country_code": "ae"}
		about = {"customer_id": self.data["id"], "quotation_id": key}
		self.bench.shop("create_quotation", **about, items=self.bench.lines(), billing_address=address)
		self.bench.shop("update_quotation", quotation_id=key, approval="Approved", create_so=True)
		refused = {**self.data, "id": f"{self.data['id']}_refused"}
		assert self.bench.call("insert_lead", self.bench.storefront, data=refused)[0] == 409
		self.names["Customer"] = self.only("Customer", {"medusa_id": self.data["id"]})
		linked = [["Dynamic Link", "link_name", "=", self.names["Customer"]]]
		self.names |= {doctype: self.only(doctype, linked) for doctype in ("Contact", "Address")}
		self.names["Quotation"] = self.only("Quotation", {"medusa_quotation_id": key})
		self.names["Sales Order"] = self.only("Sales Order", {"customer": self.names["Customer"]})
		self.names["Medusa Sync Log"] = self.only("Medusa Sync Log", {"medusa_id": refused["id"]})

	def only(self, doctype: str, filters) -> str:
		(found,) = self.bench.find(doctype, filters)
		return found["name"]


@pytest.fixture(scope="module")
def mark():
	"""What the names planted in this run begin with."""
	return f"A{secrets.token_hex(3)}"


@pytest.fixture(scope="module")
def planted(bench, mark):
	"""For each payload a customer who got as far as a Sales Order."""
	found = plant_all(bench, mark)
	for plant in found.values():
		plant.order()
	return found


@pytest.fixture(scope="module")
def leads(bench):
	"""For each payload a Lead that is not converted; and what their names begin with."""
	mark = f"L{secrets.token_hex(3)}"
	return plant_all(bench, mark), mark


@pytest.fixture(scope="module")
def page(bench, browser):
	"""The desk of Administrator, in a session of its own: one with a page takes no call without its token."""
	context = browser.new_context(viewport={"width": 1280, "height": 900})
	form = {"usr": "Administrator", "pwd": os.environ.get("DESK_PASSWORD", "admin")}
	assert context.request.post(f"{bench.url}/api/method/login", form=form).ok
	page = context.new_page()
	page.set_default_timeout(15_000)
	page.goto(f"{bench.url}/app/todo")
	page.wait_for_function("!!window.frappe?.utils?.get_form_link")
	yield page
	context.close()


def plant_all(bench, mark: str) -> dict[str, Planted]:
	texts = enumerate(PAYLOADS.items())
	return {kind: Planted(bench, f"{mark}{number}", text) for number, (kind, text) in texts}


def wait_for_text(page, *words: str) -> None:
	shown = "words => words.every(word => document.body.innerText.includes(word))"
	page.wait_for_function(shown, arg=list(words))


def check_harmless(page) -> None:
	"""Assert that nothing planted came alive on the page, nor in what it frames."""
	for frame in page.frames:
		frame.wait_for_function(SETTLED)
		assert frame.evaluate(FIND_PLANTED) == ""


def open_form(page, bench, doctype: str, name: str) -> None:
	"""Open a form where the desk's own links lead."""
	link = page.evaluate("names => frappe.utils.get_form_link(...names)", [doctype, name])
	page.goto(f"{bench.url}{link}")
	page.wait_for_function("name => window.cur_frm?.doc?.name === name && !cur_frm.is_new()", arg=name)


def open_view(page, bench, doctype: str, view: str, mark: str) -> None:
	"""Open a view of all that was planted."""
	path = f"/app/{doctype.lower().replace(' ', '-')}/view/{view}"
	open_with(page, bench, path, {LISTS[doctype]: json.dumps(["like", f"%{mark}%"])})
	wait_for_text(page, *[f"{mark}{number}" for number in range(len(PAYLOADS))])


def open_with(page, bench, path: str, options: dict[str, str]) -> None:
	page.goto(f"{bench.url}{path}?{urlencode(options, quote_via=quote)}")


def open_new_quotation(page, bench, party: str) -> None:
	page.goto(f"{bench.url}/app/quotation/new?quotation_to={party}")
	page.wait_for_function(
		"party => window.cur_frm?.is_new() && cur_frm.doc.quotation_to === party", arg=party
	)


def type_party(page, mark: str) -> None:
	"""Type the beginning of all that was planted into a Quotation's field for the party."""
	field = page.locator("input[data-fieldname=party_name]:visible")
	field.click()
	field.press_sequentially(mark, delay=20)
	expect_choices(page, mark)


def expect_choices(page, mark: str) -> None:
	choices = page.locator(".awesomplete [role=option]:visible", has_text=mark)
	expect(choices).to_have_count(len(PAYLOADS))


@pytest.mark.parametrize("kind", PAYLOADS)
@pytest.mark.parametrize("doctype", FORMS)
def test_form(bench, page, planted, doctype, kind):
	plant = planted[kind]
	open_form(page, bench, doctype, plant.names[doctype])
	if doctype == "Medusa Sync Log":
		page.evaluate("cur_frm.fields_dict.request_section.collapse(false)")
	field = page.locator(f".form-layout [data-fieldname={FORMS[doctype]}]:visible").first
	expect(field).to_be_visible()
	shown = """(field, mark) => [field, ...field.querySelectorAll("input, .control-value")].some(
		element => (element.value ?? element.innerText).includes(mark))"""
	assert field.evaluate(shown, plant.mark)
	check_harmless(page)


@pytest.mark.parametrize("view", ["list", "report"])
@pytest.mark.parametrize("doctype", LISTS)
def test_list(bench, page, planted, mark, doctype, view):
	open_view(page, bench, doctype, view, mark)
	check_harmless(page)


@pytest.mark.parametrize("has_picture", [False, True])
@pytest.mark.parametrize("doctype", ["Lead", "Contact", "Customer"])
def test_images(bench, page, planted, mark, doctype, has_picture):
	picture = "/assets/frappe/images/frappe-framework-logo.svg" if has_picture else ""
	for plant in planted.values():
		bench.change(doctype, plant.names[doctype], image=picture)
	open_view(page, bench, doctype, "image", mark)
	check_harmless(page)


@pytest.mark.parametrize(
	("doctype", "column"),
	[
		("Lead", "status"),
		("Contact", "status"),
		("Address", "address_type"),
		("Customer", "customer_type"),
		("Quotation", "status"),
		("Sales Order", "status"),
	],
)
def test_kanban(bench, page, planted, mark, doctype, column):
	make, name = "frappe.desk.doctype.kanban_board.kanban_board.quick_kanban_board", f"{doctype} {mark}"
	bench.method(make, doctype=doctype, board_name=name, field_name=column)
	open_view(page, bench, doctype, f"kanban/{name}", mark)
	check_harmless(page)


@pytest.mark.parametrize("doctype", ["Lead", "Contact", "Address", "Customer", "Quotation", "Sales Order"])
def test_printed(bench, page, planted, doctype):
	for plant in planted.values():
		open_with(page, bench, "/printview", {"doctype": doctype, "name": plant.names[doctype]})
		wait_for_text(page, plant.mark)
		check_harmless(page)
	page.goto(f"{bench.url}/app/todo")


def test_print_page(bench, page, planted):
	plant = planted["double quotes"]
	page.goto(f"{bench.url}/app/print/Quotation/{plant.names['Quotation']}")
	expect(page.frame_locator("iframe.print-format-container").locator("body")).to_contain_text(plant.mark)
	check_harmless(page)


def test_report_of_addresses(bench, page, planted):
	for plant in planted.values():
		filters = {"party_type": "Customer", "party_name": plant.names["Customer"]}
		open_with(page, bench, "/app/query-report/Address And Contacts", filters)
		expect(page.locator(".dt-scrollable")).to_contain_text(plant.mark)
		check_harmless(page)


def test_drop_down_of_customers(bench, page, planted, mark):
	open_new_quotation(page, bench, "Customer")
	type_party(page, mark)
	check_harmless(page)


def test_drop_down_of_leads(bench, page, leads):
	open_new_quotation(page, bench, "Lead")
	type_party(page, leads[1])
	check_harmless(page)


def test_chosen_party(bench, page, planted):
	plant = planted["double quotes"]
	open_new_quotation(page, bench, "Customer")
	page.evaluate("name => cur_frm.set_value('party_name', name)", plant.names["Customer"])
	expect(page.locator("[data-fieldname=address_display] .control-value").first).to_contain_text(plant.mark)
	check_harmless(page)


def test_link_dialog(bench, page, leads):
	open_form(page, bench, "Customer", bench.make_customer())
	button(page, "Link Medusa Lead").click()
	search(page, leads[1])
	expect(card(page, leads[1])).to_have_count(len(PAYLOADS))
	check_harmless(page)


@pytest.mark.parametrize("doctype", ["Contact", "Customer"])
def test_search_bar(bench, page, planted, mark, doctype):
	"""It offers what was opened lately."""
	for plant in planted.values():
		open_form(page, bench, doctype, plant.names[doctype])
	page.goto(f"{bench.url}/app/todo")
	search_bar(page).press_sequentially(mark, delay=20)
	expect(page.locator(".awesomplete li:visible", has_text=mark).nth(1)).to_be_visible()
	check_harmless(page)


def test_global_search(bench, page, planted, mark):
	(job,) = bench.find("Scheduled Job Type", {"method": "frappe.utils.global_search.sync_global_search"})
	job = bench.method("frappe.client.get", doctype="Scheduled Job Type", name=job["name"])
	run = "frappe.core.doctype.scheduled_job_type.scheduled_job_type.execute_event"
	bench.method(run, doc=json.dumps(job))
	page.goto(f"{bench.url}/app/todo")
	# Frappe closes an open dialog when the list is shown at last
	page.wait_for_function("!!window.frappe?.searchdialog?.search && window.cur_list?.doctype === 'ToDo'")
	page.wait_for_function(SETTLED)
	found = (
		"""text => frappe.xcall("frappe.utils.global_search.search", { text }).then(rows => rows.length)"""
	)
	page.wait_for_function(found, arg=mark)
	page.evaluate("text => frappe.searchdialog.search.init_search(text, 'global_search')", mark)
	expect(page.locator(".search-dialog .results-area")).to_contain_text(mark)
	check_harmless(page)


@pytest.mark.parametrize("view", ["list", "form"])
def test_deleted_document(bench, page, view):
	plant = Planted(bench, f"D{secrets.token_hex(3)}", PAYLOADS["double quotes"])
	contact = plant.only("Contact", [["Dynamic Link", "link_name", "=", plant.names["Lead"]]])
	bench.method("frappe.client.delete", doctype="Contact", name=contact)
	if view == "form":
		open_form(page, bench, "Deleted Document", plant.only("Deleted Document", {"deleted_name": contact}))
	else:
		open_with(page, bench, "/app/deleted-document/view/list", {"deleted_doctype": "Contact"})
	wait_for_text(page, plant.mark)
	check_harmless(page)


@pytest.mark.parametrize("doctype", ["Lead", "Contact", "Address", "Customer", "Quotation", "Sales Order"])
def test_names_hold_nothing_that_is_printed_raw(planted, doctype):
	assert not [name for plant in planted.values() if RAW & set(name := plant.names[doctype])]


@pytest.mark.parametrize(
	("doctype", "field"),
	[
		("Lead", "first_name"),
		("Lead", "company_name"),
		("Contact", "first_name"),
		("Customer", "customer_name"),
		("Address", "city"),
		("Address", "address_line1"),
	],
)
def test_fields_keep_what_was_sent(bench, planted, doctype, field):
	quotes = {} if doctype == "Address" else {'"': "\u201d", "`": "\u2019"}
	for plant in planted.values():
		(found,) = bench.find(doctype, {"name": plant.names[doctype]}, field)
		assert found[field] == plant.text.translate(str.maketrans(quotes))


def test_entities_are_refused(bench):
	"""Frappe's kanban makes tags of them."""
	for name in ("&lt;img src=x onerror=x&gt;", "&quot;", "&#60", "&amp;lt;"):
		data = medusa_customer(organization_name=f"A {name}")
		assert bench.call("insert_lead", bench.storefront, data=data)[0] == 417


def test_company_that_is_called_as_a_page_of_the_desk(bench, page):
	company = "view"
	plant = Planted(bench, f"C{secrets.token_hex(3)}", "", organization_name=company)
	plant.order()
	name = plant.names["Customer"]
	try:
		open_form(page, bench, "Customer", name)
		expect(page.locator("input[data-fieldname=customer_name]:visible")).to_have_value(company)
	finally:  # the next run finds the name free
		free = {"old_name": name, "new_name": f"Renamed {plant.mark}"}
		bench.method("frappe.client.rename_doc", doctype="Customer", **free)
