"""The status of Quotations and Sales Orders, and what clerks do to them, as ERPNext has it."""

from datetime import datetime, timedelta, timezone

import frappe
import pytest
from erpnext.selling.doctype.quotation.quotation import make_sales_order, set_expired_status
from frappe.model.document import Document
from frappe.utils import add_days, add_to_date, fmt_money, get_datetime, now_datetime, nowdate

from medusa_integration.tests.base import single_value


@pytest.fixture
def order(quotation) -> Document:
	"""A submitted order of the submitted Quotation."""
	quotation.submit()
	order = make_sales_order(quotation.name)
	order.delivery_date = nowdate()
	return order.insert().submit()


def status_of(doc: Document) -> str:
	return frappe.db.get_value(doc.doctype, doc.name, "status")


class TestOrder:
	@pytest.mark.parametrize(
		("delivered", "billed", "status"),
		[
			(0, 0, "To Deliver and Bill"),
			(99, 0, "To Deliver and Bill"),
			(100, 0, "To Bill"),
			(0, 100, "To Deliver"),
			(100, 100, "Completed"),
		],
	)
	def test_status_follows_from_delivery_and_billing(self, order, delivered, billed, status):
		order.db_set({"per_delivered": delivered, "per_billed": billed})
		order.set_status(update=True)
		assert status_of(order) == status

	def test_closed_stays_closed_until_it_is_opened(self, order):
		order.update_status("Closed")
		order.set_status(update=True)
		closed = status_of(order)
		order.update_status("Draft")
		assert (closed, status_of(order)) == ("Closed", "To Deliver and Bill")

	def test_closed_order_cannot_be_cancelled(self, order):
		order.update_status("Closed")
		with pytest.raises(frappe.ValidationError, match="Closed order cannot be cancelled"):
			order.cancel()

	def test_cancelled(self, order):
		order.cancel()
		assert status_of(order) == "Cancelled"

	def test_new_order_keeps_its_status(self, quotation):
		quotation.submit()
		order = make_sales_order(quotation.name)
		order.delivery_date = nowdate()
		order.docstatus = 1
		assert order.insert().status == "Draft"


class TestQuotation:
	def test_submitted(self, quotation):
		quotation.submit()
		assert status_of(quotation) == "Open"

	def test_follows_its_order(self, quotation, order):
		ordered = status_of(quotation)
		order.cancel()
		assert (ordered, status_of(quotation)) == ("Ordered", "Open")

	def test_partially_ordered(self, quotation):
		quotation.submit()
		order = make_sales_order(quotation.name)
		order.delivery_date = nowdate()
		order.items[0].qty = 1
		order.insert().submit()
		assert status_of(quotation) == "Partially Ordered"

	def test_cancelled(self, quotation):
		quotation.submit()
		quotation.cancel()
		assert status_of(quotation) == "Cancelled"

	def test_amendment_is_a_draft(self, quotation):
		quotation.submit()
		quotation.cancel()
		amended = frappe.copy_doc(quotation, ignore_no_copy=False)
		amended.update({"amended_from": quotation.name, "docstatus": 0, "status": "Open"})
		assert amended.insert().status == "Draft"

	@pytest.mark.parametrize("submitted", [False, True])
	def test_lost_stays_lost(self, quotation, submitted):
		if submitted:
			quotation.submit()
		quotation.declare_enquiry_lost([], [], "too dear")
		quotation.reload()
		quotation.save()
		assert (status_of(quotation), quotation.order_lost_reason) == ("Lost", "too dear")

	def test_lost_for_a_reason_of_the_site(self, quotation):
		frappe.get_doc({"doctype": "Quotation Lost Reason", "order_lost_reason": "Price"}).insert()
		quotation.declare_enquiry_lost([{"lost_reason": "Price"}], [])
		quotation.reload()
		assert [row.lost_reason for row in quotation.lost_reasons] == ["Price"]

	def test_lost_for_a_reason_that_does_not_exist(self, quotation):
		with pytest.raises(frappe.ValidationError, match="Invalid lost reason"):
			quotation.declare_enquiry_lost([{"lost_reason": "Weather"}], [])

	def test_ordered_is_not_lost(self, quotation, order):
		quotation.reload()
		with pytest.raises(frappe.ValidationError, match="Cannot set as Lost as Sales Order is made"):
			quotation.declare_enquiry_lost([], [])

	def test_expired(self, quotation):
		quotation.submit()
		frappe.db.set_value("Quotation", quotation.name, "valid_till", add_days(nowdate(), -1))
		set_expired_status()
		assert status_of(quotation) == "Expired"

	def test_ordered_does_not_expire(self, quotation, order):
		frappe.db.set_value("Quotation", quotation.name, "valid_till", add_days(nowdate(), -1))
		set_expired_status()
		assert status_of(quotation) == "Ordered"


class TestTime:
	def test_now_is_of_the_time_zone_of_the_site(self):
		with single_value("System Settings", "time_zone", "Pacific/Kiritimati"):
			frappe.local.cache = {}
			ahead = now_datetime() - datetime.now(timezone.utc).replace(tzinfo=None)
		frappe.local.cache = {}
		assert timedelta(hours=13, minutes=59) < ahead <= timedelta(hours=14)

	def test_later(self):
		assert add_to_date(datetime(2026, 1, 31), hours=25, seconds=1) == datetime(2026, 2, 1, 1, 0, 1)

	@pytest.mark.parametrize("value", ["2026-01-31", "2026-01-31 00:00:00.000000", datetime(2026, 1, 31)])
	def test_get_datetime(self, value):
		assert get_datetime(value) == datetime(2026, 1, 31)

	def test_money(self):
		assert fmt_money(1234.5, currency="AED") == "AED 1,234.50"
