"""What ERPNext does to its documents, as far as the app meets it.

Selling here is: the company's currency, price-list rate times quantity, no taxes, no pricing rules.
"""

import frappe
from frappe.controllers import addresses_of
from frappe.exceptions import DoesNotExistError, DuplicateEntryError, NameError
from frappe.model.document import Document
from frappe.model.meta import VERSION
from frappe.utils import flt, getdate, nowdate


class UOMMustBeIntegerError(frappe.ValidationError):
	pass


class Lead(Document):
	def validate(self) -> None:
		self.set_names()
		self.set_status()
		self.check_email_id_is_unique()

	def set_names(self) -> None:
		if self.first_name:
			names = [self.salutation, self.first_name, self.middle_name, self.last_name]
			self.lead_name = " ".join(filter(None, names))
		if not self.lead_name:
			if not self.company_name and not self.email_id and not self.flags.ignore_mandatory:
				frappe.throw("A Lead requires either a person's name or an organization's name")
			self.lead_name = self.company_name or (self.email_id or "").split("@")[0]
		self.title = self.company_name or self.lead_name

	def check_email_id_is_unique(self) -> None:
		if not self.email_id or frappe.db.get_single_value(
			"CRM Settings", "allow_lead_duplication_based_on_emails"
		):
			return
		if frappe.db.exists("Lead", {"email_id": self.email_id, "name": ("!=", self.name or "")}):
			frappe.throw("Email Address must be unique, it is already used", DuplicateEntryError)

	def before_insert(self) -> None:
		self.contact_doc = None
		if frappe.db.get_single_value("CRM Settings", "auto_creation_of_contact"):
			self.contact_doc = self.create_contact()

	def create_contact(self) -> Document:
		self.set_names()
		contact = frappe.new_doc("Contact")
		contact.update({"first_name": self.first_name or self.lead_name, "last_name": self.last_name})
		contact.company_name = self.company_name
		if self.email_id:
			contact.append("email_ids", {"email_id": self.email_id, "is_primary": 1})
		if self.mobile_no:
			contact.append("phone_nos", {"phone": self.mobile_no, "is_primary_mobile_no": 1})
		return contact.insert(ignore_permissions=True)

	def after_insert(self) -> None:
		self.link_to_contact()

	def link_to_contact(self) -> None:
		if self.contact_doc:
			self.contact_doc.append("links", {"link_doctype": "Lead", "link_name": self.name})
			self.contact_doc.save(ignore_permissions=True)

	def set_status(self, update: bool = False) -> None:
		if self.is_new():
			return
		quotations = {"quotation_to": "Lead", "party_name": self.name, "docstatus": 1}
		status = self.status
		if frappe.db.exists("Customer", {"lead_name": self.name}):
			status = "Converted"
		elif frappe.db.exists("Quotation", {**quotations, "status": ("!=", "Lost")}):
			status = "Quotation"
		elif frappe.db.exists("Quotation", {**quotations, "status": "Lost"}):
			status = "Lost Quotation"
		if update and status != self.status:
			self.db_set("status", status)
		self.status = status


class Customer(Document):
	def autoname(self) -> None:
		if frappe.defaults.get_global_default("cust_master_name") != "Customer Name":
			return
		self.name = self.customer_name
		if frappe.db.exists("Customer", self.customer_name):
			taken = frappe.get_all("Customer", {"name": ("like", f"%{self.customer_name} - %")}, pluck="name")
			numbers = [int(name.rsplit(" ", 1)[1]) for name in taken if name.rsplit(" ", 1)[1].isdigit()]
			self.name = f"{self.customer_name} - {max(numbers, default=0) + 1}"

	def validate(self) -> None:
		self.flags.is_new_doc = self.is_new()
		team = self.sales_team
		if team and sum(row.allocated_percentage or 0 for row in team) != 100:
			frappe.throw("Total contribution percentage should be equal to 100")

	def after_insert(self) -> None:
		if self.lead_name:
			frappe.db.set_value("Lead", self.lead_name, "status", "Converted")

	def on_update(self) -> None:
		if frappe.db.exists("Customer Group", self.name):
			frappe.throw("A Customer Group exists with same name", NameError)
		if self.flags.is_new_doc:
			self.link_lead_address_and_contact()

	def link_lead_address_and_contact(self) -> None:
		if not self.lead_name:
			return
		filters = {"link_doctype": "Lead", "link_name": self.lead_name}
		for link in frappe.get_all("Dynamic Link", filters, ["parent", "parenttype"], order_by="creation"):
			doc = frappe.get_doc(link.parenttype, link.parent)
			if not doc.has_link("Customer", self.name):
				doc.append("links", {"link_doctype": "Customer", "link_name": self.name})
				doc.save(ignore_permissions=self.flags.ignore_permissions)

	def on_trash(self) -> None:
		if self.lead_name:
			frappe.db.set_value("Lead", self.lead_name, "status", "Interested")


