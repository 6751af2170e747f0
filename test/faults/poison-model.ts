/** Does what its input says a bad model does. */
import type { ModelKit } from '@deja/models';

export default ({ defineModel, z }: ModelKit) =>
  defineModel({
    name: 'poison',
    version: 1,
    input: z.strictObject({ how: z.enum(['abort', 'loop', 'throw', 'memory']) }),
    output: z.strictObject({}),
    timeoutMs: 4000,
    compute({ how }) {
      if (how === 'throw') throw new TypeError('as it was asked to');
      if (how === 'abort') process.abort();
      const kept: number[][] = [];
      for (;;) if (how === 'memory') kept.push(new Array(1_000_000).fill(kept.length));
    },
  });
