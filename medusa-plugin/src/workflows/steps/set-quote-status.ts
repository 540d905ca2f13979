import { createStep, StepResponse } from "@medusajs/framework/workflows-sdk";

import { CannotApplyError } from "../../outbox/rules";
import { quoteModule, readQuote, type QuoteStatus } from "../../quotes/read";

export interface SetQuoteStatusInput {
	quote_id: string;
	/** The status that the decision was based on. */
	from: QuoteStatus;
	to: QuoteStatus;
}

/** Change the status of a quote, unless the customer has decided in the meantime. Undone: the old status. */
export const setQuoteStatusStep = createStep(
	"set-erpnext-quote-status",
	async ({ quote_id, from, to }: SetQuoteStatusInput, { container }) => {
		const quote = await readQuote(container, quote_id);
		if (quote?.status !== from) {
			throw new CannotApplyError("QuoteChangedError", `The quote ${quote_id} has changed in the meantime.`);
		}
		if (from !== to) await quoteModule(container)?.updateQuotes([{ id: quote_id, status: to }]);
		return new StepResponse(to, from === to ? null : { id: quote_id, status: from });
	},
	async (before, { container }) => {
		if (before) await quoteModule(container)?.updateQuotes([before]);
	}
);
