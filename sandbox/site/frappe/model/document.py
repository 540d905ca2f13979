"""Documents: what Frappe does to one between `get_doc` and the database."""

import re
import secrets
import sqlite3
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from frappe.apps import get_attr, get_hooks
from frappe.context import db, flags, msgprint, session, throw
from frappe.exceptions import (
	CannotChangeConstantError,
	CharacterLengthExceededError,
	DocstatusTransitionError,
	DoesNotExistError,
	DuplicateEntryError,
	LinkExistsError,
	LinkValidationError,
	MandatoryError,
	NameError,
	PermissionError,
	TimestampMismatchError,
	UniqueValidationError,
	UpdateAfterSubmitError,
)
from frappe.model.document_cache import clear_document_cache, get_document_cache_key
from frappe.model.meta import TABLES, definitions, get_meta
from frappe.permissions import has_permission
from frappe.types import _dict
from frappe.utils.data import (
	cint,
	flt,
	getdate,
	now_datetime,
	nowdate,
	validate_email_address,
	validate_phone_number,
)
from frappe.utils.redis_wrapper import cache

TEXTS = {"Data", "Link", "Dynamic Link", "Select", "Read Only", "Password", "Phone", "Autocomplete"}
DATA_LENGTH = 140
# what Frappe calls a save, by the docstatus before and after, and what is run before and after the writing
ACTIONS = {(0, 0): "save", (0, 1): "submit", (1, 1): "update_after_submit", (1, 2): "cancel"}
BEFORE = {"save": ["validate", "before_save"], "submit": ["validate", "before_submit"]}
BEFORE |= {"cancel": ["before_cancel"], "update_after_submit": ["before_update_after_submit"]}
AFTER = {"save": ["on_update"], "submit": ["on_update", "on_submit"]}
AFTER |= {"cancel": ["on_cancel"], "update_after_submit": ["on_update_after_submit"]}


def get_doc(*args: Any, **kwargs: Any) -> Any:
	"""get_doc(doctype, name), get_doc(doctype) for a Single, or get_doc({"doctype": ...}) for a new one."""
	return make(args[0]) if isinstance(args[0], dict) else load(*args, **kwargs)


def get_single(doctype: str) -> Any:
	return load(doctype)


def get_cached_doc(doctype: str, name: str | None = None) -> Any:
	"""Return a document as it was when it was last read, unless it was changed by Frappe's means since."""
	key = get_document_cache_key(doctype, name or doctype)
	doc = cache.get_value(key)
	if doc is None:
		doc = load(doctype, name)
		cache.set_value(key, doc)
	return doc


def get_cached_value(doctype: str, name: str, fieldname: str) -> Any:
	"""Return the value of a field of a document, as `get_cached_doc` has it."""
	return get_cached_doc(doctype, name).get(fieldname)


def new_doc(doctype: str) -> Any:
	return make({"doctype": doctype})


def get_all(doctype: str, filters: Any = None, fields: Any = None, **kwargs: Any) -> list:
	return db.get_all(doctype, filters, fields, **kwargs)


def get_list(doctype: str, *args: Any, **kwargs: Any) -> list:
	"""As get_all, with permission for the DocType; nobody can make a User Permission here."""
	has_permission(doctype, "read", throw=True)
	return get_all(doctype, *args, **kwargs)


def make(values: dict[str, Any]) -> "Document":
	"""A new document with the defaults of its DocType."""
	doc = controller(values["doctype"])(values["doctype"])
	doc.__dict__["__islocal"] = True
	for field in doc.meta.fields.values():
		value = default_of(field)
		if value is not None:
			doc.set(field.fieldname, value)
	doc.update({key: value for key, value in values.items() if key != "doctype"})
	return doc


def default_of(field: _dict) -> Any:
	"""A field's default, of its own type; None where it has none that is known here."""
	if field.fieldtype in ("Check", "Int"):
		return cint(field.default)
	if not field.default or str(field.default).startswith(":"):
		return None
	if field.fieldtype == "Link" and field.options not in definitions():
		return None
	if field.fieldtype in ("Float", "Currency", "Percent"):
		return flt(field.default)
	return {"__user": session.user, "Today": nowdate(), "Now": now_datetime()}.get(
		field.default, field.default
	)


