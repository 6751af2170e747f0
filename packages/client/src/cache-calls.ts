/** What the cache holds and does, and forgetting parts of it. */
import { LIMIT_MS } from './job.ts';
import { jsonOf } from './reply.ts';
import type { Transport } from './transport.ts';
import type { CacheAdvice, CacheEntry, CacheStats, CallOptions, Invalidated } from './types.ts';

/** One entry, the entries of a tag (`model:forecast`), all that belongs to a series, or everything. */
export type Forgettable =
  | { readonly key: string }
  | { readonly tag: string }
  | { readonly modelId: string }
  | { readonly all: true };

export interface CacheCalls {
  stats(options?: CallOptions): Promise<CacheStats>;
  /** @throws {DejaProblemError} `entry-unknown` */
  entry(key: string, options?: CallOptions): Promise<CacheEntry>;
  /** What other sizes and lifetimes would give. */
  advice(options?: CallOptions): Promise<CacheAdvice>;
  /** When it resolves, the replica that was asked serves none of it again; the others stop within a second. */
  forget(what: Forgettable, options?: CallOptions): Promise<Invalidated>;
}

export function createCacheCalls(transport: Transport): CacheCalls {
  const call = async <T>(method: string, path: string, { signal }: CallOptions = {}): Promise<T> =>
    jsonOf(await transport.send(() => ({ method, path, limitMs: LIMIT_MS }), { signal })) as T;
  return {
    stats: (options) => call('GET', '/cache/stats', options),
    entry: (key, options) => call('GET', `/cache/${encodeURIComponent(key)}`, options),
    advice: (options) => call('GET', '/cache/advice', options),
    forget: (what, options) => call(...routeOf(what), options),
  };
}

function routeOf(what: Forgettable): [method: string, path: string] {
  if ('modelId' in what) return ['POST', `/invalidate-cache/${encodeURIComponent(what.modelId)}`];
  if ('key' in what) return ['DELETE', `/cache/${encodeURIComponent(what.key)}`];
  if ('tag' in what) return ['DELETE', `/cache?tag=${encodeURIComponent(what.tag)}`];
  return ['DELETE', '/cache'];
}
