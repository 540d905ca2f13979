import type { MedusaContainer } from "@medusajs/framework/types";

import type { OrderEvent, QuotationEvent } from "../../../client";
import { deliver } from "../../../outbox/deliver";
import { applyQuotation } from "../../../quotes/apply";
import { applyOrder } from "../../../quotes/apply-order";

/** Apply an event of ERPNext. Returns what was done; events that the plugin does not know are ignored. */
export async function receiveEvent(container: MedusaContainer, event: unknown): Promise<string> {
	if (isEvent<QuotationEvent>(event, "quotation.changed", "quotation_id")) {
		const action = await applyQuotation(container, event.data);
		if (action === "repeat_decision") await deliver(container, "quote_decision", event.data.quotation_id);
		return action;
	}
	if (isEvent<OrderEvent>(event, "order.changed", "name")) {
		return (await applyOrder(container, event.data)) ? "stored" : "nothing";
	}
	return "ignored";
}

function isEvent<Event extends { event: string; data: object }>(
	value: unknown,
	name: Event["event"],
	key: string
): value is Event {
	const event = value as { event?: unknown; data?: Record<string, unknown> } | null;
	return event?.event === name && typeof event.data?.[key] === "string" && typeof event.data.modified === "string";
}