def load(doctype: str, name: str | None = None, for_update: bool = False) -> "Document":
	"""A document as it is in the database."""
	doc = controller(doctype)(doctype)
	if doc.meta.issingle:
		doc.name = doctype
		stored = db.get_singles_dict(doctype)
		for field in doc.meta.fields.values():
			value = stored.get(field.fieldname, default_of(field) if not stored else None)
			doc.set(field.fieldname, cint(value) if field.fieldtype in ("Check", "Int") else value)
		return doc
	if for_update:
		db.lock_for_writing()
	if isinstance(name, dict):
		name = db.get_value(doctype, name, "name")
	rows = db.get_all(doctype, {"name": name}, ["*"]) if isinstance(name, str) else []
	if not rows:
		throw(f"{doctype} {name} not found", DoesNotExistError)
	doc.__dict__.update(rows[0])
	doc.load_children()
	return doc


def copy_doc(doc: "Document", ignore_no_copy: bool = True) -> "Document":
	"""A new, unsaved document with the same values; children too."""
	new = make({"doctype": doc.doctype})
	for field in doc.meta.fields.values():
		if field.no_copy and not ignore_no_copy:
			continue
		value = doc.get(field.fieldname)
		if field.fieldtype in TABLES:
			value = [row.content() for row in value or []]
		new.set(field.fieldname, value)
	return new


def delete_doc(
	doctype: str, name: str, ignore_missing: bool = False, force: bool = False, **_kwargs: Any
) -> None:
	"""Delete a document that is not submitted and that nothing links to."""
	if ignore_missing and not db.exists(doctype, name):
		return
	doc = load(doctype, name)
	if doc.docstatus == 1:
		throw(f"{doctype} {name}: Submitted Record cannot be deleted.")
	doc.run_method("on_trash")
	doc.flags.in_delete = True
	doc.run_method("on_change")
	if not force:
		check_not_linked(doctype, name)
	for field in doc.meta.table_fields():
		if field.options in definitions():
			db.delete(field.options, {"parent": name, "parenttype": doctype})
	db.delete(doctype, {"name": name})
	clear_document_cache(doctype, name)
	doc.run_method("after_delete")


def check_not_linked(doctype: str, name: str, **filters: Any) -> None:
	"""Refuse to delete or cancel a document to which others link: all, or those that match `filters`."""
	for other in definitions():
		meta = get_meta(other)
		for field in meta.fields.values():
			if field.fieldtype != "Link" or field.options != doctype:
				continue
			linked = db.get_single_value(other, field.fieldname) if meta.issingle else None
			if linked == name or (not meta.issingle and db.exists(other, {field.fieldname: name, **filters})):
				message = f"Cannot delete or cancel because {doctype} {name} is linked with {other}"
				throw(message, LinkExistsError)


def controller(doctype: str) -> type["Document"]:
	"""Return the class of a DocType: what a hooks.py names, the app's own, or plain Document."""
	overrides = get_hooks("override_doctype_class").get(doctype)
	if overrides:
		return get_attr(overrides[-1])
	if definitions().get(doctype, {}).get("module") == "Medusa Integration":
		word = doctype.lower().replace(" ", "_")
		folder = f"medusa_integration.medusa_integration.doctype.{word}.{word}"
		return get_attr(f"{folder}.{doctype.replace(' ', '')}")
	return Document


