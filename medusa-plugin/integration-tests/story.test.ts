import { createHmac } from "node:crypto";

import { beforeAll, expect, test } from "vitest";

import { ErpnextClient } from "../src/client";
import { Line } from "./line";
import { Shop, type Buyer } from "./shop";

/*
 * Needs a Medusa with this plugin and the B2B starter's quotes, and the sandbox (`make serve`):
 *   MEDUSA_URL, MEDUSA_ADMIN_EMAIL, MEDUSA_ADMIN_PASSWORD   the server and an admin of it
 *   ERPNEXT_URL, ERPNEXT_TOKEN, ERPNEXT_EVENT_SECRET        the sandbox
 *   LINE_PORT   the port of 127.0.0.1 at which that Medusa looks for ERPNext: the tests listen there
 */
const setting = (name: string): string => {
	const value = process.env[name];
	if (!value) throw new Error(`${name} is not set; see story.test.ts`);
	return value;
};

const erpnext = new ErpnextClient({ url: setting("ERPNEXT_URL"), token: setting("ERPNEXT_TOKEN") });
const shop = new Shop(setting("MEDUSA_URL"));
const calls = new Line(setting("ERPNEXT_URL"), Number(setting("LINE_PORT"))); // Medusa -> ERPNext
const events = new Line(shop.url); // ERPNext -> Medusa
const run = Date.now();
const SECONDS = 1000;

let buyer: Buyer;
let quoteId: string;

async function clerk(action: string, args: object = {}): Promise<any> {
	const response = await fetch(`${setting("ERPNEXT_URL")}/sandbox/${action}`, {
		method: "POST",
		headers: { "Content-Type": "application/json" },
		body: JSON.stringify(args),
	});
	const text = await response.text();
	if (!response.ok) throw new Error(`${action}: ${text}`);
	return JSON.parse(text).message;
}

/** Ask again until the answer is there; returns it. Prints how long it took. */
async function eventually<T>(what: string, ask: () => Promise<T | undefined | false | null>, most = 20): Promise<T> {
	const start = performance.now();
	for (;;) {
		const answer = await ask().catch(() => null);
		const passed = (performance.now() - start) / SECONDS;
		if (answer) {
			console.log(`${what}: ${passed.toFixed(1)} s`);
			return answer;
		}
		if (passed > most) throw new Error(`${what}: not in ${most} s`);
		await new Promise((resolve) => setTimeout(resolve, 200));
	}
}

/** Send an event as ERPNext would; returns the answer. */
async function send(event: object, { secret = setting("ERPNEXT_EVENT_SECRET"), age = 0 } = {}) {
	const body = JSON.stringify(event);
	const time = Math.floor(Date.now() / SECONDS) - age;
	const signature = createHmac("sha256", secret).update(`${time}.${body}`).digest("hex");
	const response = await fetch(`${shop.url}/hooks/erpnext`, {
		method: "POST",
		headers: { "Content-Type": "application/json", "Medusa-Integration-Signature": `t=${time},v1=${signature}` },
		body,
	});
	return { status: response.status, body: (await response.json()) as any };
}

/** Return how many calls of a method came through the line and were accepted. */
function accepted(method: string): number {
	return calls.seen.filter(({ path, status }) => path.endsWith(`.${method}`) && status === 200).length;
}

const quotation = () => erpnext.getQuotation({ customer_id: buyer.id, quotation_id: quoteId });

async function newQuote(items: Record<string, number>): Promise<void> {
	quoteId = await buyer.requestQuote(items);
	await eventually("the quote has the offer", async () => (await buyer.seeQuote(quoteId)).status === "pending_customer");
}

