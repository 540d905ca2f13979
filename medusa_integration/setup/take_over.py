"""Take a site over from the first public app for this job (`first_app`).

Each step says what it would do, and does it in a transaction of its own. A step that has nothing to do is
skipped, so the command can be run again at any time.
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import frappe
from frappe import _
from frappe.query_builder.functions import Coalesce, Count, Max, Min
from frappe.utils import now_datetime

from medusa_integration.medusa_integration.doctype.medusa_settings.medusa_settings import is_web_address
from medusa_integration.selling import shown
from medusa_integration.selling.customers import update_customer_from_lead
from medusa_integration.selling.quotations import KEY_DOCTYPE
from medusa_integration.setup import contact_ids, duplicate_ids, first_app, requesters
from medusa_integration.setup.custom_fields import CUSTOM_FIELDS, MODULE, N_, make_custom_fields
from medusa_integration.setup.keys import set_values
from medusa_integration.setup.settings import get_settings_to_migrate

EXAMPLES = 5  # names that a step prints
PAGE = 1000  # records that are read or written at once


class Finding(NamedTuple):
	"""What a step finds on the site.

	`total` is the number of records that it would change; `examples` are some of them. `notes` say what it
	leaves to a person.
	"""

	total: int
	examples: list[str]
	notes: list[str]


class Step:
	"""A part of the work. `title` says what it does."""

	title = ""

	def describe(self) -> Finding:
		"""Return what there is to do. Changes nothing."""
		raise NotImplementedError

	def apply(self) -> None:
		"""Do it."""
		raise NotImplementedError


def found(names: Iterable[Any], notes: Iterable[str] = ()) -> Finding:
	"""Return the finding of a step that changes the records with these names."""
	names = [str(name) for name in names]
	return Finding(len(names), names[:EXAMPLES], list(notes))


def named(message: str, names: list[str]) -> list[str]:
	"""Return a note about some records: {0} is their number, {1} some of their names; [] for none."""
	return [message.format(len(names), ", ".join(names[:EXAMPLES]))] if names else []


def in_pages(rows: list) -> Iterator[list]:
	"""Yield parts of a list."""
	for start in range(0, len(rows), PAGE):
		yield rows[start : start + PAGE]


class CopySettings(Step):
	"""The first app called the route `/store/signup` of its server, and logged in as an admin."""

	title = N_("Copy the settings that Medusa Settings does not have yet")

	def describe(self) -> Finding:
		"""Return the settings to copy."""
		notes = []
		url = first_app.stored_settings().get("url")
		if url and not is_web_address(url):
			notes.append(_("The Backend URL {0} is not a web address; enter it by hand.").format(url))
		return found((f"{field} = {value}" for field, value in self.values().items()), notes)

	def apply(self) -> None:
		"""Copy them."""
		settings = get_settings_to_migrate()
		settings.update(self.values())
		settings.save(ignore_permissions=True)

	def values(self) -> dict[str, str]:
		"""Return the values to set. A URL that somebody has entered stays, with its sign-up flow."""
		url = (first_app.stored_settings().get("url") or "").strip().rstrip("/")
		if not is_web_address(url) or frappe.db.get_single_value("Medusa Settings", "medusa_url"):
			return {}
		return {"medusa_url": url, "sign_up_flow": "Own route"}


class TakeFields(Step):
	"""A field that is not the app's keeps the properties it has.

	The first app's fields are copied to each Sales Order that a clerk makes, and then the order is refused.
	"""

	title = N_("Make the fields of the earlier app fields of this app")

	def describe(self) -> Finding:
		"""Return the fields to take; fields of another type or of another app are not."""
		names, notes = [], []
		for field, definition in self.fields():
			reason = reason_to_leave(field, definition)
			if reason:
				notes.append(f"{field.dt} {field.fieldname}: {reason}")
			else:
				names.append(f"{field.dt} {field.fieldname}")
		return found(names, notes)

	def apply(self) -> None:
		"""Give them the app's module; then the app gives them the properties that its fields have."""
		for field, definition in self.fields():
			if not reason_to_leave(field, definition):
				frappe.db.set_value("Custom Field", field.name, "module", MODULE)
		make_custom_fields()

	def fields(self) -> list[tuple[Any, dict[str, Any]]]:
		"""Return the fields of the first app's names that are not this app's, with this app's definition."""
		rows = []
		for doctype, names in first_app.FIELDS.items():
			definitions = {definition["fieldname"]: definition for definition in CUSTOM_FIELDS[doctype]}
			columns = ["name", "dt", "fieldname", "fieldtype", "module", "is_system_generated"]
			for row in frappe.get_all("Custom Field", {"dt": doctype, "fieldname": ("in", names)}, columns):
				if row.module != MODULE:
					rows.append((row, definitions[row.fieldname]))
		return rows


