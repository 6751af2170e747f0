/** Never comes back, unless it is told how often to count. */
import type { ModelKit } from '@deja/models';

export default ({ defineModel, z }: ModelKit) =>
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
