import { randomUUID } from 'node:crypto';
import { LANES, QueueRedis, shardOf } from '@deja/jobs';
import { createRandom } from '@deja/testing';
import { Redis } from 'ioredis';
import { afterAll, expect, inject, test } from 'vitest';
import { HistoryStore, MINUTE_MS } from './store.ts';

const redis = new Redis(inject('redisUrl'));
afterAll(() => redis.disconnect());

/** The first minute of a day. */
const DAWN = 20_000 * 1440;
const since = { countingSince: DAWN * MINUTE_MS };
const counts = (hit: number, more: Record<string, number> = {}) =>
  new Map(Object.entries({ hit, ...more }));
const NO_GAUGES = new Map<string, number>();

function open() {
  const queue = new QueueRedis(redis, shardOf(`t${randomUUID().slice(0, 8)}`));
  const keys = () => redis.keys(`${queue.shard.prefix}history:*`);
  return { history: new HistoryStore(queue), again: () => new HistoryStore(queue), keys };
}

async function hits(history: HistoryStore, of: 'minutes' | 'hours', from: number, to: number) {
  const found = await history.buckets(of, { from, to });
  return [...found].map(([at, bucket]) => [at - from, bucket.get('hit') ?? 0]);
}

test('a minute is recorded once, whoever records it', async () => {
  const { history, again } = open();
  await history.record(DAWN, { counts: counts(5), gauges: NO_GAUGES, ...since });

  const attempts = [1, 2, 3, 4].map((at) =>
    again().record(DAWN + 1, { counts: counts(5 + at), gauges: NO_GAUGES, ...since }),
  );
  expect((await Promise.all(attempts)).filter(Boolean)).toHaveLength(1);
  expect(await again().record(DAWN, { counts: counts(99), gauges: NO_GAUGES, ...since })).toBe(
    false,
  );
  const { counts: kept } = (await history.last()) ?? { counts: counts(0) };

  const total = Number(kept.get('hit'));
  expect(await hits(history, 'minutes', DAWN, DAWN + 2)).toEqual([
    [0, 5],
    [1, total - 5],
  ]);
});

test('what was counted is in one bucket, across restarts as well', async () => {
  const { again } = open();
  let total = 0;
  for (let at = 0; at < 150; at += 1) {
    total += at;
    if (at % 7 === 3) continue; // nobody was there
    await again().record(DAWN + at, { counts: counts(total), gauges: NO_GAUGES, ...since });
  }
  const minutes = await hits(again(), 'minutes', DAWN, DAWN + 150);
  const hours = await hits(again(), 'hours', DAWN / 60, DAWN / 60 + 3);

  const sum = (buckets: (readonly (number | undefined)[])[]) =>
    buckets.reduce((all, [, count]) => all + Number(count), 0);
  expect(sum(minutes)).toBe(total);
  expect(sum(hours)).toBe(total);
  expect(minutes.some(([at]) => at === 3)).toBe(false);
  expect(hours.map(([at]) => at)).toEqual([0, 1, 2]);
});

test('what was counted before the history began is in no bucket', async () => {
  const { history } = open();
  const began = { countingSince: (DAWN - 10_000) * MINUTE_MS };

  await history.record(DAWN, { counts: counts(1_000_000), gauges: NO_GAUGES, ...began });
  await history.record(DAWN + 1, { counts: counts(1_000_002), gauges: NO_GAUGES, ...began });

  expect(await hits(history, 'minutes', DAWN, DAWN + 2)).toEqual([
    [0, 0],
    [1, 2],
  ]);
});

test('counts that Redis has lost begin anew', async () => {
  const { history } = open();
  await history.record(DAWN, { counts: counts(50), gauges: NO_GAUGES, ...since });
  await history.record(DAWN + 1, { counts: counts(3), gauges: NO_GAUGES, ...since });

  expect(await hits(history, 'minutes', DAWN, DAWN + 2)).toEqual([
    [0, 50],
    [1, 3],
  ]);
});

