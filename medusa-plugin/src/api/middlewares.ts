import { defineMiddlewares } from "@medusajs/framework/http";

import { oneDecision } from "./one-decision";

export default defineMiddlewares({
	routes: [
		{
			method: ["POST"],
			matcher: "/hooks/erpnext",
			// the signature is over the body as it was sent; 200 lines of a Quotation may pass the default of 100 kB
			bodyParser: { preserveRawBody: true, sizeLimit: "1mb" },
		},
		{ method: ["POST"], matcher: "/store/quotes/:id/accept", middlewares: [oneDecision] },
		{ method: ["POST"], matcher: "/store/quotes/:id/reject", middlewares: [oneDecision] },
	],
});
