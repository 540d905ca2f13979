"""The pictures of README and docs: PICTURES is their folder; without it nothing is done.

They need a new site of ERPNext 16 with this app.
"""

import os
import secrets
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Page

FOLDER = os.environ.get("PICTURES")
pytestmark = pytest.mark.skipif(not FOLDER, reason="PICTURES is not given")

BUYER = {"id": "cus_harbour", "email": "amal@harbour.example", "first_name": "Amal", "last_name": "Said"}
COMPANY = {"organization_name": "Harbour Trading LLC", "mobile": "+968 9123 4567"}
COLLEAGUE = {**BUYER, "id": "cus_colleague", "first_name": "Omar", **COMPANY}


def save(page: Page, name: str) -> None:
	"""Write a picture of the page, once nothing moves any more."""
	page.wait_for_load_state("networkidle")
	page.evaluate("document.activeElement?.blur()")
	page.screenshot(path=Path(FOLDER or "") / f"{name}.png", animations="disabled")


@pytest.fixture(scope="module")
def shop(bench) -> dict[str, str]:
	"""A customer of the shop, a quotation without a price, and a row that waits for a person."""
	bench.change("Item", bench.item["name"], item_name="Coffee beans, 1 kg")
	bench.shop("insert_lead", data={**BUYER, **COMPANY})
	customer = bench.make_customer(customer_name="HARBOUR TRADING")
	values = {"item_name": "Coffee machine", "item_group": bench.item["item_group"], "stock_uom": "Nos"}
	machine = {
		"item_code": f"MACHINE-{secrets.token_hex(2)}",
		"is_stock_item": 0,
		"medusa_variant_id": f"variant_{secrets.token_hex(4)}",
		**values,
	}
	bench.make("Item", **machine)
	lines = [{"variant_id": item["medusa_variant_id"], "quantity": 3} for item in (bench.item, machine)]
	answer = bench.shop(
		"create_quotation", customer_id=BUYER["id"], quotation_id=f"quo_{secrets.token_hex(4)}", items=lines
	)
	bench.call("insert_lead", bench.storefront, data=COLLEAGUE)
	(row,) = bench.find("Medusa Sync Log", {"medusa_id": COLLEAGUE["id"]})
	return {"customer": customer, "quotation": answer["quotationId"], "row": row["name"]}


def test_workspace(bench, desk, shop):
	page = desk("Sales User", "Sales Manager")
	page.goto(f"{bench.url}/app/medusa")
	page.locator(".number-widget-box .number").first.wait_for()
	save(page, "workspace")


def test_quotation(bench, desk, shop):
	page = desk("Sales User")
	page.goto(f"{bench.url}/app/quotation/{quote(shop['quotation'])}")
	page.locator(".form-message", has_text="in the shop").first.wait_for()
	save(page, "quotation")


def test_dialog(bench, desk, shop):
	page = desk("Sales User", "Sales Master Manager")
	page.goto(f"{bench.url}/app/customer/{quote(shop['customer'])}")
	page.get_by_role("button", name="Link Medusa Lead", exact=True).first.click()
	page.locator(".medusa-card").first.wait_for()
	save(page, "link-medusa-lead")


def test_conflict(bench, desk, shop):
	page = desk("Sales User")
	page.goto(f"{bench.url}/app/medusa-sync-log/{shop['row']}")
	page.get_by_role("button", name="Another person").wait_for()
	save(page, "conflict")


def test_settings(bench, desk, shop):
	page = desk("System Manager")
	page.goto(f"{bench.url}/app/medusa-settings")
	page.locator(".medusa-health").wait_for()
	save(page, "settings")
