import { createHmac, timingSafeEqual } from "node:crypto";

export const SIGNATURE_HEADER = "medusa-integration-signature";
const LONGEST_AGE = 300; // seconds

/** Tell whether an event comes from ERPNext: signed with one of the secrets, over these bytes, and not too old. */
export function isFromErpnext(
	header: string | undefined,
	body: Uint8Array,
	secrets: string[],
	now: number = Date.now() / 1000
): boolean {
	const parts = (header ?? "").split(",").map((part) => part.trim().split("="));
	const time = parts.find(([name]) => name === "t")?.[1] ?? "";
	if (!/^\d{1,12}$/.test(time) || Math.abs(now - Number(time)) > LONGEST_AGE) return false;
	const sent = parts.filter(([name]) => name === "v1").map(([, value]) => Buffer.from(value ?? "", "hex"));
	const expected = secrets.map((secret) => createHmac("sha256", secret).update(`${time}.`).update(body).digest());
	return expected.some((one) => sent.some((other) => other.length === one.length && timingSafeEqual(other, one)));
}
