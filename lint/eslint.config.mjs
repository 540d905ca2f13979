import js from "@eslint/js";
import globals from "globals";

const desk = { $: "readonly", __: "readonly", cur_frm: "readonly", frappe: "readonly" };

export default [
	{
		files: ["medusa_integration/**/*.js"],
		...js.configs.recommended,
		languageOptions: { sourceType: "script", globals: { ...globals.browser, ...desk } },
		linterOptions: { reportUnusedDisableDirectives: "error" },
		rules: {
			...js.configs.recommended.rules,
			eqeqeq: "error",
			"no-var": "error",
			"prefer-const": "error",
		},
	},
];
