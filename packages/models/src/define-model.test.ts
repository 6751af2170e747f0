import { expect, expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import { context, refusals } from '../test/series.ts';
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

test('what is not built yet is refused when the model is defined', () => {
  expect(() => defineModel({ ...plain, scope: 'tenant' })).toThrow(/tenant' is not supported/);
});

test('a cache policy that makes no sense is refused', () => {
  for (const cache of [{ freshMs: -1 }, { staleMs: Number.NaN }, { eagerRefresh: 90 }])
    expect(() => defineModel({ ...plain, cache })).toThrow(TypeError);
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
