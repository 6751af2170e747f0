/** What the compiler infers from a model's schemas; `tsc` is what holds these. */
import { describe, expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import { commandModel, defineModel, httpModel, type Model, type ModelKit } from '../src/index.ts';

const input = z.strictObject({ n: z.int(), label: z.string().default('') });
const output = z.strictObject({ twice: z.number(), at: z.string().default('now') });
const base = { name: 'm', version: 1, input, output };
/** Not called: what it holds may be wrong at run time, too. */
const compiled = (_: () => unknown): void => {};
type Parsed = { n: number; label: string };

describe('defineModel', () => {
  test('every function sees the parsed input, defaults filled in', () => {
    const model = defineModel({
      ...base,
      tags: (value) => {
        expectTypeOf(value).toEqualTypeOf<Parsed>();
        return [];
      },
      compute: (value, { signal, progress }) => {
        expectTypeOf(value).toEqualTypeOf<Parsed>();
        expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
        compiled(() => progress(0.5, 'half'));
        return { twice: value.n * 2 };
      },
      members: (value) => {
        expectTypeOf(value).toEqualTypeOf<{ twice: number; at: string }>();
        return value;
      },
    });
    expectTypeOf(model).toEqualTypeOf<Model>();
  });

  test('where there is a normalise, the others see what it gives', () => {
    defineModel({
      ...base,
      normalise: ({ n }) => ({ abs: Math.abs(n) }),
      modelId: (value) => {
        expectTypeOf(value).toEqualTypeOf<{ abs: number }>();
        return `${value.abs}`;
      },
      compute: ({ abs }) => ({ twice: abs }),
    });
  });

  test('an output that the schema would refuse does not compile', () => {
    // @ts-expect-error: a string is no number
    compiled(() => defineModel({ ...base, compute: () => ({ twice: '2' }) }));
    // @ts-expect-error: nothing computes
    compiled(() => defineModel({ ...base }));
    // @ts-expect-error: a version is a number
    compiled(() => defineModel({ ...base, version: '1', compute: () => ({ twice: 1 }) }));
  });
});

describe('the adapters', () => {
  test('take what defineModel takes, but for compute', () => {
    expectTypeOf(
      commandModel({ ...base, command: ['python3', 'model.py'] }),
    ).toEqualTypeOf<Model>();
    // @ts-expect-error: there is no program to run
    compiled(() => commandModel({ ...base, command: [] }));
    // @ts-expect-error: the command computes
    compiled(() => commandModel({ ...base, command: ['x'], compute: () => ({ twice: 1 }) }));
  });

  test('httpModel makes its body of the normalised input', () => {
    const model = httpModel({
      ...base,
      url: 'http://localhost/predict',
      normalise: ({ n }) => ({ abs: Math.abs(n) }),
      body: (value) => {
        expectTypeOf(value).toEqualTypeOf<{ abs: number }>();
        return { instances: [value] };
      },
      result: (answer) => {
        expectTypeOf(answer).toEqualTypeOf<unknown>();
        return answer;
      },
    });
    expectTypeOf(model).toEqualTypeOf<Model>();
    // @ts-expect-error: no address
    compiled(() => httpModel({ ...base }));
  });

  test('a module’s function is handed all of it', () => {
    expectTypeOf<ModelKit['commandModel']>().toEqualTypeOf<typeof commandModel>();
    expectTypeOf<ModelKit['httpModel']>().toEqualTypeOf<typeof httpModel>();
    expectTypeOf<keyof ModelKit>().toEqualTypeOf<
      'defineModel' | 'commandModel' | 'httpModel' | 'z' | 'InputError' | 'RetryableError'
    >();
  });
});
