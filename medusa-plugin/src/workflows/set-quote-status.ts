import { createWorkflow, WorkflowResponse } from "@medusajs/framework/workflows-sdk";

import { setQuoteStatusStep, type SetQuoteStatusInput } from "./steps/set-quote-status";

/** Withdraw a quote from the customer, or mark it as rejected by the merchant. */
export const setErpnextQuoteStatusWorkflow = createWorkflow(
	"set-erpnext-quote-status-workflow",
	(input: SetQuoteStatusInput) => new WorkflowResponse(setQuoteStatusStep(input))
);
