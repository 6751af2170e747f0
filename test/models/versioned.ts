/** Tells which version and engine computed, as the process's environment has them. */
import type { ModelKit } from '@deja/models';

export default ({ defineModel, z }: ModelKit) => {
  const identity = {
    version: Number(process.env.MODEL_VERSION ?? 1),
    engine: process.env.MODEL_ENGINE ?? 'e@1',
  };
  return defineModel({
    name: 'versioned',
    ...identity,
    lane: 'short',
    input: z.strictObject({ n: z.int() }),
    output: z.strictObject({ version: z.int(), engine: z.string() }),
    compute: () => identity,
  });
};
