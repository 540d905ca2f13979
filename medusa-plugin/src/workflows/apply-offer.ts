import { createWorkflow, transform, when, WorkflowResponse } from "@medusajs/framework/workflows-sdk";
import { orderEditAddNewItemWorkflow, orderEditUpdateItemQuantityWorkflow } from "@medusajs/medusa/core-flows";

import type { Edit } from "../quotes/plan";
import type { QuoteStatus } from "../quotes/read";
import { changeAddedLinesStep } from "./steps/change-added-lines";
import { checkPreviewTotalStep } from "./steps/check-preview-total";
import { setQuoteStatusStep } from "./steps/set-quote-status";

export interface ApplyOfferInput {
	quote_id: string;
	from: QuoteStatus;
	order_id: string;
	currency: string;
	grand_total: number;
	edit: Edit;
}

/** Put the lines and prices of an offer into the order edit of a quote, and send the quote to the customer. */
export const applyErpnextOfferWorkflow = createWorkflow("apply-erpnext-offer", (input: ApplyOfferInput) => {
	when({ input }, (data) => data.input.edit.updates.length > 0).then(() => {
		const items = transform({ input }, (data) => ({
			order_id: data.input.order_id,
			items: data.input.edit.updates,
		}));
		orderEditUpdateItemQuantityWorkflow.runAsStep({ input: items });
	});
	when({ input }, (data) => data.input.edit.additions.length > 0).then(() => {
		const items = transform({ input }, (data) => ({
			order_id: data.input.order_id,
			items: data.input.edit.additions,
		}));
		orderEditAddNewItemWorkflow.runAsStep({ input: items });
	});
	const changes = transform({ input }, ({ input: { order_id, edit } }) => ({ order_id, changes: edit.changes }));
	changeAddedLinesStep(changes);
	checkPreviewTotalStep(input);
	const status = transform({ input }, ({ input: { quote_id, from } }) => ({
		quote_id,
		from,
		to: "pending_customer" as const,
	}));
	return new WorkflowResponse(setQuoteStatusStep(status));
});
