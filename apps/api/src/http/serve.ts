import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Express } from 'express';

export interface Serving extends AsyncDisposable {
  readonly port: number;
}

export interface ServeOptions {
  /** 0: a free one. */
  readonly port: number;
  readonly host: string;
  /** How long requests under way may take once it is disposed of. Unit: ms. */
  readonly drainMs: number;
}

/** Longer than the 60 s after which load balancers usually drop an idle connection, so that they do. */
const KEEP_ALIVE_MS = 65_000;
const DRAIN_CHECK_MS = 50;

/** Listens until it is disposed of; then it answers what it has begun, within `drainMs`. */
export async function serve(app: Express, { port, host, drainMs }: ServeOptions): Promise<Serving> {
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, app);
  server.listen(port, host);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      // Again and again: one that has been answered is idle, and would be kept alive.
      const idle = setInterval(() => server.closeIdleConnections(), DRAIN_CHECK_MS);
      const timer = setTimeout(() => server.closeAllConnections(), drainMs);
      await closed;
      clearInterval(idle);
      clearTimeout(timer);
    },
  };
}