def reason_to_leave(field: Any, definition: dict[str, Any]) -> str:
	"""Return why a field is not taken; "" if it is."""
	if field.module or field.is_system_generated:
		return _("another app made this field")
	if field.fieldtype != definition["fieldtype"]:
		message = _("it has the type {0} instead of {1}")
		return message.format(field.fieldtype, definition["fieldtype"])
	return ""


class SwitchOff(Step):
	"""Records of the site that call the first app's code, which is gone."""

	doctype, field, value = "", "", 0

	def describe(self) -> Finding:
		"""Return the names of the records."""
		return found(self.names(), self.notes())

	def apply(self) -> None:
		"""Switch them off, with a Comment."""
		message = _("Switched off: it called the earlier Medusa app, whose code is no longer on this site.")
		for name in self.names():
			# not saved: the record may no longer be valid
			frappe.db.set_value(self.doctype, name, self.field, self.value)
			frappe.get_doc(self.doctype, name).add_comment("Comment", message)
		frappe.clear_cache()

	def names(self) -> list[str]:
		"""Return the names of the records to switch off."""
		raise NotImplementedError

	def notes(self) -> list[str]:
		"""Return what is left to a person."""
		return []


class SwitchOffScripts(SwitchOff):
	"""Scripts that call methods of the first app, or that add its button a second time."""

	def names(self) -> list[str]:
		"""Return the scripts that name a missing method, or the first app's button."""
		return [
			row.name
			for row in self.scripts()
			if first_app.missing_methods(row.script) or first_app.BUTTON in row.script
		]

	def notes(self) -> list[str]:
		"""Return the scripts that call methods which this app has, too."""
		gone = set(self.names())
		kept = [
			row.name for row in self.scripts() if row.name not in gone and first_app.named_methods(row.script)
		]
		return named(_("{0} call methods that this app has, too. Check that they still work: {1}"), kept)

	def scripts(self) -> list:
		"""Return the scripts that are switched on and name the app or the button."""
		filters = {self.field: 1 - self.value}
		words = [["script", "like", f"%{word}%"] for word in (first_app.APP, first_app.BUTTON)]
		return frappe.get_all(self.doctype, filters, ["name", "script"], or_filters=words, order_by="name")


class SwitchOffClientScripts(SwitchOffScripts):
	"""Client Scripts."""

	title = N_("Switch off Client Scripts that call the earlier app")
	doctype, field, value = "Client Script", "enabled", 0


class SwitchOffServerScripts(SwitchOffScripts):
	"""Server Scripts."""

	title = N_("Switch off Server Scripts that call the earlier app")
	doctype, field, value = "Server Script", "disabled", 1


class SwitchOffNotifications(SwitchOff):
	"""Frappe looks for the code of a standard Notification, and refuses to save the document without it."""

	title = N_("Switch off Notifications of the earlier app, without which no Quotation can be saved")
	doctype, field, value = "Notification", "enabled", 0

	def names(self) -> list[str]:
		"""Return the standard Notifications of the app's module; this app has none."""
		filters = {"module": MODULE, "is_standard": 1, "enabled": 1}
		return frappe.get_all(self.doctype, filters, pluck="name", order_by="name")


class LinkConverted(Step):
	"""The first app's Customers have the Medusa id of their Lead, but do not name it."""

	title = N_("Link Customers to the Leads that they were converted from")

	def describe(self) -> Finding:
		"""Return the Customers; one is left out if its Medusa id is not unique."""
		return found(f"{customer} ({lead})" for customer, lead in self.pairs())

	def apply(self) -> None:
		"""Link them, and give them the contacts, addresses and draft Quotations of their Leads."""
		for customer, lead in self.pairs():
			frappe.db.set_value("Customer", customer, "lead_name", lead)
			frappe.db.set_value("Lead", lead, "status", "Converted")
			update_customer_from_lead(customer, frappe.get_doc("Lead", lead), None)

	def pairs(self) -> list[tuple[str, str]]:
		"""Return the Customers and their Leads."""
		# not by a join: with duplicates, the ids have no index
		customers = unlinked_customers()
		pairs = []
		for ids in in_pages(sorted(customers)):
			for medusa_id, lead in unique_owners("Lead", ids).items():
				pairs.append((customers[medusa_id], lead))
		linked = customers_of_leads([lead for _customer, lead in pairs])
		return [pair for pair in pairs if pair[1] not in linked]


