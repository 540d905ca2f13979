import type { MedusaRequest, MedusaResponse } from "@medusajs/framework/http";

import { ErpnextError, type Account } from "../../../../../client";
import { ERPNEXT_MODULE } from "../../../../../modules/erpnext";
import type ErpnextModuleService from "../../../../../modules/erpnext/service";
import { redeliver } from "../../../../../outbox/deliver";
import { typeOf } from "../../../../../outbox/rules";

/** Read the Lead or Customer of a customer, and the state of its delivery. */
export const GET = async (req: MedusaRequest, res: MedusaResponse): Promise<void> => {
	const erpnext = req.scope.resolve<ErpnextModuleService>(ERPNEXT_MODULE);
	const id = req.params.id as string;
	const [answer, delivery] = await Promise.all([readAccount(erpnext, id), erpnext.findDelivery("customer", id)]);
	res.json({ ...answer, delivery });
};

/** Send a customer again now, whatever the state of its delivery. */
export const POST = async (req: MedusaRequest, res: MedusaResponse): Promise<void> => {
	const erpnext = req.scope.resolve<ErpnextModuleService>(ERPNEXT_MODULE);
	const id = req.params.id as string;
	await redeliver(req.scope, "customer", id);
	res.json({ ...(await readAccount(erpnext, id)), delivery: await erpnext.findDelivery("customer", id) });
};

async function readAccount(
	{ client, options }: ErpnextModuleService,
	id: string
): Promise<{ account: Account | null; error: string | null }> {
	try {
		const account = await client.getAccount({ customer_id: id });
		return { account: { ...account, url: deskUrl(account.url, options.deskUrl ?? options.url) }, error: null };
	} catch (error) {
		if (!(error instanceof ErpnextError)) throw error;
		return { account: null, error: error.type === "CustomerNotFoundError" ? null : typeOf(error) };
	}
}

/** Return the address of a form as users of the desk reach it. */
function deskUrl(url: string, desk: string): string {
	const { pathname, search } = new URL(url, desk);
	return new URL(pathname + search, desk).toString();
}
