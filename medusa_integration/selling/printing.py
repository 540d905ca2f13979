"""Quotations as PDF files, printed by Frappe."""

from typing import Any, cast

import frappe
from frappe import _

from medusa_integration.exceptions import PdfUnavailableError
from medusa_integration.settings import get_settings

# what Frappe says if the program that makes PDF files is not installed
NO_ENGINE = "No wkhtmltopdf executable found"


def answer_with_pdf(row: Any) -> None:
	"""Answer this request with a Quotation as a PDF file; `row` is a row of `shown.quotation_query`.

	The Print Format and Letter Head are those of Medusa Settings, and the language is that of the Quotation.
	Raises PdfUnavailableError.
	"""
	response = frappe.local.response
	response.filecontent = make_pdf(row.name, row.language)
	response.filename = f"{row.name}.pdf"
	response.type = "download"
	response.content_type = "application/pdf"


def make_pdf(name: str, language: str | None) -> bytes:
	"""Return the PDF file of a Quotation."""
	settings = get_settings()
	before = frappe.local.lang, frappe.flags.ignore_print_permissions
	# the integration user has no permission to print; the caller may read this Quotation
	frappe.local.lang, frappe.flags.ignore_print_permissions = language or before[0], True
	try:
		options = {"as_pdf": True, "letterhead": settings.letter_head or None}
		return cast(bytes, frappe.get_print("Quotation", name, settings.print_format or None, **options))
	except OSError as error:
		if NO_ENGINE not in str(error):
			raise
		frappe.throw(_("This site has no program that makes PDF files."), PdfUnavailableError)
	finally:
		frappe.local.lang, frappe.flags.ignore_print_permissions = before
