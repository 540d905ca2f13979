import type { MedusaContainer } from "@medusajs/framework/types";

import { ERPNEXT_MODULE } from "../modules/erpnext";
import type ErpnextModuleService from "../modules/erpnext/service";
import type { DeliveryKind } from "../modules/erpnext/service";
import { quoteModule, readQuote, type Quote } from "./read";

const PENDING = ["pending_merchant", "pending_customer"];
const DECIDED = ["accepted", "customer_rejected"];
const PAGE = 100;
const OVERLAP_MS = 5 * 60 * 1000; // a quote may be saved later than its updated_at

/**
 * Write into the outbox what ERPNext has to be told of a quote, by comparing its status with the last known one.
 * Returns what was written, or null. A quote that was decided before the plugin knew it is left alone.
 */
export async function followQuote(container: MedusaContainer, quoteId: string): Promise<DeliveryKind | null> {
	const quote = await readQuote(container, quoteId);
	return quote ? followReadQuote(container, quote) : null;
}

async function followReadQuote(container: MedusaContainer, quote: Quote): Promise<DeliveryKind | null> {
	const erpnext = container.resolve<ErpnextModuleService>(ERPNEXT_MODULE);
	const kind = whatToSend(quote.status, (await erpnext.findQuote(quote.id))?.status ?? null);
	// first the outbox: a crash in between repeats this, and loses nothing
	if (kind) await erpnext.enqueue(kind, quote.id);
	await erpnext.rememberQuote(quote);
	return kind;
}

/** Return what a status says to ERPNext, given the status that was known before (null: none). */
export function whatToSend(status: string, known: string | null): DeliveryKind | null {
	if (known === null) return PENDING.includes(status) ? "quote_request" : null;
	return status !== known && DECIDED.includes(status) ? "quote_decision" : null;
}

/**
 * Look at the quotes that have changed since the last look: for releases whose quote module sends no events, and
 * for events that were lost with a process. Returns the number of outbox rows written.
 */
export async function pollQuotes(container: MedusaContainer): Promise<number> {
	const quotes = quoteModule(container);
	if (!quotes) return 0;
	const erpnext = container.resolve<ErpnextModuleService>(ERPNEXT_MODULE);
	const [newest] = await erpnext.listErpnextQuotes({}, { take: 1, order: { quote_updated_at: "DESC" } });
	const filters = newest
		? { updated_at: { $gte: new Date(new Date(newest.quote_updated_at).getTime() - OVERLAP_MS) } }
		: { status: PENDING };
	let written = 0;
	for (let skip = 0; ; skip += PAGE) {
		const page = await quotes.listQuotes(filters, { take: PAGE, skip, order: { updated_at: "ASC", id: "ASC" } });
		for (const quote of page) if (await followReadQuote(container, quote)) written += 1;
		if (page.length < PAGE) return written;
	}
}
