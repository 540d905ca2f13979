"""What a DocType is: recorded from a real site, or the app's own JSON; and the Custom Fields on it."""

import json
import os
from functools import lru_cache
from pathlib import Path
from typing import Any

from frappe.context import db, local
from frappe.types import _dict

SITE = Path(__file__).parents[2]
VERSION = os.environ.get("SANDBOX_VERSION", "15")
RECORDED = SITE.parent / f"recorded-v{VERSION}.json"
APP_DOCTYPES = SITE.parents[1] / "medusa_integration" / "medusa_integration" / "doctype"
DISPLAY = {"Section Break", "Column Break", "Tab Break", "HTML", "Button", "Heading", "Fold"}
TABLES = {"Table", "Table MultiSelect"}
STANDARD = ["name", "owner", "creation", "modified", "modified_by", "docstatus", "idx"]
CHILD = ["parent", "parentfield", "parenttype"]
_metas: dict[str, dict[str, "Meta"]] = {}  # of each site


@lru_cache(maxsize=1)
def recorded() -> dict[str, Any]:
	"""What sandbox/record.py wrote down of a real site of this version."""
	return json.loads(RECORDED.read_text())


@lru_cache(maxsize=1)
def definitions() -> dict[str, dict[str, Any]]:
	"""All DocTypes of the site, by name."""
	found = dict(recorded()["doctypes"])
	for path in sorted(APP_DOCTYPES.glob("*/*.json")):
		doctype = json.loads(path.read_text())
		doctype["fields"] = {field["fieldname"]: field for field in doctype["fields"]}
		found[doctype["name"]] = doctype
	return found


class Meta:
	def __init__(self, doctype: str):
		definition = definitions().get(doctype)
		if definition is None:
			raise NotImplementedError(f"The sandbox has no DocType {doctype}")
		self.name = doctype
		self.autoname = definition.get("autoname") or ""
		for key in ("issingle", "istable", "is_submittable"):
			setattr(self, key, bool(definition.get(key)))
		self.permissions = definition.get("permissions") or []
		self.fields: dict[str, _dict] = {}
		for fieldname, field in definition["fields"].items():
			self._add(fieldname, field)
		if doctype != "Custom Field" and getattr(local, "db", None):
			for field in db.get_all("Custom Field", {"dt": doctype}, ["*"], order_by="idx, creation"):
				self._add(field.fieldname, field)

	def _add(self, fieldname: str, field: dict[str, Any]) -> None:
		if field["fieldtype"] not in DISPLAY:
			self.fields[fieldname] = _dict(field, fieldname=fieldname)

	def get_field(self, fieldname: str) -> Any:
		return self.fields.get(fieldname)

	def has_field(self, fieldname: str) -> bool:
		return fieldname in self.fields

	def get_fieldnames_with_value(self) -> list[str]:
		return [fieldname for fieldname, field in self.fields.items() if field.fieldtype not in TABLES]

	def get_label(self, fieldname: str) -> str:
		return (self.fields.get(fieldname) or {}).get("label") or fieldname

	def table_fields(self) -> list[_dict]:
		return [field for field in self.fields.values() if field.fieldtype in TABLES]

	def get_workflow(self) -> None:
		"""No DocType has a workflow here."""

	def columns(self) -> dict[str, str]:
		"""Column -> field type, standard columns first."""
		types = {"creation": "Datetime", "modified": "Datetime", "docstatus": "Int", "idx": "Int"}
		names = STANDARD + (CHILD if self.istable else [])
		columns = {name: types.get(name, "Data") for name in names}
		return columns | {f.fieldname: f.fieldtype for f in self.fields.values() if f.fieldtype not in TABLES}


def get_meta(doctype: str) -> Meta:
	metas = _metas.setdefault(local.site, {})
	if doctype not in metas:
		metas[doctype] = Meta(doctype)
	return metas[doctype]


def clear_metas() -> None:
	"""Read the Custom Fields of the site's DocTypes again when they are next asked for."""
	_metas.pop(local.site, None)
