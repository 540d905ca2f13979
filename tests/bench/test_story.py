"""The whole story on a live bench, with the token of a user who has only the role Medusa Integration."""

from live import person


def test_sign_up_to_sales_order(bench):
	form = person(password="a long pass phrase")
	del form["id"]
	status, answer = bench.call("sign_up", **form)
	assert status == 200, answer
	customer_id = answer["customer_id"]
	lead = bench.wait_for("Lead", {"medusa_id": customer_id})
	bench.wait_for("Medusa Sync Log", {"medusa_id": customer_id, "status": "Success", "reference_name": lead})
	address = {"address_1": "1 Palm Street", "city": "Dubai", "country_code": "ae", "is_default": True}
	key = f"quo_{customer_id}"
	quoted = bench.shop(
		"create_quotation",
		customer_id=customer_id,
		quotation_id=key,
		items=bench.lines(),
		billing_address=address,
	)
	assert quoted["net_total"] == 20
	approved = bench.shop(
		"update_quotation", quotation_id=key, approval="Approved", order_id="order_1", create_so=True
	)
	fields = ["customer", "docstatus", "status", "medusa_order_id", "owner", "grand_total"]
	(order,) = bench.find("Sales Order", {"name": approved["sales_order_id"]}, *fields)
	(customer,) = bench.find("Customer", {"medusa_id": customer_id}, "name", "lead_name")
	assert customer["lead_name"] == lead
	assert order == {
		"customer": customer["name"],
		"docstatus": 1,
		"status": "To Deliver and Bill",
		"medusa_order_id": "order_1",
		"owner": "medusa.integration@app.invalid",
		"grand_total": quoted["grand_total"],
	}
	assert (
		bench.shop("update_address", customer_id=customer_id, city="Sharjah")
		== "Address updated successfully"
	)
	unlinked = {row["name"] for row in bench.shop("fetch_all_customers", name=form["organization_name"])}
	assert customer["name"] not in unlinked


def test_clerk_links_an_existing_customer(bench):
	customer, data = bench.make_customer(), person()
	lead = bench.shop("insert_lead", data=data)
	status, answer = bench.call("link_medusa_lead", bench.clerk, customer=customer, lead=lead)
	assert (status, answer) == (200, {"status": "success", "medusa_id": data["id"]})


def test_storefront_may_not_link(bench):
	lead = bench.shop("insert_lead", data=person())
	status, _answer = bench.call(
		"link_medusa_lead", bench.storefront, customer=bench.make_customer(), lead=lead
	)
	assert status == 403


def test_guest_is_kept_out_and_told_nothing(bench):
	for name in (
		"insert_lead",
		"create_quotation",
		"update_quotation",
		"update_address",
		"fetch_all_customers",
	):
		status, body = bench.call(name, data={"id": "x"})
		assert (status, body["exc_type"]) == (403, "PermissionError")
		assert "exc" not in body and "exception" not in body
