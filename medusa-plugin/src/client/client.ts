import { ErpnextError, NO_ANSWER, type WrongField } from "./error";
import type { components, operations } from "./schema";

type Schemas = components["schemas"];
export type Quotation = Schemas["Quotation"];
export type QuotationSummary = Schemas["QuotationSummary"];
export type QuotationLine = Schemas["Line"];
export type QuotationStatus = Schemas["QuotationStatus"];
export type QuotationRequest = Schemas["QuotationRequest"];
export type RequestedLine = Schemas["RequestedLine"];
export type SentAddress = Schemas["SentAddress"];
export type Decision = Schemas["Decision"];
export type Order = Schemas["Order"];
export type ShopCustomer = Schemas["ShopCustomer"];
export type ShopAddress = Schemas["ShopAddress"];
export type Account = Schemas["Account"];
export type QuotationEvent = Schemas["QuotationEvent"];
export type OrderEvent = Schemas["OrderEvent"];

type Body<Name extends keyof operations> = operations[Name] extends {
	requestBody: { content: { "application/json": infer Sent } };
}
	? Sent
	: operations[Name] extends { requestBody?: { content: { "application/json": infer Sent } } }
		? Sent
		: Record<string, never>;
type Answer<Name extends keyof operations> = operations[Name] extends {
	responses: { 200: { content: { "application/json": { message: infer Message } } } };
}
	? Message
	: never;

export interface ClientOptions {
	/** The address of the ERPNext site. */
	url: string;
	/** `api_key:api_secret` of a user with the role Medusa Integration. */
	token: string;
	/** How long to wait for an answer. */
	timeoutMs?: number;
}

const TIMEOUT_MS = 60_000;
const METHODS = "/api/method/medusa_integration.api.";

/** Calls the app's REST methods: one function each. All failures are an ErpnextError. */
export class ErpnextClient {
	readonly #url: string;
	readonly #token: string;
	readonly #timeoutMs: number;

	constructor({ url, token, timeoutMs = TIMEOUT_MS }: ClientOptions) {
		this.#url = url.replace(/\/+$/, "");
		this.#token = token;
		this.#timeoutMs = timeoutMs;
	}

	/** Check the token and the connection. */
	ping(): Promise<Answer<"ping_by_post">> {
		return this.#call("ping", {});
	}

	/** Register a customer with Medusa, and create their Lead. */
	signUp(args: Body<"sign_up">): Promise<Answer<"sign_up">> {
		return this.#call("sign_up", args);
	}

	/** Create the Lead of a Medusa customer; returns its name. */
	insertLead(args: Body<"insert_lead">): Promise<Answer<"insert_lead">> {
		return this.#call("insert_lead", args);
	}

	/** Request a Quotation. The same `quotation_id` again returns the same Quotation. */
	createQuotation(args: Body<"create_quotation">): Promise<Answer<"create_quotation">> {
		return this.#call("create_quotation", args);
	}

	/** Approve or reject a Quotation. */
	updateQuotation(args: Body<"update_quotation">): Promise<Answer<"update_quotation">> {
		return this.#call("update_quotation", args);
	}

	/** Read a Quotation. */
	getQuotation(args: Body<"get_quotation_by_post">): Promise<Answer<"get_quotation_by_post">> {
		return this.#call("get_quotation", args);
	}

	/** List the Quotations of a customer, without their lines. */
	listQuotations(args: Body<"list_quotations_by_post">): Promise<Answer<"list_quotations_by_post">> {
		return this.#call("list_quotations", args);
	}

	/** Download a Quotation as a PDF. */
	async getQuotationPdf(args: Body<"get_quotation_pdf_by_post">): Promise<Uint8Array> {
		const { response, body } = await this.#post("get_quotation_pdf", args);
		if (response.status === 200 && response.headers.get("content-type")?.startsWith("application/pdf")) return body;
		throw failure("get_quotation_pdf", response, parse(body));
	}

