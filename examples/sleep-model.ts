// Load it with DEJA_MODELS=./examples/sleep-model.ts (a path from the working directory), in API and
// worker alike. A module's default export is a model, or a function that is handed
// { defineModel, commandModel, httpModel, z, InputError, RetryableError } and returns one, so that the file may lie anywhere
// without an install.
import { setTimeout } from 'node:timers/promises';
export default ({ defineModel, z }) =>
  defineModel({
    name: 'sleep',
    version: 1,
    input: z.strictObject({ ms: z.int().min(0).max(60_000), label: z.string().default('') }),
    output: z.strictObject({ slept_ms: z.number() }),
    cache: { freshMs: 3_600_000, staleMs: 0 }, // or false: real-time, never cached
    scope: 'shared', // or 'tenant': answers that are a user's own
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
