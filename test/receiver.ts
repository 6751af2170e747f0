/** A receiver of webhooks on loopback: verifies every call as a user would, and behaves as it is told. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';

interface Call {
  readonly path: string;
  readonly id: string;
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** Monotonic ms. */
  readonly at: number;
  readonly headers: IncomingHttpHeaders;
  // biome-ignore lint/suspicious/noExplicitAny: what came over the wire is for the test to judge
  readonly event: any;
}

/** What to do with a call that was verified. Default: 204. */
export type Behaviour = (res: ServerResponse, call: Call) => void;

export interface Receiver extends AsyncDisposable {
  /** Ends without a slash. */
  readonly url: string;
  readonly calls: readonly Call[];
  /** Calls whose signature did not verify. */
  readonly forged: number;
}

export const newSecret = (): string => `whsec_${randomBytes(32).toString('base64')}`;

/** What API and workers need to call a receiver on loopback. */
export const webhookEnv = (secret: string) => ({
  WEBHOOK_SECRET: secret,
  WEBHOOK_ALLOW_HTTP: 'true',
  WEBHOOK_ALLOWED_HOSTS: '127.0.0.1',
});

export async function startReceiver(secret: string, behave?: Behaviour): Promise<Receiver> {
  const verifier = new Webhook(secret);
  const calls: Call[] = [];
  let forged = 0;
  const server = createServer(async (req, res) => {
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    const headers = req.headers as Record<string, string>;
    try {
      const event = verifier.verify(body, headers);
      const id = String(headers['webhook-id']);
      const attempt = Number(headers['webhook-attempt']);
      const at = performance.now();
      const call = { path: String(req.url), id, attempt, at, headers, event };
      calls.push(call);
      if (behave) behave(res, call);
      else res.writeHead(204).end();
    } catch {
      forged += 1;
      res.writeHead(401).end();
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    get forged() {
      return forged;
    },
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
}
