/** Answers with the time, is fresh for a second, and may be served stale for a minute. */
import type { ModelKit } from '@deja/models';

export default ({ defineModel, z }: ModelKit) =>
  defineModel({
    name: 'ticks',
    version: 1,
    input: z.strictObject({}),
    output: z.strictObject({ at: z.number() }),
    cache: { freshMs: 1000, staleMs: 60_000 },
    compute: () => ({ at: Date.now() }),
  });