class Item(Document):
	def validate(self) -> None:
		self.item_name = self.item_name or self.item_code
		self.description = self.description or self.item_name


class ItemPrice(Document):
	def validate(self) -> None:
		fields = ["currency", "selling", "buying"]
		self.update(frappe.db.get_value("Price List", self.price_list, fields, as_dict=True))


class Selling(Document):
	"""Quotation and Sales Order: the party, the lines, the totals, the status."""

	def party(self) -> tuple[str, str]:
		raise NotImplementedError

	def get_status(self) -> str:
		"""The status that follows from the other fields, by the map in ERPNext's status_updater.py."""
		raise NotImplementedError

	def set_status(
		self, update: bool = False, status: str | None = None, update_modified: bool = True
	) -> None:
		"""Set the status; with `update` in the database too. A new document keeps what it has."""
		if self.is_new():
			self.status = "Draft" if self.get("amended_from") else self.status
			return
		before, self.status = self.status, status or self.status
		self.status = self.get_status()
		if update and (VERSION == "15" or self.status != before):
			self.db_set("status", self.status, update_modified=update_modified)

	def validate(self) -> None:
		self.company = self.company or frappe.defaults.get_global_default("company")
		self.transaction_date = self.transaction_date or nowdate()
		self.currency = self.price_list_currency = frappe.db.get_value(
			"Company", self.company, "default_currency"
		)
		self.conversion_rate = self.plc_conversion_rate = 1
		self.set_missing_lead_customer_details()
		default = frappe.db.get_single_value("Selling Settings", "selling_price_list")
		self.selling_price_list = self.selling_price_list or default
		currency = frappe.db.get_value("Price List", self.selling_price_list, "currency")
		if currency and currency != self.currency:
			self.price_list_currency, self.plc_conversion_rate = currency, 0  # there are no exchange rates
		for row in self.items:
			self.fill_row(row)
		self.check_duplicate_items()
		self.net_total = self.total = self.grand_total = flt(sum(row.amount for row in self.items), 2)
		self.base_net_total = self.base_total = self.base_grand_total = self.net_total
		self.total_qty = sum(row.qty for row in self.items)

	def set_missing_lead_customer_details(self) -> None:
		doctype, name = self.party()
		if doctype == "Customer":
			fields = ["customer_name", "customer_group", "territory", "default_currency", "tax_category"]
			party = frappe.db.get_value("Customer", name, fields, as_dict=True)
			if party.default_currency or party.tax_category:
				raise NotImplementedError("The sandbox sells in the company's currency and without taxes")
			self.customer_group = self.customer_group or party.customer_group
			self.customer_name = party.customer_name
		else:
			fields = ["company_name", "lead_name", "territory"]
			party = frappe.db.get_value("Lead", name, fields, as_dict=True)
			self.customer_name = party.company_name or party.lead_name
		self.territory = self.territory or party.territory
		if not self.customer_address:
			self.customer_address = next((a.name for a in addresses_of(doctype, name)), None)

	def set_taxes(self) -> None:
		"""There are no tax templates here."""

	def check_duplicate_items(self) -> None:
		if frappe.db.get_single_value("Selling Settings", "allow_multiple_items"):
			return
		rows = [(row.item_code, row.description) for row in self.items]
		for code, description in rows:
			if rows.count((code, description)) > 1:
				frappe.throw(f"Item {frappe.bold(code)} entered multiple times.")

	def fill_row(self, row: Document) -> None:
		fields = [
			"item_name",
			"description",
			"stock_uom",
			"sales_uom",
			"disabled",
			"is_sales_item",
			"has_variants",
		]
		item = frappe.db.get_value("Item", row.item_code, fields, as_dict=True)
		if not item:
			frappe.throw(f"Item {row.item_code} not found", DoesNotExistError)
		if item.disabled:
			frappe.throw(f"Item {row.item_code} is disabled")
		row.item_name = row.item_name or item.item_name
		row.description = row.description or item.description
		row.stock_uom = item.stock_uom
		row.uom = row.uom or item.sales_uom or item.stock_uom
		if row.uom != row.stock_uom:
			raise NotImplementedError("The sandbox sells in the stock unit")
		row.conversion_factor = 1
		row.qty = flt(row.qty)
		row.stock_qty = row.qty
		if frappe.db.get_value("UOM", row.uom, "must_be_whole_number") and row.qty != int(row.qty):
			frappe.throw(f"Quantity ({row.qty}) cannot be a fraction", UOMMustBeIntegerError)
		if not row.rate:
			row.rate = row.price_list_rate = self.price_of(row)
		row.amount = row.net_amount = row.base_amount = row.base_net_amount = flt(row.rate * row.qty, 2)
		row.net_rate = row.base_rate = row.base_net_rate = row.rate

	def price_of(self, row: Document) -> float:
		"""The price for this customer or for everybody, of this unit, on this day; 0 where there is none."""
		filters = {"item_code": row.item_code, "price_list": self.selling_price_list, "uom": row.uom}
		fields = ["price_list_rate", "valid_from", "valid_upto", "customer"]
		day, own = getdate(self.transaction_date), (None, "", self.party()[1])
		for price in frappe.get_all("Item Price", filters, fields, order_by="customer desc"):
			has_begun = not price.valid_from or getdate(price.valid_from) <= day
			if (
				price.customer in own
				and has_begun
				and not (price.valid_upto and getdate(price.valid_upto) < day)
			):
				return flt(price.price_list_rate)
		return 0.0


