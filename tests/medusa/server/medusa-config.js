const { defineConfig } = require("@medusajs/framework/utils");

module.exports = defineConfig({
	admin: { disable: true },
	projectConfig: {
		databaseUrl: process.env.DATABASE_URL,
		databaseDriverOptions: { ssl: false, connection: { ssl: false } },
		http: {
			storeCors: "http://localhost",
			adminCors: "http://localhost",
			authCors: "http://localhost",
			jwtSecret: "secret of a test",
			cookieSecret: "secret of a test",
		},
	},
});
