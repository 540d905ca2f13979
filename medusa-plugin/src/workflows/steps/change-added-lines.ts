import { createStep, StepResponse } from "@medusajs/framework/workflows-sdk";
import { updateOrderEditAddItemWorkflow } from "@medusajs/medusa/core-flows";

import type { Edit } from "../../quotes/plan";

export interface ChangeAddedLinesInput {
	order_id: string;
	changes: Edit["changes"];
}

/** Change lines that an earlier edit has added. Undone: their old quantity and price. */
export const changeAddedLinesStep = createStep(
	"change-erpnext-added-lines",
	async ({ order_id, changes }: ChangeAddedLinesInput, { container }) => {
		for (const { action_id, quantity, unit_price } of changes) {
			const input = { order_id, action_id, data: { quantity, unit_price } };
			await updateOrderEditAddItemWorkflow(container).run({ input });
		}
		return new StepResponse(changes.length, { order_id, changes });
	},
	async (done, { container }) => {
		for (const { action_id, before } of done?.changes ?? []) {
			const input = { order_id: done?.order_id as string, action_id, data: before };
			await updateOrderEditAddItemWorkflow(container).run({ input });
		}
	}
);
