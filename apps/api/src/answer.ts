/**
 * Puts answers on the wire (docs/api.md).
 *
 * A stored body is the members of the answer as JSON, ready to send: a HIT writes a head that names
 * the tier, and the stored bytes behind it; nothing is parsed and nothing is stringified.
 */
import { ageSecondsOf, type Found, type Hit, ttlSecondsOf } from '@deja/cache-core';
import { type JobRecord, newRunId } from '@deja/jobs';
import type { Response } from 'express';

/** Why a request was not answered from the cache, and what that means on the wire. */
const FORWARDS = {
  miss: { xCache: 'MISS', fwd: 'uri-miss', stored: true },
  /** Something is stored, and not fresh enough for this request. */
  tooOld: { xCache: 'MISS', fwd: 'request', stored: true },
  noCache: { xCache: 'BYPASS', fwd: 'request', stored: true },
  noStore: { xCache: 'BYPASS', fwd: 'request', stored: false },
  /** The model is never cached. */
  uncached: { xCache: 'BYPASS', fwd: 'bypass', stored: false },
} as const;

export type Forward = keyof typeof FORWARDS;
export const xCacheOf = (forward: Forward): 'MISS' | 'BYPASS' => FORWARDS[forward].xCache;

const JSON_TYPE = 'application/json; charset=utf-8';
const RETRY_AFTER_S = '1';

export function sendHit(res: Response, key: string, hit: Hit, now = Date.now()): void {
  const { entry, tier, unverifiedMs } = hit;
  const detail = unverifiedMs === undefined ? tier : `"${tier} unverified"`;
  if (unverifiedMs !== undefined)
    res.set('X-Cache-Unverified', String(Math.floor(unverifiedMs / 1000)));
  const status = `deja; hit; ttl=${ttlSecondsOf(entry.header, now)}; detail=${detail}`;
  sendStored(res, key, hit, { xCache: hit.use === 'fresh' ? 'HIT' : 'STALE', status, now });
}

/** A stale answer instead of the error that computing anew ended with (RFC 5861 section 4). */
export function sendInsteadOfError(
  res: Response,
  key: string,
  found: Found,
  errorStatus: number,
): void {
  const status = `deja; fwd=stale; fwd-status=${errorStatus}; detail=stale-if-error`;
  sendStored(res, key, found, { xCache: 'STALE', status, now: Date.now() });
}

interface Told {
  readonly xCache: 'HIT' | 'STALE';
  readonly status: string;
  readonly now: number;
}

function sendStored(res: Response, key: string, { entry, tier }: Found, told: Told): void {
  res.set({
    'X-Cache': told.xCache,
    'X-Cache-Key': key,
    'X-Cache-Tier': tier,
    Age: String(ageSecondsOf(entry.header, told.now)),
    'Cache-Status': told.status,
  });
  sendMembers(res, { cached: true, cache_hit: tier, cache_key: key }, entry.body);
}

export interface DoneAnswer {
  readonly key: string;
  readonly members: Buffer;
  readonly finishedAt: number;
  readonly freshMs: number;
}

/** The key's run ended between this request's look-up and its join: a HIT, from Redis. */
export function sendDone(res: Response, { key, members, finishedAt, freshMs }: DoneAnswer): void {
  const header = { createdAt: finishedAt, freshUntil: finishedAt + freshMs };
  const now = Math.max(Date.now(), finishedAt);
  res.set({
    'X-Cache': 'HIT',
    'X-Cache-Key': key,
    'X-Cache-Tier': 'redis',
    Age: String(ageSecondsOf(header, now)),
    'Cache-Status': `deja; hit; ttl=${ttlSecondsOf(header, now)}; detail=redis`,
  });
  sendMembers(res, { cached: true, cache_hit: 'redis', cache_key: key }, members);
}

export interface ComputedAnswer {
  readonly key: string;
  readonly members: Buffer;
  readonly forward: Forward;
  readonly job: Pick<JobRecord, 'deduplicated' | 'fenced'>;
}

/** A result that the request waited for. */
export function sendComputed(res: Response, { key, members, forward, job }: ComputedAnswer): void {
  res.set({
    'X-Cache': xCacheOf(forward),
    'X-Cache-Key': key,
    'Cache-Status': forwarded(forward, job),
  });
  sendMembers(res, { cached: false, cache_hit: 'none', cache_key: key }, members);
}

export interface Accepted {
  readonly job: string;
  readonly key: string;
  readonly forward: Forward;
  readonly deduplicated: boolean;
  /** Epoch ms. */
  readonly retainedUntil: number;
}

export function sendAccepted(res: Response, accepted: Accepted): void {
  const { job, key, forward, deduplicated, retainedUntil } = accepted;
  const self = `/jobs/${job}`;
  res.status(202).set({
    Location: self,
    'Retry-After': RETRY_AFTER_S,
    'X-Cache': xCacheOf(forward),
    'X-Cache-Key': key,
    'Cache-Status': forwarded(forward, { deduplicated, fenced: false }),
  });
  res.json({
    job_id: job,
    status: 'queued',
    cached: false,
    cache_hit: 'none',
    cache_key: key,
    deduplicated,
    retained_until: new Date(retainedUntil).toISOString(),
    urls: { self, result: `${self}/result`, events: `${self}/events` },
  });
}

/** Writes `head`'s members and the stored ones as one JSON object. */
export function sendMembers(res: Response, head: object, members: Buffer): void {
  const start = JSON.stringify(head).slice(0, -1);
  const rest = members.length > 2 ? Buffer.from(',') : Buffer.alloc(0);
  res.type(JSON_TYPE).end(Buffer.concat([Buffer.from(start), rest, members.subarray(1)]));
}

/** Cache-Status of what was not answered from the cache (RFC 9211). */
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

/** The client's own request id where it is well formed, else a new one. */
export function requestIdOf(given: string | undefined): string {
  return given !== undefined && /^[\w.:-]{1,128}$/.test(given) ? given : newRunId();
}
