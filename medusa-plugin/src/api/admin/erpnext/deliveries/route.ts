import type { MedusaRequest, MedusaResponse } from "@medusajs/framework/http";

import { ERPNEXT_MODULE } from "../../../../modules/erpnext";
import type ErpnextModuleService from "../../../../modules/erpnext/service";

const PAGE = 50;
const STATES = ["open", "done", "failed"] as const;

/** List the outbox: `?state=failed` (the default) or `open` or `done`, `offset`; the newest first. */
export const GET = async (req: MedusaRequest, res: MedusaResponse): Promise<void> => {
	const erpnext = req.scope.resolve<ErpnextModuleService>(ERPNEXT_MODULE);
	const state = STATES.find((one) => one === req.query.state) ?? "failed";
	const skip = Math.max(Number.parseInt(String(req.query.offset ?? 0), 10) || 0, 0);
	const order = { updated_at: "DESC" } as const;
	const [deliveries, count] = await erpnext.listAndCountErpnextDeliveries({ state }, { take: PAGE, skip, order });
	res.json({ deliveries, count, offset: skip, limit: PAGE });
};
