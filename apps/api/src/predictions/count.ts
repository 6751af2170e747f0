/** Counts what the cache made of a question: over all, and for its tenant. */
import type { TierName } from '@deja/cache-core';
import type { MissReason } from '@deja/jobs';
import type { RequestCounts } from '../cache/request-counts.ts';
import type { ApiContext } from '../context.ts';
import { addMissReason } from '../explain/miss-reasons.ts';
import type { Question } from './question.ts';

type Counting = Pick<ApiContext, 'requests' | 'tenantCounts' | 'countMissReason'>;
type Counted = Pick<Question, 'model' | 'principal'>;

/** Counts an answer from the cache. `savedMs`: the computation that it saved. */
export function countHit(
  context: Counting,
  question: Counted,
  { tier, isStale, savedMs }: { tier: TierName; isStale: boolean; savedMs: number },
): void {
  for (const counts of countsOf(context, question)) {
    counts[isStale ? 'stale' : 'hit'][tier].n += 1;
    counts.savedMs.n += savedMs;
  }
}

interface Forwarded {
  readonly isBypass: boolean;
  readonly collapsed: boolean;
  readonly missReason: MissReason | undefined;
}

/** Counts a question that went on to a run. */
export function countForward(
  context: Counting,
  question: Counted,
  { isBypass, collapsed, missReason }: Forwarded,
): void {
  for (const counts of countsOf(context, question)) {
    counts[isBypass ? 'bypass' : 'miss'].n += 1;
    if (collapsed) counts.collapsed.n += 1;
  }
  const { model, principal } = question;
  context.countMissReason(model.name, missReason);
  if (principal.tenant !== undefined && missReason !== undefined)
    addMissReason(context.tenantCounts.of(principal.tenant).counters, model.name, missReason);
}

function countsOf(
  { requests, tenantCounts }: Counting,
  { model: { name }, principal: { tenant } }: Counted,
): readonly RequestCounts[] {
  const ofAll = requests(name);
  return tenant === undefined ? [ofAll] : [ofAll, tenantCounts.of(tenant).requests(name)];
}
