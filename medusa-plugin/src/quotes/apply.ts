import type { IOrderModuleService, MedusaContainer, OrderPreviewDTO } from "@medusajs/framework/types";
import { Modules } from "@medusajs/framework/utils";

import type { Quotation, QuotationEvent } from "../client";
import { ERPNEXT_MODULE } from "../modules/erpnext";
import type ErpnextModuleService from "../modules/erpnext/service";
import { CannotApplyError } from "../outbox/rules";
import { applyErpnextOfferWorkflow, setErpnextQuoteStatusWorkflow } from "../workflows";
import { decide, type Action } from "./decide";
import { LOCK_TIMEOUT, lockOf } from "./lock";
import { planEdit, type DraftLine } from "./plan";
import { readQuote, type Quote } from "./read";

export type Applied = Action | "unknown" | "overtaken";

/**
 * Bring a quote to the state of its Quotation, of an event or an answer. The same state again changes nothing, and
 * neither does one that is older than what was applied before. Raises CannotApplyError if a person has to decide.
 */
export async function applyQuotation(
	container: MedusaContainer,
	quotation: QuotationEvent["data"]
): Promise<Applied> {
	const locking = container.resolve(Modules.LOCKING);
	const work = (): Promise<Applied> => applyLocked(container, quotation);
	return locking.execute([lockOf(quotation.quotation_id)], work, { timeout: LOCK_TIMEOUT });
}

async function applyLocked(container: MedusaContainer, quotation: QuotationEvent["data"]): Promise<Applied> {
	const erpnext = container.resolve<ErpnextModuleService>(ERPNEXT_MODULE);
	const quote = await readQuote(container, quotation.quotation_id);
	const known = await erpnext.findQuote(quotation.quotation_id);
	if (!quote || quote.customer_id !== quotation.customer_id) return "unknown";
	if (known?.applied_modified && quotation.modified < known.applied_modified) return "overtaken";
	const sent = await erpnext.findDelivery("quote_decision", quote.id);
	const decision = { isSent: Boolean(known?.decision_sent), hasFailed: sent?.state === "failed" };
	const action = decide(quotation.status, quote.status, decision);
	if (action === "offer") await offer(container, quote, quotation as Quotation);
	if (action === "reject") await setStatus(container, quote, "merchant_rejected");
	if (action === "withdraw") await setStatus(container, quote, "pending_merchant");
	if (action === "repeat_decision") await erpnext.enqueue("quote_decision", quote.id);
	await erpnext.rememberApplied(quote.id, quotation.modified);
	return action;
}

async function setStatus(
	container: MedusaContainer,
	quote: Quote,
	to: "merchant_rejected" | "pending_merchant"
): Promise<void> {
	await setErpnextQuoteStatusWorkflow(container).run({ input: { quote_id: quote.id, from: quote.status, to } });
}

async function offer(container: MedusaContainer, quote: Quote, quotation: Quotation): Promise<void> {
	const orders = container.resolve<IOrderModuleService>(Modules.ORDER);
	const { currency_code } = await orders.retrieveOrder(quote.draft_order_id, { select: ["id", "currency_code"] });
	if (currency_code.toUpperCase() !== quotation.currency.toUpperCase()) {
		const text = `The currency is ${currency_code} in Medusa and ${quotation.currency} in ERPNext.`;
		throw new CannotApplyError("CurrencyDiffersError", text);
	}
	const preview = await orders.previewOrderChange(quote.draft_order_id);
	const edit = planEdit(draftLines(preview), quotation.items);
	if (edit.unknown.length) {
		const text = `These lines have no variant in Medusa: ${edit.unknown.join(", ")}`;
		throw new CannotApplyError("UnknownLineError", text);
	}
	const input = {
		quote_id: quote.id,
		from: quote.status,
		order_id: quote.draft_order_id,
		currency: quotation.currency,
		grand_total: quotation.grand_total,
		edit,
	};
	await applyErpnextOfferWorkflow(container).run({ input });
}

/** Return the lines of the order edit's preview. A line that was removed has the quantity 0. */
function draftLines(preview: OrderPreviewDTO): DraftLine[] {
	return preview.items.map((item) => ({
		id: item.id,
		variant_id: item.variant_id ?? null,
		variant_sku: item.variant_sku ?? null,
		quantity: Number(item.quantity),
		unit_price: Number(item.unit_price),
		added_by: item.actions?.find((action) => action.action === "ITEM_ADD")?.id ?? null,
	}));
}
