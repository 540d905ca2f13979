import { defineConfig } from "vitest/config";

// one story: the tests build on each other
export default defineConfig({
	test: {
		include: ["integration-tests/**/*.test.ts"],
		fileParallelism: false,
		testTimeout: 180_000,
		hookTimeout: 120_000,
		bail: 1,
	},
});