test('an hour has the sum of its counts, the largest of what was measured, and models of their own', async () => {
  const { history } = open();
  for (const [at, open] of [4, 9, 2].entries())
    await history.record(DAWN + at, {
      counts: counts(at + 1, { 'model:m:hit': at + 1 }),
      gauges: new Map([['gauge:open', open]]),
      ...since,
    });

  const hour = (await history.buckets('hours', { from: DAWN / 60, to: DAWN / 60 + 1 })).get(
    DAWN / 60,
  );
  const minute = (await history.buckets('minutes', { from: DAWN, to: DAWN + 1 })).get(DAWN);

  expect(Object.fromEntries(hour ?? [])).toEqual({ hit: 3, 'model:m:hit': 3, 'gauge:open': 9 });
  expect(Object.fromEntries(minute ?? [])).toEqual({ hit: 1, 'gauge:open': 4 });
});

/** What an installation counts in a minute of a busy day: all lanes, reasons and tiers, three models. */
function busyMinute(random: () => number): {
  counts: Map<string, number>;
  gauges: Map<string, number>;
} {
  const counts = new Map<string, number>();
  const gauges = new Map<string, number>();
  const some = (usual: number) => Math.round(usual * (0.5 + random()));
  for (const [what, usual] of Object.entries({ hit: 2100, stale: 40, misses: 190, bypass: 30 }))
    counts.set(what, some(usual));
  counts.set('collapsed', some(20)).set('savedMs', some(700_000));
  for (const lane of LANES) {
    for (const what of ['queue', 'run']) {
      for (const bound of ['250', '500', '1000', '2500', '5000'])
        counts.set(`${what}:${lane}:${bound}`, some(20));
      counts.set(`${what}:${lane}:sum`, some(80_000));
    }
    for (const bound of ['1.1', '1.25', '1.5', '2']) counts.set(`eta:${lane}:${bound}`, some(3));
    gauges.set(`gauge:queued:${lane}`, some(60)).set(`gauge:oldest:${lane}`, some(3000));
  }
  gauges.set('gauge:open', some(200)).set('gauge:slots', 12).set('gauge:busy', some(8));
  for (let reason = 0; reason < 9; reason += 1)
    counts.set(`miss_reason:reason_${reason}`, some(20));
  for (const state of ['failed', 'canceled', 'expired', 'stalled'])
    counts.set(`ended:${state}`, some(1));
  for (const tier of ['memory', 'redis', 'disk']) counts.set(`evicted:${tier}`, some(20));
  for (const state of ['delivered', 'dead']) counts.set(`delivery:${state}`, some(10));
  for (const model of ['forecast', 'sentiment', 'sleep'])
    for (const what of ['hit', 'stale', 'misses', 'bypass', 'collapsed', 'savedMs', 'failed'])
      counts.set(`model:${model}:${what}`, some(700));
  return { counts, gauges };
}

test('a day of minutes of all series takes less than 200 kB, and every key goes by itself', async () => {
  const { history, keys } = open();
  const random = createRandom(7);
  const totals = new Map<string, number>();
  // Two hours, since a day takes half a minute: hours are stored apart from each other.
  for (let at = 0; at < 120; at += 1) {
    const { counts, gauges } = busyMinute(() => random.next());
    for (const [name, n] of counts) totals.set(name, (totals.get(name) ?? 0) + n);
    await history.record(DAWN + at, { counts: totals, gauges, ...since });
  }

  const sizes = new Map<string, number>();
  for (const key of await keys()) {
    sizes.set(key, Number(await redis.memory('USAGE', key)));
    expect(await redis.pttl(key)).toBeGreaterThan(0);
    expect(await redis.pttl(key)).toBeLessThanOrEqual(91 * 86_400_000);
  }
  const sum = (kind: string) =>
    [...sizes].reduce((all, [key, bytes]) => all + (key.includes(`:${kind}:`) ? bytes : 0), 0);

  expect(sizes.size).toBe(3);
  expect(sum('m') * 12).toBeLessThan(200_000);
  expect(sum('h') * 12).toBeLessThan(50_000);
  expect(await history.bytes((DAWN + 119) * MINUTE_MS)).toBeLessThan(sum('m') + sum('h'));
  const found = await history.buckets('minutes', { from: DAWN, to: DAWN + 120 });
  const counted = [...found.values()].reduce((all, bucket) => all + (bucket.get('hit') ?? 0), 0);
  expect(counted).toBe(totals.get('hit'));
});
