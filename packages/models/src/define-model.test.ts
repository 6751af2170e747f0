import { expect, expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import { context, refusals } from '../test/series.ts';
import { commandModel } from './adapters/command-model.ts';
import { httpModel } from './adapters/http-model.ts';
import { defineModel } from './define-model.ts';

const input = z.strictObject({ n: z.int(), 'a/b~c': z.array(z.string()).default([]) });
const output = z.strictObject({ twice: z.number() });
const double = defineModel({
  name: 'double',
  version: 2,
  engine: 'e@1',
  input,
  output,
  normalise: ({ n }) => ({ n: Math.abs(n) }),
  modelId: ({ n }) => `id${n}`,
  tags: ({ n }) => [`n:${n}`],
  compute: ({ n }) => {
    expectTypeOf(n).toEqualTypeOf<number>();
    return { twice: 2 * n };
  },
});
const plain = { name: 'm', version: 1, input, output, compute: () => ({ twice: 1 }) };

test('what is left out has its default', () => {
  expect(defineModel(plain)).toMatchObject({
    engine: undefined,
    cache: { freshMs: undefined, staleMs: 0, staleIfErrorMs: 0, eagerRefresh: undefined },
    scope: 'shared',
    lane: 'long',
    timeoutMs: 120_000,
    perSlot: 1,
  });
  expect(defineModel({ ...plain, cache: false }).cache).toBe(false);
});

test('the answers of a model can be the tenant’s own', () => {
  expect(defineModel({ ...plain, scope: 'tenant' }).scope).toBe('tenant');
});

test('a cache policy that makes no sense is refused', () => {
  for (const cache of [{ freshMs: -1 }, { staleMs: Number.NaN }, { eagerRefresh: 90 }])
    expect(() => defineModel({ ...plain, cache })).toThrow(TypeError);
});

const DAY_MS = 86_400_000;

test.each([
  ['timeoutMs', { timeoutMs: 30 * DAY_MS }, '1 to 604800000'],
  ['timeoutMs', { timeoutMs: Number.POSITIVE_INFINITY }, '1 to 604800000'],
  ['timeoutMs', { timeoutMs: 0 }, '1 to 604800000'],
  ['timeoutMs', { timeoutMs: '5 s' as never }, '1 to 604800000'],
  ['maxQueueMs', { maxQueueMs: Number.NaN }, '0 to 604800000'],
  ['perSlot', { perSlot: 1e6 }, '1 to 1000'],
  ['cache.freshMs', { cache: { freshMs: Number.MAX_SAFE_INTEGER } }, '0 to 3153600000000'],
  ['cache.staleMs', { cache: { staleMs: Number.NaN } }, '0 to 3153600000000'],
  ['cache.staleIfErrorMs', { cache: { staleIfErrorMs: -1 } }, '0 to 3153600000000'],
  ['cache.eagerRefresh', { cache: { eagerRefresh: 90 } }, '0 to 1'],
  ['lane', { lane: 'fast' as never }, "'short' or 'long'"],
  ['engine', { engine: 'x'.repeat(201) }, '200 characters'],
  ['permissions', { permissions: ['net'] }, 'addons'],
])('a setting out of its bounds is refused, and the bounds are told: %s', (member, own, bounds) => {
  expect(() => defineModel({ ...plain, ...own })).toThrow(
    expect.objectContaining({
      name: 'TypeError',
      message: expect.stringMatching(new RegExp(`"m": ${member} .*${bounds}`)),
    }),
  );
});

test('a setting of a program or a server out of its bounds is refused as well', () => {
  const common = { name: 'm', version: 1, input, output };
  const url = 'http://127.0.0.1:9/';
  for (const own of [{ retries: Number.POSITIVE_INFINITY }, { maxAnswerBytes: 1e12 }])
    expect(() => httpModel({ ...common, url, ...own })).toThrow(/must be a number of/);
  expect(() => commandModel({ ...common, command: ['true'], maxLineBytes: Number.NaN })).toThrow(
    'maxLineBytes must be a number of 1 to 67108864, but is NaN',
  );
});

test.each([
  ['a number among the tags', { tags: () => [7] as never }],
  ['no list of tags', { tags: () => 'text' as never }],
  ['too many tags', { tags: () => Array.from({ length: 51 }, (_, at) => `t${at}`) }],
  ['a long tag', { tags: () => ['x'.repeat(201)] }],
  ['an empty tag', { tags: () => [''] }],
  ['a numeric model id', { modelId: () => 7 as never }],
])('a label that is none is refused before anything computes: %s', (_, own) => {
  expect(() => defineModel({ ...plain, ...own }).prepare({ n: 1 })).toThrow(
    /"m": (tags|modelId) must give/,
  );
});

test('compute sees the normalised input, and tags are made of it', async () => {
  const prepared = double.prepare({ n: -4 });

  expect(prepared).toEqual({ input: { n: 4 }, tags: ['model:double', 'model_id:id4', 'n:4'] });
  expect(await double.run(prepared.input, context)).toEqual({
    output: { twice: 8 },
    model: { name: 'double', version: 2, engine: 'e@1' },
    compute_ms: expect.any(Number),
  });
});

test('issues are at JSON pointers, unknown members each at their own, 20 at most', () => {
  const many = Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`x${at}`, 1]));

  expect(refusals(double, { n: 1, 'a/b~c': ['x', 7] })[0]).toContain('/a~1b~0c/1: ');
  expect(refusals(double, { n: 1, x: 1, y: 2 })).toEqual([
    '/x: unknown member',
    '/y: unknown member',
  ]);
  expect(refusals(double, { n: 1, ...many })).toHaveLength(20);
});

test('an output that its schema refuses is a failure of the model', async () => {
  const broken = defineModel({ ...plain, compute: () => ({ twice: Number.NaN }) });

  await expect(broken.run({ n: 1 }, context)).rejects.toThrow('its output schema refuses');
});

test('a definition that is wrong is a TypeError', () => {
  expect(() => defineModel({ ...plain, name: 'Bad Name' })).toThrow(TypeError);
  expect(() => defineModel({ ...plain, version: 0 })).toThrow(TypeError);
  expect(() => defineModel({ ...plain, tags: () => ['model_id:x'] }).prepare({ n: 1 })).toThrow(
    'reserved prefix',
  );
});
