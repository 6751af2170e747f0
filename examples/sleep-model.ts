// Load it with DEJA_MODELS=./examples/sleep-model.ts (relative to the working directory) in API and workers.
// The default export of a module is a model, or a function that returns one. Deja calls the function with
// { defineModel, commandModel, httpModel, z, InputError, RetryableError }, so that the file can lie anywhere
// and needs no install.
import { setTimeout } from 'node:timers/promises';
export default ({ defineModel, z }) =>
  defineModel({
    name: 'sleep',
    version: 1,
    input: z.strictObject({
      ms: z.int().min(0).max(60_000),
      label: z.string().max(100).default(''),
    }),
    output: z.strictObject({ slept_ms: z.number() }),
    cache: { freshMs: 3_600_000, staleMs: 0 }, // or false: real-time, never cached
    scope: 'shared', // or 'tenant': answers that belong to one user
    lane: 'long',
    timeoutMs: 120_000,
    normalise: (input) => input,
    tags: (input) => [`label:${input.label}`],
    async compute(input, { signal, progress }) {
      // runs in a slot
      for (let done = 0; done < input.ms; done += 50) {
        await setTimeout(50, undefined, { signal });
        progress(done / input.ms, 'sleeping');
      }
      return { slept_ms: input.ms };
    },
  });
