import type { MedusaNextFunction, MedusaRequest, MedusaResponse } from "@medusajs/framework/http";
import { MedusaError, Modules } from "@medusajs/framework/utils";

import { LOCK_TIMEOUT, lockOf } from "../quotes/lock";

/**
 * Let one decision about a quote through at a time, and no offer meanwhile. The B2B starter checks the status of the
 * quote before it changes anything, so two acceptances at the same moment are both carried out: the order gets its
 * lines twice, or the quote is open again although it was ordered.
 */
export async function oneDecision(req: MedusaRequest, res: MedusaResponse, next: MedusaNextFunction): Promise<void> {
	const locking = req.scope.resolve(Modules.LOCKING);
	let hasPassed = false;
	const pass = (): Promise<void> =>
		new Promise((resolve) => {
			hasPassed = true;
			res.once("close", () => resolve());
			next();
		});
	try {
		await locking.execute([lockOf(req.params.id as string)], pass, { timeout: LOCK_TIMEOUT });
	} catch {
		if (hasPassed) return;
		next(new MedusaError(MedusaError.Types.CONFLICT, "The quote is being changed at this moment. Try again."));
	}
}
