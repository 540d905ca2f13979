import { readFileSync } from "node:fs";
import { join } from "node:path";

import openapiTS, { astToString, COMMENT_HEADER } from "openapi-typescript";
import { expect, test } from "vitest";

import { ErpnextClient } from "../src/client";

const root = join(__dirname, "..");
const specification = join(root, "..", "docs", "openapi.yaml");

test("the types are those of docs/openapi.yaml; otherwise run: npm run generate", async () => {
	const nodes = await openapiTS(new URL(`file://${specification}`), { defaultNonNullable: false });
	const committed = readFileSync(join(root, "src", "client", "schema.ts"), "utf-8");
	expect(committed).toBe(`${COMMENT_HEADER}${astToString(nodes)}`);
});

test("the client has every method of docs/openapi.yaml", () => {
	const methods = [...readFileSync(specification, "utf-8").matchAll(/^ {2}\/api\/method\/medusa_integration\.api\.(\w+):$/gm)]
		.map(([, name]) => (name as string).replace(/_(\w)/g, (_match, letter: string) => letter.toUpperCase()));
	expect(methods.length).toBeGreaterThan(10);
	const own = Object.getOwnPropertyNames(ErpnextClient.prototype).filter((name) => name !== "constructor");
	expect(own.sort()).toEqual(methods.sort());
});
