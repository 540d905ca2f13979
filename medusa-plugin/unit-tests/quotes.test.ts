import { describe, expect, test } from "vitest";

import type { QuotationLine, QuotationStatus } from "../src/client";
import { decide } from "../src/quotes/decide";
import { whatToSend } from "../src/quotes/follow";
import { planEdit, totalsDiffer, type DraftLine } from "../src/quotes/plan";
import type { QuoteStatus } from "../src/quotes/read";

const draft = (id: string, values: Partial<DraftLine> = {}): DraftLine => ({
	id,
	variant_id: `variant_${id}`,
	variant_sku: `SKU-${id}`,
	quantity: 2,
	unit_price: 10,
	added_by: null,
	...values,
});

const line = (id: string, values: Partial<QuotationLine> = {}): QuotationLine => ({
	variant_id: `variant_${id}`,
	sku: `SKU-${id}`,
	item_name: id,
	quantity: 2,
	uom: "Nos",
	rate: 10,
	amount: 20,
	...values,
});

const nothing = { updates: [], changes: [], additions: [], unknown: [] };

describe("the edit of the draft order", () => {
	test("the same lines: nothing", () => {
		expect(planEdit([draft("a"), draft("b")], [line("b"), line("a")])).toEqual(nothing);
	});

	test("another price and another quantity", () => {
		const edit = planEdit([draft("a"), draft("b")], [line("a", { rate: 8 }), line("b", { quantity: 3 })]);
		const updates = [
			{ id: "a", quantity: 2, unit_price: 8 },
			{ id: "b", quantity: 3, unit_price: 10 },
		];
		expect(edit).toEqual({ ...nothing, updates });
	});

	test("a line without a variant is found by its sku", () => {
		const edit = planEdit([draft("a", { variant_id: null })], [line("a", { variant_id: null, rate: 8 })]);
		expect(edit.updates).toEqual([{ id: "a", quantity: 2, unit_price: 8 }]);
	});

	test("another variant with the same sku is another line", () => {
		const edit = planEdit([draft("a")], [line("b", { sku: "SKU-a" })]);
		expect(edit.additions).toHaveLength(1);
	});

	test("a line that the clerk has removed gets the quantity 0, once", () => {
		expect(planEdit([draft("a")], []).updates).toEqual([{ id: "a", quantity: 0, unit_price: 10 }]);
		expect(planEdit([draft("a", { quantity: 0 })], [])).toEqual(nothing);
	});

	test("a line that the clerk has added", () => {
		const edit = planEdit([draft("a")], [line("a"), line("b", { rate: 5 })]);
		expect(edit).toEqual({ ...nothing, additions: [{ variant_id: "variant_b", quantity: 2, unit_price: 5 }] });
	});

	test("an added line that changes again", () => {
		const edit = planEdit([draft("b", { added_by: "ordchact_1" })], [line("b", { rate: 5 })]);
		const before = { variant_id: "variant_b", quantity: 2, unit_price: 10 };
		expect(edit).toEqual({ ...nothing, changes: [{ action_id: "ordchact_1", quantity: 2, unit_price: 5, before }] });
	});

	test("a line that has no variant in Medusa", () => {
		expect(planEdit([], [line("a", { variant_id: null })]).unknown).toEqual(["SKU-a"]);
	});

	test("two lines of one Item: each gets the price of its quantity", () => {
		const lines = [draft("a"), draft("b", { variant_id: "variant_a", quantity: 5 })];
		const edit = planEdit(lines, [line("a", { quantity: 5, rate: 7 }), line("a")]);
		expect(edit.updates).toEqual([{ id: "b", quantity: 5, unit_price: 7 }]);
	});
});

test.each([
	[1.005, 1.004999, "EUR", false],
	[100, 100.01, "EUR", true],
	[100, 100.4, "JPY", false],
	[1.001, 1.002, "KWD", true],
])("%d and %d %s differ: %s", (one, other, currency, expected) => {
	expect(totalsDiffer(one, other, currency)).toBe(expected);
});

const OPEN = { isSent: false, hasFailed: false };
const SENT = { isSent: true, hasFailed: false };
const FAILED = { isSent: false, hasFailed: true };

test.each<[QuotationStatus, QuoteStatus, typeof OPEN, string]>([
	["offered", "pending_merchant", OPEN, "offer"],
	["offered", "pending_customer", OPEN, "offer"],
	["offered", "merchant_rejected", OPEN, "offer"],
	["offered", "customer_rejected", SENT, "offer"],
	["offered", "customer_rejected", OPEN, "nothing"],
	["offered", "customer_rejected", FAILED, "repeat_decision"],
	["offered", "accepted", OPEN, "nothing"],
	["offered", "accepted", SENT, "nothing"],
	["offered", "accepted", FAILED, "repeat_decision"],
	["requested", "pending_customer", OPEN, "withdraw"],
	["requested", "pending_merchant", OPEN, "nothing"],
	["requested", "accepted", FAILED, "nothing"],
	["rejected", "pending_customer", OPEN, "reject"],
	["expired", "pending_merchant", OPEN, "reject"],
	["cancelled", "pending_customer", OPEN, "reject"],
	["expired", "merchant_rejected", OPEN, "nothing"],
	["rejected", "customer_rejected", SENT, "nothing"],
	["cancelled", "accepted", SENT, "nothing"],
	["ordered", "pending_customer", OPEN, "nothing"],
	["accepted", "pending_customer", OPEN, "nothing"],
])("ERPNext %s, Medusa %s, decision %o: %s", (quotation, quote, decision, expected) => {
	expect(decide(quotation, quote, decision)).toBe(expected);
});

test.each([
	["pending_merchant", null, "quote_request"],
	["pending_customer", null, "quote_request"],
	["accepted", null, null],
	["pending_customer", "pending_merchant", null],
	["accepted", "pending_customer", "quote_decision"],
	["customer_rejected", "pending_customer", "quote_decision"],
	["accepted", "accepted", null],
	["merchant_rejected", "pending_customer", null],
])("a quote that is %s and was %s: %s", (status, known, expected) => {
	expect(whatToSend(status, known)).toBe(expected);
});
