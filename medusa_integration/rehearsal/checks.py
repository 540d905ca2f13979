"""What a rehearsal checks without creating documents: the settings, and what they name."""

from typing import Any, NamedTuple

import frappe
from frappe import _
from frappe.utils import nowdate
from frappe.utils.scheduler import is_scheduler_inactive

from medusa_integration.compat import lead_source_doctype
from medusa_integration.constants import (
	CUSTOMER_GROUP,
	LEAD_SOURCE,
	SALES_PERSON,
	WORKER_PERMISSIONS,
)
from medusa_integration.exceptions import ConflictError, as_plain_text
from medusa_integration.jobs.health import count_jobs, has_run_lately
from medusa_integration.rehearsal.reasons import NO_REASON, Reason, to_form, to_list, to_single
from medusa_integration.rehearsal.report import OK, REFUSED, WARNING, Report, State
from medusa_integration.session import work_as
from medusa_integration.settings import get_company, get_integration_user, get_settings

Finding = tuple[State, Reason]
SETTINGS = "Medusa Settings"
FINE: Finding = (OK, NO_REASON)


class ItemToOrder(NamedTuple):
	"""The Item that the made-up customer orders."""

	name: str
	variant_id: str | None


def check_all(report: Report) -> ItemToOrder | None:
	"""Add all checks to the report; return the Item to order, or None if there is none."""
	report.add(_("The integration is enabled"), *check_enabled())
	report.add(_("The integration user can work"), *check_user())
	report.add(_("There is a company to sell for"), *check_company())
	report.add(_("There is a price list"), *check_price_list())
	report.add(_("Customer group, sales person and lead source exist"), *check_masters())
	report.add(_("Print format and letter head can be used"), *check_printing())
	report.add(_("Background jobs are started on time"), *check_scheduler())
	report.add(_("Background jobs can be queued"), *check_queue())
	item, finding = find_item()
	report.add(_("There is an Item that the shop can sell"), *finding)
	return item


def fine(text: str) -> Finding:
	"""Return that a check found nothing wrong, with what it found."""
	return OK, Reason(text)


def check_enabled() -> Finding:
	"""Check the switch of the settings."""
	if get_settings().enabled:
		return FINE
	text = _("The Medusa integration is switched off in Medusa Settings.")
	return REFUSED, Reason(text, _("Tick Enabled."), to_single(SETTINGS))


def check_user() -> Finding:
	"""Check that the integration user is enabled and has the permissions that ERPNext asks for."""
	user = get_integration_user()
	link = to_form("User", user)
	if user == "Guest" or not frappe.db.get_value("User", user, "enabled"):
		text = _("The user {0} does not exist or is disabled.").format(user)
		return REFUSED, Reason(text, _("Enable the user, or choose another Integration User."), link)
	with work_as(user):
		missing = [
			f"{_(doctype)} ({_(permission)})"
			for doctype, permissions in WORKER_PERMISSIONS.items()
			for permission in ("read", *permissions)
			if not frappe.has_permission(doctype, permission)
		]
	if missing:
		text = _("The user {0} does not have the permission: {1}").format(user, ", ".join(missing))
		advice = _("Give a role of this user the permission, in the Role Permissions Manager.")
		return REFUSED, Reason(text, advice, link)
	if user == "Administrator":
		text = _("The user is Administrator, who passes credit limits, Authorization Rules and workflows.")
		return WARNING, Reason(text, _("Choose another Integration User."), to_single(SETTINGS))
	return fine(user)


def check_company() -> Finding:
	"""Check that there is a company, and that it has a country, which the made-up customer lives in."""
	try:
		company = get_company()
	except ConflictError as error:
		return REFUSED, Reason(as_plain_text(str(error)), _("Choose a Company."), to_single(SETTINGS))
	if not frappe.db.get_value("Company", company, "country"):
		text = _("The Company {0} has no country.").format(company)
		advice = _("Set it. Without it, the rehearsal sends no address, and tries no Tax Rule for it.")
		return WARNING, Reason(text, advice, to_form("Company", company))
	return fine(company)


def price_list_of_shop() -> str | None:
	"""Return the price list of customers without one of their own: that of the settings, else ERPNext's."""
	return get_settings().price_list or frappe.db.get_single_value("Selling Settings", "selling_price_list")


def check_price_list() -> Finding:
	"""Check that the price list exists, is enabled and is for selling."""
	name = price_list_of_shop()
	if not name:
		text = _("Neither Medusa Settings nor Selling Settings name a price list.")
		return REFUSED, Reason(text, _("Choose a Price List."), to_single(SETTINGS))
	if not frappe.db.get_value("Price List", {"name": name, "enabled": 1, "selling": 1}):
		text = _("The price list {0} does not exist, is disabled, or is not for selling.").format(name)
		return REFUSED, Reason(text, _("Enable it, or choose another one."), to_form("Price List", name))
	return fine(name)


