import { defineWidgetConfig } from "@medusajs/admin-sdk";
import type { AdminCustomer, DetailWidgetProps } from "@medusajs/framework/types";
import { Button, Container, Heading, StatusBadge, Text } from "@medusajs/ui";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { sdk } from "../lib/sdk";

interface Delivery {
	state: "open" | "done" | "failed";
	attempts: number;
	next_attempt_at: string;
	updated_at: string;
	last_error: string | null;
	last_message: string | null;
}

interface ErpnextState {
	account: { doctype: "Lead" | "Customer"; name: string; title: string; url: string } | null;
	delivery: Delivery | null;
	/** Why ERPNext did not say which account it is; null if it has none. */
	error: string | null;
}

const CustomerErpnext = ({ data: customer }: DetailWidgetProps<AdminCustomer>) => {
	const client = useQueryClient();
	const queryKey = ["erpnext-customer", customer.id];
	const path = `/admin/erpnext/customers/${customer.id}`;
	const state = useQuery({ queryKey, queryFn: () => sdk.client.fetch<ErpnextState>(path) });
	const send = useMutation({
		mutationFn: () => sdk.client.fetch<ErpnextState>(path, { method: "POST" }),
		onSuccess: (answer) => client.setQueryData(queryKey, answer),
	});
	return (
		<Container className="divide-y p-0">
			<div className="flex items-center justify-between px-6 py-4">
				<Heading level="h2">ERPNext</Heading>
				{customer.has_account && (
					<Button size="small" variant="secondary" isLoading={send.isPending} onClick={() => send.mutate()}>
						Send now
					</Button>
				)}
			</div>
			<Row label="Account">
				<AccountOf state={state.data} isGuest={!customer.has_account} hasFailed={state.isError} />
			</Row>
			<Row label="Delivery">
				<DeliveryOf delivery={(customer.has_account && state.data?.delivery) || null} />
			</Row>
		</Container>
	);
};

const Row = ({ label, children }: { label: string; children: React.ReactNode }) => (
	<div className="text-ui-fg-subtle grid grid-cols-2 items-center px-6 py-4">
		<Text size="small" leading="compact" weight="plus">
			{label}
		</Text>
		<div>{children}</div>
	</div>
);

interface AccountProps {
	state: ErpnextState | undefined;
	isGuest: boolean;
	hasFailed: boolean;
}

const AccountOf = ({ state, isGuest, hasFailed }: AccountProps) => {
	if (hasFailed) return <Text size="small">Medusa did not answer.</Text>;
	if (!state) return <Text size="small">...</Text>;
	if (state.error) return <Text size="small">ERPNext did not answer: {state.error}</Text>;
	if (!state.account) return <Text size="small">{isGuest ? "Guests are not sent." : "None yet"}</Text>;
	const { doctype, name, title, url } = state.account;
	return (
		<a href={url} target="_blank" rel="noreferrer" className="text-ui-fg-interactive txt-small">
			{doctype} {name}
			{title && title !== name ? `, ${title}` : ""}
		</a>
	);
};

const DeliveryOf = ({ delivery }: { delivery: Delivery | null }) => {
	if (!delivery) return <Text size="small">-</Text>;
	if (delivery.state === "done") {
		return <StatusBadge color="green">Sent {new Date(delivery.updated_at).toLocaleString()}</StatusBadge>;
	}
	const isWaiting = delivery.state === "open";
	return (
		<div className="flex flex-col gap-y-1">
			<StatusBadge color={isWaiting ? "orange" : "red"}>
				{isWaiting ? `Next attempt ${new Date(delivery.next_attempt_at).toLocaleString()}` : "A person has to decide"}
			</StatusBadge>
			{delivery.last_error && (
				<Text size="xsmall">
					{delivery.last_error}: {delivery.last_message}
				</Text>
			)}
		</div>
	);
};

export const config = defineWidgetConfig({ zone: "customer.details.after" });

export default CustomerErpnext;
