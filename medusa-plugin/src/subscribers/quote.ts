import type { SubscriberArgs, SubscriberConfig } from "@medusajs/framework";

import { followAndDeliver } from "../quotes/watch";

/** Ask for a Quotation of a new quote; tell ERPNext what the customer has decided. */
export default async function followChangedQuote({ event, container }: SubscriberArgs<{ id: string }>): Promise<void> {
	await followAndDeliver(container, event.data.id);
}

export const config: SubscriberConfig = {
	event: ["quote.quote.created", "quote.quote.updated"],
	context: { subscriberId: "erpnext-quote" },
};
