import type { MedusaContainer } from "@medusajs/framework/types";
import { expect, test } from "vitest";

import { acceptedTotal } from "../src/outbox/quote-decision";
import { NotReadyError } from "../src/outbox/rules";

/** A container whose order is a draft for the first `drafts` times that it is read. */
function containerWith(drafts: number): MedusaContainer {
	let reads = 0;
	const graph = async () => ({ data: [{ id: "order_1", is_draft_order: reads++ < drafts, total: "3600" }] });
	return { resolve: () => ({ graph }) } as unknown as MedusaContainer;
}

test("an acceptance that is still being written is waited for", async () => {
	expect(await acceptedTotal(containerWith(2), "order_1", [1, 1])).toBe(3600);
});

test("an order that stays a draft is tried again later", async () => {
	await expect(acceptedTotal(containerWith(3), "order_1", [1, 1])).rejects.toThrow(NotReadyError);
});
