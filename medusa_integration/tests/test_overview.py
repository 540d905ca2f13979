"""What lists and the workspace of the desk show of the shop: states, a number, the last days."""

import frappe
from frappe.utils import add_days, nowdate

from medusa_integration import api, desk
from medusa_integration.exceptions import InvalidArgumentsError
from medusa_integration.rest.permissions import may_open_workspace
from medusa_integration.selling import overview
from medusa_integration.tests.base import (
	MedusaTestCase,
	bench_only,
	make_item,
	make_lead,
	make_quotation,
	make_user,
	settings,
	unique,
)


class OverviewTestCase(MedusaTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.unpriced_item = make_item()

	def draft(self, item=None) -> str:
		"""Make a draft from the shop; return its name."""
		name = make_quotation(make_lead().medusa_id, item or self.item).name
		frappe.db.commit()
		return name

	def as_user(self, *roles: str) -> None:
		"""Work as a new user with these roles until the end of the test."""
		user = make_user(*roles)
		frappe.db.commit()
		frappe.set_user(user)
		self.addCleanup(frappe.set_user, "Administrator")


class TestStates(OverviewTestCase):
	def state(self, name: str) -> str | None:
		return desk.shop_states([name]).get(name)

	def test_draft_with_a_line_without_price(self):
		self.assertEqual(self.state(self.draft(self.unpriced_item)), "to_price")

	def test_priced_draft(self):
		self.assertEqual(self.state(self.draft()), "offered")

	def test_priced_draft_that_a_clerk_has_to_offer(self):
		name = self.draft()
		with settings(clerk_offers=1):
			self.assertEqual(self.state(name), "to_offer")

	def test_draft_without_price_that_a_clerk_has_to_offer(self):
		name = self.draft(self.unpriced_item)
		with settings(clerk_offers=1):
			self.assertEqual(self.state(name), "to_price")

	def test_expired_draft(self):
		name = self.draft(self.unpriced_item)
		frappe.db.set_value("Quotation", name, "valid_till", add_days(nowdate(), -1))
		self.assertEqual(self.state(name), "expired")

	def test_submitted_one_has_none(self):
		name = self.draft()
		frappe.get_doc("Quotation", name).submit()
		self.assertIsNone(self.state(name))

	def test_draft_of_the_desk_has_none(self):
		name = self.draft()
		frappe.db.set_value("Quotation", name, "from_ecommerce", 0)
		self.assertIsNone(self.state(name))

	def test_names_as_the_desk_sends_them(self):
		name = self.draft()
		self.assertEqual(desk.shop_states(f'["{name}"]'), {name: "offered"})

	def test_no_names(self):
		self.assertEqual(desk.shop_states([]), {})

	def test_names_are_required(self):
		self.assert_refused(InvalidArgumentsError, desk.shop_states)

	def test_one_name_is_no_list(self):
		self.assert_refused(InvalidArgumentsError, desk.shop_states, "SAL-QTN-1")

	def test_too_many_names(self):
		self.assert_refused(InvalidArgumentsError, desk.shop_states, ["x"] * (desk.MAX_ROWS + 1))

	def test_user_who_may_not_read_quotations(self):
		name = self.draft()
		self.as_user()
		self.assert_refused(frappe.PermissionError, desk.shop_states, [name])

	@bench_only
	def test_quotation_that_a_user_permission_hides(self):
		mine, other = self.draft(), self.draft()
		self.as_user("Sales User")
		party = frappe.db.get_value("Quotation", mine, "party_name")
		permission = {"doctype": "User Permission", "allow": "Quotation", "for_value": mine}
		frappe.get_doc({**permission, "user": frappe.session.user}).insert(ignore_permissions=True)
		self.assertTrue(party)
		self.assertEqual(list(desk.shop_states([mine, other])), [mine])


class TestQuotationsToPrice(OverviewTestCase):
	def more(self, *drafts: str) -> int:
		"""Return how many of these drafts are counted."""
		with_them = overview.count_requested()
		frappe.db.delete("Quotation", {"name": ("in", drafts)})
		counted = with_them - overview.count_requested()
		frappe.db.rollback()
		return counted

	def test_drafts_without_a_price_are_counted(self):
		self.assertEqual(self.more(self.draft(self.unpriced_item), self.draft()), 1)

	def test_drafts_to_offer_are_counted(self):
		name = self.draft()
		with settings(clerk_offers=1):
			self.assertEqual(self.more(name), 1)

	def test_draft_without_valid_till_is_counted(self):
		name = self.draft(self.unpriced_item)
		until = frappe.db.get_value("Quotation", name, "valid_till")
		frappe.db.set_value("Quotation", name, "valid_till", None)
		frappe.db.commit()
		# the list behind the number on the workspace does not show it
		self.addCleanup(frappe.db.commit)
		self.addCleanup(frappe.db.set_value, "Quotation", name, "valid_till", until)
		self.assertEqual(self.more(name), 1)

	def test_expired_draft_is_not_counted(self):
		name = self.draft(self.unpriced_item)
		frappe.db.set_value("Quotation", name, "valid_till", add_days(nowdate(), -1))
		frappe.db.commit()
		self.assertEqual(self.more(name), 0)

	def test_user_who_may_not_read_quotations_sees_a_dash(self):
		self.as_user("System Manager")
		self.assertEqual(desk.quotations_to_price(), "\u2013")

	def test_answer_is_a_number_with_the_list_behind_it(self):
		answer = desk.quotations_to_price()
		self.assertEqual(answer["value"], overview.count_requested())
		self.assertEqual(answer["route"], ["List", "Quotation", "List"])

	@bench_only
	def test_filters_of_the_list_find_what_is_counted(self):
		for value in (0, 1):
			with settings(clerk_offers=value), self.subTest(clerk_offers=value):
				self.draft(self.unpriced_item)
				self.draft()
				filters = [
					[*field.split("."), *condition]
					for field, condition in overview.filters_of_requested().items()
				]
				# what other tests have left without Valid Till is not in the list
				frappe.db.delete("Quotation", {"from_ecommerce": 1, "valid_till": ("is", "not set")})
				found = frappe.get_list("Quotation", filters=filters, pluck="name", limit=0)
				self.assertEqual(len(set(found)), overview.count_requested())


class TestLastDays(OverviewTestCase):
	def today(self) -> dict[str, int]:
		"""Return the numbers of today by the name of the line."""
		return {line["name"]: line["values"][-1] for line in desk.shop_activity()["datasets"]}

	def test_what_comes_today_is_counted(self):
		before = self.today()
		quotation = make_quotation(make_lead().medusa_id, self.item)
		about = {"approval": "Approved", "create_so": True}
		api.update_quotation(quotation.medusa_quotation_id, order_id=unique("order_"), **about)
		after = self.today()
		self.assertEqual({name: after[name] - before[name] for name in after}, dict.fromkeys(before, 1))

	def test_each_line_has_a_number_for_each_day(self):
		answer = desk.shop_activity()
		lengths = {len(values) for values in (answer["labels"], *(d["values"] for d in answer["datasets"]))}
		self.assertEqual(lengths, {overview.DAYS})

	def test_lead_of_the_desk_is_no_sign_up(self):
		before = self.today()
		lead = frappe.new_doc("Lead")
		lead.update({"first_name": "Desk", "last_name": unique()})
		lead.insert()
		self.assertEqual(self.today(), before)

	def test_older_ones_are_not_in_the_chart(self):
		lead = make_lead()
		before = sum(sum(line["values"]) for line in desk.shop_activity()["datasets"])
		frappe.db.set_value("Lead", lead.name, "creation", add_days(nowdate(), -overview.DAYS))
		after = sum(sum(line["values"]) for line in desk.shop_activity()["datasets"])
		self.assertEqual(before - after, 1)

	def test_line_that_the_user_may_not_read_is_left_out(self):
		self.as_user("System Manager")
		self.assertNotIn("Quotations", self.today())

	def test_user_without_the_log_is_refused(self):
		self.as_user()
		self.assert_refused(frappe.PermissionError, desk.shop_activity)


class TestAppsScreen(OverviewTestCase):
	def test_clerk_sees_the_app(self):
		self.as_user("Sales User")
		self.assertTrue(may_open_workspace())

	def test_other_user_does_not_see_it(self):
		self.as_user()
		self.assertFalse(may_open_workspace())
