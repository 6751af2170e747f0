import { createHash } from 'node:crypto';
import type { Entry } from '../../src/entry.ts';

/** Sizes on both sides of every threshold: compressed, beside the event loop, in a file. */
export const LENGTHS = [0, 200, 4095, 4096, 20_000, 70_000, 300_000];

/** Key and number say what the bytes have to be, so any process can tell whether they are right. */
export function entryOf(key: string, no: number, length: number): Entry {
  const createdAt = Date.now();
  const header = {
    key,
    model: 'forecast',
    tenant: 'default',
    log: 'log',
    digest: '',
    tags: ['model:forecast', 'model_id:großhandel'],
    createdAt,
    freshUntil: createdAt + 3_600_000,
    staleUntil: createdAt + 7_200_000,
    token: { epoch: 1_700_000_000_000, seq: length, id: 'record' },
    runSeq: no,
    computeMs: 12.5,
  };
  return { header, body: bodyOf(key, no, length) };
}

export const keyOf = (n: number): string => createHash('sha256').update(String(n)).digest('hex');

/** Is it what `entryOf` made for this key? Its length is in its token. */
export function isRight({ header, body }: Entry, key: string): boolean {
  const { runSeq, token } = header;
  return header.key === key && body.equals(bodyOf(key, runSeq, token.seq));
}

/** Even numbers compress, odd ones do not. */
function bodyOf(key: string, no: number, length: number): Buffer {
  const seed = createHash('sha256').update(`${key} ${no}`).digest();
  if (no % 2 === 0) return Buffer.alloc(length, seed.toString('hex'));
  return createHash('shake256', { outputLength: Math.max(1, length) })
    .update(seed)
    .digest()
    .subarray(0, length);
}
