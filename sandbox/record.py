"""Record from a real site what the sandbox must know of Frappe and ERPNext: DocTypes, permissions, a few
masters.

Run with a bench's own Python in its `sites` folder, on a site whose setup wizard has run:

../env/bin/python /path/to/sandbox/record.py SITE > /path/to/sandbox/recorded-v15.json
"""

import json
import sys

import frappe

DOCTYPES = """
Address
CRM Settings
Comment
Company
Contact
Contact Email
Contact Phone
Country
Currency
Custom DocPerm
Custom Field
Customer
Customer Group
DocType
Dynamic Link
Error Log
Has Role
Item
Item Group
Item Price
Lead
Lead Source
Letter Head
Module Def
Notification
Notification Recipient
Price List
Print Format
Quotation
Quotation Item
Quotation Lost Reason
Quotation Lost Reason Detail
Role
Sales Order
Sales Order Item
Sales Person
Sales Team
Selling Settings
System Settings
Tax Rule
Territory
UOM
UTM Source
User
""".split("\n")[1:-1]
KEYS = ["label", "options", "reqd", "default", "length", "unique", "no_copy", "read_only", "allow_on_submit"]
KEYS += ["set_only_once", "fetch_from"]
PERMISSIONS = ["read", "write", "create", "delete", "submit", "cancel"]
RECORDS = {
	"Country": ["name", "country_name", "code"],
	"UOM": ["name", "uom_name", "must_be_whole_number"],
	"Territory": ["name", "territory_name", "parent_territory", "is_group"],
	"Customer Group": ["name", "customer_group_name", "parent_customer_group", "is_group"],
	"Item Group": ["name", "item_group_name", "parent_item_group", "is_group"],
	"Sales Person": ["name", "sales_person_name", "parent_sales_person", "is_group"],
}


def record_doctype(name: str) -> dict:
	meta = frappe.get_meta(name)
	fields = {}
	for df in meta.fields:
		if df.get("is_custom_field") or df.fieldtype in frappe.model.display_fieldtypes:
			continue
		found = {key: df.get(key) for key in KEYS if df.get(key) not in (None, "", 0)}
		if df.fieldtype in ("Check", "Int") and found.get("default") == "0":
			del found["default"]  # as they are without one
		fields[df.fieldname] = {"fieldtype": df.fieldtype, **found}
	roles = [
		{"role": p.role, **{key: 1 for key in PERMISSIONS if p.get(key)}}
		for p in meta.permissions
		if not p.permlevel
	]
	about = {
		key: meta.get(key) for key in ("autoname", "is_submittable", "issingle", "istable", "title_field")
	}
	return {**about, "fields": fields, "permissions": roles}


def record_masters(doctype: str, fields: list[str]) -> list[dict]:
	ours = {"name": ("not in", ("Ecommerce Customer", "Website Sales"))}
	rows = frappe.get_all(doctype, filters=ours, fields=fields, order_by="name", limit=0)
	return [{key: value for key, value in row.items() if value not in (None, "")} for row in rows]


def main(site: str) -> None:
	frappe.init(site=site)
	frappe.connect()
	recorded = {
		"versions": {app: frappe.get_attr(f"{app}.__version__") for app in ("frappe", "erpnext")},
		"doctypes": {name: record_doctype(name) for name in DOCTYPES if frappe.db.exists("DocType", name)},
		"records": {doctype: record_masters(doctype, fields) for doctype, fields in RECORDS.items()},
	}
	json.dump(recorded, sys.stdout, indent="\t", ensure_ascii=False, sort_keys=True)
	print()


main(sys.argv[1])
