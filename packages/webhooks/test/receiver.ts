import { once } from 'node:events';
import http, { type IncomingHttpHeaders, type RequestListener } from 'node:http';
import https, { type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

interface Received {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A real server on 127.0.0.1 that keeps what it is sent. */
export interface Receiver extends AsyncDisposable {
  readonly port: number;
  /** How many connections it was offered. */
  readonly connections: number;
  readonly received: readonly Received[];
}

export interface ReceiverOptions {
  /** Called when the body has arrived. Default: 204. */
  readonly answer?: RequestListener;
  /** With a certificate it speaks TLS. */
  readonly tls?: ServerOptions;
}

export async function startReceiver({
  answer = (_req, res) => res.writeHead(204).end(),
  tls,
}: ReceiverOptions = {}): Promise<Receiver> {
  const received: Received[] = [];
  const listener: RequestListener = async (req, res) => {
    const body = await text(req).catch(() => undefined);
    if (body === undefined) return;
    const { method, url, headers } = req;
    received.push({ method, url, headers, body });
    answer(req, res);
  };
  const server = tls ? https.createServer(tls, listener) : http.createServer(listener);
  let connections = 0;
  server.on('connection', () => {
    connections += 1;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return connections;
    },
    received,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
