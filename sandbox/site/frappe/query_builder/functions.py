"""Functions for frappe.qb."""

from pypika.functions import Count
from pypika.terms import Function

__all__ = ["Count", "Locate"]


class Locate(Function):
	def __init__(self, needle, haystack):
		super().__init__("LOCATE", needle, haystack)