class Quotation(Selling):
	def party(self) -> tuple[str, str]:
		return self.quotation_to, self.party_name

	def validate(self) -> None:
		super().validate()
		if self.valid_till and getdate(self.valid_till) < getdate(self.transaction_date):
			frappe.throw("Valid till date cannot be before transaction date")
		if self.meta.has_field("title"):  # not in ERPNext 16
			self.title = self.title or self.customer_name
		self.set_status()

	def get_status(self) -> str:
		if self.docstatus == 2:
			return "Cancelled"
		ordered = self.get_ordered_status()
		if ordered != "Open":
			return ordered
		if self.status == "Lost":
			return "Lost"
		return "Open" if self.docstatus == 1 else "Draft"

	def get_ordered_status(self) -> str:
		filters = {"prevdoc_docname": self.name, "docstatus": 1}
		ordered: dict[str, float] = {}
		for row in frappe.get_all("Sales Order Item", filters, ["item_code", "qty"]):
			ordered[row.item_code] = ordered.get(row.item_code, 0) + row.qty
		if not ordered:
			return "Open"
		is_partial = any(row.qty > ordered.get(row.item_code, 0) for row in self.items)
		return "Partially Ordered" if is_partial else "Ordered"

	def on_submit(self) -> None:
		self.update_lead()

	def on_cancel(self) -> None:
		self.set_status(update=True)
		self.update_lead()

	def update_lead(self) -> None:
		if self.quotation_to == "Lead":
			frappe.get_doc("Lead", self.party_name).set_status(update=True)

	def declare_enquiry_lost(
		self, lost_reasons_list: list, competitors: list, detailed_reason: str | None = None
	):
		if competitors:
			raise NotImplementedError("The sandbox has no competitors")
		if self.get_ordered_status() != "Open":
			frappe.throw("Cannot set as Lost as Sales Order is made.")
		known = [row.name for row in frappe.get_list("Quotation Lost Reason", fields=["name"])]
		self.db_set("status", "Lost")
		if detailed_reason:
			self.db_set("order_lost_reason", detailed_reason)
		for reason in lost_reasons_list:
			if reason.get("lost_reason") not in known:
				name = frappe.bold(reason.get("lost_reason"))
				frappe.throw(f"Invalid lost reason {name}, please create a new lost reason")
			self.append("lost_reasons", reason)
		self.update_lead()
		self.save()


class SalesOrder(Selling):
	def party(self) -> tuple[str, str]:
		return "Customer", self.customer

	def validate(self) -> None:
		for field, word in {"disabled": "disabled", "is_frozen": "frozen"}.items():
			if frappe.db.get_value("Customer", self.customer, field):
				frappe.throw(f"Customer {self.customer} is {word}")
		super().validate()
		self.set_status()
		for row in self.items:
			row.delivery_date = row.delivery_date or self.delivery_date
			if not row.delivery_date:
				frappe.throw("Please enter Delivery Date")

	def get_status(self) -> str:
		if self.docstatus == 2:
			return "Cancelled"
		if self.status in ("On Hold", "Closed"):
			return self.status
		if self.docstatus == 0:
			return "Draft"
		delivered = flt(self.per_delivered) >= 100 or self.skip_delivery_note
		billed = flt(self.per_billed) >= 100
		if delivered:
			return "Completed" if billed else "To Bill"
		return "To Deliver" if billed else "To Deliver and Bill"

	def update_status(self, status: str) -> None:
		"""Close the order, put it on hold, or with Draft open it again."""
		self.set_status(update=True, status=status)
		self.notify_update()

	def on_submit(self) -> None:
		self.update_prevdoc_status()

	def on_cancel(self) -> None:
		if self.status == "Closed":
			frappe.throw("Closed order cannot be cancelled. Unclose to cancel.")
		self.update_prevdoc_status()
		self.db_set("status", "Cancelled")

	def update_prevdoc_status(self) -> None:
		for name in {row.prevdoc_docname for row in self.items} - {None}:
			quotation = frappe.get_doc("Quotation", name)
			if quotation.docstatus == 2:
				frappe.throw(f"Quotation {name} is cancelled")
			quotation.set_status(update=True)
