/**
 * Reads a request's body as bytes, and as JSON.
 *
 *  - a body is at most MAX_BODY_MB, inflated; a compressed one is at most a hundred times what was sent;
 *  - all bodies that this process holds take at most MAX_BODIES_MB;
 *  - JSON has at most 64 levels and 100,000 members, which is known before it is parsed.
 *
 * A body counts from its first byte until it has been parsed, or its request is answered.
 */
import type { Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { Request, RequestHandler, Response } from 'express';
import type { ApiConfig } from '../config.ts';
import { ProblemError } from '../wire/problem.ts';
import { type Arrived, dropRest, takeArrived } from './arriving-body.ts';
import type { SharedBytes } from './byte-budget.ts';
import { HeldBody, tooLarge } from './held-body.ts';
import { tenantOf } from './principal.ts';

type Limits = Pick<ApiConfig, 'maxBodyBytes'>;

const DECODERS: Readonly<Record<string, () => Transform & { readonly bytesWritten: number }>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};
const MAX_RATIO = 100;
/** Up to this size any ratio is taken. */
const ANY_RATIO_BYTES = 1024 * 1024;

/** Leaves the `Body` in `req.body`. */
export function readBody({ maxBodyBytes }: Limits, bodies: SharedBytes): RequestHandler {
  return async (req, res, next) => {
    refuseByHeaders(req, maxBodyBytes);
    const budget = bodies.of(tenantOf(req));
    const held = new HeldBody(budget, maxBodyBytes, announcedBytes(req));
    res.once('close', () => held.forget());
    const early = takeArrived(req);
    if (early) takeOver(held, early);
    else await readInto(held, req, res);
    req.body = held;
    next();
  };
}

function refuseByHeaders(req: Request, maxBodyBytes: number): void {
  const bytes = Number(req.headers['content-length'] ?? 0);
  if (bytes === 0 && req.headers['transfer-encoding'] === undefined)
    throw new ProblemError('malformed-json', 'the body is empty');
  if (!req.is('application/json')) {
    const given = req.get('content-type') ?? 'none';
    throw new ProblemError('unsupported-media-type', `the Content-Type is ${given}`);
  }
  if (bytes > maxBodyBytes) throw tooLarge(maxBodyBytes);
}

function takeOver(held: HeldBody, { parts, digest, error }: Arrived): void {
  if (error !== undefined) throw error;
  for (const part of parts) held.append(part);
  held.digest = digest;
}

/** The length of the body, if its bytes are sent as they are. */
function announcedBytes({ headers }: Request): number | undefined {
  const length = headers['content-length'];
  return length === undefined || headers['content-encoding'] ? undefined : Number(length);
}

/** Rejects with a `ProblemError`; what the client still sends is then read and dropped. */
async function readInto(held: HeldBody, req: Request, res: Response): Promise<void> {
  const encoding = (req.get('content-encoding') ?? 'identity').trim().toLowerCase();
  const decoder = encoding === 'identity' ? undefined : DECODERS[encoding]?.();
  if (encoding !== 'identity' && !decoder)
    throw new ProblemError('unsupported-media-type', `the Content-Encoding is ${encoding}`);
  const stream = decoder ? req.pipe(decoder) : req;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  stream.on('data', (chunk: Buffer) => {
    try {
      held.append(chunk);
      if (decoder) refuseRatio(held.size, decoder.bytesWritten);
    } catch (error) {
      reject(error);
    }
  });
  stream.once('end', resolve);
  stream.once('error', (error) => reject(new ProblemError('malformed-request', error.message)));
  const left = () => reject(new ProblemError('malformed-request', 'the client has left'));
  if (res.closed) left();
  res.once('close', left);
  try {
    await promise;
  } catch (error) {
    stream.removeAllListeners('data');
    if (decoder) req.unpipe(decoder);
    dropRest(req);
    decoder?.destroy();
    held.forget();
    throw error;
  } finally {
    res.off('close', left); // an error with a stack takes 40 µs, and every response closes
  }
}

function refuseRatio(inflated: number, sent: number): void {
  if (inflated <= ANY_RATIO_BYTES || inflated <= MAX_RATIO * sent) return;
  throw new ProblemError('body-too-large', `it inflates to more than ${MAX_RATIO} times its size`);
}
