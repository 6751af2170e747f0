/** `GET /cache/advice`: what was simulated, beside what was measured. */
import { cacheKeyFor, type EntryHeader } from '@deja/cache-core';
import { defineModel } from '@deja/models';
import { call, post } from '@deja/testing';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { openApi } from './harness.ts';

const HOUR_MS = 3_600_000;
const classify = defineModel({
  name: 'classify',
  version: 1,
  input: z.strictObject({ n: z.number() }),
  output: z.unknown(),
  cache: { freshMs: HOUR_MS },
  compute: () => null,
});

async function setUp() {
  const api = await openApi({}, [classify]);
  const ask = (n: number) => post(`${api.url}/models/classify/run`, { n });
  const { body } = await ask(-1);
  const run = await api.runOf(body.job_id);
  const started = await api.context.runs.start(run, 'attempt');
  if (started.outcome !== 'go') throw new Error(started.outcome);
  const { log, token } = started.attempt;
  return {
    ...api,
    ask,
    advice: async () => (await call(`${api.url}/cache/advice`)).body,
    /** Stores an answer, as a worker would. */
    async store(n: number, more: Partial<EntryHeader> = {}) {
      const key = cacheKeyFor({ model: 'classify', version: 1, input: { n } });
      const createdAt = Date.now();
      const until = createdAt + HOUR_MS;
      const header: EntryHeader = {
        ...{ key, model: 'classify', tenant: 'default', tags: [], log, token, createdAt },
        ...{ freshUntil: until, staleUntil: until, runSeq: n + 1, computeMs: 2000, digest: 'same' },
        ...more,
      };
      for (const tier of api.context.lower.all) await tier.put({ header, body: Buffer.from('{}') });
      return key;
    },
  };
}

test('the actual size is simulated as it was measured, and then it is trusted', async () => {
  await using t = await setUp();
  for (let n = 0; n < 210; n += 1) {
    await t.store(n);
    expect((await t.ask(n)).headers.get('x-cache-tier')).toBe('redis');
    expect((await t.ask(n)).headers.get('x-cache-tier')).toBe('memory');
  }

  const { sizes, measured, trusted, ttls, since } = await t.advice();

  expect(trusted).toBe(true);
  expect(Date.parse(since)).toBeLessThanOrEqual(Date.now());
  expect(sizes.map(({ tier, factor }: { tier: string; factor: number }) => [tier, factor])).toEqual(
    ['memory', 'redis'].flatMap((tier) => [0.25, 0.5, 1, 2, 4, 8].map((factor) => [tier, factor])),
  );
  const [memory, redis] = measured;
  expect(memory).toMatchObject({ tier: 'memory', hit_ratio: 0.4988 }); // 210 of 421
  expect(memory.lookup_seconds_saved).toBeGreaterThan(0);
  expect(redis).toMatchObject({ tier: 'redis', hit_ratio: 0.9976, compute_seconds_saved: 840 });
  for (const { tier, hit_ratio } of sizes)
    expect(hit_ratio).toBe(tier === 'memory' ? 0.4988 : 0.9976); // a quarter holds them all
  expect(sizes[2].max_bytes).toBe(t.context.config.cacheMaxMemoryBytes);
  expect(ttls.map(({ ttl_s }: { ttl_s: number }) => ttl_s)).toEqual(
    [0.25, 0.5, 1, 2, 4, 8].map((factor) => 3600 * factor),
  );
  expect(ttls[2]).toMatchObject({ model: 'classify', hit_ratio: 0.9976, unchanged_ratio: null });
});

test('few keys are not trusted', async () => {
  await using t = await setUp();
  await t.store(1);
  await t.ask(1);

  expect((await t.advice()).trusted).toBe(false);
});

test('computations that changed nothing are told', async () => {
  await using t = await setUp();
  for (const [runSeq, digest] of [
    [1, 'a'],
    [2, 'a'],
    [3, 'b'],
  ] as const) {
    const key = await t.store(1, { runSeq, digest });
    await t.context.memory.remove(key);
    await t.ask(1);
  }

  expect((await t.advice()).ttls[0].unchanged_ratio).toBe(0.5);
});

test('what was not answered because the request wanted something newer is no miss', async () => {
  await using t = await setUp();
  await t.store(1);
  await post(`${t.url}/models/classify/run`, { n: 1 }, { 'Cache-Control': 'no-cache' });
  await post(`${t.url}/models/classify/run`, { n: 1 }, { 'Cache-Control': 'max-age=0' });
  await t.ask(1);

  expect(t.context.simulation.report().counts.all).toBe(2); // this one, and the first of the set-up
});
