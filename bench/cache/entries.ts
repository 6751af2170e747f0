import { createHash } from 'node:crypto';
import type { Entry } from '@deja/cache-core';

export function keys(count: number): string[] {
  return Array.from({ length: count }, (_, i) =>
    createHash('sha256').update(String(i)).digest('hex'),
  );
}

/** Fresh for an hour. The body is text, as all bodies are. */
export function entryWith(key: string, bodyBytes: number): Entry {
  const createdAt = Date.now();
  const until = createdAt + 3_600_000;
  const body = Buffer.allocUnsafeSlow(bodyBytes).fill('x');
  const token = { epoch: createdAt, seq: 1, id: 'record' };
  const tags = ['model:forecast', 'model_id:sales'];
  const times = { createdAt, freshUntil: until, staleUntil: until };
  const made = { tenant: 'default', log: 'log', digest: '' };
  return {
    header: { key, model: 'forecast', tags, ...times, ...made, token, runSeq: 1, computeMs: 900 },
    body,
  };
}
