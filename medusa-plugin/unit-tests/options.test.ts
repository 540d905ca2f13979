import { expect, test } from "vitest";

import { readOptions } from "../src/modules/erpnext/options";

const good = { url: "https://erp.example.com", token: "key:secret", eventSecret: "secret" };

test("good options are returned, without what Medusa adds", () => {
	expect(readOptions({ ...good, nextEventSecret: "", database: {} })).toEqual(good);
});

test("every problem is named", () => {
	const given = { url: "erp.example.com", token: "secret", timeoutMs: "30", deskURL: "https://desk.example.com" };
	expect(() => readOptions(given)).toThrow(
		[
			"medusa-integration-erpnext: wrong options",
			"  deskURL: there is no such option",
			"  url: must be an address that begins with https://",
			"  token: must be api_key:api_secret",
			"  eventSecret: is missing",
			"  timeoutMs: must be a whole number of milliseconds, 1000 to 300000",
		].join("\n")
	);
});

test.each(["https://user:pass@erp.example.com", "https://erp.example.com/?a=1", "ftp://erp.example.com"])(
	"%s is no url",
	(url) => {
		expect(() => readOptions({ ...good, url })).toThrow("url: must");
	}
);

test("a problem does not show the secret", () => {
	expect(() => readOptions({ ...good, token: "a secret" })).toThrow(/^(?!.*a secret).*$/s);
});
