import { InjectManager, MedusaContext, MedusaService, generateEntityId } from "@medusajs/framework/utils";
import type { Context, InferTypeOf } from "@medusajs/framework/types";

import { ErpnextClient } from "../../client";
import type { Verdict } from "../../outbox/rules";
import { ErpnextDelivery, ErpnextQuote } from "./models";
import { readOptions, type ErpnextOptions } from "./options";

export type Delivery = InferTypeOf<typeof ErpnextDelivery>;
export type DeliveryKind = Delivery["kind"];
export type KnownQuote = InferTypeOf<typeof ErpnextQuote>;
export type ClaimedDelivery = Pick<Delivery, "id" | "kind" | "record_id" | "version" | "attempts">;

/** Seconds that a delivery may take on top of its calls, before another process may try it. */
const LEASE = 60;
const CALLS_PER_DELIVERY = 5;
const DEFAULT_TIMEOUT_MS = 60_000;
const LONGEST_MESSAGE = 500;

type Rows = Record<string, unknown>[];
type SqlManager = { execute(sql: string, params: unknown[]): Promise<Rows> };

/** The client of ERPNext, the outbox, and what is known of each quote. */
export default class ErpnextModuleService extends MedusaService({ ErpnextDelivery, ErpnextQuote }) {
	readonly options: ErpnextOptions;
	readonly client: ErpnextClient;

	constructor(container: Record<string, unknown>, options: Record<string, unknown>) {
		super(container, options);
		this.options = readOptions(options);
		this.client = new ErpnextClient(this.options);
	}

	/**
	 * Write into the outbox that a record has changed. A row that is waiting for its next attempt goes on waiting;
	 * a row that is done or failed is open again and due at once.
	 */
	@InjectManager()
	async enqueue(kind: DeliveryKind, recordId: string, @MedusaContext() context: Context = {}): Promise<void> {
		await execute(
			context,
			`insert into erpnext_delivery (id, kind, record_id, state, version, attempts, next_attempt_at)
			values (?, ?, ?, 'open', 1, 0, now())
			on conflict (kind, record_id) where deleted_at is null do update set
				version = erpnext_delivery.version + 1,
				attempts = case when erpnext_delivery.state = 'open' then erpnext_delivery.attempts else 0 end,
				next_attempt_at = case when erpnext_delivery.state = 'open'
					then erpnext_delivery.next_attempt_at else now() end,
				state = 'open', updated_at = now()`,
			[generateEntityId(undefined, "erpdel"), kind, recordId]
		);
	}

	/** Make an open row due now, whatever its pause; for a person who asks for it. */
	@InjectManager()
	async makeDue(kind: DeliveryKind, recordId: string, @MedusaContext() context: Context = {}): Promise<void> {
		await execute(
			context,
			`update erpnext_delivery set next_attempt_at = now(), updated_at = now()
			where kind = ? and record_id = ? and state = 'open' and deleted_at is null`,
			[kind, recordId]
		);
	}

	/**
	 * Take a row that is due, of this record or of any, for the time of a lease. Two processes never get the same
	 * row; if a process dies, the row is due again when the lease ends. Returns null if none is due.
	 */
	@InjectManager()
	async claim(
		record: { kind: DeliveryKind; recordId: string } | null = null,
		@MedusaContext() context: Context = {}
	): Promise<ClaimedDelivery | null> {
		const lease = LEASE + (CALLS_PER_DELIVERY * (this.options.timeoutMs ?? DEFAULT_TIMEOUT_MS)) / 1000;
		const [row] = await execute(
			context,
			`update erpnext_delivery
			set attempts = attempts + 1, next_attempt_at = now() + ? * interval '1 second', updated_at = now()
			where id = (
				select id from erpnext_delivery
				where state = 'open' and next_attempt_at <= now() and deleted_at is null
				${record ? "and kind = ? and record_id = ?" : ""}
				order by next_attempt_at limit 1 for update skip locked
			)
			returning id, kind, record_id, version, attempts`,
			[lease, ...(record ? [record.kind, record.recordId] : [])]
		);
		return (row as ClaimedDelivery | undefined) ?? null;
	}

	/** Mark a claimed row as done; it stays open and due if the record has changed since it was claimed. */
	@InjectManager()
	async markDone(row: ClaimedDelivery, @MedusaContext() context: Context = {}): Promise<void> {
		await execute(
			context,
			`update erpnext_delivery
			set state = case when version = ? then 'done' else 'open' end, attempts = 0, next_attempt_at = now(),
				last_error = null, last_message = null, updated_at = now()
			where id = ?`,
			[row.version, row.id]
		);
	}

	/** Write down a failed attempt, and when the next one is due. */
	@InjectManager()
	async markFailed(
		row: ClaimedDelivery,
		{ state, pause }: Verdict,
		error: { type: string; message: string },
		@MedusaContext() context: Context = {}
	): Promise<void> {
		await execute(
			context,
			`update erpnext_delivery
			set state = case when version = ? then ? else 'open' end, next_attempt_at = now() + ? * interval '1 second',
				last_error = ?, last_message = ?, updated_at = now()
			where id = ?`,
			[row.version, state, pause, error.type, error.message.slice(0, LONGEST_MESSAGE), row.id]
		);
	}

	/** Return the outbox row of a record, or null. */
	async findDelivery(kind: DeliveryKind, recordId: string): Promise<Delivery | null> {
		const [row] = await this.listErpnextDeliveries({ kind, record_id: recordId }, { take: 1 });
		return (row as Delivery | undefined) ?? null;
	}

	/** Return what is known of a quote, or null. */
	async findQuote(quoteId: string): Promise<KnownQuote | null> {
		const [row] = await this.listErpnextQuotes({ quote_id: quoteId }, { take: 1 });
		return (row as KnownQuote | undefined) ?? null;
	}

	/** Store the status of a quote in Medusa. */
	@InjectManager()
	async rememberQuote(
		quote: { id: string; status: string; updated_at: Date | string },
		@MedusaContext() context: Context = {}
	): Promise<void> {
		await execute(
			context,
			`insert into erpnext_quote (id, quote_id, status, quote_updated_at) values (?, ?, ?, ?)
			on conflict (quote_id) where deleted_at is null do update set
				status = excluded.status, quote_updated_at = excluded.quote_updated_at, updated_at = now()
			where erpnext_quote.quote_updated_at <= excluded.quote_updated_at`,
			[generateEntityId(undefined, "erpquo"), quote.id, quote.status, new Date(quote.updated_at).toISOString()]
		);
	}

	/** Store `modified` of the Quotation that was applied to a quote, unless a newer one was applied. */
	@InjectManager()
	async rememberApplied(quoteId: string, modified: string, @MedusaContext() context: Context = {}): Promise<void> {
		await execute(
			context,
			`update erpnext_quote set applied_modified = ?, updated_at = now()
			where quote_id = ? and (applied_modified is null or applied_modified < ?) and deleted_at is null`,
			[modified, quoteId, modified]
		);
	}

	/** Store that ERPNext knows the customer's decision, and the Sales Order that it made. */
	@InjectManager()
	async rememberDecision(
		quoteId: string,
		decision: "Approved" | "Rejected",
		salesOrder: string | null,
		@MedusaContext() context: Context = {}
	): Promise<void> {
		await execute(
			context,
			`update erpnext_quote set decision_sent = ?, sales_order = ?, updated_at = now()
			where quote_id = ? and deleted_at is null`,
			[decision, salesOrder, quoteId]
		);
	}
}

function execute(context: Context, sql: string, params: unknown[]): Promise<Rows> {
	return (context.manager as SqlManager).execute(sql, params);
}
