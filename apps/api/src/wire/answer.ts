/**
 * The answers to a question, as docs/api.md describes them.
 *
 * A stored body holds the answer's payload as JSON, ready to send. A HIT only puts a head in front
 * that names the tier; it parses and stringifies nothing.
 */
import { ageSecondsOf, type Found, type Hit, ttlSecondsOf } from '@deja/cache-core';
import type { JobRecord } from '@deja/jobs';
import { jsonReply, payloadReply, type Reply } from './reply.ts';

/** Why the cache did not answer a request, and how the headers say so. */
const FORWARDS = {
  miss: { xCache: 'MISS', fwd: 'uri-miss', stored: true },
  /** An entry is stored but is not fresh enough for this request. */
  tooOld: { xCache: 'MISS', fwd: 'request', stored: true },
  noCache: { xCache: 'BYPASS', fwd: 'request', stored: true },
  noStore: { xCache: 'BYPASS', fwd: 'request', stored: false },
  /** The model is never cached. */
  uncached: { xCache: 'BYPASS', fwd: 'bypass', stored: false },
} as const;

export type Forward = keyof typeof FORWARDS;
export const xCacheOf = (forward: Forward): 'MISS' | 'BYPASS' => FORWARDS[forward].xCache;

export function hitReply(key: string, hit: Hit, now = Date.now()): Reply {
  const { entry, tier, unverifiedMs } = hit;
  const detail = unverifiedMs === undefined ? tier : `"${tier} unverified"`;
  const status = `deja; hit; ttl=${ttlSecondsOf(entry.header, now)}; detail=${detail}`;
  const reply = storedReply(key, hit, {
    xCache: hit.use === 'fresh' ? 'HIT' : 'STALE',
    status,
    now,
  });
  if (unverifiedMs === undefined) return reply;
  const unverified = { 'X-Cache-Unverified': String(Math.floor(unverifiedMs / 1000)) };
  return { ...reply, headers: { ...reply.headers, ...unverified } };
}

/** A stale answer in place of the error with which the computation ended (RFC 5861 section 4). */
export function staleFallbackReply(key: string, found: Found, errorStatus: number): Reply {
  const status = `deja; fwd=stale; fwd-status=${errorStatus}; detail=stale-if-error`;
  return storedReply(key, found, { xCache: 'STALE', status, now: Date.now() });
}

interface Told {
  readonly xCache: 'HIT' | 'STALE';
  readonly status: string;
  readonly now: number;
}

function storedReply(key: string, { entry, tier }: Found, { xCache, status, now }: Told): Reply {
  return payloadReply({ cached: true, cache_hit: tier, cache_key: key }, entry.body, {
    'X-Cache': xCache,
    'X-Cache-Key': key,
    'X-Cache-Tier': tier,
    Age: String(ageSecondsOf(entry.header, now)),
    'Cache-Status': status,
  });
}

/** The same answer with the finished job that was recorded for its webhook. */
export function withJob({ status, headers, body }: Reply, job: string): Reply {
  const head = Buffer.from(`{"job_id":${JSON.stringify(job)},`);
  return {
    status,
    headers: { ...headers, Location: `/jobs/${job}` },
    body: Buffer.concat([head, body.subarray(1)]),
  };
}

export interface DoneAnswer {
  readonly key: string;
  readonly payload: Buffer;
  readonly finishedAt: number;
  readonly freshMs: number;
}

/** The key's run ended between this request's look-up and its JOIN: a HIT from Redis. */
export function doneReply({ key, payload, finishedAt, freshMs }: DoneAnswer): Reply {
  const header = { createdAt: finishedAt, freshUntil: finishedAt + freshMs };
  const now = Math.max(Date.now(), finishedAt);
  return payloadReply({ cached: true, cache_hit: 'redis', cache_key: key }, payload, {
    'X-Cache': 'HIT',
    'X-Cache-Key': key,
    'X-Cache-Tier': 'redis',
    Age: String(ageSecondsOf(header, now)),
    'Cache-Status': `deja; hit; ttl=${ttlSecondsOf(header, now)}; detail=redis`,
  });
}

export interface ComputedAnswer {
  readonly key: string;
  readonly payload: Buffer;
  readonly forward: Forward;
  readonly job: Pick<JobRecord, 'deduplicated' | 'fenced'>;
}

/** A result that the request waited for. */
export function computedReply({ key, payload, forward, job }: ComputedAnswer): Reply {
  return payloadReply({ cached: false, cache_hit: 'none', cache_key: key }, payload, {
    ...forwardHeaders(key, forward),
    'Cache-Status': forwarded(forward, job),
  });
}

export interface Accepted {
  readonly job: string;
  readonly status: string;
  readonly key: string;
  readonly forward: Forward;
  readonly deduplicated: boolean;
  /** Epoch ms. */
  readonly retainedUntil: number;
  /** Unit: s. */
  readonly retryAfterS: number;
}

export function acceptedReply(accepted: Accepted): Reply {
  const { job, status, key, forward, deduplicated, retainedUntil, retryAfterS } = accepted;
  const self = `/jobs/${job}`;
  const body = {
    job_id: job,
    status,
    cached: false,
    cache_hit: 'none',
    cache_key: key,
    deduplicated,
    retained_until: new Date(retainedUntil).toISOString(),
    urls: { self, result: `${self}/result`, events: `${self}/events` },
  };
  return jsonReply(body, {
    status: 202,
    headers: {
      Location: self,
      'Retry-After': String(retryAfterS),
      ...forwardHeaders(key, forward),
      'Cache-Status': forwarded(forward, { deduplicated, fenced: false }),
    },
  });
}

export function forwardHeaders(key: string, forward: Forward): Record<string, string> {
  return { 'X-Cache': xCacheOf(forward), 'X-Cache-Key': key };
}

/** Cache-Status of an answer that did not come from the cache (RFC 9211). */
function forwarded(
  forward: Forward,
  { deduplicated, fenced }: Pick<JobRecord, 'deduplicated' | 'fenced'>,
): string {
  const { fwd, stored } = FORWARDS[forward];
  return [
    `deja; fwd=${fwd}`,
    ...(deduplicated ? ['collapsed'] : []),
    stored && !fenced ? 'stored' : 'stored=?0',
    ...(fenced && stored ? ['detail=fenced'] : []),
  ].join('; ');
}
