/** The name of a wrong argument (`items[2].quantity`), a stable code, and a text for people. */
export interface WrongField {
	name: string;
	code: string;
	message: string;
}

export interface ErpnextErrorDetails {
	type: string;
	message: string;
	status: number;
	fields?: WrongField[];
	retryAfter?: number | null;
	reason?: string | null;
	current?: unknown;
}

/** The type of an ErpnextError that the app did not send: there is no answer, or one that is not the app's. */
export const NO_ANSWER = "NoAnswer";

/** A call that ERPNext refused, or did not answer. Decide by `type`, and where it has one by `reason`. */
export class ErpnextError extends Error {
	/** The app's word for the error, such as `OfferChangedError`, or `NoAnswer`. */
	readonly type: string;
	/** The HTTP status; 0 if there is no answer that can be read. */
	readonly status: number;
	/** Every wrong argument. */
	readonly fields: WrongField[];
	/** After how many seconds the same call may succeed. */
	readonly retryAfter: number | null;
	/** Which cause, if the type has several; of `NoAnswer`: timeout, network, redirect, not_json. */
	readonly reason: string | null;
	/** What ERPNext has now: a Quotation, or its totals. */
	readonly current: unknown;

	constructor(details: ErpnextErrorDetails) {
		super(details.message);
		this.name = "ErpnextError";
		this.type = details.type;
		this.status = details.status;
		this.fields = details.fields ?? [];
		this.retryAfter = details.retryAfter ?? null;
		this.reason = details.reason ?? null;
		this.current = details.current ?? null;
	}

	/** True if the same call may succeed later, and nobody has to do anything for it. */
	get isTemporary(): boolean {
		const failed = this.status === 0 || this.status === 429 || (this.status >= 500 && this.status !== 501);
		return failed || this.type === "BusyError";
	}
}
