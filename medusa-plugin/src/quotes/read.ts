import type { MedusaContainer } from "@medusajs/framework/types";

/** The service name of the B2B starter's quote module. */
export const QUOTE_MODULE = "quote";

export type QuoteStatus =
	| "pending_merchant"
	| "pending_customer"
	| "accepted"
	| "customer_rejected"
	| "merchant_rejected";

export interface Quote {
	id: string;
	status: QuoteStatus;
	customer_id: string;
	draft_order_id: string;
	updated_at: Date | string;
}

interface FindConfig {
	take?: number;
	skip?: number;
	order?: Record<string, "ASC" | "DESC">;
}

/** What the plugin needs of the quote module's service. */
export interface QuoteModuleService {
	listQuotes(filters: object, config?: FindConfig): Promise<Quote[]>;
	updateQuotes(changes: { id: string; status: QuoteStatus }[]): Promise<unknown>;
}

/** Return the service of the quote module, or null if the shop has none. */
export function quoteModule(container: MedusaContainer): QuoteModuleService | null {
	return container.resolve<QuoteModuleService>(QUOTE_MODULE, { allowUnregistered: true }) ?? null;
}

/** Return a quote, or null if it or the quote module does not exist. */
export async function readQuote(container: MedusaContainer, id: string): Promise<Quote | null> {
	const [quote] = (await quoteModule(container)?.listQuotes({ id: [id] }, { take: 1 })) ?? [];
	return quote ?? null;
}
