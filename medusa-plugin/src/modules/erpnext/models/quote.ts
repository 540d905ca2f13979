import { model } from "@medusajs/framework/utils";

/** What was last seen of a quote on both sides. */
export const ErpnextQuote = model.define("erpnext_quote", {
	id: model.id({ prefix: "erpquo" }).primaryKey(),
	quote_id: model.text().unique(),
	status: model.text(),
	// when the quote was changed last in Medusa; the greatest of all is where polling begins
	quote_updated_at: model.dateTime().index(),
	// `modified` of the Quotation that was applied last
	applied_modified: model.text().nullable(),
	decision_sent: model.enum(["Approved", "Rejected"]).nullable(),
	sales_order: model.text().index().nullable(),
});
