// Creates an admin and their keys, and writes what the tests need to know of them into a file.
const { writeFileSync } = require("node:fs");
const { Modules } = require("@medusajs/framework/utils");

const ADMIN = { email: "admin@example.com", password: "password of an admin" };

exports.default = async ({ container, args: [file] }) => {
	const keys = container.resolve(Modules.API_KEY);
	const user = await makeAdmin(container);

	const makeKey = async (type, title) => {
		const key = await keys.createApiKeys({ type, title, created_by: user.id });
		return { id: key.id, token: key.token };
	};
	const makeRevoked = async (type) => {
		const key = await makeKey(type, "revoked");
		await keys.revoke(key.id, { revoked_by: user.id });
		return key.token;
	};

	// a new server has this key; it is for the default sales channel
	const [publishable] = await keys.listApiKeys({ type: "publishable" });
	const made = {
		admin: ADMIN,
		publishable: publishable.token,
		publishable_without_channel: (await makeKey("publishable", "no channel")).token,
		publishable_revoked: await makeRevoked("publishable"),
		secret_revoked: await makeRevoked("secret"),
		secret: (await makeKey("secret", "tests")).token,
	};
	writeFileSync(file, JSON.stringify(made), { mode: 0o600 });
};

async function makeAdmin(container) {
	const auth = container.resolve(Modules.AUTH);
	const user = await container.resolve(Modules.USER).createUsers({ email: ADMIN.email });
	const { authIdentity } = await auth.register("emailpass", { body: ADMIN });
	await auth.updateAuthIdentities({ id: authIdentity.id, app_metadata: { user_id: user.id } });
	return user;
}
