"""The methods of the app, as they declare themselves, and an example of each."""

from typing import Any

from medusa_integration import api
from medusa_integration.declarations import declaration_of

METHODS = [name for name in vars(api) if declaration_of(name)]
# those that only a storefront may call
STOREFRONT = [name for name in METHODS if hasattr(getattr(api, name), "repeat")]
READING = [name for name in METHODS if "GET" in declaration_of(name).verbs]

PERSON = {
	"email": "buyer@example.com",
	"first_name": "Demo",
	"last_name": "Buyer",
	"mobile": "+971501234567",
	"organization_name": "Oasis Clinic",
	"t_c_acceptance": True,
}
LINES = {
	"address_1": "1 Palm Street",
	"address_2": "Floor 2",
	"city": "Dubai",
	"province": "Dubai",
	"postal_code": "12345",
	"country_code": "ae",
	"phone": "+971501234567",
	"is_default": True,
}
SHOP_LINES = {name: value for name, value in LINES.items() if name != "is_default"}
ERPNEXT_LINES = {
	"address_line1": "1 Palm Street",
	"address_line2": "Floor 2",
	"state": "Dubai",
	"pincode": "12345",
	"country": "ae",
}
# every argument of each method, and every key that it reads inside of them
EXAMPLES: dict[str, dict[str, Any]] = {
	"sign_up": {**PERSON, "password": "a long pass phrase"},
	"insert_lead": {"data": {"id": "cus_1", **PERSON}},
	"update_customer": {
		"data": {
			"id": "cus_1",
			"email": "demo@example.com",
			"first_name": "Demo",
			"last_name": "Buyer",
			"phone": "+971501234567",
			"company_name": "Palm Stores",
			"updated_at": "2026-01-31T12:00:00.000Z",
			"deleted_at": None,
		},
		"addresses": [
			{"id": "cuaddr_1", **SHOP_LINES, "is_default_billing": True, "is_default_shipping": False}
		],
	},
	"get_account": {"customer_id": "cus_1"},
	"create_quotation": {
		"customer_id": "cus_1",
		"quotation_id": "quo_1",
		"draft_order_id": "order_1",
		"items": [{"variant_id": "variant_1", "sku": "ITEM-1", "quantity": 2}],
		"billing_address": {**LINES, **ERPNEXT_LINES},
		"create_so": False,
		"shipping_address": {**LINES, **ERPNEXT_LINES},
		"note": "Please deliver in the morning.\nCall at the gate.",
	},
	"update_quotation": {
		"quotation_id": "quo_1",
		"approval": "Approved",
		"order_id": "order_1",
		"create_so": True,
		"customer_id": "cus_1",
		"grand_total": "163.00",
		"po_no": "PO-4711",
		"reason": "Too expensive",
	},
	"ping": {},
	"get_quotation": {"customer_id": "cus_1", "quotation_id": "quo_1"},
	"list_quotations": {"customer_id": "cus_1", "status": "offered", "start": 0, "page_length": 20},
	"get_quotation_pdf": {"customer_id": "cus_1", "quotation_id": "quo_1"},
	"get_order": {"customer_id": "cus_1", "order_id": "order_1"},
	"update_address": {"customer_id": "cus_1", **ERPNEXT_LINES, "city": "Dubai"},
	"link_medusa_lead": {"customer": "Harbour Cafe", "lead": "CRM-LEAD-1", "as_further_buyer": False},
	"fetch_all_customers": {"name": "harbour", "start": 0, "page_length": 20},
}
