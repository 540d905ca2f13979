import type { IOrderModuleService } from "@medusajs/framework/types";
import { Modules } from "@medusajs/framework/utils";
import { createStep, createWorkflow, StepResponse, WorkflowResponse } from "@medusajs/framework/workflows-sdk";

export interface OrderState {
	name: string;
	status: string;
	modified: string;
}

export interface StoreOrderStateInput {
	order_id: string;
	state: OrderState;
}

interface Undo {
	order_id: string;
	erpnext: OrderState | null;
}

const storeOrderStateStep = createStep(
	"store-erpnext-order-state",
	async ({ order_id, state }: StoreOrderStateInput, { container }) => {
		const orders = container.resolve<IOrderModuleService>(Modules.ORDER);
		const [order] = await orders.listOrders({ id: [order_id] }, { select: ["id", "metadata"], take: 1 });
		const before = order?.metadata ?? {};
		const known = before.erpnext as OrderState | undefined;
		const isNewer = Boolean(order) && !(known && known.modified > state.modified);
		if (!isNewer) return new StepResponse<boolean, Undo | null>(false, null);
		await orders.updateOrders(order_id, { metadata: { ...before, erpnext: state } });
		return new StepResponse<boolean, Undo | null>(true, { order_id, erpnext: known ?? null });
	},
	async (undo, { container }) => {
		if (!undo) return;
		const orders = container.resolve<IOrderModuleService>(Modules.ORDER);
		const order = await orders.retrieveOrder(undo.order_id, { select: ["id", "metadata"] });
		const { erpnext: _, ...metadata } = order.metadata ?? {};
		const restored = undo.erpnext ? { ...metadata, erpnext: undo.erpnext } : metadata;
		await orders.updateOrders(undo.order_id, { metadata: restored });
	}
);

/** Store the state of the Sales Order in the metadata of the order, unless a newer one is there. */
export const storeErpnextOrderStateWorkflow = createWorkflow(
	"store-erpnext-order-state",
	(input: StoreOrderStateInput) => new WorkflowResponse(storeOrderStateStep(input))
);
