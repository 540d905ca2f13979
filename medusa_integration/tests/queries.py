"""Record the statements that a call sends to the database, and who asked for each."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, NamedTuple
from unittest.mock import patch

import frappe

APP = "medusa_integration"
# what may lie between the one who asks and the database
LAYERS = ("frappe", "pypika", "contextlib", "functools")
# the part of it that answers a question with one statement
DATABASE = ("frappe.database", "frappe.query_builder", "frappe.model.db_query", "pypika")
DATABASE += ("frappe.model.qb_query", "contextlib", "functools")
# Frappe caches the first and the last; the other may be asked for as well where no single row can be locked
UNCOUNTED = ("tabSingles", "tabSeries", "tabDocType")
TABLE = re.compile(r"\b(?:from|into|update)\s+(?:`(tab[^`]+)`|(tab\w+))", re.IGNORECASE)
KIND = re.compile(r"\s*(select|insert|update|delete)\b", re.IGNORECASE)


class Statement(NamedTuple):
	"""One statement as Frappe was asked to run it.

	`values` is empty, or holds what Frappe was given to fill in. `caller` is the dotted path of the nearest
	function outside of Frappe. `is_direct` says that it asked the database itself, and not for a document, a
	permission or a default, which take Frappe any number of statements.
	"""

	query: str
	values: tuple
	caller: str
	is_direct: bool

	@property
	def is_own(self) -> bool:
		"""Return whether the app asked for it, and not ERPNext or a test."""
		return is_app(self.caller)

	@property
	def is_counted(self) -> bool:
		"""Return whether the app itself wrote it, and it takes a journey to the database each time."""
		table = TABLE.search(self.query)
		is_cached = bool(table) and (table[1] or table[2]) in UNCOUNTED
		return self.is_own and self.is_direct and bool(KIND.match(self.query)) and not is_cached

	def __str__(self) -> str:
		"""Return the caller and the statement in one line."""
		return f"{self.caller}: {' '.join(self.query.split())}"


class Recording(NamedTuple):
	"""What a block asked for: the statements, and who called `frappe.get_doc`, which takes several each."""

	statements: list[Statement]
	loads: list[str]

	@property
	def counts(self) -> tuple[int, int]:
		"""Return how many queries the app wrote, and how many documents it loaded.

		Both are the same on every version of Frappe; how many statements a document takes is not.
		"""
		queries = [statement for statement in self.statements if statement.is_counted]
		return len(queries), len([caller for caller in self.loads if is_app(caller)])


@contextmanager
def recorded() -> Iterator[Recording]:
	"""Yield a recording that grows while the block runs."""
	run, load, recording = frappe.db.sql, frappe.get_doc, Recording([], [])

	def sql(query: Any, *args: Any, **kwargs: Any) -> Any:
		values = args[:1] or ((kwargs["values"],) if "values" in kwargs else ())
		recording.statements.append(Statement(str(query), values, *find_caller(sys._getframe(1))))
		return run(query, *args, **kwargs)

	def get_doc(*args: Any, **kwargs: Any) -> Any:
		caller = sys._getframe(1)
		recording.loads.append(f"{caller.f_globals.get('__name__', '')}.{caller.f_code.co_name}")
		return load(*args, **kwargs)

	with patch.object(frappe.db, "sql", sql), patch.object(frappe, "get_doc", get_doc):
		yield recording


def find_caller(frame: FrameType | None) -> tuple[str, bool]:
	"""Return the nearest function outside of the LAYERS, and whether it called the DATABASE itself."""
	is_direct = True
	while frame:
		module = frame.f_globals.get("__name__", "")
		if not is_part_of(module, LAYERS):
			return f"{module}.{frame.f_code.co_name}", is_direct
		asks = is_part_of(module, DATABASE) or frame.f_code.co_name in ("get_all", "get_list")
		is_direct = is_direct and asks
		frame = frame.f_back
	return "", is_direct


def is_app(path: str) -> bool:
	"""Return whether a dotted path is the app's, its tests aside."""
	return path.startswith(f"{APP}.") and not path.startswith(f"{APP}.tests.")


def is_part_of(module: str, packages: tuple[str, ...]) -> bool:
	"""Return whether a module is one of these packages, or in one."""
	return any(module == package or module.startswith(f"{package}.") for package in packages)
