import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Express } from 'express';

export interface Serving extends AsyncDisposable {
  readonly port: number;
}

export interface ServeOptions {
  /** 0: any free port. */
  readonly port: number;
  readonly host: string;
  /** How long pending requests may take after the server is disposed of. Unit: ms. */
  readonly drainMs: number;
}

/** Longer than the usual 60 s of load balancers, so that they close an idle connection and not we. */
const KEEP_ALIVE_MS = 65_000;
const DRAIN_CHECK_MS = 50;

/** Listens until it is disposed of. Then it drains: it answers pending requests within `drainMs`. */
export async function serve(app: Express, { port, host, drainMs }: ServeOptions): Promise<Serving> {
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, app);
  server.listen(port, host);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      // Repeatedly: a connection becomes idle when its request is answered, and would stay open.
      const idle = setInterval(() => server.closeIdleConnections(), DRAIN_CHECK_MS);
      const timer = setTimeout(() => server.closeAllConnections(), drainMs);
      await closed;
      clearInterval(idle);
      clearTimeout(timer);
    },
  };
}
