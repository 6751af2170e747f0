/** Why a miss: one scripted miss for each reason, and for each pair of reasons the one that comes first. */
import { randomUUID } from 'node:crypto';
import type { EntryHeader } from '@deja/cache-core';
import type { MissReason } from '@deja/jobs';
import { defineModel, type Model } from '@deja/models';
import { call, post } from '@deja/testing';
import { Redis } from 'ioredis';
import { expect, inject, test } from 'vitest';
import { z } from 'zod';
import { openApi } from './harness.ts';

const HOUR_MS = 3_600_000;

/** A model with a series, as a forecast has. */
const toy = (version: number): Model =>
  defineModel({
    name: 'toy',
    version,
    input: z.strictObject({
      id: z.string().default('sales'),
      series: z.array(z.number()),
      width: z.number().default(0.8),
    }),
    output: z.unknown(),
    cache: { freshMs: HOUR_MS },
    group: ({ id }) => id,
    modelId: ({ id }) => id,
    parts: ({ input }) => {
      const { series, width } = input as { series: number[]; width: number };
      return { series, members: { '/width': width }, defaults: {}, showsValues: true };
    },
    compute: () => null,
  });

/** A model without one. */
const plain = (version: number): Model =>
  defineModel({
    name: 'plain',
    version,
    input: z.strictObject({ text: z.string(), language: z.string().default('en') }),
    output: z.unknown(),
    cache: { freshMs: HOUR_MS },
    compute: () => null,
  });

type Ask = { readonly model: 'toy' | 'plain'; readonly body: object };
const S1: Ask = { model: 'toy', body: { series: [1, 2, 3] } };
const S2: Ask = { model: 'toy', body: { series: [1, 2, 3, 4] } };
const WIDE: Ask = { model: 'toy', body: { series: [1, 2, 3], width: 0.9 } };
const S2_WIDE: Ask = { model: 'toy', body: { series: [1, 2, 3, 4], width: 0.9 } };
const A: Ask = { model: 'plain', body: { text: 'a' } };
const B: Ask = { model: 'plain', body: { text: 'b' } };

async function setUp(env: Record<string, string> = {}) {
  const prefix = `t${randomUUID().slice(0, 8)}`;
  const resources = new AsyncDisposableStack();
  const open = async (version: number) =>
    resources.use(await openApi({ REDIS_PREFIX: prefix, ...env }, [toy(version), plain(version)]));
  const api = await open(1);
  const versions = [api];
  const redis = resources.adopt(new Redis(inject('redisUrl')), (client) => client.disconnect());
  const P = `${prefix}:f2:{d0}:`;
  const ask = async ({ model, body }: Ask, version: 1 | 2 = 1, headers = {}) => {
    versions[version - 1] ??= await open(version);
    const { url } = versions[version - 1] as typeof api;
    return await post(`${url}/models/${model}/run`, body, headers);
  };
  return {
    ...{ api, redis, P, ask },
    /** The reason of the miss that the question is now. */
    reasonOf: async (question: Ask, version: 1 | 2 = 1, headers = {}) =>
      (await ask(question, version, headers)).headers.get('x-cache-reason'),
    /** Asks and answers, as a worker would. @param freshMs If it is fresh for less long. */
    async answer(question: Ask, version: 1 | 2 = 1, freshMs?: number) {
      const { body } = await ask(question, version);
      const run = await api.runOf(body.job_id);
      const started = await api.context.runs.start(run, `attempt-${run}`);
      if (started.outcome !== 'go') throw new Error(started.outcome);
      const { key, log, token, runSeq, tags } = started.attempt;
      const now = Date.now();
      const until = now + (freshMs ?? HOUR_MS);
      const header: EntryHeader = {
        ...{ key, model: question.model, tenant: 'default', tags, log, token, runSeq, digest: '' },
        ...{ createdAt: now, freshUntil: until, staleUntil: until, computeMs: 1 },
      };
      for (const tier of api.context.lower.all) await tier.put({ header, body: Buffer.from('{}') });
      await api.context.runs.finalise(run, `attempt-${run}`, 'succeeded', '{}', { freshMs });
      await redis.del(`${P}k:${key}`); // as 10 s later: the success no longer answers what just missed it
      return key;
    },
    /** As if it had to make room. */
    async evict(key: string) {
      for (const { context } of versions)
        for (const tier of [context.memory, ...context.lower.all]) await tier.remove(key);
    },
    async invalidate(question: Ask) {
      const tag = question.model === 'toy' ? 'model_id:sales' : 'model:plain';
      await call(`${api.url}/cache?tag=${tag}`, { method: 'DELETE' });
      const seq = await redis.hget(`${P}meta`, 'seq');
      for (const { context } of versions) await context.cache.reaches(Number(seq));
    },
    [Symbol.asyncDispose]: () => resources[Symbol.asyncDispose](),
  };
}
type Stage = Awaited<ReturnType<typeof setUp>>;

/** What makes a reason hold of `question`, of which `other` differs as the reason wants. */
const SCENES: Readonly<
  Record<
    string,
    { readonly reason: MissReason; readonly play: (t: Stage) => Promise<string | null> }
  >
