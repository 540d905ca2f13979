/** What `plugins[].options` in medusa-config.ts has for this plugin. */
export interface ErpnextOptions {
	/** The address of the ERPNext site. */
	url: string;
	/** `api_key:api_secret` of a user with the role Medusa Integration. */
	token: string;
	/** The Event Secret of Medusa Settings. */
	eventSecret: string;
	/** The Next Event Secret, while the secret is being changed. */
	nextEventSecret?: string;
	/** How long to wait for an answer of ERPNext; by default 60 seconds. */
	timeoutMs?: number;
	/** The address at which users open the desk, if it is not `url`. */
	deskUrl?: string;
}

type Check = (value: unknown) => string | null;

const CHECKS: Record<keyof ErpnextOptions, { required: boolean; check: Check }> = {
	url: { required: true, check: checkUrl },
	token: { required: true, check: checkToken },
	eventSecret: { required: true, check: checkSecret },
	nextEventSecret: { required: false, check: checkSecret },
	timeoutMs: { required: false, check: checkTimeout },
	deskUrl: { required: false, check: checkUrl },
};

/** Return the options, or throw an error that names every problem. An empty text counts as missing. */
export function readOptions(given: Record<string, unknown> = {}): ErpnextOptions {
	// Medusa adds objects of its own, such as `database`
	const problems = Object.keys(given)
		.filter((name) => !(name in CHECKS) && typeof given[name] !== "object")
		.map((name) => `${name}: there is no such option`);
	const options: Record<string, unknown> = {};
	for (const [name, { required, check }] of Object.entries(CHECKS)) {
		const value = given[name];
		if (value === undefined || value === null || value === "") {
			if (required) problems.push(`${name}: is missing`);
			continue;
		}
		const problem = check(value);
		if (problem) problems.push(`${name}: ${problem}`);
		else options[name] = value;
	}
	if (problems.length) throw new Error(`medusa-integration-erpnext: wrong options\n  ${problems.join("\n  ")}`);
	return options as unknown as ErpnextOptions;
}

function checkUrl(value: unknown): string | null {
	const url = typeof value === "string" && URL.canParse(value) ? new URL(value) : null;
	if (!url || !["http:", "https:"].includes(url.protocol)) return "must be an address that begins with https://";
	if (url.search || url.hash) return "must have no ? and no #";
	return url.username || url.password ? "must not contain a user or a password" : null;
}

function checkToken(value: unknown): string | null {
	return typeof value === "string" && /^[^\s:]+:[^\s:]+$/.test(value) ? null : "must be api_key:api_secret";
}

function checkSecret(value: unknown): string | null {
	return typeof value === "string" && value.trim() === value ? null : "must be a text without spaces around it";
}

function checkTimeout(value: unknown): string | null {
	return Number.isInteger(value) && Number(value) >= 1000 && Number(value) <= 300_000
		? null
		: "must be a whole number of milliseconds, 1000 to 300000";
}