class Document:
	if TYPE_CHECKING:  # a document has the fields of its DocType
		name: Any

		def __setattr__(self, name: str, value: Any) -> None: ...

	def __init__(self, doctype: str):
		self.doctype = doctype
		self.meta = get_meta(doctype)
		self.flags = _dict()
		self.name = None
		self.docstatus = 0
		self._before = None
		for field in self.meta.fields.values():
			self.__dict__[field.fieldname] = [] if field.fieldtype in TABLES else None

	def __getstate__(self) -> dict[str, Any]:
		"""Leave out what Frappe's cache does not keep."""
		return {key: value for key, value in vars(self).items() if key not in ("meta", "flags", "_before")}

	def __setstate__(self, state: dict[str, Any]) -> None:
		self.__dict__.update(state, meta=get_meta(state["doctype"]), flags=_dict(), _before=None)

	def __getattr__(self, name: str) -> Any:
		if name in (
			"owner",
			"creation",
			"modified",
			"modified_by",
			"idx",
			"parent",
			"parentfield",
			"parenttype",
		):
			return None
		raise AttributeError(f"{type(self).__name__} has no {name}")

	# values

	def get(self, fieldname: str, default: Any = None) -> Any:
		value = self.__dict__.get(fieldname, default)
		return default if value is None else value

	def set(self, fieldname: str, value: Any) -> None:
		field = self.meta.get_field(fieldname)
		if field and field.fieldtype in TABLES:
			self.__dict__[fieldname] = []
			for row in value or []:
				self.append(fieldname, row)
		else:
			setattr(self, fieldname, value)

	def update(self, values: dict[str, Any]) -> "Document":
		for fieldname, value in values.items():
			self.set(fieldname, value)
		return self

	def append(self, fieldname: str, row: Any = None) -> "Document":
		field = self.meta.get_field(fieldname)
		child = row if isinstance(row, Document) else make({"doctype": field.options, **(row or {})})
		rows = self.__dict__.setdefault(fieldname, [])
		child.__dict__.update(parentfield=fieldname, parenttype=self.doctype, idx=len(rows) + 1)
		rows.append(child)
		return child

	def is_new(self) -> bool:
		return bool(self.__dict__.get("__islocal"))

	def content(self) -> dict[str, Any]:
		"""The DocType's own fields, without the standard ones and without children."""
		fields = (f for f in self.meta.fields.values() if f.fieldtype not in TABLES)
		return {f.fieldname: self.__dict__.get(f.fieldname) for f in fields}

	def children(self) -> list["Document"]:
		return [row for field in self.meta.table_fields() for row in self.__dict__.get(field.fieldname) or []]

	def load_children(self) -> None:
		for field in self.meta.table_fields():
			if field.options not in definitions():
				continue
			filters = {"parent": self.name, "parenttype": self.doctype, "parentfield": field.fieldname}
			rows = []
			for values in db.get_all(field.options, filters, ["*"], order_by="idx"):
				child = controller(field.options)(field.options)
				child.__dict__.update(values)
				rows.append(child)
			self.__dict__[field.fieldname] = rows

	def reload(self) -> None:
		self.__dict__.update(load(self.doctype, self.name).__dict__)

	def get_doc_before_save(self) -> "Document | None":
		return self._before

	def has_value_changed(self, fieldname: str) -> bool:
		return self._before is None or self._before.get(fieldname) != self.get(fieldname)

	# saving

	def insert(self, ignore_permissions: bool | None = None, set_name: str | None = None) -> "Document":
		if ignore_permissions is not None:
			self.flags.ignore_permissions = ignore_permissions
		self.__dict__["__islocal"] = True
		self._action = "submit" if self.docstatus == 1 else "save"
		self._stamp()
		self._validate_links()
		self.check_permission("create")
		self.run_method("before_insert")
		self._set_name(set_name)
		self._before_save()
		self._validate()
		self._write(insert=True)
		self.run_method("after_insert")
		if self.get("amended_from") and db.get_value(self.doctype, self.amended_from, "docstatus") != 2:
			throw(f"{self.doctype} {self.amended_from} cannot be amended because it is not cancelled.")
		self._after_save()
		self.__dict__.pop("__islocal")
		return self

	def save(self, ignore_permissions: bool | None = None) -> "Document":
		if ignore_permissions is not None:
			self.flags.ignore_permissions = ignore_permissions
		if self.is_new():
			return self.insert()
		self._before = load(self.doctype, self.name)
		self.check_permission("write")
		self._check_if_latest()
		self._action = ACTIONS[self._before.docstatus, self.docstatus]
		self._stamp()
		self._validate_links()
		self._before_save()
		if self._action != "cancel":
			self._validate()
		if self._action == "update_after_submit":
			self._check_after_submit()
		self._write(insert=False)
		self._after_save()
		return self

	def submit(self) -> "Document":
		self.docstatus = 1
		return self.save()

	def cancel(self) -> "Document":
		self.docstatus = 2
		return self.save()

	def get_password(self, fieldname: str, raise_exception: bool = True) -> str | None:
		"""Return a password, which the sandbox keeps unencrypted."""
		value = self.get(fieldname)
		if not value and raise_exception:
			throw(f"Password not found for {self.doctype} {self.name} {fieldname}")
		return value

	def db_insert(self) -> None:
		"""Insert the row past all checks but the database's own."""
		self._stamp()
		self._write_row(insert=True)

	def db_set(
		self, fieldname: Any, value: Any = None, update_modified: bool = True, notify: bool = False
	) -> None:
		"""Write fields past all checks. While the document is being saved, its moment is that of the save."""
		values = dict(fieldname) if isinstance(fieldname, dict) else {fieldname: value}
		self.update(values)
		if update_modified and (self.doctype, self.name) not in flags.currently_saving:
			self.modified, self.modified_by = now_datetime(), session.user
		if not self._before and not self.is_new() and not self.meta.istable:
			self._before = load(self.doctype, self.name)
		self.run_method("before_change")
		if update_modified:
			values |= {"modified": self.modified, "modified_by": self.modified_by}
		if self.meta.issingle:
			db.set_single_value(self.doctype, values)
		else:
			db.set_value(self.doctype, self.name, values, update_modified=False)
		self.run_method("on_change")

	def notify_update(self) -> None:
		"""Nobody looks at a form here."""

	def precision(self, fieldname: str) -> int:
		"""How many decimals a field keeps."""
		return 2 if self.meta.get_field(fieldname).fieldtype == "Currency" else 3

	def add_comment(self, comment_type: str, text: str) -> "Document":
		"""Write a Comment about the document."""
		comment = make({"doctype": "Comment", "comment_type": comment_type, "content": text})
		comment.update({"reference_doctype": self.doctype, "reference_name": self.name})
		return comment.insert(ignore_permissions=True)

	def has_permission(self, permtype: str = "read") -> bool:
		if self.flags.ignore_permissions:
			return True
		hooks = get_hooks("has_permission", {}).get(self.doctype, [])
		allowed = has_permission(self.doctype, permtype, self)
		return allowed and all(get_attr(hook)(self, permtype, session.user) for hook in hooks)

	def check_permission(self, permtype: str = "read") -> None:
		if not self.has_permission(permtype):
			raise PermissionError(f"You need the '{permtype}' permission on {self.doctype} {self.name}")

	def run_method(self, method: str) -> None:
		"""The controller's method, then the handlers of the app's doc_events."""
		if hasattr(type(self), method):
			getattr(self, method)()
		events = get_hooks("doc_events", {}).get(self.doctype, {})
		handlers = events.get(method, [])
		for handler in handlers:
			get_attr(handler)(self, method)

	def _stamp(self) -> None:
		self.modified, self.modified_by = now_datetime(), session.user
		if self.is_new():
			self.creation, self.owner = self.modified, self.modified_by
		for row in self.children():
			row.docstatus = self.docstatus
			row.modified, row.modified_by = self.modified, self.modified_by
			row.creation, row.owner = row.creation or self.modified, row.owner or self.modified_by
		flags.currently_saving.append((self.doctype, self.name))

	def _check_if_latest(self) -> None:
		if self.meta.issingle:
			return
		if self._before.modified != self.modified:
			message = "Document has been modified after you have opened it"
			throw(f"Error: {message} ({self.doctype} {self.name}).", TimestampMismatchError)
		if (self._before.docstatus, self.docstatus) not in ACTIONS:
			message = f"Cannot change docstatus from {self._before.docstatus} to {self.docstatus}"
			throw(message, DocstatusTransitionError)

	def _before_save(self) -> None:
		if self._action in ("save", "submit"):
			self.run_method("before_validate")
		if not self.flags.ignore_validate:
			for method in BEFORE[self._action]:
				self.run_method(method)

	def _after_save(self) -> None:
		for method in AFTER[self._action]:
			self.run_method(method)
		if self._action == "cancel" and not self.flags.ignore_links:
			check_not_linked(self.doctype, self.name, docstatus=1)
		clear_document_cache(self.doctype, self.name)
		self.run_method("on_change")
		if (self.doctype, self.name) in flags.currently_saving:
			flags.currently_saving.remove((self.doctype, self.name))

	# naming

	def _set_name(self, set_name: str | None) -> None:
		if set_name or not self.name:
			self.name = set_name
		if self.meta.autoname == "naming_series:" and not self.naming_series:
			self.naming_series = (self.meta.get_field("naming_series").options or "").split("\n")[0]
		if not self.name and self.get("amended_from"):
			self.name = amended_name(self.doctype, self.amended_from)
		if not self.name:
			self.run_method("autoname")
		if not self.name:
			self.name = self._name_by_rule()
		name = str(self.name).strip()
		if re.search("[<>]", name):
			throw("Name cannot contain special characters like '<', '>'", NameError)
		if name.startswith(f"New {self.doctype}") or (name == self.doctype and not self.meta.issingle):
			throw("There were some errors setting the name, please contact the administrator", NameError)
		self.name = name

	def _name_by_rule(self) -> str:
		rule = self.meta.autoname
		if rule.startswith("field:"):
			value = self.get(rule.removeprefix("field:"))
			if not value:
				throw(f"{self.meta.get_label(rule.removeprefix('field:'))} is required")
			return value
		if rule == "naming_series:":
			return next_in_series(self.naming_series)
		return self.doctype if self.meta.issingle else secrets.token_hex(5)

	# checks

	def _validate(self) -> None:
		if not self.flags.ignore_mandatory:
			self._check_mandatory()
		for doc in (self, *self.children()):
			doc._check_values()

	def _check_mandatory(self) -> None:
		missing = [
			f.fieldname
			for doc in (self, *self.children())
			for f in doc.meta.fields.values()
			if f.reqd and doc.__dict__.get(f.fieldname) in (None, "", [])
		]
		if missing:
			message = f"[{self.doctype}, {self.name}]: {', '.join(missing)}"
			raise MandatoryError(message)

	def _check_values(self) -> None:
		for field in self.meta.fields.values():
			value = self.__dict__.get(field.fieldname)
			if value in (None, "", []):
				continue
			if field.fieldtype in TEXTS:
				self._check_text(field, value)
			if (
				field.set_only_once
				and self._before
				and self._before.get(field.fieldname) not in (None, value)
			):
				throw(f"Value cannot be changed for {field.label}", CannotChangeConstantError)

	def _check_text(self, field: _dict, value: Any) -> None:
		if not isinstance(value, str):
			raise NotImplementedError(f"The sandbox stores no {type(value).__name__} in {field.fieldname}")
		if "<" in value or ">" in value:
			raise NotImplementedError(f"The sandbox does not sanitize HTML: {field.fieldname}")
		most = 0 if self.meta.issingle else cint(field.length) or DATA_LENGTH
		if most and len(value) > most:
			message = (
				f"{self.doctype}: '{field.label}' will get truncated, as max characters allowed is {most}"
			)
			throw(message, CharacterLengthExceededError)
		if field.fieldtype == "Select" and field.options and value not in field.options.split("\n"):
			throw(f'{field.label} cannot be "{value}"')
		if field.fieldtype == "Data" and field.options == "Email":
			validate_email_address(value, throw=True)
		if field.fieldtype == "Data" and field.options == "Phone":
			validate_phone_number(value, throw=True)

	def _validate_links(self) -> None:
		if self.flags.ignore_links:
			return
		for doc in (self, *self.children()):
			for field in doc.meta.fields.values():
				doc._check_link(field)

	def _check_link(self, field: _dict) -> None:
		value = self.__dict__.get(field.fieldname)
		if field.fieldtype not in ("Link", "Dynamic Link") or not value:
			return
		target = field.options if field.fieldtype == "Link" else self.get(field.options)
		if (target == "DocType" and value in definitions()) or get_meta(target).issingle:
			return
		name = db.get_value(target, value, "name")
		if not name:
			throw(f"Could not find {field.label}: {value}", LinkValidationError)
		setattr(self, field.fieldname, name)

	def _check_after_submit(self) -> None:
		for field in self.meta.fields.values():
			if field.allow_on_submit or field.fieldtype in TABLES:
				continue
			before, after = (
				to_column(field.fieldtype, doc.get(field.fieldname)) for doc in (self._before, self)
			)
			if (before or None) != (after or None):
				message = f"Not allowed to change {field.label} after submission"
				throw(message, UpdateAfterSubmitError)

	# writing

	def _write(self, insert: bool) -> None:
		if self.meta.issingle:
			content = self.content() | {"modified": str(self.modified)}
			db.set_single_value(self.doctype, content)
			return
		self._write_row(insert)
		for field in self.meta.table_fields():
			rows = self.__dict__.get(field.fieldname) or []
			if field.options not in definitions():
				if rows:
					raise NotImplementedError(f"The sandbox has no DocType {field.options}")
				continue
			if not insert:
				db.delete(field.options, {"parent": self.name, "parentfield": field.fieldname})
			for idx, row in enumerate(rows, 1):
				row.name = row.name or secrets.token_hex(5)
				row.parent, row.idx = self.name, idx
				row.parenttype, row.parentfield = self.doctype, field.fieldname
				row._write_row(insert=True)
				row.__dict__.pop("__islocal", None)

	def _write_row(self, insert: bool) -> None:
		types = self.meta.columns()
		values = {column: to_column(types[column], self.__dict__.get(column)) for column in types}
		for field in self.meta.fields.values():
			if field.unique and values.get(field.fieldname) == "":
				values[field.fieldname] = None
		try:
			if insert:
				db.insert(self.doctype, values)
			else:
				db.update(self.doctype, self.name, values)
		except sqlite3.IntegrityError as error:
			self._raise_duplicate(error, insert)

	def _raise_duplicate(self, error: sqlite3.IntegrityError, insert: bool) -> None:
		fieldname = str(error).rsplit(".", 1)[-1]
		if insert and db.exists(self.doctype, self.name):
			msgprint(f"{self.doctype} {self.name} already exists")
			raise DuplicateEntryError(self.doctype, self.name, error)
		msgprint(f"{self.meta.get_label(fieldname)} must be unique")
		raise UniqueValidationError(self.doctype, self.name, error)


