import type { MedusaContainer } from "@medusajs/framework/types";
import { ContainerRegistrationKeys } from "@medusajs/framework/utils";

import { ERPNEXT_MODULE } from "../modules/erpnext";
import type ErpnextModuleService from "../modules/erpnext/service";
import type { ClaimedDelivery, DeliveryKind } from "../modules/erpnext/service";
import { sendCustomer } from "./customer";
import { sendQuoteDecision } from "./quote-decision";
import { sendQuoteRequest } from "./quote-request";
import { afterFailure, messageOf, typeOf, type Verdict } from "./rules";

const SEND: Record<DeliveryKind, (container: MedusaContainer, recordId: string) => Promise<void>> = {
	customer: sendCustomer,
	quote_request: sendQuoteRequest,
	quote_decision: sendQuoteDecision,
};

/** Write a change into the outbox and try to deliver it at once. A failure is not an error: it is tried again. */
export async function enqueueAndDeliver(
	container: MedusaContainer,
	kind: DeliveryKind,
	recordId: string
): Promise<void> {
	await container.resolve<ErpnextModuleService>(ERPNEXT_MODULE).enqueue(kind, recordId);
	await deliver(container, kind, recordId);
}

/** Deliver a record now, without waiting for the next attempt that is due; for a person who asks for it. */
export async function redeliver(container: MedusaContainer, kind: DeliveryKind, recordId: string): Promise<void> {
	const erpnext = container.resolve<ErpnextModuleService>(ERPNEXT_MODULE);
	await erpnext.enqueue(kind, recordId);
	await erpnext.makeDue(kind, recordId);
	await deliver(container, kind, recordId);
}

/** Deliver the row of a record if it is due. */
export async function deliver(container: MedusaContainer, kind: DeliveryKind, recordId: string): Promise<void> {
	const row = await container.resolve<ErpnextModuleService>(ERPNEXT_MODULE).claim({ kind, recordId });
	if (row) await attempt(container, row);
}

/**
 * Deliver what is due, one row after another, for at most `seconds`. If ERPNext cannot be reached, the rest waits
 * for the next run. Returns the number of attempts.
 */
export async function deliverDue(container: MedusaContainer, seconds: number): Promise<number> {
	const erpnext = container.resolve<ErpnextModuleService>(ERPNEXT_MODULE);
	const end = Date.now() + seconds * 1000;
	for (let attempts = 0; ; attempts += 1) {
		const row = Date.now() < end ? await erpnext.claim() : null;
		if (!row) return attempts;
		const verdict = await attempt(container, row);
		if (verdict?.affectsAll) return attempts + 1;
	}
}

/** Make one attempt at a claimed row. Returns null if it succeeded. */
async function attempt(container: MedusaContainer, row: ClaimedDelivery): Promise<Verdict | null> {
	const erpnext = container.resolve<ErpnextModuleService>(ERPNEXT_MODULE);
	try {
		await SEND[row.kind](container, row.record_id);
	} catch (error) {
		const verdict = afterFailure(error, row.attempts);
		await erpnext.markFailed(row, verdict, { type: typeOf(error), message: messageOf(error) });
		report(container, row, verdict, typeOf(error));
		return verdict;
	}
	await erpnext.markDone(row);
	return null;
}

function report(container: MedusaContainer, row: ClaimedDelivery, verdict: Verdict, type: string): void {
	const logger = container.resolve(ContainerRegistrationKeys.LOGGER);
	const what = `ERPNext: ${row.kind} ${row.record_id} was not delivered: ${type}.`;
	if (verdict.state === "failed") logger.error(`${what} A person has to decide.`);
	else logger.warn(`${what} Tried again in ${verdict.pause} s.`);
}
