import type { QuotationStatus } from "../client";
import type { QuoteStatus } from "./read";

export type Action = "offer" | "withdraw" | "reject" | "repeat_decision" | "nothing";

/**
 * Decide what a state of the Quotation means for the quote.
 *
 * What the customer has decided is not changed, with one exception: a quote that they rejected, and that ERPNext
 * offers again after it knew that. If ERPNext refused the customer's decision, and offers now, it is sent again.
 */
export function decide(
	quotation: QuotationStatus,
	quote: QuoteStatus,
	decision: { isSent: boolean; hasFailed: boolean }
): Action {
	const isOffered = quotation === "offered";
	if (quote === "accepted" || (quote === "customer_rejected" && !decision.isSent)) {
		return isOffered && decision.hasFailed ? "repeat_decision" : "nothing";
	}
	if (quote === "customer_rejected") return isOffered ? "offer" : "nothing";
	if (isOffered) return "offer";
	if (quotation === "requested") return quote === "pending_customer" ? "withdraw" : "nothing";
	const hasEnded = ["rejected", "expired", "cancelled"].includes(quotation);
	return hasEnded && quote !== "merchant_rejected" ? "reject" : "nothing";
}
