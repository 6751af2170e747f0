/** The cache for operators: statistics, a single entry, and invalidation. */
import {
  ageSecondsOf,
  type Explanation,
  modelField,
  type TierName,
  type TierUsage,
  ttlSecondsOf,
} from '@deja/cache-core';
import { iso } from '@deja/wire';
import type { RequestHandler } from 'express';
import type { ApiContext } from '../context.ts';
import { ProblemError } from '../wire/problem.ts';

const KEY = /^[0-9a-f]{64}$/;
const NO_USAGE: TierUsage = { size: 0, bytes: 0, maxBytes: 0, evictions: 0, errors: 0 };
const TOTALS = ['hits', 'misses', 'stale', 'bypass', 'collapsed', 'fenced'] as const;
const PER_MODEL = ['hits', 'misses', 'stale', 'bypass', 'collapsed'] as const;

export function statsRoute(context: ApiContext): RequestHandler {
  const { config, counters, memory, lower, models, replica } = context;
  const usageOf = async (name: TierName): Promise<TierUsage> => {
    const tier = lower.all.find((each) => each.name === name);
    return (await tier?.usage().catch(() => undefined)) ?? NO_USAGE;
  };
  return async (_req, res) => {
    const [{ totals, since }, inMemory, inRedis, onDisk] = await Promise.all([
      counters.read(),
      memory.usage(),
      usageOf('redis'),
      usageOf('disk'),
    ]);
    const total = (field: string) => totals.get(field) ?? 0;
    const tier = (name: string, { size, bytes, maxBytes, evictions, errors }: TierUsage) => ({
      hits: total(`tier:${name}:hits`),
      misses: total(`tier:${name}:misses`),
      ...{ size, bytes, max_bytes: maxBytes, evictions, errors },
      breaker: lower.all.find((each) => each.name === name)?.breakerState() ?? 'closed',
    });
    const asked = total('hits') + total('misses');
    res.json({
      ...Object.fromEntries(TOTALS.map((what) => [what, total(what)])),
      hit_ratio: asked === 0 ? 0 : Math.round((total('hits') / asked) * 10_000) / 10_000,
      size: inMemory.size,
      max_size: config.cacheMaxEntries,
      evictions: inMemory.evictions,
      ttl_seconds: config.cacheTtlMs / 1000,
      memory_mb: Math.round((inMemory.bytes / 1024 / 1024) * 100) / 100,
      compute_seconds_saved: seconds(total('compute_ms_saved')),
      tiers: {
        memory: tier('memory', inMemory),
        redis: tier('redis', inRedis),
        disk: tier('disk', onDisk),
      },
      models: Object.fromEntries(
        [...models.keys()].map((name) => [name, modelCounts(totals, name)]),
      ),
      replica,
      // Counts of this replica alone since it started; all counts above cover all replicas.
      own: Object.fromEntries(TOTALS.map((what) => [what, counters.own.get(what) ?? 0])),
      since: iso(since),
    });
  };
}

/** The counts of one model, over all replicas. */
export function modelCounts(totals: ReadonlyMap<string, number>, name: string) {
  const total = (what: string) => totals.get(modelField(name, what)) ?? 0;
  return {
    ...Object.fromEntries(PER_MODEL.map((what) => [what, total(what)])),
    compute_seconds_saved: seconds(total('compute_ms_saved')),
  };
}

/** The header of the entry that would be served for a key, and what each tier holds of it. */
export function entryRoute({ cache }: ApiContext): RequestHandler {
  return async (req, res) => {
    const key = keyOf(String(req.params.key));
    const tiers = await cache.explain(key);
    const found = tiers.find((held) => held.state === 'fresh') ?? tiers.find(isStale);
    if (!found || !('entry' in found)) {
      const held = tiers.filter(({ state }) => state === 'fenced').map(({ tier }) => tier);
      const why =
        held.length > 0
          ? `invalidated, still lying in ${held.join(', ')}`
          : 'never stored, expired or evicted';
      throw new ProblemError('entry-unknown', `no entry under ${key}: ${why}`);
    }
    const { header, body } = found.entry;
    const now = Date.now();
    res.json({
      key,
      model: header.model,
      tags: header.tags,
      tier: found.tier,
      state: found.state,
      bytes: body.byteLength,
      created_at: iso(header.createdAt),
      fresh_until: iso(header.freshUntil),
      stale_until: iso(header.staleUntil),
      age: ageSecondsOf(header, now),
      ttl: ttlSecondsOf(header, now),
      compute_ms: header.computeMs,
      token: header.token,
      computation: header.runSeq,
      tiers: Object.fromEntries(tiers.map(({ tier, state }) => [tier, state])),
    });
  };
}

const isStale = ({ state }: Explanation): boolean => state === 'stale';

export function deleteEntryRoute({ cache }: ApiContext): RequestHandler {
  return async (req, res) => {
    const key = keyOf(String(req.params.key));
    const seq = await cache.invalidateKey(key);
    res.json({ message: `Cache invalidated for ${key}`, scope: `key:${key}`, seq });
  };
}

/** `DELETE /cache` empties it, `DELETE /cache?tag=…` removes a tag. Any other query is refused. */
export function deleteCacheRoute({ cache }: ApiContext): RequestHandler {
  return async (req, res) => {
    const query = new URL(req.originalUrl, 'http://localhost').searchParams;
    if (!req.originalUrl.includes('?')) {
      const seq = await cache.invalidateAll();
      return void res.json({ message: 'Cache cleared', scope: 'all', seq });
    }
    const [tag, ...others] = query.getAll('tag');
    if (query.size !== 1 || !tag || others.length > 0)
      throw new ProblemError('malformed-request', 'the query takes one member, tag, not empty');
    const seq = await cache.invalidateTag(tag);
    res.json({ message: `Cache invalidated for ${tag}`, scope: `tag:${tag}`, seq });
  };
}

export function invalidateModelIdRoute({ cache }: ApiContext): RequestHandler {
  return async (req, res) => {
    const id = String(req.params.model_id);
    const seq = await cache.invalidateTag(`model_id:${id}`);
    res.json({ message: `Cache invalidated for ${id}`, scope: `tag:model_id:${id}`, seq });
  };
}

function keyOf(text: string): string {
  if (KEY.test(text)) return text;
  throw new ProblemError('malformed-request', 'a cache key is 64 lower-case hexadecimal digits');
}

const seconds = (ms: number): number => Math.round(ms) / 1000;
