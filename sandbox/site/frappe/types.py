"""Frappe's dict with attributes, and its types of fields."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
	from frappe import field_types as DF  # noqa: F401


class _dict(dict):
	__setattr__ = dict.__setitem__
	__delattr__ = dict.__delitem__

	def __getattr__(self, key: str) -> Any:
		if key.startswith("__"):
			raise AttributeError(key)
		return self.get(key)

	def update(self, *args, **kwargs):
		super().update(*args, **kwargs)
		return self

	def copy(self):
		return _dict(self)
