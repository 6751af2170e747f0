/** An answer with where it came from, which the headers tell. */
import { jsonOf, type Reply } from './reply.ts';
import type { CacheInfo } from './types.ts';

export function answerOf<T>(reply: Reply): T {
  return { ...(jsonOf(reply) as object), cache: cacheOf(reply.headers) } as T;
}

function cacheOf(headers: Headers): CacheInfo {
  return {
    hit: ['HIT', 'STALE'].includes(headers.get('x-cache') ?? ''),
    tier: (headers.get('x-cache-tier') as CacheInfo['tier']) ?? undefined,
    ageS: Number(headers.get('age') ?? 0),
    key: headers.get('x-cache-key') ?? undefined,
    reason: headers.get('x-cache-reason') ?? undefined,
  };
}
