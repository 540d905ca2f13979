import type { MedusaContainer } from "@medusajs/framework/types";
import { createStep, StepResponse } from "@medusajs/framework/workflows-sdk";
import {
	orderEditAddNewItemWorkflow,
	removeItemOrderEditActionWorkflow,
	updateOrderEditAddItemWorkflow,
} from "@medusajs/medusa/core-flows";

import type { Edit } from "../../quotes/plan";

export interface ChangeAddedLinesInput {
	order_id: string;
	changes: Edit["changes"];
}

/** Change or remove lines that an earlier edit has added. Undone: their old quantity and price. */
export const changeAddedLinesStep = createStep(
	"change-erpnext-added-lines",
	async ({ order_id, changes }: ChangeAddedLinesInput, { container }) => {
		const done: Edit["changes"] = [];
		try {
			for (const change of changes) {
				await apply(container, order_id, change);
				done.push(change);
			}
		} catch (error) {
			// Medusa does not undo the step that fails
			await undo(container, { order_id, changes: done });
			throw error;
		}
		return new StepResponse(done.length, { order_id, changes: done });
	},
	async (input, { container }) => {
		if (input) await undo(container, input);
	}
);

async function apply(
	container: MedusaContainer,
	order_id: string,
	{ action_id, quantity, unit_price }: Edit["changes"][number]
): Promise<void> {
	if (quantity === 0) {
		await removeItemOrderEditActionWorkflow(container).run({ input: { order_id, action_id } });
	} else {
		const data = { quantity, unit_price };
		await updateOrderEditAddItemWorkflow(container).run({ input: { order_id, action_id, data } });
	}
}

async function undo(container: MedusaContainer, { order_id, changes }: ChangeAddedLinesInput): Promise<void> {
	for (const { action_id, quantity, before } of changes) {
		const { variant_id, quantity: old_quantity, unit_price } = before;
		if (quantity > 0) {
			const data = { quantity: old_quantity, unit_price };
			await updateOrderEditAddItemWorkflow(container).run({ input: { order_id, action_id, data } });
		} else if (variant_id) {
			const items = [{ variant_id, quantity: old_quantity, unit_price }];
			await orderEditAddNewItemWorkflow(container).run({ input: { order_id, items } });
		}
	}
}
