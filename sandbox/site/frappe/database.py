"""Frappe's database API on SQLite.

Texts compare without regard to letter case and trailing spaces, as MariaDB's do, in `=` and in unique
indexes. One writer at a time: a transaction that comes between gets QueryDeadlockError and has to
start again, as on MariaDB.
"""

import re
import sqlite3
import unicodedata
from collections import deque
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from frappe.context import session
from frappe.defaults import get_global_default
from frappe.exceptions import QueryDeadlockError
from frappe.model.document_cache import clear_document_cache
from frappe.model.meta import get_meta
from frappe.types import _dict
from frappe.utils.data import cint, now_datetime

COLUMN_TYPES = {"Check": "INTEGER", "Int": "INTEGER", "Date": "DATE", "Datetime": "DATETIME"}
COLUMN_TYPES |= dict.fromkeys(("Float", "Currency", "Percent"), "REAL")
NUMBERS = {"INTEGER", "REAL"}
OPERATORS = {"=", "!=", "<", ">", "<=", ">=", "like", "not like", "in", "not in", "is"}
NAME = re.compile(r"\w+")
ORDER = re.compile(r"(?:`tab[\w ]+`\.)?`?(\w+)`?(?: (asc|desc))?", re.IGNORECASE)
AMOUNT_LIMIT = 1e12  # decimal(21, 9)

sqlite3.register_adapter(date, str)
sqlite3.register_adapter(datetime, lambda value: value.isoformat(" ", "microseconds"))
sqlite3.register_converter("date", lambda text: date.fromisoformat(text.decode()[:10]))
sqlite3.register_converter("datetime", lambda text: datetime.fromisoformat(text.decode()))


def fold(text: str) -> str:
	"""A text as MariaDB's utf8mb4_unicode_ci compares it: no letter case, no accents."""
	decomposed = unicodedata.normalize("NFKD", text)
	seen = (c for c in decomposed if not unicodedata.combining(c) and unicodedata.category(c) != "Cf")
	return "".join(seen).casefold()


def compare(left: str, right: str) -> int:
	left, right = fold(left.rstrip(" ")), fold(right.rstrip(" "))  # but to LIKE such spaces count
	return (left > right) - (left < right)


def like(pattern: str, text: str | None) -> bool | None:
	"""MariaDB's LIKE: % and _ are signs, a backslash takes their meaning away."""
	if text is None or pattern is None:
		return None
	parts = re.findall(r"\\.|.", fold(str(pattern)), re.DOTALL)
	signs = {"%": ".*", "_": "."}
	expression = "".join(signs.get(part) or re.escape(part[-1]) for part in parts)
	return bool(re.fullmatch(expression, fold(str(text)), re.DOTALL))


class Callbacks:
	def __init__(self) -> None:
		self.waiting: deque[Callable] = deque()

	def add(self, callback: Callable) -> None:
		self.waiting.append(callback)

	def run(self) -> None:
		while self.waiting:
			self.waiting.popleft()()


