"""Functions for frappe.qb."""

from pypika.functions import *  # noqa: F403
from pypika.terms import Function


class Locate(Function):
	def __init__(self, needle, haystack):
		super().__init__("LOCATE", needle, haystack)
