/** Seconds to wait for the lock of a quote. */
export const LOCK_TIMEOUT = 5;

/** Return the key of the lock that a quote is changed under. */
export function lockOf(quoteId: string): string {
	return `erpnext-${quoteId}`;
}
