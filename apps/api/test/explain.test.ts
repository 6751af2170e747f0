/** `POST /explain`: what it says of a question, and in what it differs from the nearest one. */
import { artefactKeyFor, type EntryHeader } from '@deja/cache-core';
import { type ComputeContext, createForecastModel, defineModel } from '@deja/models';
import { call, post } from '@deja/testing';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { openApi } from './harness.ts';

const forecast = createForecastModel();
const HOUR_MS = 3_600_000;
const classify = defineModel({
  name: 'classify',
  version: 1,
  input: z.strictObject({
    text: z.string(),
    options: z.strictObject({ labels: z.array(z.string()), top: z.int() }),
  }),
  output: z.unknown(),
  cache: { freshMs: HOUR_MS, staleMs: HOUR_MS },
  compute: () => null,
});
const never = defineModel({
  name: 'never',
  version: 1,
  input: z.strictObject({ n: z.number() }),
  output: z.unknown(),
  cache: false,
  compute: () => null,
});

type Row = { ds: string; y: number | null };
const day = (at: number) => new Date(Date.UTC(2024, 0, 1 + at)).toISOString().slice(0, 10);
const rows = (count: number): Row[] =>
  Array.from({ length: count }, (_, at) => ({ ds: day(at), y: 100 + at + 5 * Math.sin(at) }));

async function setUp() {
  const api = await openApi({}, [forecast, classify, never]);
  const explain = (model: string, input: unknown) => post(`${api.url}/explain`, { model, input });
  return {
    ...api,
    explain,
    /** Asks, computes and stores, as a worker would. @param ageMs How long ago that was. */
    async answer(name: string, input: object, ageMs = 0) {
      const { models, lower, runs } = api.context;
      const model = models.get(name);
      if (!model) throw new Error(name);
      const { body } = await post(`${api.url}/models/${name}/run`, input);
      const run = await api.runOf(body.job_id);
      const started = await runs.start(run, 'attempt');
      if (started.outcome !== 'go') throw new Error(started.outcome);
      const { key, log, token, runSeq, tags } = started.attempt;
      const prepared = model.prepare(input);
      const group = model.group?.(prepared.input);
      const kept: { key: string; bytes: Uint8Array }[] = [];
      const identity = { model: name, version: model.version, engine: model.engine, group };
      const context: ComputeContext = {
        signal: new AbortController().signal,
        artefacts: {
          read: async () => undefined,
          write: (artefact, bytes) =>
            void kept.push({ key: artefactKeyFor({ ...identity, name: artefact }), bytes }),
        },
        progress() {},
        beginLongWork() {},
        freshFor() {},
        count() {},
        note() {},
      };
      const members = await model.run(prepared.input, context);
      const createdAt = Date.now() - ageMs;
      const times = {
        createdAt,
        freshUntil: createdAt + HOUR_MS,
        staleUntil: Date.now() + HOUR_MS,
      };
      const made = { tenant: 'default', tags, log, token, runSeq, digest: '', computeMs: 1 };
      const entry = (own: string, body: Buffer) => {
        const header: EntryHeader = { key: own, model: name, ...times, ...made };
        return { header, body };
      };
      const payload = JSON.stringify(members);
      for (const tier of lower.all) {
        await tier.put(entry(key, Buffer.from(payload)));
        for (const artefact of kept)
          await tier.put(entry(artefact.key, Buffer.from(artefact.bytes)));
      }
      await runs.finalise(run, 'attempt', 'succeeded', payload);
      return key;
    },
  };
}

const sales = (data: Row[], more: object = {}) => ({
  model_id: 'sales',
  data,
  periods: 7,
  ...more,
});

test('a series with 3 rows appended and 1 altered says so, with its dates', async () => {
  await using t = await setUp();
  const key = await t.answer('forecast', sales(rows(60)));
  const data = rows(63);
  (data[40] as Row).y = 500;

  const { status, body } = await t.explain('forecast', sales(data));

  expect(status).toBe(200);
  expect(body).toMatchObject({ outcome: 'miss', reason: 'series_changed' });
  expect(body.nearest).toEqual({
    cache_key: key,
    asked_at: expect.stringMatching(/Z$/),
    differs: [{ path: '/data', added: 3, altered: 1, removed: 0, from: day(40) }],
  });
  expect(body.sentence).toContain(`3 added, the first ${day(60)}; 1 altered, the first ${day(40)}`);
});

