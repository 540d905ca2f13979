"""frappe.qb: pypika, run on this site's database."""

from typing import Any

import pypika
from pypika import Criterion, Table
from pypika.dialects import MySQLQuery, MySQLQueryBuilder

import frappe

__all__ = ["Criterion", "DocType", "from_", "update"]


def DocType(name: str) -> Table:
	return Table(f"tab{name}")


def from_(table: Any) -> Any:
	return MySQLQuery.from_(DocType(table) if isinstance(table, str) else table)


def update(table: Any) -> Any:
	return MySQLQuery.update(table)


def run(self: pypika.queries.QueryBuilder, pluck: bool = False) -> list:
	rows = frappe.db.sql(self.get_sql())
	return [row[0] for row in rows] if pluck else rows


MySQLQueryBuilder.run = run
