"""Frappe 15's test class."""

import unittest


class FrappeTestCase(unittest.TestCase):
	pass
