// How the site stands, and the buttons of the steps of setting up.

frappe.ui.form.on("Medusa Settings", {
	refresh(frm) {
		show_warnings(frm);
		show_health(frm);
		frm.add_custom_button(__("Test Connection"), () => if_saved(frm, test_connection));
		frm.add_custom_button(__("Create API User"), create_api_user);
		if (frm.doc.enabled) {
			const group = __("Customers of Medusa");
			frm.add_custom_button(__("Import"), () => if_saved(frm, import_customers), group);
			frm.add_custom_button(__("Fetch Now"), () => if_saved(frm, fetch_now), group);
		}
		if (frm.doc.event_url) {
			frm.add_custom_button(__("Send Test Event"), () => if_saved(frm, send_test_event));
		}
	},
});

function if_saved(frm, action) {
	if (frm.is_dirty()) {
		frappe.msgprint(__("Please save the settings first."));
	} else {
		action();
	}
}

// above the settings

function show_warnings(frm) {
	frm.dashboard.clear_headline();
	if (frm.doc.guest_access) {
		frm.dashboard.set_headline_alert(
			__(
				"Guests are let in: anyone who can reach this site can call the storefront's methods."
			),
			"red"
		);
	} else if (frm.doc.integration_user === "Administrator") {
		frm.dashboard.set_headline_alert(
			__(
				"The Integration User is Administrator: what the shop orders passes credit limits, frozen Customers, Authorization Rules and workflows."
			),
			"orange"
		);
	}
}

function show_health(frm) {
	const turn = (frm.medusa_turn = {}); // the form may be refreshed before the answer comes
	frappe
		.call({ method: "medusa_integration.desk.check_health", type: "GET" })
		.then(({ message }) => {
			if (turn !== frm.medusa_turn) return;
			const items = health_items(frm.doc, message).map(
				([color, text]) => `<span class="indicator ${color}">${text}</span>`
			);
			const style = "display: flex; flex-wrap: wrap; gap: 6px 20px";
			const line = `<div class="medusa-health" style="${style}">${items.join("")}</div>`;
			// a warning stays beside it
			frm.set_intro(line, frm.layout.message_color || "gray");
		});
}

function health_items(doc, { scheduler, workers, queued, last_sign_up, waiting }) {
	const items = [
		doc.enabled
			? ["green", __("Switched on")]
			: ["red", __("Switched off: all calls are refused")],
		doc.medusa_url ? ["green", __("Medusa URL entered")] : ["red", __("No Medusa URL")],
		scheduler
			? ["green", __("Scheduler runs")]
			: ["red", __("Scheduler has not run lately: nothing is retried")],
	];
	if (workers === null) {
		items.push(["red", __("Redis cannot be reached: no Leads are created")]);
	} else {
		items.push(
			workers
				? ["green", __("Workers: {0}", [workers])]
				: ["red", __("No workers: no Leads are created")],
			[queued > 100 ? "orange" : "green", __("Jobs that wait: {0}", [queued])]
		);
	}
	const time = last_sign_up && frappe.datetime.str_to_user(last_sign_up.split(".")[0]);
	items.push(["gray", time ? __("Last sign-up: {0}", [time]) : __("No sign-up yet")]);
	const link = "/app/medusa-sync-log?waits_for=Person";
	const rows = `<a href="${link}">${__("Rows that wait for a person: {0}", [waiting])}</a>`;
	items.push([waiting ? "orange" : "green", rows]);
	return items;
}

// Test Connection

function test_connection() {
	const method = "medusa_integration.desk.check_connection";
	frappe.call({ method, freeze: true, freeze_message: __("Testing...") }).then(({ message }) => {
		const colors = { ok: "green", failed: "red", skipped: "gray" };
		const words = { ok: __("OK"), failed: __("Failed"), skipped: __("Not tested") };
		const rows = message.map(
			({ title, state, text }) => `<tr>
				<td><span class="indicator ${colors[state]}">${words[state]}</span></td>
				<th scope="row">${frappe.utils.escape_html(title)}</th>
				<td>${frappe.utils.escape_html(text)}</td></tr>`
		);
		const has_failed = message.some(({ state }) => state === "failed");
		frappe.msgprint({
			title: __("Test Connection"),
			indicator: has_failed ? "red" : "green",
			message: `<table class="table">${rows.join("")}</table>`,
			wide: true,
		});
	});
}

// Create API User

function create_api_user() {
	const field = {
		fieldname: "email",
		fieldtype: "Data",
		options: "Email",
		label: __("E-mail of the user"),
		description: __(
			"No mail is sent to it. If the shop has this user already, it gets a new secret, and the old one stops working."
		),
		default: `shop@${window.location.hostname}`,
		reqd: 1,
	};
	frappe.prompt(
		field,
		({ email }) => {
			const method = "medusa_integration.desk.create_api_user";
			frappe.call({ method, args: { email }, freeze: true }).then(({ message }) => {
				const token = frappe.utils.escape_html(message.token);
				const text = __(
					"Copy the token now: it is shown only once. The shop's server sends it as:"
				);
				frappe.msgprint({
					title: __("Token of the Shop's Server"),
					message: `<p>${text}</p><pre>Authorization: token ${token}</pre>`,
				});
			});
		},
		__("Create API User"),
		__("Create")
	);
}

// Send Test Event

function send_test_event() {
	frappe.call({
		method: "medusa_integration.desk.send_test_event",
		freeze: true,
		callback({ message: { status, text, problem } }) {
			const is_accepted = status >= 200 && status < 300;
			const answer = problem || __("The shop answered with HTTP status {0}.", [status]);
			frappe.msgprint({
				title: is_accepted
					? __("The event was accepted")
					: __("The event was not accepted"),
				indicator: is_accepted ? "green" : "red",
				message: `<p>${answer}</p><pre>${frappe.utils.escape_html(text)}</pre>`,
			});
		},
	});
}

// the customers of Medusa

function import_customers() {
	const text = __(
		"First a dry run: it reads all customers of Medusa and says what an import would do. Nothing is changed. Begin?"
	);
	const question = frappe.confirm(text, () =>
		frappe
			.call({
				method: "medusa_integration.desk.start_import",
				args: { is_dry_run: 1 },
				freeze: true,
			})
			.then(({ message }) =>
				frappe.set_route("Form", "Medusa Customer Import", message.name)
			)
	);
	// otherwise Enter would mean Yes on any button, and Yes twice on Yes
	question.confirm_dialog = false;
}

function fetch_now() {
	frappe
		.call({ method: "medusa_integration.desk.fetch_customers", freeze: true })
		.then(() => frappe.set_route("Form", "Medusa Customer Import", "Changes"));
}
