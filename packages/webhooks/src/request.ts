/**
 * One HTTP request, over a connection that goes to addresses which were checked, and to no others.
 *
 * A request brings the addresses that its name had a moment ago, all of them checked. `lookup` answers
 * with them and asks nobody, so no second answer of DNS can get in between; and the connection is kept
 * under these addresses, so that only a request for the same host with the same ones takes it over.
 */
import http from 'node:http';
import https from 'node:https';
import { isIPv6, type LookupFunction } from 'node:net';

/** For a receiver that was just called to be called again; most servers close after 5 s. */
const IDLE_MS = 4000;
/** How long one address of several may take to connect before the next is tried. */
const NEXT_ADDRESS_MS = 1000;
/** A name may have hundreds of addresses. All are checked, and so many are tried. */
const MAX_ADDRESSES = 8;
/** A body that is longer, or takes longer, costs the receiver its connection. */
const MAX_BODY_BYTES = 64 * 1024;
const MAX_BODY_MS = 1000;

/** An agent for requests with the options of `pinTo`. */
export function createPinnedAgent(protocol: 'http:' | 'https:', ca?: string): http.Agent {
  const keep = { keepAlive: true, maxFreeSockets: 4, timeout: IDLE_MS };
  const agent =
    protocol === 'http:'
      ? new http.Agent(keep)
      : new https.Agent({ ...keep, rejectUnauthorized: true, ...(ca !== undefined && { ca }) });
  const nameOf = agent.getName.bind(agent);
  agent.getName = (options: http.ClientRequestArgs & { pin?: string } = {}) =>
    `${nameOf(options)}:${options.pin}`;
  return agent;
}

/** What makes a request go to one of `addresses`. */
export function pinTo(addresses: readonly string[]): http.RequestOptions {
  const tried = addresses
    .slice(0, MAX_ADDRESSES)
    .map((address) => ({ address, family: isIPv6(address) ? 6 : 4 }));
  const lookup: LookupFunction = (_hostname, _options, answer) => answer(null, tried);
  // Without autoSelectFamily, which is on by default but for a flag of Node, `lookup` would be asked
  // for one address instead of all.
  return {
    lookup,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: NEXT_ADDRESS_MS,
    pin: addresses.toSorted().join(),
  } as http.RequestOptions;
}

/** All that is kept of what a receiver answers. */
export interface Answer {
  readonly statusCode: number;
  readonly retryAfter: string | undefined;
}

/**
 * Sends a request and waits for its answer; the body is read to its end, within limits, so that the
 * connection can be used again, and thrown away. Rejects when no answer came.
 */
export async function answerTo(
  protocol: string,
  options: http.RequestOptions,
  body: string,
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const req = (protocol === 'https:' ? https : http).request(options);
  // Once there is a status, that is the answer, whatever becomes of the connection.
  let hasAnswered = false;
  req.on('response', (res) => {
    hasAnswered = true;
    const { statusCode = 0, headers } = res;
    discardBody(res, () => resolve({ statusCode, retryAfter: headers['retry-after'] }));
  });
  req.on('error', (error: NodeJS.ErrnoException) => {
    if (hasAnswered) return;
    // The receiver had closed a connection that was kept, before it read this request. Each such
    // connection is gone by now: the last try makes a new one.
    if (req.reusedSocket && error.code === 'ECONNRESET') resolve(answerTo(protocol, options, body));
    else reject(error);
  });
  req.on('close', () => {
    if (!hasAnswered) reject(new Error('the connection was closed without an answer'));
  });
  req.end(body);
  return await promise;
}

function discardBody(res: http.IncomingMessage, whenDone: () => void): void {
  const tooLong = setTimeout(() => res.destroy(), MAX_BODY_MS);
  let bytes = 0;
  res.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) res.destroy();
  });
  // The status was told: a body that breaks off changes nothing.
  res.on('error', () => {});
  res.on('close', () => {
    clearTimeout(tooLong);
    whenDone();
  });
}
