"""Arguments of the methods, made by hypothesis: good ones, near misses and rubbish."""

from hypothesis import strategies as st

NASTY = [
	"",
	" ",
	"%",
	"_",
	"a\0b",
	"\ud800",
	"<b>x</b>",
	"' OR 1=1 -- ",
	"\u202eevil",
	"نص",
	"🌴",
	"x" * 141,
	"null",
	"NaN",
	"1e999",
	"-1",
	"0",
	"true",
	"{}",
	"[]",
	"{",
	"Approved",
	"ae",
	"a@b.co",
]
SCALARS = st.one_of(
	st.none(),
	st.booleans(),
	st.integers(),
	st.floats(),
	st.text(max_size=30),
	st.sampled_from(NASTY),
)
ANYTHING = st.recursive(
	SCALARS,
	lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3),
	max_leaves=8,
)


WORDS = ["Ann", "Jos\u00e9", "\u540d\u524d", "O'Brien", "A & B", "100% Oil", "x" * 60]
WORD = st.sampled_from(WORDS)


def mixed(good: dict[str, st.SearchStrategy]) -> st.SearchStrategy:
	"""A dictionary of good values; in some, up to two are replaced by anything, or one is missing."""
	names = st.sampled_from(list(good))

	def spoil(sent: dict, wrong: dict, missing: set) -> dict:
		return {name: value for name, value in {**sent, **wrong}.items() if name not in missing}

	wrong = st.just({}) | st.dictionaries(names, ANYTHING, max_size=2)
	missing = st.just(set()) | st.sets(names, max_size=1)
	return st.builds(spoil, st.fixed_dictionaries(good), wrong, missing)


def arguments(known: dict[str, list[str]]) -> dict[str, st.SearchStrategy]:
	"""Method -> its arguments. `known` are names and ids that mean something on the site."""
	ids, quotations = st.sampled_from(known["ids"]), st.sampled_from(known["quotations"])
	new_id = st.from_regex(r"[a-z]{3}_[0-9a-f]{12}", fullmatch=True)
	yes_or_no = st.booleans() | st.sampled_from(["0", "1", "true", "false", None])
	optional_word = st.none() | WORD
	person = {
		"email": st.from_regex(r"[a-z0-9]{12}@example\.com", fullmatch=True),
		"first_name": WORD,
		"last_name": WORD,
		"mobile": st.sampled_from([None, "", "+971501234567"]),
		"organization_name": optional_word,
		"t_c_acceptance": yes_or_no,
	}
	line = {"variant_id": st.sampled_from(known["items"]), "quantity": st.integers(1, 5) | st.just("2")}
	by_sku = {"sku": st.sampled_from(known["skus"]), "quantity": st.integers(1, 5)}
	address = {
		"address_1": WORD,
		"city": WORD,
		"country_code": st.sampled_from(["ae", "IN", "India"]),
		"province": optional_word,
		"postal_code": st.sampled_from([None, "12345"]),
		"phone": st.sampled_from([None, "+97150"]),
		"is_default": yes_or_no,
	}
	changed = ["address_line1", "address_line2", "city", "state", "pincode"]
	good = {
		"sign_up": {**person, "password": st.text(min_size=8, max_size=20)},
		"insert_lead": {"data": mixed({"id": new_id | ids, **person})},
		"update_customer": {
			"data": mixed(
				{
					"id": new_id | ids,
					"email": person["email"],
					"first_name": optional_word,
					"last_name": optional_word,
					"phone": person["mobile"],
					"company_name": optional_word,
					"updated_at": st.sampled_from(
						[None, "2026-01-31T12:00:00.000Z", "2030-01-31T12:00:00+02:00"]
					),
					"deleted_at": st.none() | st.just("2030-01-31T12:00:00.000Z"),
				}
			),
			"addresses": st.lists(
				mixed({"id": new_id, **address, "is_default_billing": yes_or_no}), max_size=3
			),
		},
		"get_account": {"customer_id": ids},
		"create_quotation": {
			"customer_id": ids,
			"quotation_id": new_id | quotations,
			"draft_order_id": st.none() | new_id,
			"items": st.lists(mixed(line) | mixed(by_sku), min_size=1, max_size=4),
			"billing_address": st.none() | mixed(address),
			"create_so": yes_or_no,
			"shipping_address": st.none() | mixed(address),
			"note": optional_word,
		},
		"update_quotation": {
			"quotation_id": quotations,
			"approval": st.sampled_from(["Approved", "Rejected"]),
			"order_id": st.none() | new_id,
			"create_so": yes_or_no,
			"grand_total": st.sampled_from([None, 100, "200.00", 300.0]),
			"po_no": optional_word,
			"reason": optional_word,
		},
		"get_quotation": {"customer_id": ids, "quotation_id": quotations},
		"list_quotations": {
			"customer_id": ids,
			"status": st.sampled_from([None, "", "offered", "ordered"]),
			"start": st.integers(0, 50),
			"page_length": st.integers(0, 600),
		},
		"get_order": {"customer_id": ids, "order_id": st.sampled_from(known["orders"])},
		"update_address": {
			"customer_id": ids,
			"country": st.sampled_from([None, "ae", "India"]),
			**dict.fromkeys(changed, optional_word),
		},
		"link_medusa_lead": {
			"customer": st.sampled_from(known["customers"]),
			"lead": st.sampled_from(known["leads"]),
		},
		"fetch_all_customers": {
			"name": optional_word | st.just("%"),
			"start": st.integers(0, 50),
			"page_length": st.integers(0, 600),
		},
	}
	return {method: mixed(values) for method, values in good.items()}
