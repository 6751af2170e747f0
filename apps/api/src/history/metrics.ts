/** What `GET /admin/history` tells: of each metric its series, made of the buckets. */
import { LANES } from '@deja/jobs';
import type { Bucket } from './blob.ts';
import { quantileOf } from './quantile.ts';

type Value = number | undefined;
type Read = (bucket: Bucket) => Value;
type Series = Readonly<Record<string, Read>>;

const count =
  (name: string, scale = 1): Read =>
  (bucket) =>
    (bucket.get(name) ?? 0) * scale;
const counts = (names: readonly string[], prefix = ''): Series =>
  Object.fromEntries(names.map((name) => [name, count(prefix + name)]));
const byLane = (read: (lane: string) => Read): Series =>
  Object.fromEntries(LANES.map((lane) => [lane, read(lane)]));
const scaled = (value: Value, scale: number): Value =>
  value === undefined ? undefined : Math.round(value * scale * 1000) / 1000;

const MS = 1 / 1000;
/** Two quantiles of each lane: `long.p50`, `long.p95`. Unit: s. */
const times = (what: string): Series =>
  Object.fromEntries(
    LANES.flatMap((lane) =>
      [0.5, 0.95].map((share) => [
        `${lane}.p${share * 100}`,
        (bucket: Bucket) => scaled(quantileOf(bucket, `${what}:${lane}:`, { share }), MS),
      ]),
    ),
  );
const errors =
  (share: number): Read =>
  (bucket) => {
    const all = new Map<string, number>();
    for (const [name, n] of bucket) {
      const bound = /^eta:\w+:(.+)$/.exec(name)?.[1];
      if (bound !== undefined) all.set(`eta:${bound}`, (all.get(`eta:${bound}`) ?? 0) + n);
    }
    return scaled(quantileOf(all, 'eta:', { share, least: 1 }), 1);
  };

const RUN_SUMS = LANES.map((lane) => `run:${lane}:sum`);

/** Runs that ended with an answer. */
export function succeededIn(bucket: Bucket): number {
  let sum = 0;
  for (const [name, n] of bucket) if (/^run:\w+:(?!sum)/.test(name)) sum += n;
  return sum;
}

/** Milliseconds that runs took. */
export const computedMsIn = (bucket: Bucket): number =>
  RUN_SUMS.reduce((sum, name) => sum + (bucket.get(name) ?? 0), 0);

/** Undefined: nothing was asked. */
export function hitRatioIn(bucket: Bucket): number | undefined {
  const hits = (bucket.get('hit') ?? 0) + (bucket.get('stale') ?? 0);
  const asked = hits + (bucket.get('misses') ?? 0);
  return asked === 0 ? undefined : Math.round((hits / asked) * 10_000) / 10_000;
}

const METRICS = {
  requests: {
    ...counts(['hit', 'stale']),
    miss: count('misses'),
    ...counts(['bypass', 'collapsed']),
  },
  hit_ratio: { all: hitRatioIn },
  seconds: {
    saved: count('savedMs', MS),
    computed: (bucket) => computedMsIn(bucket) * MS,
  },
  wait_s: times('queue'),
  run_s: times('run'),
  oldest_wait_s: byLane((lane) => count(`gauge:oldest:${lane}`, MS)),
  queued: byLane((lane) => count(`gauge:queued:${lane}`)),
  open_runs: { open: count('gauge:open') },
  slots: { busy: count('gauge:busy'), slots: count('gauge:slots') },
  runs: {
    succeeded: succeededIn,
    ...counts(['failed', 'canceled', 'expired', 'stalled'], 'ended:'),
  },
  evictions: counts(['memory', 'redis', 'disk'], 'evicted:'),
  deliveries: counts(['delivered', 'gone', 'dead'], 'delivery:'),
  eta_error: { p50: errors(0.5), p90: errors(0.9) },
} as const satisfies Record<string, Series>;

/** Its series are the reasons that there are. */
const REASONS = 'miss_reasons';
export const HISTORY_METRICS = [...Object.keys(METRICS), REASONS] as unknown as readonly [
  HistoryMetric,
  ...HistoryMetric[],
];
export type HistoryMetric = keyof typeof METRICS | typeof REASONS;

/** Values by series. @param steps Undefined: nothing was recorded. */
export function valuesOf(
  metric: HistoryMetric,
  steps: readonly (Bucket | undefined)[],
): Record<string, (number | null)[]> {
  const series: Series = metric === REASONS ? reasonsIn(steps) : METRICS[metric];
  return Object.fromEntries(
    Object.entries(series).map(([name, read]) => [
      name,
      steps.map((bucket) => (bucket && read(bucket)) ?? null),
    ]),
  );
}

const REASON = 'miss_reason:';

/** By reason, in all of the buckets. */
export function missReasonsIn(buckets: Iterable<Bucket | undefined>): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const bucket of buckets)
    for (const [name, n] of bucket ?? [])
      if (name.startsWith(REASON)) {
        const reason = name.slice(REASON.length);
        sums[reason] = (sums[reason] ?? 0) + n;
      }
  return sums;
}

function reasonsIn(steps: readonly (Bucket | undefined)[]): Series {
  return counts(Object.keys(missReasonsIn(steps)).sort(), REASON);
}
