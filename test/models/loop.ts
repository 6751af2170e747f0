/** Never comes back, unless it is told how often to count. */
import type { defineModel as define } from '@deja/models';
import type { z as zod } from 'zod';

interface Tools {
  readonly defineModel: typeof define;
  readonly z: typeof zod;
}

export default ({ defineModel, z }: Tools) =>
  defineModel({
    name: 'loop',
    version: 1,
    input: z.strictObject({ turns: z.int().optional() }),
    output: z.strictObject({ turns: z.number() }),
    timeoutMs: 1000,
    compute({ turns }) {
      let count = 0;
      while (turns === undefined || count < turns) count += 1;
      return { turns: count };
    },
  });
