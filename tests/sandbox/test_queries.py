"""frappe.qb on SQLite: what pypika can say, with MariaDB's comparison of texts."""

from datetime import datetime, timedelta
from typing import Any

import frappe
import pytest
from frappe.query_builder import Case
from frappe.query_builder.functions import Coalesce, Count, Lower, Max
from pypika.terms import ExistsCriterion

NAMES = ["Zoë", "zoe ", "Adam"]
COMMENT = frappe.qb.DocType("Comment")


@pytest.fixture(autouse=True)
def comments(site):
	"""Three Comments about one; rolled back in the end."""
	frappe.db.insert("Comment", {"name": "Parent", "subject": "Parent"})
	for number, name in enumerate(NAMES):
		values = {"subject": name, "reference_name": "PARENT", "seen": number}
		frappe.db.insert("Comment", {"name": f"Comment {number}", **values})
	yield
	frappe.db.rollback()


def ours() -> Any:
	return frappe.qb.from_(COMMENT).select(COMMENT.name).where(COMMENT.reference_name == "parent")


def test_columns_are_compared_as_texts():
	assert ours().where(COMMENT.subject == "ZOE").run(pluck=True) == ["Comment 0", "Comment 1"]


def test_calculated_texts_are_compared_as_texts():
	calculated = Coalesce(COMMENT.subject, "")
	assert ours().where(calculated == "ZOE").run(pluck=True) == ["Comment 0", "Comment 1"]


def test_calculated_texts_are_found_in_a_list():
	calculated = Coalesce(COMMENT.subject, "")
	assert ours().where(calculated.isin(["ZOE", "x"])).run(pluck=True) == ["Comment 0", "Comment 1"]
	assert ours().where(calculated.isin(["ZOE", "x"]).negate()).run(pluck=True) == ["Comment 2"]


def test_texts_are_found_in_a_subquery():
	query = frappe.qb.from_(COMMENT).select(COMMENT.reference_name).where(COMMENT.seen == 2)
	found = frappe.qb.from_(COMMENT).select(COMMENT.name).where(COMMENT.name.isin(query)).run(pluck=True)
	assert found == ["Parent"]


def test_case():
	word = Case().when(COMMENT.subject == "zoe", "Z").else_("other")
	rows = frappe.qb.from_(COMMENT).select(COMMENT.name, word.as_("word")).where(word == "z")
	assert rows.run(as_dict=True) == [
		{"name": "Comment 0", "word": "Z"},
		{"name": "Comment 1", "word": "Z"},
	]


@pytest.mark.parametrize(("negated", "expected"), [(False, ["Parent"]), (True, [])])
def test_exists(negated, expected):
	child = frappe.qb.DocType("Comment").as_("child")
	children = frappe.qb.from_(child).select(child.name).where(child.reference_name == COMMENT.name)
	exists = ExistsCriterion(children)
	criterion = exists.negate() if negated else exists
	query = frappe.qb.from_(COMMENT).select(COMMENT.name).where(criterion & (COMMENT.name == "parent"))
	assert query.run(pluck=True) == expected


def test_join():
	parent = frappe.qb.DocType("Comment").as_("parent")
	query = frappe.qb.from_(COMMENT).left_join(parent).on(parent.name == COMMENT.reference_name)
	rows = query.select(COMMENT.name, parent.name.as_("parent")).where(COMMENT.seen == 1).run(as_dict=True)
	assert {"name": "Comment 1", "parent": "Parent"} in rows


def test_groups_and_order():
	query = frappe.qb.from_(COMMENT).where(COMMENT.reference_name == "parent")
	query = query.groupby(COMMENT.subject).orderby(COMMENT.subject)
	rows = query.select(Lower(Max(COMMENT.subject)), Count("*")).run()
	assert [count for _name, count in rows] == [1, 2]


def test_moments_are_compared_as_they_are_stored():
	moment = datetime(2026, 11, 24, 16, 3, 23, 5)
	frappe.db.set_value("Comment", "Comment 1", {"modified": moment}, update_modified=False)
	query = ours().where((COMMENT.modified >= moment) & (COMMENT.modified < moment + timedelta(seconds=1)))
	assert query.run(pluck=True) == ["Comment 1"]


def test_insert_and_update():
	frappe.qb.into("Comment").columns("name", "seen").insert("New", 1).run()
	frappe.qb.update("Comment").set(COMMENT.seen, 0).where(COMMENT.name == "new").run()
	assert frappe.db.get_value("Comment", "New", "seen") == 0
