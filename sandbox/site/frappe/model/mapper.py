"""One document out of another."""

from collections.abc import Callable
from typing import Any

from frappe.context import throw
from frappe.model.document import Document, get_doc, new_doc
from frappe.model.meta import TABLES


def get_mapped_doc(
	from_doctype: str,
	from_docname: str,
	table_maps: dict[str, dict[str, Any]],
	target_doc: Document | None = None,
	postprocess: Callable | None = None,
	ignore_permissions: bool = False,
) -> Document:
	"""A new, unsaved document with the fields that `table_maps` and equal field names carry over."""
	source = get_doc(from_doctype, from_docname)
	if not ignore_permissions:
		source.check_permission("read")
	target = target_doc or new_doc(table_maps[from_doctype]["doctype"])
	if not ignore_permissions:
		target.check_permission("create")
	map_fields(source, target, table_maps[from_doctype])
	for field in source.meta.table_fields():
		table_map = table_maps.get(field.options)
		if not table_map:
			continue
		parentfield = next(
			f.fieldname for f in target.meta.table_fields() if f.options == table_map["doctype"]
		)
		for row in source.get(field.fieldname) or []:
			if table_map.get("condition") and not table_map["condition"](row):
				continue
			child = target.append(parentfield, {})
			map_fields(row, child, table_map)
			if table_map.get("postprocess"):
				table_map["postprocess"](row, child, source)
	if postprocess:
		postprocess(source, target)
	return target


def map_fields(source: Document, target: Document, table_map: dict[str, Any]) -> None:
	for key, (_operator, wanted) in table_map.get("validation", {}).items():
		if source.get(key) != wanted:
			throw(f"Cannot map because following condition fails: {key}={wanted}")
	for field in target.meta.fields.values():
		twin = source.meta.get_field(field.fieldname)
		if not twin or twin.no_copy or field.no_copy or field.fieldtype in TABLES:
			continue
		if source.get(field.fieldname) not in (None, ""):
			target.set(field.fieldname, source.get(field.fieldname))
	for here, there in table_map.get("field_map", {}).items():
		if source.get(here) not in (None, ""):
			target.set(there, source.get(here))
