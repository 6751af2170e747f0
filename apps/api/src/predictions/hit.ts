/** A HIT: a stored answer that is fresh, stale and allowed, just computed, or better than an error. */
import { type Hit as CacheHit, type Found, isDue } from '@deja/cache-core';
import type { ApiContext } from '../context.ts';
import { countHit } from './count.ts';
import type { Question } from './question.ts';
import type { Hit } from './result.ts';
import type { Submitted } from './submit.ts';

/**
 * What a look-up found. A refresh starts in the background where the answer is stale or late in its life.
 *
 * @param job The finished job of a question with a webhook.
 */
export function storedHit(
  question: Question,
  hit: CacheHit,
  job: string | undefined,
  context: ApiContext,
): Hit {
  const { principal, model, key, directives, prepared } = question;
  const { header } = hit.entry;
  const { refresher } = context;
  const answeredAt = Date.now();
  const isStale = hit.use !== 'fresh';
  if (!isStale) context.simulation.hit(hit);
  countHit(context, question, { tier: hit.tier, isStale, savedMs: header.computeMs });
  const eager = model.cache ? model.cache.eagerRefresh : undefined;
  const isLate = eager !== undefined && hit.use === 'fresh' && isDue(header, answeredAt, eager);
  if ((hit.use === 'revalidate' || isLate) && !directives.onlyIfCached && refresher.wants(key))
    refresher.start({ principal, model, key, prepared: prepared(), runSeq: header.runSeq });
  return {
    ...entryHit(key, hit, answeredAt),
    isStale,
    ...(hit.unverifiedMs !== undefined && { unverifiedMs: hit.unverifiedMs }),
    ...(job !== undefined && { job }),
  };
}

/** The run of the key ended between the look-up and JOIN: its result is in Redis. */
export function finishedHit(
  question: Question,
  { payload, finishedAt, freshMs }: Extract<Submitted, { outcome: 'done' }>,
  job: string | undefined,
  context: ApiContext,
): Hit {
  const { key } = question;
  countHit(context, question, { tier: 'redis', isStale: false, savedMs: 0 });
  return {
    outcome: 'hit',
    ...{ key, tier: 'redis', payload, isStale: false },
    createdAt: finishedAt,
    freshUntil: finishedAt + freshMs,
    answeredAt: Math.max(Date.now(), finishedAt),
    ...(job !== undefined && { job }),
  };
}

/** A stale answer in place of an error; undefined if it may not be served any more. */
export async function staleFallback(
  question: Question,
  found: Found,
  fallbackFor: number,
  context: ApiContext,
): Promise<Hit | undefined> {
  const { principal, key } = question;
  if (!(await context.cache.isServable(found.entry, principal.tenant))) return undefined;
  const { tier, entry } = found;
  countHit(context, question, { tier, isStale: true, savedMs: entry.header.computeMs });
  return { ...entryHit(key, found, Date.now()), isStale: true, fallbackFor };
}

function entryHit(key: string, { entry, tier }: Found, answeredAt: number) {
  const { createdAt, freshUntil } = entry.header;
  return {
    outcome: 'hit',
    ...{ key, tier, payload: entry.body, createdAt, freshUntil, answeredAt },
  } as const;
}
