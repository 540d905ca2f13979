import { model } from "@medusajs/framework/utils";

/**
 * The outbox: what ERPNext has to be told of a record. A record has one row of each kind. A row says that the
 * record has changed, not how: what is sent is read when it is sent.
 */
export const ErpnextDelivery = model
	.define("erpnext_delivery", {
		id: model.id({ prefix: "erpdel" }).primaryKey(),
		kind: model.enum(["customer", "quote_request", "quote_decision"]),
		record_id: model.text(),
		state: model.enum(["open", "done", "failed"]).default("open"),
		// raised by every change, so that a change during a delivery is delivered too
		version: model.number().default(1),
		attempts: model.number().default(0),
		// also the end of the lease of the process that is delivering the row
		next_attempt_at: model.dateTime(),
		last_error: model.text().nullable(),
		last_message: model.text().nullable(),
	})
	.indexes([
		{ on: ["kind", "record_id"], unique: true },
		{ on: ["next_attempt_at"], where: { state: "open" } },
	]);
