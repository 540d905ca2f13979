import type { IOrderModuleService, MedusaContainer, OrderAddressDTO, OrderLineItemDTO } from "@medusajs/framework/types";
import { Modules } from "@medusajs/framework/utils";

import { ErpnextError, type QuotationRequest, type RequestedLine, type SentAddress } from "../client";
import { ERPNEXT_MODULE } from "../modules/erpnext";
import type ErpnextModuleService from "../modules/erpnext/service";
import { applyQuotation } from "../quotes/apply";
import { readQuote } from "../quotes/read";
import { sendCustomer } from "./customer";

/** Request a Quotation for a quote. If ERPNext offers it at once, the quote gets the offer. */
export async function sendQuoteRequest(container: MedusaContainer, quoteId: string): Promise<void> {
	const quote = await readQuote(container, quoteId);
	if (!quote) return;
	const orders = container.resolve<IOrderModuleService>(Modules.ORDER);
	const relations = ["items", "billing_address", "shipping_address"];
	const order = await orders.retrieveOrder(quote.draft_order_id, { relations });
	const { client } = container.resolve<ErpnextModuleService>(ERPNEXT_MODULE);
	const request: QuotationRequest = {
		customer_id: quote.customer_id,
		quotation_id: quote.id,
		draft_order_id: quote.draft_order_id,
		items: (order.items ?? []).map(requestedLine),
		billing_address: sentAddress(order.billing_address),
		shipping_address: sentAddress(order.shipping_address),
	};
	try {
		await client.createQuotation(request);
	} catch (error) {
		// the customer's own delivery is still to come, or the account is older than the plugin
		if (!(error instanceof ErpnextError && error.type === "CustomerNotFoundError")) throw error;
		await sendCustomer(container, quote.customer_id);
		await client.createQuotation(request);
	}
	// ERPNext sends no event for what this call has changed
	const ids = { customer_id: quote.customer_id, quotation_id: quote.id };
	await applyQuotation(container, await client.getQuotation(ids));
}

/** Return what ERPNext is told of a line of the draft order. */
export function requestedLine(item: OrderLineItemDTO): RequestedLine {
	const quantity = Number(item.quantity);
	if (!item.variant_id) return { sku: item.variant_sku ?? "", quantity };
	return { variant_id: item.variant_id, sku: item.variant_sku ?? undefined, quantity };
}

/** Return an address that ERPNext can store, or undefined: carts often have no more than a country. */
export function sentAddress(address?: Partial<OrderAddressDTO> | null): SentAddress | undefined {
	if (!address?.address_1 || !address.city || !address.country_code) return undefined;
	return {
		address_1: address.address_1,
		address_2: address.address_2 || undefined,
		city: address.city,
		province: address.province || undefined,
		postal_code: address.postal_code || undefined,
		country_code: address.country_code,
		phone: address.phone || undefined,
	};
}
