"""The workspace Medusa: what it names exists, its numbers are right, and each is found by an index."""

import json
from unittest.mock import patch

import frappe
from frappe.utils import add_days, now_datetime

from medusa_integration.constants import APP
from medusa_integration.tests.base import (
	IS_BENCH,
	MedusaTestCase,
	bench_only,
	make_desk_lead,
	make_lead,
	make_user,
	update_log,
)
from medusa_integration.tests.queries import Statement
from medusa_integration.tests.test_queries import explain, reads_all

if IS_BENCH:
	from frappe.desk.desktop import get_desktop_page, get_workspace_sidebar_items
	from frappe.desk.doctype.number_card import number_card

WAITING, FAILED = "Medusa Waiting for a Person", "Medusa Failed Today"
NOT_LINKED, SIGN_UPS = "Medusa Leads Not Linked", "Medusa Sign-ups This Week"
CARDS = (WAITING, FAILED, NOT_LINKED, SIGN_UPS)


class WorkspaceTestCase(MedusaTestCase):
	def as_user(self, *roles: str) -> None:
		"""Work as a new user with these roles until the end of the test."""
		user = make_user(*roles)
		frappe.db.commit()
		frappe.set_user(user)
		self.addCleanup(frappe.set_user, "Administrator")


@bench_only
class TestWorkspace(WorkspaceTestCase):
	def page(self) -> dict:
		return get_desktop_page(json.dumps({"name": "Medusa", "title": "Medusa", "public": 1}))

	def shortcuts(self) -> list[str]:
		return [row["link_to"] for row in self.page()["shortcuts"]["items"]]

	def test_clerk_has_it_in_the_sidebar(self):
		self.as_user("Sales User")
		self.assertIn("Medusa", [row["name"] for row in get_workspace_sidebar_items()["pages"]])

	def test_user_without_a_role_does_not(self):
		self.as_user()
		pages = [row for row in get_workspace_sidebar_items()["pages"] if row]
		self.assertNotIn("Medusa", [row["name"] for row in pages])

	def test_each_block_has_what_it_shows(self):
		workspace = frappe.get_doc("Workspace", "Medusa")
		tables = {"number_card": "number_cards", "chart": "charts", "shortcut": "shortcuts"}
		for block in json.loads(workspace.content):
			if table := tables.get(block["type"]):
				label = block["data"][f"{block['type']}_name"]
				self.assertIn(label, [row.label for row in workspace.get(table)])

	def test_clerk_sees_cards_and_the_chart(self):
		self.as_user("Sales User")
		page = self.page()
		self.assertEqual((len(page["number_cards"]["items"]), len(page["charts"]["items"])), (5, 1))

	def test_clerk_sees_no_settings(self):
		self.as_user("Sales User")
		self.assertNotIn("Medusa Settings", self.shortcuts())

	def test_system_manager_sees_the_settings(self):
		self.as_user("System Manager")
		self.assertIn("Medusa Settings", self.shortcuts())

	def test_clerk_sees_the_lists_and_the_report(self):
		self.as_user("Sales User")
		expected = {"Lead", "Quotation", "Sales Order", "Medusa Sync Log", "Medusa Items"}
		self.assertLessEqual(expected, set(self.shortcuts()))

	def test_everything_belongs_to_the_module(self):
		"""Frappe deletes it then when the app is uninstalled."""
		found = {
			doctype: frappe.get_all(doctype, {"name": ("like", "Medusa%")}, pluck="module")
			for doctype in ("Workspace", "Number Card", "Dashboard Chart", "Dashboard Chart Source", "Report")
		}
		self.assertEqual({module for modules in found.values() for module in modules}, {"Medusa Integration"})

	def test_icons_of_the_desks_first_page(self):
		if not frappe.db.exists("DocType", "Workspace Sidebar"):
			self.skipTest("Frappe 15 has no such page")
		icons = frappe.get_all("Desktop Icon", {"app": APP}, ["name", "hidden"], order_by="name")
		shown = [(icon.name, icon.hidden) for icon in icons]
		self.assertEqual(shown, [("Medusa", 0), ("Medusa Integration", 1)])


