import type { CustomerDTO, ICustomerModuleService, MedusaContainer } from "@medusajs/framework/types";
import { Modules } from "@medusajs/framework/utils";

import type { CustomerData } from "../client";
import { ERPNEXT_MODULE } from "../modules/erpnext";
import type ErpnextModuleService from "../modules/erpnext/service";

/** Send a customer to ERPNext as Medusa has it now, also if it was deleted. Guests are not sent. */
export async function sendCustomer(container: MedusaContainer, customerId: string): Promise<void> {
	const customers = container.resolve<ICustomerModuleService>(Modules.CUSTOMER);
	const config = { withDeleted: true, relations: ["addresses"], take: 1 };
	const [customer] = await customers.listCustomers({ id: [customerId] }, config);
	if (!customer?.has_account) return;
	const { client } = container.resolve<ErpnextModuleService>(ERPNEXT_MODULE);
	await client.updateCustomer({ data: customerData(customer) });
}

/** Return what ERPNext is told of a customer. */
export function customerData(customer: CustomerDTO): CustomerData {
	return {
		id: customer.id,
		email: customer.email,
		first_name: customer.first_name ?? null,
		last_name: customer.last_name ?? null,
		phone: customer.phone ?? null,
		company_name: customer.company_name ?? null,
		updated_at: isoTime(customer.updated_at as Date | string),
		deleted_at: customer.deleted_at ? isoTime(customer.deleted_at) : null,
		has_account: customer.has_account,
		addresses: customer.addresses.map((address) => ({
			id: address.id,
			is_default_billing: address.is_default_billing,
			is_default_shipping: address.is_default_shipping,
			address_1: address.address_1 ?? null,
			address_2: address.address_2 ?? null,
			city: address.city ?? null,
			province: address.province ?? null,
			postal_code: address.postal_code ?? null,
			country_code: address.country_code ?? null,
			phone: address.phone ?? null,
			company: address.company ?? null,
			first_name: address.first_name ?? null,
			last_name: address.last_name ?? null,
		})),
	};
}

function isoTime(time: Date | string): string {
	return new Date(time).toISOString();
}
