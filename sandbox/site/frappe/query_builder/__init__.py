"""frappe.qb: pypika, run on this site's database."""

from typing import Any

import pypika
from pypika import Criterion, Order, Table
from pypika.dialects import MySQLQuery, MySQLQueryBuilder

from frappe.context import db

__all__ = ["Criterion", "DocType", "Order", "from_", "update"]


def DocType(name: str) -> Table:
	return Table(f"tab{name}")


def from_(table: Any) -> Any:
	return MySQLQuery.from_(DocType(table) if isinstance(table, str) else table)


def update(table: Any) -> Any:
	return MySQLQuery.update(table)


def run(self: pypika.queries.QueryBuilder, pluck: bool = False, as_dict: bool = False) -> list:
	if self._for_update:
		db.lock_for_writing()
		self._for_update = False  # SQLite has no such words
	return db.sql(self.get_sql(), as_dict=as_dict, pluck=pluck)


MySQLQueryBuilder.run = run