	/** Read a Sales Order. */
	getOrder(args: Body<"get_order_by_post">): Promise<Answer<"get_order_by_post">> {
		return this.#call("get_order", args);
	}

	/** Change a customer's billing address. */
	updateAddress(args: Body<"update_address">): Promise<Answer<"update_address">> {
		return this.#call("update_address", args);
	}

	/** List the Customers that have no account in the shop. */
	fetchAllCustomers(
		args: Body<"fetch_all_customers_by_post"> = {}
	): Promise<Answer<"fetch_all_customers_by_post">> {
		return this.#call("fetch_all_customers", args);
	}

	/** Give a Customer the shop account of a Lead; only with the token of a desk user. */
	linkMedusaLead(args: Body<"link_medusa_lead">): Promise<Answer<"link_medusa_lead">> {
		return this.#call("link_medusa_lead", args);
	}

	/** Send what Medusa knows of a customer. What is older than what was sent before is ignored. */
	updateCustomer(args: Body<"update_customer">): Promise<Answer<"update_customer">> {
		return this.#call("update_customer", args);
	}

	/** Read which Lead or Customer a Medusa customer is. */
	getAccount(args: Body<"get_account_by_post">): Promise<Answer<"get_account_by_post">> {
		return this.#call("get_account", args);
	}

	async #call<Message>(method: string, args: object): Promise<Message> {
		const { response, body } = await this.#post(method, args);
		const answer = parse(body);
		if (response.status === 200 && answer && "message" in answer) return answer.message as Message;
		throw failure(method, response, answer);
	}

	async #post(method: string, args: object): Promise<{ response: Response; body: Uint8Array }> {
		try {
			const response = await fetch(`${this.#url}${METHODS}${method}`, {
				method: "POST",
				headers: {
					Authorization: `token ${this.#token}`,
					"Content-Type": "application/json",
					Accept: "application/json",
				},
				body: JSON.stringify(args),
				redirect: "manual", // a followed redirect would turn the POST into a GET
				signal: AbortSignal.timeout(this.#timeoutMs),
			});
			return { response, body: new Uint8Array(await response.arrayBuffer()) };
		} catch (error) {
			const isTimeout = error instanceof Error && error.name === "TimeoutError";
			const message = isTimeout ? `no answer in ${this.#timeoutMs} ms` : "no connection";
			throw noAnswer(method, 0, isTimeout ? "timeout" : "network", message);
		}
	}
}

function parse(body: Uint8Array): Record<string, unknown> | null {
	try {
		const value: unknown = JSON.parse(new TextDecoder().decode(body));
		return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : null;
	} catch {
		return null;
	}
}

/** Return the ErpnextError of an answer that is not a success. */
function failure(method: string, response: Response, answer: Record<string, unknown> | null): ErpnextError {
	const { status } = response;
	if (status >= 300 && status < 400) return noAnswer(method, status, "redirect", "redirected; check the url");
	const error = answer?.error as Schemas["Error"] | undefined;
	if (!error?.type) {
		// a web page with status 200 is not the app's answer
		const unread = status < 300 ? 0 : status;
		return noAnswer(method, unread, "not_json", `HTTP ${status} without an answer of the app`, response);
	}
	return new ErpnextError({
		type: error.type,
		message: error.message,
		status,
		fields: error.fields as WrongField[],
		retryAfter: error.retry_after ?? retryAfterOf(response),
		reason: error.reason,
		current: error.current,
	});
}

function noAnswer(method: string, status: number, reason: string, text: string, response?: Response): ErpnextError {
	const retryAfter = response ? retryAfterOf(response) : null;
	return new ErpnextError({ type: NO_ANSWER, message: `${method}: ${text}`, status, reason, retryAfter });
}

function retryAfterOf(response: Response): number | null {
	const seconds = Number(response.headers.get("retry-after") ?? NaN);
	return Number.isFinite(seconds) && seconds > 0 ? Math.ceil(seconds) : null;
}
