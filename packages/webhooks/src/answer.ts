import { type IncomingMessage, type RequestOptions, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';

/** A body that is longer, or takes longer, costs the receiver its connection. */
const MAX_BODY_BYTES = 64 * 1024;
const MAX_BODY_MS = 1000;

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
  options: RequestOptions,
  body: string,
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const req = (protocol === 'https:' ? requestHttps : requestHttp)(options);
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

function discardBody(res: IncomingMessage, whenDone: () => void): void {
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
