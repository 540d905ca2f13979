import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { ErpnextClient, ErpnextError } from "../src/client";

type Answer = (response: ServerResponse) => void;

let answer: Answer;
let requests: { method?: string; url?: string; headers: IncomingHttpHeaders; body: string }[];
let url: string;
const server = createServer(async (request, response) => {
	let body = "";
	for await (const part of request) body += part;
	requests.push({ method: request.method, url: request.url, headers: request.headers, body });
	answer(response);
});

beforeEach(async () => {
	requests = [];
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
	server.closeAllConnections();
	await new Promise((resolve) => server.close(resolve));
});

const json =
	(status: number, body: unknown, headers = {}): Answer =>
	(response) =>
		response.writeHead(status, { "Content-Type": "application/json", ...headers }).end(JSON.stringify(body));

const refusal = (status: number, error: object, headers = {}): Answer =>
	json(status, { exc_type: "X", error: { message: "No.", fields: [], retry_after: null, ...error } }, headers);

async function failure(timeoutMs = 5000): Promise<ErpnextError> {
	const client = new ErpnextClient({ url, token: "key:secret", timeoutMs });
	const error = await client.ping().catch((thrown: unknown) => thrown);
	expect(error).toBeInstanceOf(ErpnextError);
	return error as ErpnextError;
}

test("a call is a POST with the token, and returns the message", async () => {
	answer = json(200, { message: { quotationId: "SAL-QTN-1" } });
	const client = new ErpnextClient({ url: `${url}/`, token: "key:secret" });
	const items = [{ variant_id: "variant_1", quantity: 2 }];
	const created = await client.createQuotation({ customer_id: "cus_1", quotation_id: "quo_1", items });
	expect(created.quotationId).toBe("SAL-QTN-1");
	expect(requests).toHaveLength(1);
	expect(requests[0]).toMatchObject({ method: "POST", url: "/api/method/medusa_integration.api.create_quotation" });
	expect(requests[0]?.headers.authorization).toBe("token key:secret");
	expect(JSON.parse(requests[0]?.body ?? "")).toEqual({ customer_id: "cus_1", quotation_id: "quo_1", items });
});

test("a PDF is returned as bytes", async () => {
	answer = (response) => response.writeHead(200, { "Content-Type": "application/pdf" }).end("%PDF-1.7");
	const client = new ErpnextClient({ url, token: "key:secret" });
	const pdf = await client.getQuotationPdf({ customer_id: "cus_1", quotation_id: "quo_1" });
	expect(new TextDecoder().decode(pdf)).toBe("%PDF-1.7");
});

test("a refusal has all that the app says", async () => {
	const fields = [{ name: "items[0].quantity", code: "out_of_range", message: "must be above 0" }];
	answer = refusal(409, { type: "OfferChangedError", reason: "price_changed", current: { grand_total: 5 }, fields });
	expect(await failure()).toMatchObject({
		type: "OfferChangedError",
		status: 409,
		reason: "price_changed",
		current: { grand_total: 5 },
		fields,
		retryAfter: null,
		isTemporary: false,
	});
});

describe("temporary is", () => {
	test.each([
		[409, "BusyError", true],
		[429, "TooManyCallsError", true],
		[503, "OverloadedError", true],
		[501, "PdfUnavailableError", false],
		[409, "LeadConflictError", false],
		[417, "InvalidArgumentsError", false],
		[401, "AuthenticationError", false],
	])("%i %s: %s", async (status, type, isTemporary) => {
		answer = refusal(status, { type });
		expect((await failure()).isTemporary).toBe(isTemporary);
	});
});

test("retryAfter is the body's number of seconds", async () => {
	answer = refusal(429, { type: "TooManyCallsError", retry_after: 7 });
	expect((await failure()).retryAfter).toBe(7);
});

test("retryAfter is the header's, if the answer is not the app's", async () => {
	answer = (response) => response.writeHead(503, { "Retry-After": "30" }).end("<html>maintenance</html>");
	expect(await failure()).toMatchObject({ type: "NoAnswer", status: 503, retryAfter: 30, isTemporary: true });
});

test("a redirect is not followed", async () => {
	answer = (response) => response.writeHead(301, { Location: `${url}/elsewhere` }).end();
	expect(await failure()).toMatchObject({ type: "NoAnswer", reason: "redirect", status: 301, isTemporary: false });
	expect(requests).toHaveLength(1);
});

test("a web page is no success", async () => {
	answer = (response) => response.writeHead(200, { "Content-Type": "text/html" }).end("<html></html>");
	expect(await failure()).toMatchObject({ type: "NoAnswer", reason: "not_json", status: 0, isTemporary: true });
});

test("no answer in time", async () => {
	answer = () => undefined;
	expect(await failure(50)).toMatchObject({ type: "NoAnswer", reason: "timeout", status: 0, isTemporary: true });
});

test("no connection", async () => {
	const client = new ErpnextClient({ url: "http://127.0.0.1:1", token: "key:secret" });
	await expect(client.ping()).rejects.toMatchObject({ type: "NoAnswer", reason: "network", isTemporary: true });
});
