/**
 * The server's side of connections: how long a request may take to arrive, how many connections there
 * may be, and how they end.
 *
 * Promises, each with a test of the same name:
 *
 *  - a request whose headers or body come slowly is answered with 408 and closed;
 *  - what is over MAX_CONNECTIONS is told so;
 *  - a client that asks while the server drains is answered, and told to go elsewhere.
 */
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import type { ApiConfig } from '../config.ts';
import { problemOf } from '../wire/problem.ts';
import { problemReply } from '../wire/reply.ts';
import { type Answering, onClientError } from './client-error.ts';

export interface Serving extends AsyncDisposable {
  readonly port: number;
}

export type ServeOptions = Pick<
  ApiConfig,
  'port' | 'host' | 'drainMs' | 'requestTimeoutMs' | 'maxConnections'
>;

/** Longer than the usual 60 s of load balancers, so that they close an idle connection and not we. */
const KEEP_ALIVE_MS = 65_000;
const HEADERS_MS = 10_000;
const CHECK_MS = 1000;
/** So many above the limit are told of it; what comes on top is closed without a word. */
const TOLD_CONNECTIONS = 64;
/** As many wait to be accepted at most: Node's default. */
const MAX_BACKLOG = 511;
const DRAIN_CHECK_MS = 50;
/** An idle connection is closed after this time: what its client has just sent is answered first. */
const LINGER_MS = 1000;

/** Listens until it is disposed of. Then it drains: it answers pending requests within `drainMs`. */
export async function serve(app: RequestListener, options: ServeOptions): Promise<Serving> {
  const { port, host, drainMs, requestTimeoutMs, maxConnections } = options;
  const server = createServer({
    keepAliveTimeout: KEEP_ALIVE_MS,
    headersTimeout: Math.min(HEADERS_MS, requestTimeoutMs),
    requestTimeout: requestTimeoutMs,
    connectionsCheckingInterval: CHECK_MS,
  });
  server.on('clientError', onClientError(options));
  let isDraining = false;
  const connections = countConnections(server, maxConnections);
  server.on('request', (req, res) => {
    const isSurplus = connections.surplus.has(req.socket);
    res.shouldKeepAlive &&= !isDraining && !isSurplus;
    if (!isSurplus) return app(req, res);
    const full = problemOf('connections-full', `MAX_CONNECTIONS (${maxConnections}) are open`);
    const { status, headers, body } = problemReply(full);
    res.statusCode = status;
    res.setHeaders(new Map(Object.entries(headers))).end(Buffer.concat(body));
  });
  server.listen(port, host);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      isDraining = true;
      // Without effect once headers are sent.
      for (const { _httpMessage: res } of connections.open) if (res) res.shouldKeepAlive = false;
      await allAccepted(connections);
      await drain(server, drainMs);
    },
  };
}

interface Connections {
  /** How many there have been. */
  accepted: number;
  readonly surplus: WeakSet<Socket>;
  readonly open: Set<Answering>;
}

/** Counts connections, and tells those above the limit, of which the server knows, too. */
function countConnections(server: Server, maxConnections: number): Connections {
  const connections: Connections = { accepted: 0, surplus: new WeakSet(), open: new Set() };
  const { open } = connections;
  server.maxConnections = maxConnections + TOLD_CONNECTIONS;
  server.on('connection', (socket) => {
    connections.accepted += 1;
    open.add(socket);
    if (open.size > maxConnections) connections.surplus.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  return connections;
}

/**
 * A closed listener resets the connections that wait to be accepted, and their clients have sent
 * requests. Node accepts one in each turn of the event loop.
 */
async function allAccepted(connections: Connections): Promise<void> {
  for (let turn = 0; turn < MAX_BACKLOG; turn += 1) {
    const before = connections.accepted;
    await setImmediate();
    if (connections.accepted === before) return;
  }
}

async function drain(server: Server, drainMs: number): Promise<void> {
  const closed = once(server, 'close');
  // Not the method of http.Server, which cuts idle connections off, and with them what is on its way.
  NetServer.prototype.close.call(server);
  let idle: NodeJS.Timeout | undefined;
  const linger = setTimeout(
    () => {
      server.close();
      // Repeatedly: a connection becomes idle when its request is answered, and would stay open.
      idle = setInterval(() => server.closeIdleConnections(), DRAIN_CHECK_MS);
    },
    Math.min(LINGER_MS, drainMs),
  );
  const timer = setTimeout(() => server.closeAllConnections(), drainMs);
  await closed;
  clearInterval(idle);
  clearTimeout(linger);
  clearTimeout(timer);
}