class Database:
	"""One connection: a request's, a job's, or a test run's."""

	DataError = sqlite3.DataError
	OperationalError = sqlite3.OperationalError
	InternalError = sqlite3.InternalError
	is_contended = False  # inject a fault: another transaction always comes first

	def __init__(self, path: str):
		self.connection = sqlite3.connect(
			path,
			isolation_level=None,
			detect_types=sqlite3.PARSE_DECLTYPES,
			timeout=10,
			check_same_thread=False,
		)
		self.connection.create_collation("mariadb", compare)
		self.connection.create_function("like", 2, like)
		self.connection.create_function("LOCATE", 2, lambda word, text: fold(text or "").find(fold(word)) + 1)
		self.connection.execute("PRAGMA journal_mode = WAL")
		self.connection.execute("PRAGMA synchronous = OFF")
		self.after_commit = Callbacks()
		self.after_rollback = Callbacks()
		self.begin()

	def sql(self, query: str, values: Any = (), *, as_dict: bool = False, pluck: bool = False) -> list:
		"""Run one statement; every statement goes through here. Its rows are tuples, or, as wanted, by column
		names, or the first column alone.
		"""
		cursor = self._execute(query, values)
		if pluck:
			return [row[0] for row in cursor]
		if not as_dict:
			return [tuple(row) for row in cursor]
		names = [column[0] for column in cursor.description]
		return [_dict(zip(names, row, strict=True)) for row in cursor]

	def _execute(self, query: str, values: Any = ()) -> sqlite3.Cursor:
		try:
			return self.connection.execute(query, values)
		except sqlite3.OperationalError as error:
			if "locked" in str(error) or "busy" in str(error):
				raise QueryDeadlockError(str(error)) from error
			raise

	# transactions

	def begin(self) -> None:
		self.sql("BEGIN")

	def commit(self) -> None:
		self.after_rollback.waiting.clear()
		self.sql("COMMIT")
		self.begin()
		self.after_commit.run()

	def rollback(self, *, save_point: str | None = None) -> None:
		if save_point:
			self.sql(f"ROLLBACK TO {save_point}")
			return
		self.after_commit.waiting.clear()
		self.sql("ROLLBACK")
		self.begin()
		self.after_rollback.run()

	def savepoint(self, save_point: str) -> None:
		self.sql(f"SAVEPOINT {save_point}")

	def close(self) -> None:
		self.connection.close()

	# schema

	def sync(self, doctype: str) -> None:
		"""Create the table of a DocType, or add the columns and unique indexes that it lacks."""
		meta = get_meta(doctype)
		if meta.issingle:
			return
		columns = {
			name: COLUMN_TYPES.get(kind, "TEXT COLLATE mariadb") for name, kind in meta.columns().items()
		}
		existing = self._columns(doctype)
		if not existing:
			body = ", ".join(f"`{n}` {t}{' PRIMARY KEY' if n == 'name' else ''}" for n, t in columns.items())
			self.sql(f"CREATE TABLE `tab{doctype}` ({body})")
		for name, kind in columns.items():
			if existing and name not in existing:
				self.sql(f"ALTER TABLE `tab{doctype}` ADD COLUMN `{name}` {kind}")
		if meta.istable:
			self._index(doctype, ["parent"])
		for field in meta.fields.values():
			if field.unique:
				self._index(doctype, [field.fieldname], unique=True)
			else:
				self.sql(f"DROP INDEX IF EXISTS `{doctype}-{field.fieldname}-unique`")
			if field.search_index:
				self._index(doctype, [field.fieldname])

	def get_column_index(self, table: str, fieldname: str, unique: bool = False) -> str | None:
		"""The name of the (unique) index on one column, or None."""
		suffix = "-unique" if unique else ""
		name = f"{table.removeprefix('tab')}-{fieldname}{suffix}"
		rows = self.sql("SELECT name FROM sqlite_master WHERE type = 'index' AND name = ?", (name,))
		return rows[0][0] if rows else None

	def add_index(self, doctype: str, fields: list[str]) -> None:
		self._index(doctype, fields)

	def _index(self, doctype: str, fields: list[str], unique: bool = False) -> None:
		name = f"{doctype}-{'-'.join(fields)}{'-unique' if unique else ''}"
		columns = ", ".join(f"`{field}`" for field in fields)
		kind = "UNIQUE INDEX" if unique else "INDEX"
		self.sql(f"CREATE {kind} IF NOT EXISTS `{name}` ON `tab{doctype}` ({columns})")

	def has_column(self, doctype: str, column: str) -> bool:
		return column in self._columns(doctype)

	def _columns(self, doctype: str) -> list[str]:
		return [row[1] for row in self.sql(f"PRAGMA table_info(`tab{doctype}`)")]

	# reading

	def get_value(
		self,
		doctype: str,
		filters: Any = None,
		fieldname: Any = "name",
		as_dict: bool = False,
		order_by: str | None = None,
		for_update: bool = False,
		cache: bool = False,
	) -> Any:
		"""The first match: one value for one field name, a tuple for a list, None where nothing matches."""
		if for_update:
			self.lock_for_writing()
		if filters is None or (filters == {} and get_meta(doctype).issingle):
			return self.get_single_value(doctype, fieldname)
		fields = [fieldname] if isinstance(fieldname, str) else list(fieldname)
		if not isinstance(filters, dict | list):
			filters = {"name": filters}
		rows = self.get_all(doctype, filters, fields, order_by=order_by, limit=1)
		if not rows:
			return None
		if as_dict:
			return rows[0]
		values = tuple(rows[0].values())
		return values[0] if isinstance(fieldname, str) else values

	def get_values(self, doctype: str, filters: dict, fieldname: list[str], as_dict: bool = False) -> list:
		"""All matches, the one changed last first."""
		rows = self.get_all(doctype, filters, fieldname)
		return rows if as_dict else [tuple(row.values()) for row in rows]

	def lock_for_writing(self) -> None:
		"""SQLite locks no rows: take the only writer's place, which is a lock on all of them."""
		if self.is_contended:
			raise QueryDeadlockError("another transaction came first")
		self.sql("UPDATE tabSeries SET current = current WHERE name = ''")

	def get_single_value(self, doctype: str, fieldname: str, cache: bool = False) -> Any:
		field = get_meta(doctype).get_field(fieldname)
		rows = self.sql("SELECT value FROM tabSingles WHERE doctype = ? AND field = ?", (doctype, fieldname))
		value = rows[0][0] if rows else None
		if field and field.fieldtype in ("Check", "Int"):
			return cint(value)
		return value

	def get_default(self, key: str) -> Any:
		return get_global_default(key)

	def exists(self, doctype: str, filters: Any = None) -> str | None:
		return self.get_value(doctype, filters, "name")

	def count(self, doctype: str, filters: Any = None) -> int:
		conditions, values = self._where(doctype, filters)
		return self.sql(f"SELECT COUNT(*) FROM `tab{doctype}`{conditions}", values)[0][0]

	def get_all(
		self,
		doctype: str,
		filters: Any = None,
		fields: Any = None,
		*,
		or_filters: Any = None,
		pluck: str | None = None,
		order_by: str | None = None,
		limit: int | None = None,
		limit_start: int = 0,
		limit_page_length: int | None = None,
		as_list: bool = False,
	) -> list:
		"""Rows that match, as Frappe's ORM gives them: all of them unless `limit` is above 0."""
		fields = [pluck] if pluck else list(fields or ["name"])
		columns = ", ".join(f"`tab{doctype}`.{name if name == '*' else self._name(name)}" for name in fields)
		conditions, values = self._where(doctype, filters, or_filters)
		most = limit or limit_page_length or -1
		order = self._order(doctype, order_by)
		query = f"SELECT {columns} FROM `tab{doctype}`{conditions} {order} LIMIT ? OFFSET ?"
		return self.sql(query, [*values, most, limit_start], as_dict=not as_list, pluck=bool(pluck))

	def _name(self, name: str) -> str:
		if not NAME.fullmatch(name):
			raise NotImplementedError(f"The sandbox cannot select {name}")
		return f"`{name}`"

	def _order(self, doctype: str, order_by: str | None) -> str:
		parts = []
		for part in (order_by or "modified desc").split(","):
			match = ORDER.fullmatch(part.strip())
			if not match:
				raise NotImplementedError(f"The sandbox cannot order by {part}")
			parts.append(f"`tab{doctype}`.`{match[1]}` {match[2] or 'asc'}")
		return f"ORDER BY {', '.join(parts)}, `tab{doctype}`.rowid"

	def _where(self, doctype: str, filters: Any, or_filters: Any = None) -> tuple[str, list]:
		joins: list[str] = []
		values: list = []
		groups = []
		for some, word in ((filters, " AND "), (or_filters, " OR ")):
			conditions = [self._condition(doctype, f, joins, values) for f in self._as_list(some)]
			if conditions:
				groups.append(f"({word.join(conditions)})")
		where = f" WHERE {' AND '.join(groups)}" if groups else ""
		return "".join(joins) + where, values

	def _as_list(self, filters: Any) -> list[tuple]:
		if not filters:
			return []
		if isinstance(filters, str):
			filters = {"name": filters}
		if isinstance(filters, dict):
			pairs = ((k, v if isinstance(v, list | tuple) else ("=", v)) for k, v in filters.items())
			return [(field, *value) for field, value in pairs]
		return [tuple(entry) for entry in filters]

	def _condition(self, doctype: str, entry: tuple, joins: list[str], values: list) -> str:
		table = doctype
		if len(entry) == 4:
			table, entry = entry[0], entry[1:]
		field, operator, value = entry
		if table != doctype:
			on = f"`tab{table}`.parent = `tab{doctype}`.name AND `tab{table}`.parenttype = '{doctype}'"
			join = f" LEFT JOIN `tab{table}` ON {on}"
			if join not in joins:
				joins.append(join)
		if operator.lower() not in OPERATORS:
			raise NotImplementedError(f"The sandbox has no filter {operator}")
		column = f"`tab{table}`.{self._name(field)}"
		return self._compare(get_meta(table).columns().get(field), column, operator.lower(), value, values)

	def _compare(self, kind: str | None, column: str, operator: str, value: Any, values: list) -> str:
		if kind is None:
			raise sqlite3.OperationalError(f"Unknown column {column}")
		blank = "0" if COLUMN_TYPES.get(kind) in NUMBERS else "''"
		if kind in ("Date", "Datetime") and operator in ("<", "<="):
			column = f"IFNULL({column}, '0001-01-01')"  # to Frappe an empty moment is before any other
		filled = f"IFNULL({column}, {blank}){'' if COLUMN_TYPES.get(kind) else ' COLLATE mariadb'}"
		if operator == "is":
			return f"{filled} {'!=' if value == 'set' else '='} {blank}"
		if value is None:
			return f"{filled} {operator} {blank}"
		if operator in ("in", "not in"):
			values.extend(value)
			marks = ", ".join("?" * len(value)) or "NULL"
			return f"{filled if operator == 'not in' else column} {operator} ({marks})"
		values.append(value)
		return f"{filled if operator in ('!=', 'not like') else column} {operator} ?"

	# writing

	def insert(self, doctype: str, values: dict[str, Any]) -> None:
		columns = ", ".join(f"`{name}`" for name in values)
		marks = ", ".join("?" * len(values))
		self.sql(f"INSERT INTO `tab{doctype}` ({columns}) VALUES ({marks})", self._storable(doctype, values))

	def update(self, doctype: str, name: str, values: dict[str, Any]) -> None:
		columns = ", ".join(f"`{column}` = ?" for column in values)
		stored = self._storable(doctype, values)
		self.sql(f"UPDATE `tab{doctype}` SET {columns} WHERE name = ?", [*stored, name])

	def _storable(self, doctype: str, values: dict[str, Any]) -> list[Any]:
		for column, value in values.items():
			if isinstance(value, int | float) and abs(value) >= AMOUNT_LIMIT:
				raise self.DataError(f"Out of range value for column '{column}'")
		return list(values.values())

	def set_value(
		self, doctype: str, name: str, field: Any, value: Any = None, update_modified: bool = True
	) -> None:
		"""Write columns past the document's own save."""
		values = dict(field) if isinstance(field, dict) else {field: value}
		if update_modified:
			values |= {"modified": now_datetime(), "modified_by": session.user}
		self.update(doctype, name, values)
		clear_document_cache(doctype, name)

	def get_singles_dict(self, doctype: str) -> _dict:
		return _dict(self.sql("SELECT field, value FROM tabSingles WHERE doctype = ?", (doctype,)))

	def set_single_value(self, doctype: str, fieldname: Any, value: Any = None) -> None:
		for field, content in (fieldname if isinstance(fieldname, dict) else {fieldname: value}).items():
			self.sql("DELETE FROM tabSingles WHERE doctype = ? AND field = ?", (doctype, field))
			self.sql("INSERT INTO tabSingles VALUES (?, ?, ?)", (doctype, field, content))
		clear_document_cache(doctype, doctype)

	def delete(self, doctype: str, filters: Any = None) -> None:
		if doctype == "Singles":
			self.sql("DELETE FROM tabSingles WHERE doctype = ?", (filters["doctype"],))
			return
		conditions, values = self._where(doctype, filters)
		self.sql(f"DELETE FROM `tab{doctype}`{conditions}", values)
