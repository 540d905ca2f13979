import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";

import { beforeAll, expect, test } from "vitest";

import description from "../package.json";

const root = join(__dirname, "..");
const SERVER = ".medusa/server/src/";
let packed: string[] = [];

beforeAll(() => {
	// packing builds it first, which prints lines of its own
	const printed = execFileSync("npm", ["pack", "--dry-run", "--json"], { cwd: root, encoding: "utf-8" });
	const [{ files }] = JSON.parse(printed.slice(printed.search(/^\[$/m)));
	packed = files.map((file: { path: string }) => file.path);
}, 120_000);

test("each source file is packed, compiled", () => {
	const sources = (readdirSync(join(root, "src"), { recursive: true }) as string[]).filter((path) => path.endsWith(".ts") && !/^admin\/|\.d\.ts$/.test(path));
	expect(sources.length).toBeGreaterThan(30);
	const compiled = sources.map((path) => SERVER + path.replace(/ts$/, "js"));
	expect(compiled.filter((path) => !packed.includes(path))).toEqual([]);
});

test("what other code may import is packed", () => {
	const targets = Object.values(description.exports)
		.flatMap((target) => (typeof target === "string" ? [target] : Object.values(target)))
		.map((path) => path.replace(/^\.\//, ""))
		.filter((path) => !path.includes("*"));
	expect(targets.length).toBeGreaterThan(3);
	expect(targets.filter((path) => !packed.includes(path))).toEqual([]);
});

test("nothing else is packed", () => {
	const others = packed.filter((path) => !path.startsWith(SERVER));
	expect(others.sort()).toEqual(["LICENSE", "README.md", "package.json"]);
});