def check_masters() -> Finding:
	"""Check that the masters exist that the settings name."""
	settings = get_settings()
	masters = (
		("Customer Group", settings.customer_group or CUSTOMER_GROUP),
		("Sales Person", settings.sales_person or SALES_PERSON),
		(lead_source_doctype(), settings.lead_source or LEAD_SOURCE),
	)
	missing = [f"{_(doctype)}: {name}" for doctype, name in masters if not frappe.db.exists(doctype, name)]
	if missing:
		text = _("These do not exist: {0}").format(", ".join(missing))
		return REFUSED, Reason(text, _("Choose others in the section Selling."), to_single(SETTINGS))
	return fine(", ".join(name for _doctype, name in masters))


def check_printing() -> Finding:
	"""Check the print format and the letter head of the settings, if there are any."""
	settings = get_settings()
	wanted = (
		("Print Format", settings.print_format, {"disabled": 0, "doc_type": "Quotation"}),
		("Letter Head", settings.letter_head, {"disabled": 0}),
	)
	for doctype, name, filters in wanted:
		if name and not frappe.db.exists(doctype, {"name": name, **filters}):
			text = _("{0} {1} is disabled, or is not for Quotations.").format(_(doctype), name)
			return WARNING, Reason(text, _("Enable it, or choose another one."), to_form(doctype, name))
	return FINE


def check_scheduler() -> Finding:
	"""Check that the scheduler is on and runs, without which nothing is retried."""
	if has_run_lately():
		return FINE
	text = _("Scheduler has not run lately: nothing is retried")
	if is_scheduler_inactive(verbose=False):
		text = _("The scheduler is off: sign-ups and events that fail are not tried again.")
	advice = _("Tick Enable Scheduled Jobs, or ask those who run the server.")
	return WARNING, Reason(text, advice, to_single("System Settings"))


def check_queue() -> Finding:
	"""Check that Redis can be reached, which holds the queue."""
	workers, _queued = count_jobs()
	if workers is not None:
		return FINE
	text = _("Redis cannot be reached. Sign-ups are accepted, and their Leads created when it is back.")
	return WARNING, Reason(text, _("Ask those who run the server to start Redis."))


def find_item() -> tuple[ItemToOrder | None, Finding]:
	"""Return the Item to order: with a variant id and a price if there is one, else with less."""
	priced, with_id = is_priced(), frappe.qb.DocType("Item").medusa_variant_id.isnotnull()
	item = first_item(with_id, priced)
	if item:
		return item, fine(f"{item.name} ({item.variant_id})")
	item = first_item(priced)
	if item:
		text = _("No Item with a Medusa Variant ID has a price in the price list.")
		advice = _(
			"Fill the field Medusa Variant ID of the Items, or let the shop send the Item Code as sku."
		)
		return item, (WARNING, Reason(text, advice, to_list("Item")))
	item = first_item(with_id) or first_item()
	if item:
		text = _("No Item for sale has a price in the price list. Every Quotation waits for a clerk.")
		advice = _("Enter the price of the Item in the Price List.")
		return item, (REFUSED, Reason(text, advice, to_list("Item Price")))
	text = _("There is no enabled Item for sale.")
	return None, (REFUSED, Reason(text, _("Create an Item with a price."), to_list("Item")))


def first_item(*conditions: Any) -> ItemToOrder | None:
	"""Return an enabled Item for sale that meets the conditions."""
	item, price = frappe.qb.DocType("Item"), frappe.qb.DocType("Item Price")
	is_for_sale = (item.disabled == 0) & (item.is_sales_item == 1) & (item.has_variants == 0)
	is_current = item.end_of_life.isnull() | (item.end_of_life > nowdate())
	query = (
		frappe.qb.from_(item)
		.left_join(price)
		.on(price.item_code == item.name)
		.select(item.name, item.medusa_variant_id)
		.where(is_for_sale & is_current)
		.limit(1)
	)
	for condition in conditions:
		query = query.where(condition)
	return next((ItemToOrder(*row) for row in query.run()), None)


def is_priced() -> Any:
	"""Return the condition that an Item Price counts for a new customer today."""
	price, today = frappe.qb.DocType("Item Price"), nowdate()
	has_begun = price.valid_from.isnull() | (price.valid_from <= today)
	is_valid = price.valid_upto.isnull() | (price.valid_upto >= today)
	is_for_all = price.customer.isnull() | (price.customer == "")
	is_listed = (price.price_list == (price_list_of_shop() or "")) & (price.price_list_rate > 0)
	return is_listed & is_for_all & has_begun & is_valid
