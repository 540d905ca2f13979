"""Frappe 15 has no IntegrationTestCase here."""
