import type { SubscriberArgs, SubscriberConfig } from "@medusajs/framework";

import { enqueueAndDeliver } from "../outbox/deliver";

/** Send a customer who was created, changed or deleted. Deleting one may name several. */
export default async function sendChangedCustomer({
	event,
	container,
}: SubscriberArgs<{ id: string | string[] }>): Promise<void> {
	for (const id of [event.data.id].flat()) await enqueueAndDeliver(container, "customer", id);
}

export const config: SubscriberConfig = {
	event: ["customer.created", "customer.updated", "customer.deleted"],
	context: { subscriberId: "erpnext-customer" },
};
