import { setTimeout } from "node:timers/promises";

import type { MedusaContainer } from "@medusajs/framework/types";
import { ContainerRegistrationKeys } from "@medusajs/framework/utils";

import { ErpnextError } from "../client";
import { ERPNEXT_MODULE } from "../modules/erpnext";
import type ErpnextModuleService from "../modules/erpnext/service";
import { applyOrder } from "../quotes/apply-order";
import { readQuote, type Quote } from "../quotes/read";
import { NotReadyError } from "./rules";

/** A Quotation that has ended in one of these ways needs no rejection any more. */
const ENDED = ["rejected", "lost", "expired", "cancelled"];

/** Milliseconds to wait for the rest of an acceptance, which sets the status of the quote first. */
const PATIENCE = [250, 500, 1000, 2000];

/** Tell ERPNext that the customer has accepted or rejected a quote. */
export async function sendQuoteDecision(container: MedusaContainer, quoteId: string): Promise<void> {
	const quote = await readQuote(container, quoteId);
	if (quote?.status !== "accepted" && quote?.status !== "customer_rejected") return;
	const erpnext = container.resolve<ErpnextModuleService>(ERPNEXT_MODULE);
	const request = await erpnext.findDelivery("quote_request", quoteId);
	if (request?.state === "open") throw new NotReadyError("The Quotation is not requested yet.");
	if (quote.status === "accepted") await approve(container, erpnext, quote);
	else await reject(erpnext, quote);
	// events that ERPNext sent before it knew the decision are older than this
	const ids = { customer_id: quote.customer_id, quotation_id: quote.id };
	await erpnext.rememberApplied(quote.id, (await erpnext.client.getQuotation(ids)).modified);
}

async function approve(container: MedusaContainer, erpnext: ErpnextModuleService, quote: Quote): Promise<void> {
	const { customer_id, draft_order_id: order_id } = quote;
	const answer = await erpnext.client.updateQuotation({
		quotation_id: quote.id,
		customer_id,
		approval: "Approved",
		grand_total: await acceptedTotal(container, order_id),
		order_id,
		create_so: true,
	});
	await erpnext.rememberDecision(quote.id, "Approved", answer.sales_order_id);
	await applyOrder(container, await erpnext.client.getOrder({ customer_id, order_id }));
}

async function reject(erpnext: ErpnextModuleService, quote: Quote): Promise<void> {
	try {
		const { id: quotation_id, customer_id } = quote;
		await erpnext.client.updateQuotation({ quotation_id, customer_id, approval: "Rejected" });
	} catch (error) {
		if (!(error instanceof ErpnextError && ENDED.includes(error.reason ?? ""))) throw error;
	}
	await erpnext.rememberDecision(quote.id, "Rejected", null);
}

/** Return the total that the customer has accepted: the order's, once its edit is confirmed. */
export async function acceptedTotal(
	container: MedusaContainer,
	orderId: string,
	patience: number[] = PATIENCE
): Promise<number> {
	const query = container.resolve(ContainerRegistrationKeys.QUERY);
	const fields = ["id", "is_draft_order", "total"];
	for (const pause of [0, ...patience]) {
		await setTimeout(pause);
		const { data } = await query.graph({ entity: "order", fields, filters: { id: orderId } });
		const order = data[0] as unknown as { is_draft_order: boolean; total: unknown } | undefined;
		if (order && !order.is_draft_order) return Number(order.total);
	}
	throw new NotReadyError("The order is not confirmed yet.");
}
