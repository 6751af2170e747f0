/** Requests a second by outcome, over about the last ten seconds. */
import type { Bucket } from '../history/blob.ts';
import { since } from '../history/series.ts';

interface Sample {
  readonly at: number;
  readonly counts: Bucket;
}

const OVER_MS = 10_000;
/** An older sample says nothing about now. */
const OLDEST_MS = 30_000;

export class RequestRates {
  #samples: Sample[] = [];

  /** @param counts All counts so far. Rates are since a call before, and 0 at the first one. */
  of(counts: Bucket, at = performance.now()) {
    const usable = this.#samples.filter((sample) => at - sample.at <= OLDEST_MS);
    // The newest that is old enough, or the oldest.
    const before = usable.findLast((sample) => at - sample.at >= OVER_MS) ?? usable[0];
    const kept = before ? usable.slice(usable.indexOf(before)) : [];
    this.#samples = [...kept, { at, counts }];
    const more = before ? since(counts, before.counts) : new Map<string, number>();
    const overS = before ? Math.max(0.001, (at - before.at) / 1000) : 1;
    const rate = (name: string) => Math.round(((more.get(name) ?? 0) / overS) * 10) / 10;
    const rates = {
      ...{ hit: rate('hit'), stale: rate('stale'), miss: rate('misses'), bypass: rate('bypass') },
    };
    const total = rates.hit + rates.stale + rates.miss + rates.bypass;
    return { ...rates, total: Math.round(total * 10) / 10 };
  }
}