beforeAll(async () => {
	await clerk("reset");
	await calls.connect();
	await events.connect();
	await shop.prepare(setting("MEDUSA_ADMIN_EMAIL"), setting("MEDUSA_ADMIN_PASSWORD"), ["COFFEE-1KG", "TEA-100"]);
	for (const [name, id] of Object.entries(shop.variants)) {
		await clerk("record", { doctype: "Item", name, medusa_variant_id: id });
	}
	await clerk("settings", { event_url: `http://127.0.0.1:${events.port}/hooks/erpnext` });
	buyer = await shop.register(`buyer-${run}@example.com`);
	return async () => {
		await calls.cut();
		await events.cut();
	};
});

test("a customer who registers becomes a Lead", async () => {
	const account = await eventually("the Lead", () => erpnext.getAccount({ customer_id: buyer.id }));
	expect(account.doctype).toBe("Lead");
});

test("a changed name reaches the Lead", async () => {
	await buyer.store("POST", "/customers/me", { first_name: "Changed" });
	await eventually("the new name", async () =>
		(await erpnext.getAccount({ customer_id: buyer.id })).title.includes("Changed")
	);
});

test("an address of the customer is sent", async () => {
	const address = { address_1: "2 Creek Road", city: "Sharjah", country_code: "ae", is_default_billing: true };
	await buyer.store("POST", "/customers/me/addresses", address);
	await eventually("the address", async () => accepted("update_customer") >= 3);
});

