import js from "@eslint/js";
import globals from "globals";

const names = ["$", "__", "cur_frm", "format_currency", "frappe", "medusa_integration"];
const desk = Object.fromEntries(names.map((name) => [name, "readonly"]));

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
