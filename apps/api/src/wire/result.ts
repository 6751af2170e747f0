/**
 * The answers to a question, as docs/api.md describes them.
 *
 * A payload is the members of the answer as JSON, ready to send. A head that names the tier goes before
 * it; the payload is neither parsed nor stringified.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { ageSecondsOf, type Entry, ttlSecondsOf } from '@deja/cache-core';
import type { RateState } from '@deja/jobs';
import type { Accepted, Computed, Failed, Forward, Hit, Result } from '../predictions/result.ts';
import { rateLimitHeaders } from './rate-limit.ts';
import {
  commonFields,
  type Headers,
  JSON_TYPE,
  jsonReply,
  payloadReply,
  problemReply,
  type Reply,
} from './reply.ts';
import { retryAfterS } from './retry-after.ts';

/** How the headers say that the cache did not answer, and why (RFC 9211). */
const FORWARDS = {
  miss: { xCache: 'MISS', fwd: 'uri-miss', stored: true },
  tooOld: { xCache: 'MISS', fwd: 'request', stored: true },
  noCache: { xCache: 'BYPASS', fwd: 'request', stored: true },
  noStore: { xCache: 'BYPASS', fwd: 'request', stored: false },
  uncached: { xCache: 'BYPASS', fwd: 'bypass', stored: false },
} as const satisfies Record<Forward, object>;

export function resultReply(result: Result): Reply {
  switch (result.outcome) {
    case 'hit':
      return hitReply(result);
    case 'accepted':
      return acceptedReply(result);
    case 'computed':
      return computedReply(result);
    case 'failed':
      return failedReply(result);
  }
}

function hitReply(hit: Hit): Reply {
  const { key, tier, payload, isStale, unverifiedMs, job } = hit;
  const head = {
    ...(job !== undefined && { job_id: job }),
    ...{ cached: true, cache_hit: tier, cache_key: key },
  };
  const reply = payloadReply(head, payload, {
    'X-Cache': isStale ? 'STALE' : 'HIT',
    'X-Cache-Key': key,
    'X-Cache-Tier': tier,
    Age: ageOf(hit),
    'Cache-Status': hitStatus(hit),
    ...rateLimitHeaders([hit.rate]),
  });
  if (unverifiedMs === undefined && job === undefined) return reply;
  return withHeaders(reply, {
    ...(unverifiedMs !== undefined && {
      'X-Cache-Unverified': String(Math.floor(unverifiedMs / 1000)),
    }),
    ...(job !== undefined && { Location: `/jobs/${job}` }),
  });
}

/** When an answer was computed and sent, and from which tier. Times: epoch ms. */
type Served = Pick<
  Hit,
  'tier' | 'createdAt' | 'freshUntil' | 'answeredAt' | 'unverifiedMs' | 'fallbackFor'
>;

/**
 * A fresh hit in memory, byte by byte what `send` makes of it, without objects in between: the HIT path
 * has no time for them. `fields`: the names and values of all headers in turn; `start`: what comes before
 * the members of the payload.
 */
export function memoryHit(
  headers: IncomingHttpHeaders,
  {
    key,
    entry,
    answeredAt,
    rate,
  }: { key: string; entry: Entry; answeredAt: number; rate: RateState | undefined },
): { readonly fields: string[]; readonly start: string } {
  const { createdAt, freshUntil } = entry.header;
  const served: Served = { tier: 'memory', createdAt, freshUntil, answeredAt };
  const comma = entry.body.length > 2 ? ',' : '';
  const start = `{"cached":true,"cache_hit":"memory","cache_key":"${key}"${comma}`;
  const length = String(start.length + entry.body.length - 1);
  const fields = commonFields(headers);
  fields.push('X-Cache', 'HIT', 'X-Cache-Key', key, 'X-Cache-Tier', 'memory');
  fields.push('Age', ageOf(served), 'Cache-Status', hitStatus(served));
  if (rate) for (const field of Object.entries(storedRate(rate))) fields.push(...field);
  fields.push('Content-Type', JSON_TYPE, 'Content-Length', length);
  return { fields, start };
}

