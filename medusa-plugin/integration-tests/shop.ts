type Json = Record<string, any>;

/** The Medusa server, as an administrator and as its customers use it. */
export class Shop {
	#admin: Record<string, string> = {};
	#publishable: Record<string, string> = {};
	regionId = "";
	variants: Record<string, string> = {};

	constructor(readonly url: string) {}

	async call(method: string, path: string, body?: object, headers: Record<string, string> = {}): Promise<Json> {
		const response = await fetch(this.url + path, {
			method,
			headers: { "Content-Type": "application/json", ...headers },
			body: body ? JSON.stringify(body) : undefined,
		});
		const text = await response.text();
		if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text.slice(0, 500)}`);
		return JSON.parse(text) as Json;
	}

	admin(method: string, path: string, body?: object): Promise<Json> {
		return this.call(method, `/admin${path}`, body, this.#admin);
	}

	/** Log in; make a region, and a product with a variant for each Item. */
	async prepare(email: string, password: string, items: string[]): Promise<void> {
		const { token } = await this.call("POST", "/auth/user/emailpass", { email, password });
		this.#admin = { Authorization: `Bearer ${token}` };
		const { api_keys } = await this.admin("GET", "/api-keys?type=publishable&fields=token,sales_channels.id");
		const key = api_keys.find((one: Json) => one.sales_channels.length);
		this.#publishable = { "x-publishable-api-key": key.token };
		const { regions } = await this.admin("GET", "/regions?fields=id,currency_code");
		const region = regions.find((one: Json) => one.currency_code === "aed");
		this.regionId = region?.id ?? (await this.#addRegion());
		const run = Date.now();
		const { product } = await this.admin("POST", "/products", {
			title: `Test ${run}`,
			handle: `test-${run}`,
			status: "published",
			sales_channels: [{ id: key.sales_channels[0].id }],
			options: [{ title: "Item", values: items }],
			variants: items.map((item) => ({
				title: item,
				sku: `${item}-${run}`,
				manage_inventory: false,
				options: { Item: item },
				prices: [{ currency_code: "aed", amount: 99 }],
			})),
		});
		for (const variant of product.variants) this.variants[variant.title] = variant.id;
	}

	async #addRegion(): Promise<string> {
		const { stores } = await this.admin("GET", "/stores");
		const currencies = [{ currency_code: "aed", is_default: true }];
		await this.admin("POST", `/stores/${stores[0].id}`, { supported_currencies: currencies });
		const { region } = await this.admin("POST", "/regions", { name: "UAE", currency_code: "aed", countries: ["ae"] });
		return region.id;
	}

	/** Register a customer with the shop, as its storefront does. */
	async register(email: string, names: Json = { first_name: "Demo", last_name: "Buyer" }): Promise<Buyer> {
		const account = { email, password: "a long pass phrase" };
		const first = await this.call("POST", "/auth/customer/emailpass/register", account);
		const headers = { ...this.#publishable, Authorization: `Bearer ${first.token}` };
		const { customer } = await this.call("POST", "/store/customers", { email, ...names }, headers);
		const { token } = await this.call("POST", "/auth/customer/emailpass", account);
		return new Buyer(this, customer.id, { ...this.#publishable, Authorization: `Bearer ${token}` });
	}
}

/** A customer who is logged in. */
export class Buyer {
	constructor(
		readonly shop: Shop,
		readonly id: string,
		readonly headers: Record<string, string>
	) {}

	store(method: string, path: string, body?: object): Promise<Json> {
		return this.shop.call(method, `/store${path}`, body, this.headers);
	}

	/** Fill a cart and ask for a quote; returns its id. */
	async requestQuote(items: Record<string, number>): Promise<string> {
		const address = { address_1: "1 Palm Street", city: "Dubai", country_code: "ae", postal_code: "12345" };
		const { cart } = await this.store("POST", "/carts", { region_id: this.shop.regionId, billing_address: address });
		for (const [item, quantity] of Object.entries(items)) {
			const line = { variant_id: this.shop.variants[item], quantity };
			await this.store("POST", `/carts/${cart.id}/line-items`, line);
		}
		const { quote } = await this.store("POST", "/quotes", { cart_id: cart.id });
		return quote.id;
	}

	/** Return a quote, with the total and the prices that the customer sees. */
	async seeQuote(id: string): Promise<{ status: string; orderId: string; total: number; prices: number[] }> {
		const { quote } = await this.store("GET", `/quotes/${id}/preview`);
		const prices = quote.order_preview.items.map((item: Json) => Number(item.unit_price));
		const { status, draft_order } = quote;
		return { status, orderId: draft_order.id, total: Number(quote.order_preview.total), prices: prices.sort() };
	}
}
