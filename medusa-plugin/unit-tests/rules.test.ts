import { describe, expect, test } from "vitest";

import { ErpnextError } from "../src/client";
import { afterFailure, CannotApplyError, NotReadyError, PAUSES, typeOf } from "../src/outbox/rules";

const refused = (type: string, status: number, retryAfter: number | null = null): ErpnextError =>
	new ErpnextError({ type, status, message: "a message with data", retryAfter });

describe("after a failure", () => {
	test.each([
		["a person has to decide", refused("LeadConflictError", 409), "failed", false],
		["wrong arguments", refused("InvalidArgumentsError", 417), "failed", false],
		["another total", refused("OfferChangedError", 409), "failed", false],
		["not to be applied in Medusa", new CannotApplyError("TotalDiffersError", ""), "failed", false],
		["busy records", refused("BusyError", 409), "open", false],
		["an error of the server in one record", refused("NoAnswer", 500), "open", true],
		["ERPNext down", refused("NoAnswer", 0), "open", true],
		["too many calls", refused("TooManyCallsError", 429), "open", true],
		["a wrong token", refused("AuthenticationError", 401), "open", true],
		["switched off", refused("IntegrationDisabledError", 409), "open", true],
		["a wrong address", refused("NoAnswer", 404), "open", true],
		["Medusa is not ready", new NotReadyError(""), "open", false],
		["the same from a workflow", { ...new CannotApplyError("TotalDiffersError", ""), message: "" }, "failed", false],
		["refused by Medusa", { name: "Error", type: "not_allowed", message: "" }, "failed", false],
		["an error of Medusa", new TypeError("x"), "open", false],
	])("%s: %s", (_case, error, state, affectsAll) => {
		expect(afterFailure(error, 1)).toMatchObject({ state, affectsAll });
	});

	test("the pauses grow, and the last one is kept", () => {
		const pauses = [1, 2, 3, 4, 5, 6, 7, 100].map((attempts) => afterFailure(refused("BusyError", 409), attempts).pause);
		expect(pauses).toEqual([...PAUSES, PAUSES.at(-1), PAUSES.at(-1)]);
	});

	test("a longer pause that ERPNext asks for is kept", () => {
		expect(afterFailure(refused("TooManyCallsError", 429, 3600), 1).pause).toBe(3600);
		expect(afterFailure(refused("TooManyCallsError", 429, 1), 1).pause).toBe(PAUSES[0]);
	});
});

test("what is logged is the type alone", () => {
	expect(typeOf(refused("LeadConflictError", 409))).toBe("LeadConflictError");
	expect(typeOf(new Error("a message with data"))).toBe("Error");
	expect(typeOf({ name: "Error", type: "not_found", message: "a message with data" })).toBe("not_found");
	expect(typeOf("a message with data")).toBe("Error");
});
