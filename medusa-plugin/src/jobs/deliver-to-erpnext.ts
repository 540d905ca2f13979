import type { MedusaContainer } from "@medusajs/framework/types";
import { ContainerRegistrationKeys } from "@medusajs/framework/utils";

import { deliverDue } from "../outbox/deliver";
import { typeOf } from "../outbox/rules";
import { pollQuotes } from "../quotes/follow";

const LONGEST_RUN = 50; // seconds; the next run begins after a minute

/** Find quotes whose events were not sent or lost, and deliver what is due. */
export default async function deliverToErpnext(container: MedusaContainer): Promise<void> {
	try {
		await pollQuotes(container);
	} catch (error) {
		// what is in the outbox must not wait for it
		container.resolve(ContainerRegistrationKeys.LOGGER).error(`ERPNext: no quotes were polled: ${typeOf(error)}.`);
	}
	await deliverDue(container, LONGEST_RUN);
}

export const config = { name: "deliver-to-erpnext", schedule: "* * * * *" };
