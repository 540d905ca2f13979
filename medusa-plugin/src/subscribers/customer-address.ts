import type { SubscriberArgs, SubscriberConfig } from "@medusajs/framework";
import type { ICustomerModuleService } from "@medusajs/framework/types";
import { Modules } from "@medusajs/framework/utils";

import { enqueueAndDeliver } from "../outbox/deliver";

/** Send the customer whose address was added or changed: that is no change of the customer itself. */
export default async function sendCustomerOfAddress({
	event,
	container,
}: SubscriberArgs<{ id: string | string[] }>): Promise<void> {
	const customers = container.resolve<ICustomerModuleService>(Modules.CUSTOMER);
	const addresses = await customers.listCustomerAddresses({ id: [event.data.id].flat() });
	const ids = new Set(addresses.map((address) => address.customer_id));
	for (const id of ids) await enqueueAndDeliver(container, "customer", id);
}

export const config: SubscriberConfig = {
	event: ["customer.customer-address.created", "customer.customer-address.updated"],
	context: { subscriberId: "erpnext-customer-address" },
};
