"""frappe.qb: pypika, run on this site's database."""

from datetime import datetime
from typing import Any

import pypika
from pypika import Case, Criterion, Field, Order, Table, terms
from pypika.dialects import MySQLQuery, MySQLQueryBuilder

from frappe.context import db

__all__ = ["Case", "Criterion", "DocType", "Field", "Order", "Table", "from_", "into", "terms", "update"]


def DocType(name: str) -> Table:
	return Table(f"tab{name}")


def from_(table: Any) -> Any:
	return MySQLQuery.from_(as_table(table))


def update(table: Any) -> Any:
	return MySQLQuery.update(as_table(table))


def into(table: Any) -> Any:
	return MySQLQuery.into(as_table(table))


def as_table(table: Any) -> Any:
	return DocType(table) if isinstance(table, str) else table


def run(self: pypika.queries.QueryBuilder, pluck: bool = False, as_dict: bool = False) -> list:
	if self._for_update:
		db.lock_for_writing()
		self._for_update = False  # SQLite has no such words
	return db.sql(self.get_sql(), as_dict=as_dict, pluck=pluck)


def run_union(self: Any, as_dict: bool = False) -> list:
	self.base_query.wrap_set_operation_queries = False  # SQLite takes no parentheses here
	return db.sql(self.get_sql(), as_dict=as_dict)


def collated(sql: str, *compared: Any) -> str:
	"""Let SQLite compare what is calculated as it compares a column of text."""
	return sql if any(isinstance(term, Field) for term in compared) else f"{sql} COLLATE mariadb"


def compare_sql(self: Any, quote_char: str = '"', with_alias: bool = False, **kwargs: Any) -> str:
	left = collated(self.left.get_sql(quote_char=quote_char, **kwargs), self.left, self.right)
	sql = f"{left}{self.comparator.value}{self.right.get_sql(quote_char=quote_char, **kwargs)}"
	return terms.format_alias_sql(sql, self.alias, **kwargs) if with_alias else sql


def contains_sql(self: Any, subquery: Any = None, **kwargs: Any) -> str:
	word = "NOT IN" if self._is_negated else "IN"
	sql = f"{collated(self.term.get_sql(**kwargs), self.term)} {word} "
	sql += self.container.get_sql(subquery=True, **kwargs)
	return terms.format_alias_sql(sql, self.alias, **kwargs)


format_value = terms.ValueWrapper.get_formatted_value.__func__


def formatted_value(cls: Any, value: Any, **kwargs: Any) -> str:
	if isinstance(value, datetime):
		value = value.isoformat(" ", "microseconds")  # as it is stored
	return format_value(cls, value, **kwargs)


MySQLQueryBuilder.run = run
pypika.queries._SetOperation.run = run_union
terms.BasicCriterion.get_sql = compare_sql
terms.ContainsCriterion.get_sql = contains_sql
terms.ValueWrapper.get_formatted_value = classmethod(formatted_value)
