import type { MedusaContainer } from "@medusajs/framework/types";

import type { OrderEvent } from "../client";
import { ERPNEXT_MODULE } from "../modules/erpnext";
import type ErpnextModuleService from "../modules/erpnext/service";
import { storeErpnextOrderStateWorkflow } from "../workflows";
import { readQuote } from "./read";

/** Store the state of a Sales Order in its order's metadata. Returns false if there is no order, or a newer state. */
export async function applyOrder(container: MedusaContainer, order: OrderEvent["data"]): Promise<boolean> {
	const { name, status, modified } = order;
	const orderId = "order_id" in order ? order.order_id : await orderOfDeleted(container, name);
	if (!orderId) return false;
	const input = { order_id: orderId, state: { name, status, modified } };
	const { result } = await storeErpnextOrderStateWorkflow(container).run({ input });
	return result;
}

/** Return the order of a Sales Order that was deleted: the event has only its name. */
async function orderOfDeleted(container: MedusaContainer, name: string): Promise<string | null> {
	const erpnext = container.resolve<ErpnextModuleService>(ERPNEXT_MODULE);
	const [known] = await erpnext.listErpnextQuotes({ sales_order: name }, { take: 1 });
	if (!known) return null;
	return (await readQuote(container, known.quote_id))?.draft_order_id ?? null;
}