test("users of the admin see the Lead and its delivery", async () => {
	const { account, delivery } = await shop.admin("GET", `/erpnext/customers/${buyer.id}`);
	expect(account.url).toMatch(/\/app\/lead\//);
	expect(delivery.state).toBe("done");
});

test("a quote becomes a Quotation, and gets its prices", async () => {
	await newQuote({ "COFFEE-1KG": 3, "TEA-100": 2 });
	const { grand_total, billing_address } = await quotation();
	expect(billing_address?.city).toBe("Dubai");
	expect((await buyer.seeQuote(quoteId)).total).toBe(grand_total);
});

test("a clerk's price reaches the quote", async () => {
	await clerk("price", { quotation_id: quoteId, rate: 50, variant_id: shop.variants["COFFEE-1KG"] });
	const seen = await eventually("the new price", async () => {
		const quote = await buyer.seeQuote(quoteId);
		return quote.prices.includes(50) ? quote : null;
	});
	expect(seen.total).toBe((await quotation()).grand_total);
	expect(seen.status).toBe("pending_customer");
});

test("an event with a wrong signature or an old one is refused", async () => {
	const event = { id: "x", event: "test", created_at: "", data: {} };
	expect((await send(event)).status).toBe(200);
	expect((await send(event, { secret: "another" })).status).toBe(401);
	expect((await send(event, { age: 301 })).status).toBe(401);
});

test("an event that was overtaken changes nothing", async () => {
	const data = await quotation();
	const before = await buyer.seeQuote(quoteId);
	const old = { ...data, status: "rejected", modified: "2020-01-01T00:00:00.000000Z" };
	const answer = await send({ id: "x", event: "quotation.changed", created_at: "", data: old });
	expect(answer.body).toEqual({ outcome: "overtaken" });
	expect(await buyer.seeQuote(quoteId)).toEqual(before);
});

test("a total that Medusa does not reach is refused, and the prices are taken back", async () => {
	const data = await quotation();
	const before = await buyer.seeQuote(quoteId);
	const items = data.items.map((line) => ({ ...line, rate: line.rate + 1 }));
	const answer = await send({ id: "x", event: "quotation.changed", created_at: "", data: { ...data, items } });
	expect(answer.status).toBe(409);
	expect(answer.body.type).toBe("TotalDiffersError");
	expect(await buyer.seeQuote(quoteId)).toEqual(before);
});

test("the acceptance becomes one Sales Order, also when everything is delivered twice", async () => {
	calls.isTwice = events.isTwice = true;
	await buyer.store("POST", `/quotes/${quoteId}/accept`, {});
	const { sales_order_id, order_id } = await eventually("the Sales Order", async () => {
		const found = await quotation();
		return found.sales_order_id ? found : null;
	});
	await clerk("deliver", { quotation_id: quoteId });
	await eventually("the order knows that it is delivered", async () => {
		const { order } = await shop.admin("GET", `/orders/${order_id}?fields=id,metadata`);
		return order.metadata?.erpnext?.status === "delivered" && order.metadata.erpnext.name === sales_order_id;
	});
	const again = await erpnext.updateQuotation({
		quotation_id: quoteId,
		approval: "Approved",
		order_id: order_id as string,
		create_so: true,
	});
	expect(again.sales_order_id).toBe(sales_order_id);
	expect(accepted("update_quotation")).toBe(2);
	calls.isTwice = events.isTwice = false;
});

test("a quote that the customer rejects is lost in ERPNext", async () => {
	await newQuote({ "TEA-100": 1 });
	await buyer.store("POST", `/quotes/${quoteId}/reject`, {});
	await eventually("the rejection", async () => (await quotation()).status === "rejected");
});

test("a quotation that a clerk loses is rejected in the shop", async () => {
	await newQuote({ "TEA-100": 1 });
	await clerk("lose", { quotation_id: quoteId });
	await eventually("the rejection", async () => (await buyer.seeQuote(quoteId)).status === "merchant_rejected");
});

test("a quote waits while a clerk has to offer it", async () => {
	await clerk("settings", { clerk_offers: 1 });
	quoteId = await buyer.requestQuote({ "TEA-100": 1 });
	await eventually("the Quotation", quotation);
	expect((await buyer.seeQuote(quoteId)).status).toBe("pending_merchant");
	await clerk("offer", { quotation_id: quoteId });
	await eventually("the offer", async () => (await buyer.seeQuote(quoteId)).status === "pending_customer");
	await clerk("settings", { clerk_offers: 0 });
});

test("lines that a clerk adds, changes and removes reach the quote, and nothing is done twice", async () => {
	await newQuote({ "COFFEE-1KG": 1 });
	const { items, ...data } = await quotation();
	const coffee = items[0]!;
	const tea = { ...coffee, sku: "TEA-100", variant_id: shop.variants["TEA-100"]! };
	const offer = async (lines: { line: typeof coffee; quantity: number; rate: number }[]) => {
		const changed = lines.map(({ line, quantity, rate }) => ({ ...line, quantity, rate, amount: quantity * rate }));
		const grand_total = changed.reduce((sum, { amount }) => sum + amount, 0);
		const event = { event: "quotation.changed", data: { ...data, items: changed, grand_total } };
		for (const _time of [1, 2]) expect(await send(event)).toEqual({ status: 200, body: { outcome: "offer" } });
		expect((await buyer.seeQuote(quoteId)).total).toBe(grand_total);
	};
	await offer([
		{ line: coffee, quantity: 2, rate: 40 },
		{ line: tea, quantity: 4, rate: 10 },
	]);
	await offer([{ line: tea, quantity: 5, rate: 9 }]);
	await offer([{ line: coffee, quantity: 1, rate: 41.5 }]);
});

test("a customer who is deleted is sent", async () => {
	const former = await shop.register(`former-${run}@example.com`);
	await eventually("the Lead", () => erpnext.getAccount({ customer_id: former.id }));
	const before = accepted("update_customer");
	await shop.admin("DELETE", `/customers/${former.id}`);
	await eventually("the deletion", async () => accepted("update_customer") > before);
	const { delivery } = await shop.admin("GET", `/erpnext/customers/${former.id}`);
	expect(delivery).toMatchObject({ state: "done", last_error: null });
});

test("a customer who registers while ERPNext is down becomes a Lead later", async () => {
	await calls.cut();
	const late = await shop.register(`late-${run}@example.com`);
	await eventually("the failed attempt", async () => {
		const { delivery } = await shop.admin("GET", `/erpnext/customers/${late.id}`);
		return delivery?.state === "open" && delivery.last_error === "NoAnswer (network)";
	});
	await calls.connect();
	await eventually("the Lead", () => erpnext.getAccount({ customer_id: late.id }), 150);
});