@bench_only
class TestCards(WorkspaceTestCase):
	def number(self, name: str) -> int:
		card = frappe.get_doc("Number Card", name)
		return number_card.get_result(card.as_json(), card.filters_json)

	def row(self, **values) -> str:
		"""Make a row of the sync log."""
		row = frappe.new_doc("Medusa Sync Log")
		row.update({"method": "insert_lead", "status": "Failed", "waits_for": "Person", **values})
		return row.insert(ignore_permissions=True).name

	def test_filters_have_four_parts(self):
		"""Frappe 16 drops the last filter of a card whose filters have five."""
		for name in CARDS:
			filters = json.loads(frappe.db.get_value("Number Card", name, "filters_json"))
			self.assertEqual({len(one) for one in filters}, {4}, name)

	def test_rows_that_wait_for_a_person(self):
		before = self.number(WAITING)
		self.row()
		self.row(waits_for="Shop")
		self.assertEqual(self.number(WAITING), before + 1)

	def test_rows_that_failed_today(self):
		before = self.number(FAILED)
		self.row()
		self.row(status="Success", waits_for="")
		yesterday = self.row()
		frappe.db.set_value(
			"Medusa Sync Log", yesterday, "modified", add_days(now_datetime(), -1), update_modified=False
		)
		self.assertEqual(self.number(FAILED), before + 1)

	def test_clerk_counts_the_rows_that_they_see(self):
		name = self.row(direction="Out")
		self.as_user("Sales User")
		before = self.number(WAITING)
		update_log(name, direction="In")
		self.assertEqual(self.number(WAITING), before + 1)

	def test_leads_that_are_not_linked(self):
		before = self.number(NOT_LINKED)
		make_lead()
		make_desk_lead()
		frappe.db.set_value("Lead", make_lead().name, "status", "Converted")
		self.assertEqual(self.number(NOT_LINKED), before + 1)

	def test_each_status_but_converted_is_not_linked(self):
		filters = json.loads(frappe.db.get_value("Number Card", NOT_LINKED, "filters_json"))
		options = frappe.get_meta("Lead").get_field("status").options.split("\n")
		self.assertEqual({*filters[1][3], "Converted"}, {*filter(None, options)})

	def test_sign_ups_of_this_week(self):
		before = self.number(SIGN_UPS)
		make_lead()
		make_desk_lead()
		frappe.db.set_value("Lead", make_lead().name, "creation", add_days(now_datetime(), -8))
		self.assertEqual(self.number(SIGN_UPS), before + 1)

	def test_each_number_is_found_by_an_index(self):
		make_lead()
		self.row()
		for name in CARDS:
			(count,) = [one for one in self.statements_of(name) if "count(" in one.query.lower()]
			with self.subTest(name):
				self.assertFalse(any(map(reads_all, explain(count))), str(count))
				# as Frappe compares with "!=": then Frappe 16 reads all rows of a large table
				self.assertNotIn("ifnull", count.query.lower())

	def statements_of(self, name: str) -> list[Statement]:
		"""Return the statements that a card's number takes."""
		statements, ask = [], frappe.db.sql

		def sql(query, *args, **kwargs):
			statements.append(Statement(str(query), args[:1], "", is_direct=True))
			return ask(query, *args, **kwargs)

		with patch.object(frappe.db, "sql", sql):
			self.number(name)
		return statements


class TestInnerKey(WorkspaceTestCase):
	"""Medusa Quotation Key is not for people: nobody finds it in a search."""

	def test_nobody_may_read_it(self):
		for role in ("Sales User", "System Manager"):
			self.as_user(role)
			with self.subTest(role):
				self.assertFalse(frappe.has_permission("Medusa Quotation Key", "read"))

	@bench_only
	def test_the_desks_search_does_not_know_it(self):
		from frappe.utils.user import UserPermissions

		self.as_user("System Manager")
		user = UserPermissions(frappe.session.user)
		user.build_permissions()
		self.assertNotIn("Medusa Quotation Key", [*user.can_search, *user.can_read])
		self.assertIn("Medusa Sync Log", user.can_search)
