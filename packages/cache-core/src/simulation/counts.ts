/**
 * What simulations count, in two windows of a day each, so that old traffic goes.
 *
 * A request of a sampled key counts as many times as the sample is smaller than all keys. A few hot keys
 * may be sampled or not, which says little of the rest: the difference between what was counted so and
 * all requests counts as hits, which hot keys have (SHARDS-adj, FAST 2015 section 3.3).
 */
export const FACTORS = [0.25, 0.5, 1, 2, 4, 8] as const;

const zeros = (): Float64Array => new Float64Array(FACTORS.length);

/** Requests of all keys, and as the sampled keys tell them. */
class Requests {
  all = 0;
  sampled = 0;
}

export class ModelCounts extends Requests {
  /** By factor of the model's lifetime. */
  readonly hits = zeros();
  readonly savedMs = zeros();
  recomputed = 0;
  unchanged = 0;
}

export class TierCounts {
  /** Of all keys, in reality. */
  hits = 0;
  savedMs = 0;
  /** By factor of the tier's size. */
  readonly simulatedHits = zeros();
  readonly simulatedMs = zeros();
}

export class Counts extends Requests {
  readonly since: number;
  readonly tiers: readonly TierCounts[];
  readonly models = new Map<string, ModelCounts>();
  /** Look-ups in lower tiers, and how long they took. */
  lowerLookups = 0;
  lowerMs = 0;

  constructor(since: number, tiers: number) {
    super();
    this.since = since;
    this.tiers = Array.from({ length: tiers }, () => new TierCounts());
  }

  modelOf(name: string): ModelCounts {
    const known = this.models.get(name);
    if (known) return known;
    const added = new ModelCounts();
    this.models.set(name, added);
    return added;
  }
}

/** The share of requests that hit, and how many that are of all. */
export function shareOf(
  { all, sampled }: Requests,
  hits: number,
): { readonly ratio: number; readonly hits: number } {
  if (all === 0) return { ratio: 0, hits: 0 };
  const ratio = Math.min(1, Math.max(0, (hits + all - sampled) / all));
  return { ratio, hits: ratio * all };
}

/** Adds the counts of `from` to `to`. Both have the same tiers. */
export function addCounts(to: Counts, from: Counts): void {
  addNumbers(to, from);
  for (const [at, tier] of from.tiers.entries()) addNumbers(to.tiers[at], tier);
  for (const [name, model] of from.models) addNumbers(to.modelOf(name), model);
}

type Numbers = Record<string, unknown>;

function addNumbers(to: object | undefined, from: object): void {
  const sums = to as Numbers;
  for (const [name, value] of Object.entries(from)) {
    if (value instanceof Float64Array) {
      const sum = sums[name] as Float64Array;
      for (const [at, each] of value.entries()) sum[at] = (sum[at] as number) + each;
    } else if (typeof value === 'number' && name !== 'since')
      sums[name] = (sums[name] as number) + value;
  }
}
