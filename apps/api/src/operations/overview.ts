/** All figures of the first view, read together: `GET /admin/overview`, and each second `GET /admin/live`. */
import { type TierName, type TierUsage, tierField } from '@deja/cache-core';
import { iso } from '@deja/wire';
import { seconds } from '../cache/figures.ts';
import type { ApiContext } from '../context.ts';
import type { Bucket } from '../history/blob.ts';
import { computedMsIn, hitRatioIn, missReasonsIn, succeededIn } from '../history/metrics.ts';
import { HOUR_DAYS, MINUTE_DAYS } from '../history/store.ts';
import type { LaneWork, Work } from '../jobs/work.ts';
import { readCounts } from './figures-keeper.ts';
import { estimateErrors, laneFigures, slotsWanted } from './lane-figures.ts';
import { type Recent, RecentHistory } from './recent-history.ts';
import { RequestRates } from './request-rates.ts';
import { VERSION } from './version.ts';

const TIERS = ['memory', 'redis', 'disk'] as const satisfies readonly TierName[];
/** To know what a tier holds, it is swept. */
const USAGE_MS = 5000;

type Usages = ReadonlyMap<TierName, TierUsage>;
type Totals = ReadonlyMap<string, number>;

export class OverviewReader {
  readonly #context: ApiContext;
  readonly #recent: RecentHistory;
  readonly #rates = new RequestRates();
  #usages: { readonly at: number; readonly read: Promise<Usages> } | undefined;

  constructor(context: ApiContext) {
    this.#context = context;
    this.#recent = new RecentHistory(context.history);
  }

  async read() {
    const { replica, work: workReader } = this.#context;
    const [{ counts, totals, since, outbox }, work, usages] = await Promise.all([
      readCounts(this.#context),
      workReader.read(),
      this.#readUsages(),
    ]);
    const recent = await this.#recent.read(counts);
    const [oldest] = work.lanes
      .filter(({ queued }) => queued > 0)
      .sort((a, b) => b.oldestMs - a.oldestMs);
    const busy = work.leftMs.length;
    return {
      ...{ at: iso(Date.now()), version: VERSION, replica, since: iso(since) },
      keys: this.#context.keys !== undefined,
      ...cacheFigures(recent),
      requests_per_s: this.#rates.of(counts),
      oldest_wait_s: oldest && seconds(oldest.oldestMs),
      oldest_wait_lane: oldest?.lane,
      runs: runFigures(work, recent),
      workers: work.workers.length,
      slots: { slots: work.slots, busy, wanted: slotsWanted(work) },
      eta_error: estimateErrors(recent.day),
      lanes: work.lanes.map((lane) => laneFigures(lane, recent)),
      tiers: this.#tiers(usages, totals, recent.hour),
      models: this.#models(work, recent.today),
      webhooks: { pending: outbox.depth, dead: outbox.dead, lag_s: seconds(outbox.lagMs) },
      history: { minute_days: MINUTE_DAYS, hour_days: HOUR_DAYS, bytes: recent.bytes },
    };
  }

  #tiers(usages: Usages, totals: Totals, hour: Bucket) {
    const { lower, lookupTimes, skippedSince } = this.#context;
    const total = (tier: TierName, what: string) => totals.get(tierField(tier, what)) ?? 0;
    const allHits = TIERS.reduce((sum, tier) => sum + total(tier, 'hits'), 0);
    return TIERS.map((tier) => {
      const guarded = lower.all.find(({ name }) => name === tier);
      const isOff = tier !== 'memory' && guarded === undefined;
      const { size = 0, bytes = 0, maxBytes = 0, errors = 0 } = usages.get(tier) ?? {};
      const hits = total(tier, 'hits');
      const since = skippedSince.get(tier);
      return {
        tier,
        state: isOff ? 'off' : guarded?.breakerState() === 'open' ? 'skipped' : 'up',
        skipped_since: since === undefined ? undefined : iso(since),
        ...{ hits, misses: total(tier, 'misses') },
        hit_share: allHits === 0 ? undefined : rounded(hits / allHits),
        ...{ entries: size, bytes, max_bytes: maxBytes, errors },
        evicted_last_hour: hour.get(`evicted:${tier}`) ?? 0,
        lookup_p50_ms: rounded(lookupTimes.quantile(tier, 0.5)),
        lookup_p95_ms: rounded(lookupTimes.quantile(tier, 0.95)),
      };
    });
  }

  #models(work: Work, today: Bucket) {
    return [...this.#context.models.values()].map(({ name, version, engine }) => {
      const of = (what: string) => today.get(`model:${name}:${what}`) ?? 0;
      const asked = ['hit', 'stale', 'misses', 'bypass'].map((what) => [what, of(what)] as const);
      const usualMs = work.usualMs.get(name);
      return {
        ...{ name, version, engine },
        requests: asked.reduce((sum, [, count]) => sum + count, 0),
        hit_ratio: hitRatioIn(new Map(asked)),
        ...{ collapsed: of('collapsed'), failed: of('failed') },
        seconds_saved: seconds(of('savedMs')),
        usual_s: usualMs === undefined ? undefined : seconds(usualMs),
        ...(work.models.get(name) ?? { queued: 0, running: 0 }),
      };
    });
  }

  /** A tier that does not answer has none. */
  #readUsages(): Promise<Usages> {
    const at = performance.now();
    if (this.#usages && at - this.#usages.at < USAGE_MS) return this.#usages.read;
    const { memory, lower } = this.#context;
    const usages = [memory, ...lower.all].map(async (tier) => {
      const usage = await tier.usage().catch(() => undefined);
      return usage ? [[tier.name, usage] as const] : [];
    });
    const read = Promise.all(usages).then((found) => new Map(found.flat()));
    this.#usages = { at, read };
    return read;
  }
}

function cacheFigures({ fiveMinutes, hourAgo, today, day }: Recent) {
  const of = (name: string) => today.get(name) ?? 0;
  return {
    seconds_saved: seconds(of('savedMs')),
    seconds_computed: seconds(computedMsIn(today)),
    hit_ratio: hitRatioIn(fiveMinutes),
    hit_ratio_hour_ago: hitRatioIn(hourAgo),
    hit_ratio_today: hitRatioIn(today),
    requests_today: {
      ...{ hit: of('hit'), stale: of('stale'), miss: of('misses'), bypass: of('bypass') },
      collapsed: of('collapsed'),
    },
    miss_reasons_day: missReasonsIn([day]),
  };
}

function runFigures({ lanes, openRuns }: Work, { hour }: Recent) {
  const sum = (what: keyof LaneWork & ('queued' | 'running' | 'retrying')) =>
    lanes.reduce((all, lane) => all + lane[what], 0);
  const ended = (state: string) => hour.get(`ended:${state}`) ?? 0;
  const unsuccessful = ended('failed') + ended('canceled') + ended('expired');
  return {
    ...{ open: openRuns, queued: sum('queued'), running: sum('running') },
    retrying: sum('retrying'),
    ended_last_hour: succeededIn(hour) + unsuccessful,
    failed_last_hour: ended('failed'),
  };
}

function rounded(value: number | undefined): number | undefined {
  return value === undefined ? undefined : Math.round(value * 10_000) / 10_000;
}