const storedRate = (rate: RateState) => rateLimitHeaders([{ ...rate, policy: 'stored' }]);

const ageOf = (served: Served): string => String(ageSecondsOf(served, served.answeredAt));

function hitStatus(served: Served): string {
  const { tier, answeredAt, unverifiedMs, fallbackFor } = served;
  if (fallbackFor !== undefined)
    return `deja; fwd=stale; fwd-status=${fallbackFor}; detail=stale-if-error`;
  const detail = unverifiedMs === undefined ? tier : `"${tier} unverified"`;
  return `deja; hit; ttl=${ttlSecondsOf(served, answeredAt)}; detail=${detail}`;
}

function acceptedReply(accepted: Accepted): Reply {
  const { job, status, key, deduplicated, retainedUntil, leftMs } = accepted;
  const urls = jobUrls(job);
  const body = {
    job_id: job,
    status,
    cached: false,
    cache_hit: 'none',
    cache_key: key,
    deduplicated,
    retained_until: new Date(retainedUntil).toISOString(),
    urls,
  };
  const reply = jsonReply(body, {
    status: 202,
    headers: {
      Location: urls.self,
      'Retry-After': String(retryAfterS(leftMs)),
      ...forwardHeaders(accepted),
      'Cache-Status': forwardStatus(accepted.forward, { deduplicated, fenced: false }),
      ...rateLimitHeaders([accepted.rate]),
    },
  });
  return withHeaders(reply, preferenceApplied(accepted));
}

function computedReply(computed: Computed): Reply {
  const { key, forward, payload, job } = computed;
  const head = {
    ...(job !== undefined && { job_id: job, status: 'succeeded' }),
    ...{ cached: false, cache_hit: 'none', cache_key: key },
  };
  const reply = payloadReply(head, payload, {
    ...(job !== undefined && { Location: `/jobs/${job}` }),
    ...forwardHeaders(computed),
    'Cache-Status': forwardStatus(forward, computed),
    ...rateLimitHeaders([computed.rate]),
  });
  return withHeaders(reply, preferenceApplied(computed));
}

function failedReply(failed: Failed): Reply {
  const { problem, headers, run } = failed;
  const rate = rateLimitHeaders([failed.rate]);
  const reply = problemReply(problem, { ...headers, ...rate, ...(run && forwardHeaders(run)) });
  return withHeaders(reply, preferenceApplied(failed));
}

export function jobUrls(job: string) {
  const self = `/jobs/${job}`;
  return { self, result: `${self}/result`, events: `${self}/events` };
}

/** RFC 7240 section 3. */
export function preferenceApplied({
  appliedWaitMs,
}: Pick<Accepted | Computed | Failed, 'appliedWaitMs'>): Headers {
  if (appliedWaitMs === undefined) return {};
  return { 'Preference-Applied': `wait=${Math.floor(appliedWaitMs / 1000)}` };
}

function forwardHeaders({
  key,
  forward,
  missReason,
}: Pick<Computed, 'key' | 'forward' | 'missReason'>): Headers {
  const reason = missReason && { 'X-Cache-Reason': missReason };
  return { 'X-Cache': FORWARDS[forward].xCache, 'X-Cache-Key': key, ...reason };
}

function forwardStatus(
  forward: Forward,
  { deduplicated, fenced }: Pick<Computed, 'deduplicated' | 'fenced'>,
): string {
  const { fwd, stored } = FORWARDS[forward];
  return [
    `deja; fwd=${fwd}`,
    ...(deduplicated ? ['collapsed'] : []),
    stored && !fenced ? 'stored' : 'stored=?0',
    ...(fenced && stored ? ['detail=fenced'] : []),
  ].join('; ');
}

const withHeaders = (reply: Reply, headers: Headers): Reply => ({
  ...reply,
  headers: { ...reply.headers, ...headers },
});