> = {
  'request_directive: no-cache': {
    reason: 'request_directive',
    play: async (t) => {
      await t.answer(A);
      return await t.reasonOf(A, 1, { 'Cache-Control': 'no-cache' });
    },
  },
  'request_directive: no-store': {
    reason: 'request_directive',
    play: (t) => t.reasonOf(A, 1, { 'Cache-Control': 'no-store' }),
  },
  'request_directive: max-age': {
    reason: 'request_directive',
    play: async (t) => {
      await t.answer(A);
      return await t.reasonOf(A, 1, { 'Cache-Control': 'max-age=0' });
    },
  },
  invalidated: {
    reason: 'invalidated',
    play: async (t) => {
      await t.answer(S1);
      await t.invalidate(S1);
      return await t.reasonOf(S1);
    },
  },
  version_changed: {
    reason: 'version_changed',
    play: async (t) => {
      await t.answer(A);
      return await t.reasonOf(A, 2);
    },
  },
  expired: {
    reason: 'expired',
    play: async (t) => {
      await t.answer(A, 1, 0);
      return await t.reasonOf(A);
    },
  },
  evicted: {
    reason: 'evicted',
    play: async (t) => {
      await t.evict(await t.answer(A));
      return await t.reasonOf(A);
    },
  },
  series_changed: {
    reason: 'series_changed',
    play: async (t) => {
      await t.answer(S1);
      return await t.reasonOf(S2);
    },
  },
  options_changed: {
    reason: 'options_changed',
    play: async (t) => {
      await t.answer(S1);
      return await t.reasonOf(WIDE);
    },
  },
  input_changed: {
    reason: 'input_changed',
    play: async (t) => {
      await t.answer(A);
      return await t.reasonOf(B);
    },
  },
  never_seen: { reason: 'never_seen', play: (t) => t.reasonOf(S1) },
};

test.each(Object.entries(SCENES))('a miss says why: %s', async (_, { reason, play }) => {
  await using t = await setUp();

  expect(await play(t)).toBe(reason);
});

/** Another question of the same model that was asked since: series, options or input of it differ. */
const OTHERS = {
  series_changed: [S1, S2],
  options_changed: [S1, WIDE],
  input_changed: [A, B],
} as const;

/** `never_seen` holds only where no other reason does; series and input are of different models. */
const PAIRS: [MissReason, string, (t: Stage) => Promise<string | null>][] = [
  ...Object.entries(SCENES)
    .filter(([, { reason }]) => reason !== 'request_directive')
    .map(([name, { play }]): (typeof PAIRS)[number] => [
      'request_directive',
      name,
      (t) =>
        play({
          ...t,
          reasonOf: (question, version) =>
            t.reasonOf(question, version, { 'Cache-Control': 'no-cache' }),
        }),
    ]),
  [
    'invalidated',
    'version_changed',
    async (t) => {
      await t.answer(A);
      await t.invalidate(A);
      return await t.reasonOf(A, 2);
    },
  ],
  [
    'invalidated',
    'expired',
    async (t) => {
      await t.answer(A, 1, 0);
      await t.invalidate(A);
      return await t.reasonOf(A);
    },
  ],
  [
    'invalidated',
    'evicted',
    async (t) => {
      await t.evict(await t.answer(A));
      await t.invalidate(A);
      return await t.reasonOf(A);
    },
  ],
  [
    'version_changed',
    'expired',
    async (t) => {
      await t.answer(A, 1, 0);
      return await t.reasonOf(A, 2);
    },
  ],
  [
    'version_changed',
    'evicted',
    async (t) => {
      await t.evict(await t.answer(A));
      return await t.reasonOf(A, 2);
    },
  ],
  [
    'expired',
    'evicted',
    async (t) => {
      await t.evict(await t.answer(A, 1, 0));
      return await t.reasonOf(A);
    },
  ],
  ...Object.entries(OTHERS).flatMap(([changed, [was, is]]): typeof PAIRS => [
    [
      'invalidated',
      changed,
      async (t) => {
        await t.answer(was);
        await t.invalidate(was);
        return await t.reasonOf(is);
      },
    ],
    [
      'version_changed',
      changed,
      async (t) => {
        await t.answer(was);
        return await t.reasonOf(is, 2);
      },
    ],
    [
      'expired',
      changed,
      async (t) => {
        await t.answer(is, 1, 0);
        await t.answer(was);
        return await t.reasonOf(is);
      },
    ],
    [
      'evicted',
      changed,
      async (t) => {
        const key = await t.answer(is);
        await t.answer(was);
        await t.evict(key);
        return await t.reasonOf(is);
      },
    ],
  ]),
  [
    'series_changed',
    'options_changed',
    async (t) => {
      await t.answer(S1);
      return await t.reasonOf(S2_WIDE);
    },
  ],
];

test.each(PAIRS)('of two reasons the first counts: %s before %s', async (first, _, play) => {
  await using t = await setUp();

  expect(await play(t)).toBe(first);
});

