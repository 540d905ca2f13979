import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** A connection between Medusa and ERPNext that the tests can cut, and that can deliver everything twice. */
export class Line {
	isTwice = false;
	readonly seen: { path: string; status: number }[] = [];
	#server: Server | null = null;

	constructor(
		readonly target: string,
		public port = 0
	) {}

	/** Listen, and forward what comes in. */
	async connect(): Promise<void> {
		const server = createServer(async (request, response) => {
			const body = await read(request);
			const answer = await this.#forward(request, body);
			if (this.isTwice) await this.#forward(request, body);
			response.writeHead(answer.status, { "Content-Type": answer.type }).end(answer.body);
		});
		await new Promise<void>((resolve, reject) => {
			server.once("error", reject).listen(this.port, "127.0.0.1", resolve);
		});
		this.port = (server.address() as AddressInfo).port;
		this.#server = server;
	}

	/** Stop listening: connections are refused. */
	async cut(): Promise<void> {
		const server = this.#server;
		this.#server = null;
		server?.closeAllConnections();
		await new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve()));
	}

	async #forward(request: IncomingMessage, body: Buffer): Promise<{ status: number; type: string; body: Buffer }> {
		const headers: Record<string, string> = {};
		for (const name of ["authorization", "content-type", "accept", "medusa-integration-signature"]) {
			const value = request.headers[name];
			if (typeof value === "string") headers[name] = value;
		}
		const response = await fetch(this.target + request.url, { method: "POST", headers, body: new Uint8Array(body) });
		this.seen.push({ path: request.url ?? "", status: response.status });
		const type = response.headers.get("content-type") ?? "application/json";
		return { status: response.status, type, body: Buffer.from(await response.arrayBuffer()) };
	}
}

async function read(request: IncomingMessage): Promise<Buffer> {
	const parts: Buffer[] = [];
	for await (const part of request) parts.push(part as Buffer);
	return Buffer.concat(parts);
}