def unlinked_customers() -> dict[str, str]:
	"""Return the Customers with a Medusa id that name no Lead, under their ids, if these are unique."""
	customer = frappe.qb.DocType("Customer")
	query = frappe.qb.from_(customer).select(customer.medusa_id, Min(customer.name), Max(customer.lead_name))
	query = query.where(customer.medusa_id != "").groupby(customer.medusa_id).having(Count("*") == 1)
	return {medusa_id: name for medusa_id, name, lead in query.run() if not lead}


def unique_owners(doctype: str, ids: list[str]) -> dict[str, str]:
	"""Return the names of the records with these Medusa ids, under the ids that only one record has."""
	table = frappe.qb.DocType(doctype)
	query = frappe.qb.from_(table).select(table.medusa_id, Min(table.name)).where(table.medusa_id.isin(ids))
	return dict(query.groupby(table.medusa_id).having(Count("*") == 1).run())


def customers_of_leads(leads: list[str]) -> set[str]:
	"""Return those of the Leads that a Customer names."""
	linked: set[str] = set()
	for names in in_pages(leads):
		filters = {"lead_name": ("in", names)}
		linked |= set(frappe.get_all("Customer", filters, pluck="lead_name", limit=0))
	return linked


class CopyVariantIds(Step):
	"""The first app had the variant ids on Website Items only."""

	title = N_("Copy Medusa variant ids from Website Items to their Items")

	def describe(self) -> Finding:
		"""Return the Items; those whose variant id another Item has are left to a person."""
		values, taken = self.values()
		message = _(
			"{0} Items do not get the variant id of their Website Item, because another Item has it: {1}"
		)
		return found(values, named(message, taken))

	def apply(self) -> None:
		"""Copy the ids."""
		for rows in in_pages(sorted(self.values()[0].items())):
			set_values("Item", "medusa_variant_id", dict(rows))

	def values(self) -> tuple[dict[str, str], list[str]]:
		"""Return the variant ids of Items without one, under the Items; and the Items whose id is taken."""
		doctype, column = "Website Item", "medusa_variant_id"
		if not frappe.db.table_exists(doctype) or not frappe.db.has_column(doctype, column):
			return {}, []
		site_item, item = frappe.qb.DocType(doctype), frappe.qb.DocType("Item")
		query = frappe.qb.from_(site_item).join(item).on(item.name == site_item.item_code)
		query = query.select(item.name, site_item.medusa_variant_id).where(site_item.medusa_variant_id != "")
		rows = query.where(Coalesce(item.medusa_variant_id, "") == "").orderby(item.name).run()
		filters = {"medusa_variant_id": ("is", "set")}
		used = set(frappe.get_all("Item", filters, pluck="medusa_variant_id", limit=0))
		values, taken = {}, []
		for name, variant_id in rows:
			if name in values:
				continue  # a second Website Item
			if variant_id in used:
				taken.append(name)
			else:
				values[name] = variant_id
				used.add(variant_id)
		return values, taken


class GiveContactsTheirIds(Step):
	"""The first app set no Medusa ids of Contacts."""

	title = N_("Give the Contacts of shop accounts their Medusa ids")

	def describe(self) -> Finding:
		"""Return the Contacts; accounts in doubt are left to a person."""
		contacts: dict[str, str] = {}
		doubtful: list[str] = []
		for doctype in ("Lead", "Customer"):
			for certain, others in contact_ids.find_contacts(doctype):
				contacts |= certain
				doubtful += others
		message = _("{0} shop accounts have several Contacts, or the Contact of another Customer: {1}")
		return found(contacts.values(), named(message, doubtful))

	def apply(self) -> None:
		"""Set the ids."""
		for doctype in ("Lead", "Customer"):
			contact_ids.give_ids(doctype)


