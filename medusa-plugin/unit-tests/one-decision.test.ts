import { EventEmitter } from "node:events";

import type { MedusaNextFunction, MedusaRequest, MedusaResponse } from "@medusajs/framework/http";
import { expect, test, vi } from "vitest";

import { oneDecision } from "../src/api/one-decision";

/** A locking module that runs one job of a key after another, or never gets a lock. */
function locking({ isBusy = false } = {}) {
	const last = new Map<string, Promise<void>>();
	const execute = async ([key]: string[], job: () => Promise<void>): Promise<void> => {
		if (isBusy) throw new Error("Timed-out acquiring lock.");
		const turn = (last.get(key as string) ?? Promise.resolve()).then(job);
		last.set(key as string, turn);
		await turn;
	};
	return { execute };
}

function decide(module: object, id: string) {
	const response = new EventEmitter();
	const next = vi.fn();
	const request = { params: { id }, scope: { resolve: () => module } } as unknown as MedusaRequest;
	const done = oneDecision(request, response as unknown as MedusaResponse, next as unknown as MedusaNextFunction);
	return { next, done, end: () => response.emit("close") };
}

const soon = () => new Promise((resolve) => setTimeout(resolve, 5));

test("a decision waits for the one before it, but not for another quote's", async () => {
	const module = locking();
	const [first, second, other] = ["quo_1", "quo_1", "quo_2"].map((id) => decide(module, id));
	await soon();
	expect([first, second, other].map((one) => one?.next.mock.calls.length)).toEqual([1, 0, 1]);
	first?.end();
	await first?.done;
	await soon();
	expect(second?.next.mock.calls).toEqual([[]]);
});

test("a decision that gets no turn is refused as a conflict", async () => {
	const { next, done } = decide(locking({ isBusy: true }), "quo_1");
	await done;
	expect(next.mock.calls).toEqual([[expect.objectContaining({ type: "conflict" })]]);
});
