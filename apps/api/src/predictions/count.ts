import type { TierName } from '@deja/cache-core';
import type { Model } from '@deja/models';
import type { ApiContext } from '../context.ts';

type Counting = Pick<ApiContext, 'requests'>;

/** Counts an answer from the cache. `savedMs`: the computation that it saved. */
export function countHit(
  { requests }: Counting,
  { name }: Model,
  { tier, isStale, savedMs }: { tier: TierName; isStale: boolean; savedMs: number },
): void {
  const counts = requests(name);
  counts[isStale ? 'stale' : 'hit'][tier].n += 1;
  counts.savedMs.n += savedMs;
}

/** Counts a question that went on to a run. */
export function countForward(
  { requests }: Counting,
  { name }: Model,
  { isBypass, collapsed }: { isBypass: boolean; collapsed: boolean },
): void {
  const counts = requests(name);
  counts[isBypass ? 'bypass' : 'miss'].n += 1;
  if (collapsed) counts.collapsed.n += 1;
}