class SetRequesters(Step):
	"""The first app did not store who requested a Quotation: it is the party's Medusa id."""

	title = N_("Store on Quotations and Sales Orders of the shop who requested them")

	def describe(self) -> Finding:
		"""Return the documents whose party has a Medusa id."""
		quotation = frappe.qb.DocType("Quotation")
		query, owner = with_requester(frappe.qb.from_(quotation), quotation)
		is_missing = (quotation.from_ecommerce == 1) & quotation.medusa_customer_id.isnull()
		query = query.select(quotation.name).where(is_missing & owner.notnull()).orderby(quotation.name)
		return found([*query.run(pluck=True), *self.orders()])

	def apply(self) -> None:
		"""Store it."""
		requesters.set_customer_ids()
		requesters.set_customer_ids_of_orders()

	def orders(self) -> list[str]:
		"""Return the Sales Orders of Quotations whose requester is known, or will be."""
		order, item = frappe.qb.DocType("Sales Order"), frappe.qb.DocType("Sales Order Item")
		quotation = frappe.qb.DocType("Quotation")
		query = frappe.qb.from_(order).join(item).on(item.parent == order.name)
		query = query.join(quotation).on(quotation.name == item.prevdoc_docname)
		query, owner = with_requester(query, quotation)
		is_missing = (order.from_ecommerce == 1) & order.medusa_customer_id.isnull()
		is_known = Coalesce(quotation.medusa_customer_id, owner).notnull()
		return query.select(order.name).where(is_missing & is_known).distinct().run(pluck=True)


def with_requester(query: Any, quotation: Any) -> tuple[Any, Any]:
	"""Return a query joined with the party of its Quotation, and the party's Medusa id."""
	customer, lead = frappe.qb.DocType("Customer"), frappe.qb.DocType("Lead")
	is_customer = (quotation.quotation_to == "Customer") & (customer.name == quotation.party_name)
	is_lead = (quotation.quotation_to == "Lead") & (lead.name == quotation.party_name)
	query = query.left_join(customer).on(is_customer).left_join(lead).on(is_lead)
	return query, Coalesce(customer.medusa_id, lead.medusa_id)


class SetDecisions(Step):
	"""The first app stored the decision in `workflow_state`, and cancelled a rejected Quotation."""

	title = N_("Store on Quotations what the customer decided")

	def describe(self) -> Finding:
		"""Return the Quotations."""
		return found(name for names in self.names().values() for name in names)

	def apply(self) -> None:
		"""Store the decisions."""
		for decision, names in self.names().items():
			for page in in_pages(names):
				set_values("Quotation", "medusa_decision", dict.fromkeys(page, decision))

	def names(self) -> dict[str, list[str]]:
		"""Return the names of the Quotations without a decision, under what was decided."""
		quotation = frappe.qb.DocType("Quotation")
		has_order_id = Coalesce(quotation.medusa_order_id, "") != ""
		is_approved = (quotation.docstatus == 1) & (quotation.status != "Lost")
		is_approved = is_approved & (has_order_id | has_state(quotation, first_app.APPROVED))
		is_rejected = (quotation.docstatus == 2) & has_state(quotation, first_app.REJECTED)
		is_undecided = (quotation.from_ecommerce == 1) & (Coalesce(quotation.medusa_decision, "") == "")
		query = frappe.qb.from_(quotation).select(quotation.name).where(is_undecided).orderby(quotation.name)
		return {
			shown.APPROVED_IN_SHOP: query.where(is_approved).run(pluck=True),
			shown.REJECTED_IN_SHOP: query.where(is_rejected).run(pluck=True),
		}


def has_state(quotation: Any, state: str) -> Any:
	"""Return the condition that a Quotation has a `workflow_state`. Few sites have the field."""
	if not frappe.db.has_column("Quotation", "workflow_state"):
		return quotation.name.isnull()  # never
	return quotation.workflow_state == state


