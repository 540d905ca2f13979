import { ErpnextError, NO_ANSWER } from "../client/error";

const MINUTE = 60;
/** Seconds before each new attempt; the last one is used for all later attempts. */
export const PAUSES = [1, 2, 5, 15, 30, 60].map((minutes) => minutes * MINUTE);

/** Refusals that end when somebody puts the connection right; then every row has to be sent. */
const OPERATOR_TYPES = ["AuthenticationError", "PermissionError", "IntegrationDisabledError", NO_ANSWER];
/** Refusals of Medusa's own that the same attempt would get again. */
const MEDUSA_TYPES = ["invalid_data", "not_allowed", "not_found"];
const UNREACHABLE = [0, 502, 503, 504];

/** A delivery that has to wait for something in Medusa. */
export class NotReadyError extends Error {
	override readonly name = "NotReadyError";
}

/** What ERPNext has cannot be put into Medusa; a person has to decide. */
export class CannotApplyError extends Error {
	override readonly name = "CannotApplyError";

	constructor(
		readonly type: string,
		message: string
	) {
		super(message);
	}
}

/** Tell whether an error is a CannotApplyError; workflows throw a copy of it that has lost its class. */
export function isCannotApply(error: unknown): error is CannotApplyError {
	return asErrorLike(error).name === "CannotApplyError";
}

/** What becomes of a row after a failed attempt. */
export interface Verdict {
	state: "open" | "failed";
	/** Seconds until the next attempt. */
	pause: number;
	/** True if other rows would fail for the same reason now. */
	affectsAll: boolean;
}

/** Decide whether a row is tried again after attempt number `attempts` failed. */
export function afterFailure(error: unknown, attempts: number): Verdict {
	const pause = PAUSES[Math.min(Math.max(attempts, 1), PAUSES.length) - 1] as number;
	if (!(error instanceof ErpnextError)) {
		// all other errors of Medusa, such as a lost database, say nothing about the row
		const needsPerson = isCannotApply(error) || MEDUSA_TYPES.includes(asErrorLike(error).type ?? "");
		return { state: needsPerson ? "failed" : "open", pause, affectsAll: false };
	}
	const byOperator = OPERATOR_TYPES.includes(error.type);
	if (!byOperator && !error.isTemporary) return { state: "failed", pause, affectsAll: false };
	return {
		state: "open",
		pause: Math.max(pause, error.retryAfter ?? 0),
		affectsAll: byOperator || error.status === 429 || UNREACHABLE.includes(error.status),
	};
}

/** Return the word for an error that may be logged: its type, without the message. */
export function typeOf(error: unknown): string {
	if (error instanceof ErpnextError) return error.reason ? `${error.type} (${error.reason})` : error.type;
	const { name, type } = asErrorLike(error);
	return type ?? name ?? "Error";
}

/** Return the message of whatever was thrown. */
export function messageOf(error: unknown): string {
	return asErrorLike(error).message ?? String(error);
}

function asErrorLike(error: unknown): { name?: string; type?: string; message?: string } {
	const isObject = typeof error === "object" && error !== null;
	const found = (isObject ? error : {}) as Record<string, unknown>;
	const text = (key: string): string | undefined => (typeof found[key] === "string" ? found[key] : undefined);
	return { name: text("name"), type: text("type"), message: text("message") };
}
