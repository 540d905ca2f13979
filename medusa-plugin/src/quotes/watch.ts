import type { MedusaContainer } from "@medusajs/framework/types";

import { deliver } from "../outbox/deliver";
import { followQuote } from "./follow";

/** Follow a quote, and try at once to deliver what ERPNext has to be told. */
export async function followAndDeliver(container: MedusaContainer, quoteId: string): Promise<void> {
	const kind = await followQuote(container, quoteId);
	if (kind) await deliver(container, kind, quoteId);
}