def to_column(fieldtype: str, value: Any) -> Any:
	"""A value as its column holds it."""
	if fieldtype in ("Check", "Int"):
		return cint(value)
	if fieldtype in ("Float", "Currency", "Percent"):
		return flt(value, 9)
	if value in (None, ""):
		return value if fieldtype not in ("Date", "Datetime") else None
	if fieldtype == "Date":
		return getdate(value)
	if fieldtype == "Datetime":
		return value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
	return str(value) if isinstance(value, date) else value


def next_in_series(series: str) -> str:
	"""The next name of a naming series such as SAL-QTN-.YYYY.-; gaps stay where a transaction was rolled
	back.
	"""
	prefix = series.replace(".YYYY.", nowdate()[:4]).replace(".", "")
	if "#" in prefix:
		raise NotImplementedError(f"The sandbox does not know the series {series}")
	db.sql("INSERT OR IGNORE INTO tabSeries VALUES (?, 0)", (prefix,))
	db.sql("UPDATE tabSeries SET current = current + 1 WHERE name = ?", (prefix,))
	current = db.sql("SELECT current FROM tabSeries WHERE name = ?", (prefix,))[0][0]
	return f"{prefix}{current:05d}"


def amended_name(doctype: str, amended: str) -> str:
	"""The name of an amendment: the first name of the chain, and a number."""
	if not db.get_value(doctype, amended, "amended_from"):
		return f"{amended}-1"
	first, _dash, number = amended.rpartition("-")
	return f"{first}-{int(number) + 1}"
