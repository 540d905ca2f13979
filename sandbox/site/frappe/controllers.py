"""What Frappe does to its own documents, as far as the app meets it."""

from frappe.context import db, throw
from frappe.model.document import Document, get_all
from frappe.site import clear_cache
from frappe.types import _dict


def free_name(doctype: str, name: str) -> str:
	"""`name`, with a number behind it where it is taken."""
	number, free = 0, name
	while db.exists(doctype, free):
		number += 1
		free = f"{name}-{number}"
	return free


class WithLinks(Document):
	"""Contact and Address: records of those in their `links`."""

	def has_link(self, doctype: str, name: str) -> bool:
		return any(link.link_doctype == doctype and link.link_name == name for link in self.links)


class Contact(WithLinks):
	def autoname(self) -> None:
		names = filter(None, [self.first_name, self.get("middle_name"), self.last_name])
		name = " ".join(names) or self.company_name
		self.name = free_name("Contact", "-".join([name, *(link.link_name for link in self.links[:1])]))

	def validate(self) -> None:
		self.full_name = " ".join(filter(None, [self.first_name, self.last_name]))
		self.email_id = next((row.email_id for row in self.email_ids if row.is_primary), "")
		self.mobile_no = next((row.phone for row in self.phone_nos if row.is_primary_mobile_no), "")


class Address(WithLinks):
	def autoname(self) -> None:
		if not self.address_title:
			self.address_title = self.links[0].link_name if self.links else None
		if not self.address_title:
			throw("Address Title is mandatory.")
		self.name = free_name("Address", f"{self.address_title.strip()}-{self.address_type}")

	def validate(self) -> None:
		for link in self.links if self.is_primary_address else []:
			for other in addresses_of(link.link_doctype, link.link_name):
				if other.is_primary_address and other.name != self.name:
					db.set_value("Address", other.name, "is_primary_address", 0)


def addresses_of(doctype: str, name: str) -> list[_dict]:
	filters = [["Dynamic Link", "link_doctype", "=", doctype], ["Dynamic Link", "link_name", "=", name]]
	filters.append(["disabled", "=", 0])
	fields = ["name", "is_primary_address"]
	return get_all("Address", filters, fields, order_by="is_primary_address desc")


class User(Document):
	def autoname(self) -> None:
		self.name = self.email.strip().lower()


class CustomField(Document):
	def autoname(self) -> None:
		self.name = f"{self.dt}-{self.fieldname}"

	def on_update(self) -> None:
		clear_cache()
		db.sync(self.dt)

	def after_delete(self) -> None:
		clear_cache()
