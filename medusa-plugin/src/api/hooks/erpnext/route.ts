import type { MedusaRequest, MedusaResponse } from "@medusajs/framework/http";
import { ContainerRegistrationKeys } from "@medusajs/framework/utils";

import { ERPNEXT_MODULE } from "../../../modules/erpnext";
import type ErpnextModuleService from "../../../modules/erpnext/service";
import { isCannotApply } from "../../../outbox/rules";
import { isFromErpnext, SIGNATURE_HEADER } from "../../signature";
import { receiveEvent } from "./receive";

/**
 * Receive an event of ERPNext. Any answer but 2xx makes ERPNext send it again; 409 says that a person has to
 * decide, who finds its type in ERPNext's Medusa Sync Log, and the message in the log of Medusa.
 */
export const POST = async (req: MedusaRequest, res: MedusaResponse): Promise<void> => {
	const { options } = req.scope.resolve<ErpnextModuleService>(ERPNEXT_MODULE);
	const secrets = [options.eventSecret, options.nextEventSecret].filter((secret) => secret !== undefined);
	const body = req.rawBody as Buffer | undefined;
	if (!body || !isFromErpnext(req.get(SIGNATURE_HEADER), body, secrets)) {
		res.status(401).json({ type: "SignatureError", message: "The signature is missing, wrong or too old." });
		return;
	}
	try {
		res.status(200).json({ outcome: await receiveEvent(req.scope, req.body) });
	} catch (error) {
		if (!isCannotApply(error)) throw error;
		const logger = req.scope.resolve(ContainerRegistrationKeys.LOGGER);
		logger.warn(`ERPNext: an event was refused with 409 ${error.type}. ${error.message}`);
		res.status(409).json({ type: error.type, message: error.message });
	}
};
