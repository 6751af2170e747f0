/**
 * `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-11), two structured fields: how many
 * questions there may be, and how many are left. Answers of the cache and computations are counted apart.
 */
import type { RateState } from '@deja/jobs';

export interface RateLimit extends RateState {
  readonly policy: 'stored' | 'computed' | 'invalidations';
}

/** Of several limits of one policy, the one with the fewest left. None: no headers. */
export function rateLimitHeaders(limits: readonly (RateLimit | undefined)[]): RateLimitHeaders {
  const least = new Map<string, RateLimit>();
  for (const limit of limits)
    if (limit && limit.left <= (least.get(limit.policy)?.left ?? Number.POSITIVE_INFINITY))
      least.set(limit.policy, limit);
  if (least.size === 0) return {};
  const states = [...least.values()].map(
    ({ policy, left, resetMs }) => `"${policy}";r=${left};t=${Math.ceil(resetMs / 1000)}`,
  );
  return { 'RateLimit-Policy': policiesOf([...least.values()]), RateLimit: states.join(', ') };
}

export type RateLimitHeaders = Readonly<Partial<Record<'RateLimit-Policy' | 'RateLimit', string>>>;

/** What may be asked, before anything is. */
export const policiesOf = (limits: readonly Pick<RateLimit, 'policy' | 'perMinute'>[]): string =>
  limits.map(({ policy, perMinute }) => `"${policy}";q=${perMinute};w=60`).join(', ');
