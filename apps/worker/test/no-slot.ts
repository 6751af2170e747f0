/** A model that loads everywhere but in a slot. */
import type { ModelKit } from '@deja/models';

export default ({ defineModel, z }: ModelKit) => {
  if (/slot\.[jt]s$/.test(process.argv[1] ?? '')) throw new Error('not in a slot');
  const nothing = z.strictObject({});
  const compute = async () => ({});
  return defineModel({ name: 'no-slot', version: 1, input: nothing, output: nothing, compute });
};
