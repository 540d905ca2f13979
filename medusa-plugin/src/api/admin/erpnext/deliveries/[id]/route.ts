import type { MedusaRequest, MedusaResponse } from "@medusajs/framework/http";

import { ERPNEXT_MODULE } from "../../../../../modules/erpnext";
import type ErpnextModuleService from "../../../../../modules/erpnext/service";
import { redeliver } from "../../../../../outbox/deliver";

/** Try one delivery again now: after a person has put right what was wrong. */
export const POST = async (req: MedusaRequest, res: MedusaResponse): Promise<void> => {
	const erpnext = req.scope.resolve<ErpnextModuleService>(ERPNEXT_MODULE);
	const { kind, record_id } = await erpnext.retrieveErpnextDelivery(req.params.id as string);
	await redeliver(req.scope, kind, record_id);
	res.json({ delivery: await erpnext.findDelivery(kind, record_id) });
};
