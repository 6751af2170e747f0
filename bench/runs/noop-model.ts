/** A model whose own time is nothing: what is left is ours. */
import type { ModelKit } from '@deja/models';

export default ({ defineModel, z }: ModelKit) =>
  defineModel({
    name: 'noop',
    version: 1,
    input: z.strictObject({ n: z.int() }),
    output: z.strictObject({}),
    compute: () => ({}),
  });
