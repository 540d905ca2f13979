// The dialog in which a clerk finds a Lead or a Customer, sees who it is, and confirms.
//
// medusa_integration.FindParty is the part that both forms share. Their scripts add to it: `title`, `method`
// and `args` of the search, `hints` for an empty answer, `is_free`, `question`, `consequences`, `action_label`
// and `link`.

frappe.provide("medusa_integration");

medusa_integration.FindParty = class FindParty {
	// `lead`: on the form of a Lead, who it is.
	constructor(frm, lead) {
		this.frm = frm;
		this.lead = lead;
		this.turn = 0; // of searches: the answer to an earlier one must not replace that of a later one
		this.make();
		this.search();
		this.dialog.show();
	}

	make() {
		this.dialog = new frappe.ui.Dialog({
			title: this.title,
			size: "large",
			no_submit_on_enter: true,
			fields: [
				{ fieldname: "text", fieldtype: "Data", label: this.search_label },
				{ fieldname: "body", fieldtype: "HTML", options: this.layout() },
			],
			primary_action_label: __("Link"),
			primary_action: () => this.chosen && this.link(this.chosen),
			secondary_action_label: __("Back"),
			secondary_action: () => this.go_back(),
		});
		medusa_integration.return_focus(this.frm, this.dialog);
		const part = (name) => this.dialog.$body.find(`.medusa-${name}`);
		this.status = part("status");
		this.found = part("found");
		this.chosen_part = part("chosen");
		this.problem = part("problem");
		this.field = this.dialog.get_field("text");
		this.field.$input.attr({ autocomplete: "off", "aria-label": this.search_label });
		this.bind();
		this.show_step("search");
	}

	layout() {
		return `<style>
			.medusa-status { margin-block-end: 8px; }
			.medusa-found { max-block-size: 50vh; overflow-y: auto; list-style: none; margin: 0; padding: 3px; }
			.medusa-card { display: block; inline-size: 100%; text-align: start; margin-block-end: 8px;
				padding: 8px 12px; border: 1px solid var(--border-color); border-radius: 8px;
				background: var(--fg-color); color: var(--text-color); overflow-wrap: anywhere; }
			button.medusa-card:hover { background: var(--fg-hover-color); }
			button.medusa-card:focus-visible { outline: 2px solid var(--primary); }
			.medusa-card.is-linked { background: var(--subtle-fg); }
			.medusa-card > span { display: block; }
			.medusa-card .indicator-pill { margin-block-start: 4px; margin-inline-end: 4px; }
			.medusa-question { outline: none; font-size: var(--text-lg); margin-block: 12px; }
			.medusa-chosen ul { padding-inline-start: 20px; }
		</style>
		<div class="medusa-search">
			<div class="medusa-status text-muted" role="status" aria-live="polite"></div>
			<ul class="medusa-found"></ul>
		</div>
		<div class="medusa-confirm hide">
			<div class="medusa-chosen"></div>
			<div class="medusa-problem alert alert-danger hide" role="alert" tabindex="-1"></div>
		</div>`;
	}

	bind() {
		this.field.$input.on("input", () => this.search_soon());
		this.field.$input.on("keydown", ({ key }) => {
			if (key === "Enter") this.search();
		});
		this.dialog.$body.on("keydown", (event) => this.move_focus(event));
		this.found.on("click", "button.medusa-card", ({ currentTarget }) =>
			this.choose(this.rows[$(currentTarget).data("index")])
		);
	}

	// Move the focus among the search field and the rows by the arrow keys.
	move_focus(event) {
		const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
		if (!step || this.chosen) return;
		const stops = [this.field.$input[0], ...this.found.find("button, a")];
		const next = stops[stops.indexOf(document.activeElement) + step];
		next?.focus();
		event.preventDefault();
	}

	// Show the step "search" or the step "confirm".
	show_step(step) {
		const is_search = step === "search";
		this.dialog.$body.find(".medusa-search").toggleClass("hide", !is_search);
		this.dialog.$body.find(".medusa-confirm").toggleClass("hide", is_search);
		this.field.$wrapper.toggleClass("hide", !is_search);
		this.dialog.footer.toggleClass("hide", is_search);
	}

	// searching

	search_soon() {
		this.turn += 1;
		this.say(__("Searching …"));
		clearTimeout(this.timer);
		this.timer = setTimeout(() => this.search(), 250);
	}

	async search() {
		clearTimeout(this.timer);
		const text = this.field.$input.val().trim();
		const turn = ++this.turn;
		this.say(__("Searching …"));
		try {
			const rows = await frappe.xcall(this.method, { ...this.args, text });
			if (turn === this.turn) this.draw(rows, text);
		} catch {
			if (turn === this.turn)
				this.draw([], text, __("The search failed. Press Enter to try again."));
		}
	}

	draw(rows, text, message = this.summary(rows, text)) {
		this.rows = rows;
		this.say(message);
		this.found.html(rows.map((row, index) => `<li>${this.card(row, index)}</li>`).join(""));
		this.found.scrollTop(0);
	}

	say(html) {
		this.status.html(html);
	}

	// Return what was found in words, or why there is nothing to choose.
	summary(rows, text) {
		const typed = medusa_integration.bold(text);
		if (!rows.length)
			return text ? this.hints.none.replace("{0}", typed) : this.hints.unlikely;
		if (!rows.some((row) => this.is_free(row))) return this.hints.linked;
		if (!text) return this.hints.likely;
		if (rows.length < 20) return __("Found: {0}", [rows.length]);
		return __("The first {0} are shown. Type more to see others.", [rows.length]);
	}

	// cards

	// Return a row as HTML: a button, or a plain card if it cannot be chosen.
	card(row, index) {
		if (this.is_free(row)) {
			return `<button type="button" class="medusa-card" data-index="${index}">${this.details(
				row
			)}</button>`;
		}
		return `<div class="medusa-card is-linked">${this.details(row)}</div>`;
	}

	details(row) {
		const lines = [this.heading(row), this.contact_line(row), this.tags(row)];
		return lines
			.filter(Boolean)
			.map((line) => `<span>${line}</span>`)
			.join("");
	}

	heading({ name, person, company }) {
		const { bold, code } = medusa_integration;
		const titles = [...new Set([person, company].filter(Boolean))];
		const record = titles.includes(name)
			? ""
			: ` <small class="text-muted">${code(name)}</small>`;
		return titles.map(bold).join(" · ") + record;
	}

	contact_line({ email, phone, since, quotations }) {
		const { code } = medusa_integration;
		const facts = [email && code(email), phone && code(phone)];
		facts.push(__("since {0}", [frappe.datetime.str_to_user(since)]));
		if (quotations) facts.push(__("open Quotations: {0}", [quotations]));
		return `<small class="text-muted">${facts.filter(Boolean).join(" · ")}</small>`;
	}

	tags(row) {
		const pill = (color, html) =>
			`<span class="indicator-pill no-indicator-dot ${color}"><span>${html}</span></span>`;
		const reasons = (row.reasons || []).map((reason) =>
			pill("green", frappe.utils.escape_html(reason))
		);
		return [...reasons, ...this.states(row).map((html) => pill("orange", html))].join("");
	}

	// Return what keeps a row from being chosen, or should be known before, as HTML.
	states({ linked, customer }) {
		const { link } = medusa_integration;
		if (customer === this.frm.doc.name) return [__("linked to this Customer")];
		if (customer)
			return [__("linked to {0}", [link("Customer", customer, { new_tab: true })])];
		return linked ? [__("linked to a Customer that you may not read")] : [];
	}

	// choosing and confirming

	choose(row) {
		this.chosen = row;
		const { list } = medusa_integration;
		// the dialog keeps its height, so that the second click of a double click does not hit the footer
		this.dialog.$body.css("min-block-size", this.dialog.$body.height());
		this.chosen_part.html(
			`<div class="medusa-card">${this.details(row)}</div>
			<div class="medusa-question" tabindex="-1">${this.question(row)}</div>
			${list(this.consequences(row).filter(Boolean))}`
		);
		this.problem.addClass("hide");
		this.dialog.get_primary_btn().html(this.action_label(row)).removeClass("hide");
		this.show_step("confirm");
		// not the button: a key that is still held down must not press it
		this.chosen_part.find(".medusa-question").trigger("focus");
	}

	go_back() {
		const index = this.rows.indexOf(this.chosen);
		this.chosen = null;
		this.dialog.$body.css("min-block-size", "");
		this.show_step("search");
		const row = this.found.find(`[data-index=${index}]`);
		(row.length ? row : this.field.$input).trigger("focus");
	}

	// Link a Customer to a Lead, then load the form again. `other` is the record that was chosen.
	link_both({ customer, lead, as_further_buyer, other }) {
		frappe.call({
			method: "medusa_integration.api.link_medusa_lead",
			args: { customer, lead, as_further_buyer: as_further_buyer ? 1 : 0 },
			btn: this.dialog.get_primary_btn(),
			error_handlers: {
				LeadLinkedError: ({ error }) => this.show_conflict(error.message, lead),
			},
			callback: ({ message }) => this.finish(message, other),
		});
	}

	async finish({ medusa_id }, other) {
		this.dialog.hide();
		const message = __("Linked to shop account {0}", [medusa_integration.code(medusa_id)]);
		medusa_integration.show_result(this.frm, message, other);
	}

	// Say whose the account is, with a link. Somebody else was faster, so what was found is out of date.
	async show_conflict(message, lead) {
		const { customer } = await frappe.xcall("medusa_integration.desk.describe_lead", { lead });
		const link = customer
			? __("Open {0}", [medusa_integration.link("Customer", customer, { new_tab: true })])
			: "";
		this.problem.html(`<p>${frappe.utils.escape_html(message)}</p><p>${link}</p>`);
		this.problem.removeClass("hide").trigger("focus");
		this.dialog.get_primary_btn().addClass("hide");
		this.frm.reload_doc();
		this.search();
	}

	// Return what happens to a Lead and its records when its account gets a Customer, as HTML sentences.
	lead_consequences({ name, drafts }) {
		const drafts_move = frappe.model.can_read("Quotation")
			? __("Draft Quotations that move to the Customer: {0}", [drafts])
			: __("Its draft Quotations move to the Customer.");
		return [
			__("The Lead {0} becomes Converted.", [medusa_integration.code(name)]),
			__("Its contacts and addresses are linked to the Customer, too."),
			drafts_move,
		];
	}
};