test('each of several questions is told against the one that is most like it', async () => {
  await using t = await setUp();
  await t.answer(S1);
  await t.answer(WIDE);

  expect(await t.reasonOf(S2_WIDE)).toBe('series_changed'); // of WIDE
  expect(await t.reasonOf(S2)).toBe('series_changed'); // of S1
});

test('the job says why, also to whoever joined it or asks with the same Idempotency-Key', async () => {
  await using t = await setUp();
  await t.answer(S1);

  const first = await t.ask(S2, 1, { 'Idempotency-Key': 'k' });
  const joined = await t.ask(S2);
  const repeated = await t.ask(S2, 1, { 'Idempotency-Key': 'k' });

  for (const { headers, body } of [first, joined, repeated]) {
    expect(headers.get('x-cache-reason')).toBe('series_changed');
    const job = await call(`${t.api.url}/jobs/${body.job_id}`);
    expect(job.body.miss_reason).toBe('series_changed');
  }
});

test('a question whose run failed keeps its reason', async () => {
  await using t = await setUp();
  await t.answer(S1);
  const { body } = await t.ask(S2);
  const failure = { code: 'MODEL_FAILED', message: 'no' };
  await t.api.finish(await t.api.runOf(body.job_id), 'failed', failure);

  expect(await t.reasonOf(S2)).toBe('series_changed');
});

test('what a tier still holds says it where Redis has forgotten the question', async () => {
  await using t = await setUp();
  const key = await t.answer(S1);
  await t.redis.del(`${t.P}question:${key}`);
  await t.invalidate(S1);

  expect(await t.reasonOf(S1)).toBe('invalidated');
});

test('after Redis has lost what was asked, nothing was seen', async () => {
  await using t = await setUp();
  await t.evict(await t.answer(S1));
  const kept = await t.redis.keys(`${t.P}question:*`);
  await t.redis.del(...kept, `${t.P}near:default:toy`);

  expect(await t.reasonOf(S1)).toBe('never_seen');
});

test('whatever is wrong with the digests, questions are computed and answered', async () => {
  await using t = await setUp();
  const key = await t.answer(S1);
  await t.redis.set(`${t.P}question:${key}`, 'not a hash');
  await t.redis.set(`${t.P}near:default:toy`, 'not a hash');
  await t.evict(key);

  const { status, headers } = await t.ask(S1);

  expect([status, headers.get('x-cache'), headers.get('x-cache-reason')]).toEqual([
    202,
    'MISS',
    null,
  ]);
  await t.redis.del(`${t.P}question:${key}`, `${t.P}near:default:toy`);
  expect(await t.reasonOf(S2)).toBe('never_seen');
});

test('a question that is stored nowhere leaves nothing', async () => {
  await using t = await setUp();

  await t.ask(A, 1, { 'Cache-Control': 'no-store' });

  expect(await t.redis.keys(`${t.P}question:*`)).toEqual([]);
  expect(await t.reasonOf(B)).toBe('never_seen');
});

test('a HIT has no reason, and leaves the digests as they are', async () => {
  await using t = await setUp();
  const key = await t.answer(A);
  const before = await t.redis.hgetall(`${t.P}question:${key}`);

  const hit = await t.ask(A);

  expect(hit.headers.get('x-cache')).toBe('HIT');
  expect(hit.headers.has('x-cache-reason')).toBe(false);
  expect(await t.redis.hgetall(`${t.P}question:${key}`)).toEqual(before);
});

test.each([1, 3, 10])(
  'of each model the latest EXPLAIN_KEYS questions are kept, and nothing of the others: %i',
  async (most) => {
    await using t = await setUp({ EXPLAIN_KEYS: `${most}` });
    for (let at = 0; at < 25; at += 1)
      expect((await t.ask({ model: 'plain', body: { text: `${at}` } })).status).toBe(202);
    await t.ask(S1);

    const kept = await t.redis.zrange(`${t.P}asked:default:plain`, '0', '-1');
    expect(kept.length).toBeGreaterThan(most * 0.7);
    expect(kept.length).toBeLessThanOrEqual(most);
    expect(await t.redis.keys(`${t.P}question:*`)).toHaveLength(kept.length + 1);
    const near = await t.redis.hgetall(`${t.P}near:default:plain`);
    expect(Object.keys(near).length).toBe(kept.length + 1); // each input, and the group that they share
    for (const key of Object.values(near)) expect(kept).toContain(key);
  },
);

test('reasons are counted, by model and over all', async () => {
  await using t = await setUp();
  await t.ask(S1);
  await t.ask(S2);
  await t.ask(A);

  const { body } = await call(`${t.api.url}/cache/stats`);
  expect(body.miss_reasons).toEqual({ never_seen: 2, series_changed: 1 });
  expect(body.models.toy.miss_reasons).toEqual({ never_seen: 1, series_changed: 1 });
  const metrics = await (await fetch(`${t.api.url}/metrics`)).text();
  expect(metrics).toContain('deja_cache_miss_reasons_total{model="toy",reason="series_changed"} 1');
});