class MakeKeys(Step):
	"""Without its key, a Quotation is not protected from another customer who sends the same id."""

	title = N_("Create the keys of the shop's Quotations")

	def describe(self) -> Finding:
		"""Return the Medusa quotation ids; an id of several customers is left to a person."""
		owners, shared = self.owners()
		message = _("{0} Medusa quotation ids belong to several customers, and get no key: {1}")
		return found(owners, named(message, shared))

	def apply(self) -> None:
		"""Create the keys."""
		fields = ["name", "quotation_id", "customer_id", "owner", "modified_by", "creation", "modified"]
		values = (
			(quotation_id, quotation_id, customer_id, *[frappe.session.user] * 2, *[now_datetime()] * 2)
			for quotation_id, customer_id in self.owners()[0].items()
		)
		frappe.db.bulk_insert(KEY_DOCTYPE, fields, values, ignore_duplicates=True, chunk_size=PAGE)

	def owners(self) -> tuple[dict[str, str], list[str]]:
		"""Return the customer of each id without a key, under the ids; and the ids of several customers.

		The customer is the one that the Quotation names, or that `SetRequesters` will set.
		"""
		quotation, key = frappe.qb.DocType("Quotation"), frappe.qb.DocType(KEY_DOCTYPE)
		query, owner = with_requester(frappe.qb.from_(quotation), quotation)
		query = query.left_join(key).on(key.name == quotation.medusa_quotation_id)
		owner = Coalesce(quotation.medusa_customer_id, owner)
		is_from_shop = (quotation.from_ecommerce == 1) & (quotation.medusa_quotation_id != "")
		query = query.select(quotation.medusa_quotation_id, Min(owner), Max(owner))
		query = query.where(is_from_shop & key.name.isnull() & owner.notnull())
		rows = query.groupby(quotation.medusa_quotation_id).run()
		owners = {quotation_id: first for quotation_id, first, last in rows if first == last}
		return owners, [quotation_id for quotation_id, first, last in rows if first != last]


class OpenDuplicates(Step):
	"""The first app could create two records with one Medusa id."""

	title = N_("Open a row of Medusa Sync Log for each duplicate Medusa id")

	def describe(self) -> Finding:
		"""Return the ids without a row; those with one wait for a person already."""
		duplicates = duplicate_ids.find()
		opened = {(row.reference_doctype, row.medusa_id) for row in duplicate_ids.open_rows()}
		message = _("{0} duplicate ids wait for a person, in Medusa Sync Log: {1}")
		waiting = [f"{doctype} {medusa_id}" for doctype, medusa_id in duplicates]
		new = [
			f"{doctype} {medusa_id}"
			for doctype, medusa_id in duplicates
			if (doctype, medusa_id) not in opened
		]
		return found(new, named(message, waiting))

	def apply(self) -> None:
		"""Open the rows."""
		duplicate_ids.make_rows()


class NameRemains(Step):
	"""What the first app stored and this app does not need."""

	title = N_("Name what stays of the earlier app")

	def describe(self) -> Finding:
		"""Return notes only: it is for a person to keep or to delete it."""
		rows = [f"{doctype} ({count})" for doctype, count in first_app.rows_left().items()]
		notes = named(_("{0} tables of the earlier app contain data: {1}"), rows)
		passwords = first_app.passwords_left()
		if passwords:
			notes.append(_("{0} passwords of customers and of a Medusa admin are stored.").format(passwords))
		return found([], notes)


STEPS = (
	CopySettings(),
	TakeFields(),
	SwitchOffClientScripts(),
	SwitchOffServerScripts(),
	SwitchOffNotifications(),
	LinkConverted(),
	CopyVariantIds(),
	GiveContactsTheirIds(),
	SetRequesters(),
	SetDecisions(),
	MakeKeys(),
	OpenDuplicates(),
	NameRemains(),
)
# steps that cost little, and without which the shop or the desk does not work
URGENT = (TakeFields(), SwitchOffClientScripts(), SwitchOffServerScripts(), SwitchOffNotifications())


def take_over(*, apply: bool) -> list[dict[str, Any]]:
	"""Describe all steps, and apply those that have something to do if `apply` is set.

	Returns for each step its `step`, `title`, `total`, `examples`, `notes`, and whether it was `applied`.
	Returns [] if the first app was never used on this site. Raises frappe.ValidationError if its code is
	still there, or if the site is not migrated.
	"""
	if not first_app.is_left_behind():
		return []
	first_app.check_replaced()
	return [run(step, apply=apply) for step in STEPS]


def run(step: Step, *, apply: bool) -> dict[str, Any]:
	"""Describe a step, and apply it in a transaction of its own if it has something to do."""
	finding = step.describe()
	applied = bool(apply and finding.total)
	if applied:
		step.apply()
		frappe.db.commit()
	name = type(step).__name__
	return {"step": name, "title": _(step.title), **finding._asdict(), "applied": applied}


def reminder() -> str:
	"""Return what to print after a migration of a site that is not taken over yet, or ""."""
	if not first_app.is_left_behind() or not any(step.describe().total for step in URGENT):
		return ""
	message = _("An earlier Medusa app was used on this site. Run: bench --site {0} medusa-take-over")
	return message.format(frappe.local.site)
