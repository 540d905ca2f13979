import { createHmac } from "node:crypto";

import { expect, test } from "vitest";

import { isFromErpnext } from "../src/api/signature";

const NOW = 1_800_000_000;
const body = Buffer.from('{"event": "test", "text": "é"}');

function sign(secret: string, time: number | string = NOW, content: Uint8Array = body): string {
	return createHmac("sha256", secret).update(`${time}.`).update(content).digest("hex");
}

test.each([
	["the secret", `t=${NOW},v1=${sign("one")}`, true],
	["the next secret", `t=${NOW},v1=${sign("two")}`, true],
	["one of two signatures", `t=${NOW},v1=${sign("other")},v1=${sign("one")}`, true],
	["spaces", `t=${NOW}, v1=${sign("one")}`, true],
	["another secret", `t=${NOW},v1=${sign("other")}`, false],
	["another body", `t=${NOW},v1=${sign("one", NOW, Buffer.from("{}"))}`, false],
	["another time", `t=${NOW},v1=${sign("one", NOW - 1)}`, false],
	["300 seconds ago", `t=${NOW - 300},v1=${sign("one", NOW - 300)}`, true],
	["301 seconds ago", `t=${NOW - 301},v1=${sign("one", NOW - 301)}`, false],
	["301 seconds ahead", `t=${NOW + 301},v1=${sign("one", NOW + 301)}`, false],
	["a shorter signature", `t=${NOW},v1=${sign("one").slice(0, 32)}`, false],
	["an empty signature", `t=${NOW},v1=`, false],
	["no time", `v1=${sign("one", "")}`, false],
	["a time that is no number", `t=NaN,v1=${sign("one", "NaN")}`, false],
	["nothing", "", false],
	["no header", undefined, false],
])("%s", (_case, header, expected) => {
	expect(isFromErpnext(header, body, ["one", "two"], NOW)).toBe(expected);
});
