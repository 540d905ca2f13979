import type { QuotationLine } from "../client";

/** A line of the draft order, as the preview of its order edit shows it. */
export interface DraftLine {
	id: string;
	variant_id: string | null;
	variant_sku: string | null;
	quantity: number;
	unit_price: number;
	/** The action of the order edit that added the line; null if it was in the draft order before. */
	added_by: string | null;
}

export interface AddedLine {
	variant_id: string | null;
	quantity: number;
	unit_price: number;
}

export interface Edit {
	/** Lines of the draft order that get another quantity (0: none of it) or price. */
	updates: { id: string; quantity: number; unit_price: number }[];
	/** The same for lines that an earlier edit has added. With the quantity 0 the addition is taken back. */
	changes: { action_id: string; quantity: number; unit_price: number; before: AddedLine }[];
	/** Lines that only ERPNext has. */
	additions: (AddedLine & { variant_id: string })[];
	/** Item codes of lines that only ERPNext has, and that name no variant. */
	unknown: string[];
}

/** Decide how a draft order gets the lines and prices of a Quotation. Nothing to do: all lists are empty. */
export function planEdit(draft: DraftLine[], quotation: QuotationLine[]): Edit {
	const edit: Edit = { updates: [], changes: [], additions: [], unknown: [] };
	const remaining = [...draft];
	for (const line of quotation) {
		const match = takeMatch(remaining, line);
		if (match) change(edit, match, line.quantity, line.rate);
		else if (line.variant_id) {
			edit.additions.push({ variant_id: line.variant_id, quantity: line.quantity, unit_price: line.rate });
		} else edit.unknown.push(line.sku ?? line.item_name ?? "");
	}
	for (const line of remaining) change(edit, line, 0, line.unit_price);
	return edit;
}

/** Return and remove the draft's line for a Quotation's line: the same quantity first, if it has several. */
function takeMatch(remaining: DraftLine[], line: QuotationLine): DraftLine | null {
	const isSame = (draft: DraftLine): boolean =>
		line.variant_id && draft.variant_id
			? draft.variant_id === line.variant_id
			: Boolean(line.sku) && draft.variant_sku === line.sku;
	const candidates = remaining.filter(isSame);
	const match = candidates.find((draft) => draft.quantity === line.quantity) ?? candidates[0];
	if (!match) return null;
	remaining.splice(remaining.indexOf(match), 1);
	return match;
}

function change(edit: Edit, line: DraftLine, quantity: number, unit_price: number): void {
	if (line.quantity === quantity && line.unit_price === unit_price) return;
	if (line.added_by) {
		const before = { variant_id: line.variant_id, quantity: line.quantity, unit_price: line.unit_price };
		edit.changes.push({ action_id: line.added_by, quantity, unit_price, before });
	} else edit.updates.push({ id: line.id, quantity, unit_price });
}

/** Tell whether two totals differ in the currency's smallest unit. */
export function totalsDiffer(one: number, other: number, currency: string): boolean {
	const format = new Intl.NumberFormat("en", { style: "currency", currency });
	const unit = 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2);
	return Math.round(one * unit) !== Math.round(other * unit);
}