test('rows that were removed count, and their first date', async () => {
  await using t = await setUp();
  await t.answer('forecast', sales(rows(60)));

  const { body } = await t.explain('forecast', sales(rows(60).filter((_, at) => at < 2 || at > 4)));

  expect(body.nearest.differs).toEqual([
    { path: '/data', added: 0, altered: 0, removed: 3, from: day(2) },
  ]);
});

test('exactly the options that were changed differ, with their values', async () => {
  await using t = await setUp();
  const data = rows(60);
  await t.answer('forecast', sales(data, { options: { components: true } }));

  const { body } = await t.explain(
    'forecast',
    sales(data, {
      periods: 14,
      options: { components: true, seasonality_mode: 'multiplicative', interval_width: 0.9 },
    }),
  );

  expect(body.reason).toBe('options_changed');
  expect(body.nearest.differs).toEqual([
    { path: '/options/interval_width', was: 0.8, is: 0.9 },
    { path: '/options/seasonality_mode', was: 'additive', is: 'multiplicative' },
    { path: '/periods', was: 7, is: 14 },
  ]);
  expect(body.sentence).toContain('/periods (was 7, is 14)');
});

test('options that need much room are told by their path alone', async () => {
  await using t = await setUp();
  const holidays = Array.from({ length: 30 }, (_, at) => ({ holiday: 'x', ds: day(at) }));
  await t.answer('forecast', sales(rows(60)));

  const { body } = await t.explain('forecast', sales(rows(60), { options: { holidays } }));

  expect(body.nearest.differs).toEqual([{ path: '/options/holidays', was: [] }]);
});

test('of an input of another model only paths are told, and the nearest question is chosen', async () => {
  await using t = await setUp();
  const asked = (text: string, top: number) => ({ text, options: { labels: ['a', 'b'], top } });
  const near = await t.answer('classify', asked('hello', 1));
  await t.answer('classify', asked('quite another', 9));

  const { body } = await t.explain('classify', asked('hello', 2));

  expect(body).toMatchObject({ reason: 'input_changed', nearest: { cache_key: near } });
  expect(body.nearest.differs).toEqual([{ path: '/options/top' }]);
  expect(JSON.stringify(body)).not.toContain('hello');
});

test('a question that would be answered is a hit, and nothing is computed or counted', async () => {
  await using t = await setUp();
  const asked = { text: 'x', options: { labels: [], top: 1 } };
  const key = await t.answer('classify', asked);
  const counts = async () => {
    const { hits, misses, tiers, miss_reasons } = (await call(`${t.url}/cache/stats`)).body;
    return { hits, misses, redis: tiers.redis.hits, miss_reasons };
  };
  const before = await counts();

  const { body } = await t.explain('classify', asked);

  expect(body).toEqual({
    cache_key: key,
    outcome: 'hit',
    tier: 'redis',
    sentence: 'The answer is in the tier redis and fresh for another 60 min.',
  });
  expect(await counts()).toEqual(before);
  expect((await t.context.figures.queues()).openRuns).toBe(0);
});

test('one that would be answered with something stale says so', async () => {
  await using t = await setUp();
  const asked = { text: 'x', options: { labels: [], top: 1 } };
  await t.answer('classify', asked, HOUR_MS + 60_000);

  expect((await t.explain('classify', asked)).body).toMatchObject({
    outcome: 'stale',
    tier: 'redis',
  });
});

test('a question that is being computed says so', async () => {
  await using t = await setUp();
  const asked = { text: 'x', options: { labels: [], top: 1 } };
  await post(`${t.url}/models/classify/run`, asked);

  const { body } = await t.explain('classify', asked);

  expect(body).toMatchObject({ outcome: 'miss', reason: 'never_seen' });
  expect(body.sentence).toContain('It is being computed now.');
});

test('answers that are never stored are never seen', async () => {
  await using t = await setUp();
  const { headers } = await post(`${t.url}/models/never/run`, { n: 1 });

  expect(headers.get('x-cache')).toBe('BYPASS');
  expect(headers.get('x-cache-reason')).toBe('never_seen');
  expect((await t.explain('never', { n: 1 })).body).toMatchObject({
    outcome: 'miss',
    reason: 'never_seen',
    sentence: 'Answers of this model are never stored.',
  });
});

test('a question that its model refuses is refused', async () => {
  await using t = await setUp();

  for (const body of [{ model: 'nobody', input: {} }, { model: 'classify', input: {} }, {}])
    expect(await post(`${t.url}/explain`, body)).toMatchObject({
      status: 422,
      body: { type: 'urn:deja:problem:input-refused' },
    });
});
