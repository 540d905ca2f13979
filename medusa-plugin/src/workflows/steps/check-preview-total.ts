import type { IOrderModuleService } from "@medusajs/framework/types";
import { Modules } from "@medusajs/framework/utils";
import { createStep, StepResponse } from "@medusajs/framework/workflows-sdk";

import { CannotApplyError } from "../../outbox/rules";
import { totalsDiffer } from "../../quotes/plan";

export interface CheckPreviewTotalInput {
	order_id: string;
	currency: string;
	grand_total: number;
}

/**
 * Compare the total that the customer will see with ERPNext's. If they differ (other taxes, shipping), ERPNext
 * would refuse the acceptance, so the quote must not be sent.
 */
export const checkPreviewTotalStep = createStep(
	"check-erpnext-preview-total",
	async ({ order_id, currency, grand_total }: CheckPreviewTotalInput, { container }) => {
		const orders = container.resolve<IOrderModuleService>(Modules.ORDER);
		const total = Number((await orders.previewOrderChange(order_id)).total);
		if (totalsDiffer(total, grand_total, currency)) {
			const text = `The total is ${total} in Medusa and ${grand_total} in ERPNext; compare taxes and shipping.`;
			throw new CannotApplyError("TotalDiffersError", text);
		}
		return new StepResponse(total);
	}
);
