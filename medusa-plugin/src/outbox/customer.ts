import type {
	CustomerAddressDTO,
	CustomerDTO,
	ICustomerModuleService,
	MedusaContainer,
} from "@medusajs/framework/types";
import { Modules } from "@medusajs/framework/utils";

import type { ShopAddress, ShopCustomer } from "../client";
import { ERPNEXT_MODULE } from "../modules/erpnext";
import type ErpnextModuleService from "../modules/erpnext/service";

/** Send a customer to ERPNext as Medusa has it now, also if it was deleted. Guests are not sent. */
export async function sendCustomer(container: MedusaContainer, customerId: string): Promise<void> {
	const customers = container.resolve<ICustomerModuleService>(Modules.CUSTOMER);
	const config = { withDeleted: true, relations: ["addresses"], take: 1 };
	const [customer] = await customers.listCustomers({ id: [customerId] }, config);
	if (!customer?.has_account) return;
	const { client } = container.resolve<ErpnextModuleService>(ERPNEXT_MODULE);
	await client.updateCustomer({ data: customerData(customer), addresses: customer.addresses.map(addressData) });
}

/** Return what ERPNext is told of a customer. */
export function customerData(customer: CustomerDTO): ShopCustomer {
	return {
		id: customer.id,
		email: customer.email,
		first_name: customer.first_name,
		last_name: customer.last_name,
		phone: customer.phone,
		company_name: customer.company_name,
		updated_at: isoTime(customer.updated_at as Date | string),
		deleted_at: customer.deleted_at ? isoTime(customer.deleted_at) : null,
	};
}

/** Return what ERPNext is told of an address. */
export function addressData(address: CustomerAddressDTO): ShopAddress {
	return {
		id: address.id,
		address_1: address.address_1,
		address_2: address.address_2,
		city: address.city,
		province: address.province,
		postal_code: address.postal_code,
		country_code: address.country_code,
		phone: address.phone,
		is_default_billing: address.is_default_billing,
		is_default_shipping: address.is_default_shipping,
	};
}

function isoTime(time: Date | string): string {
	return new Date(time).toISOString();
}
