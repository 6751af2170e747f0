/** Takes any object. */
import type { ModelKit } from '@deja/models';

export default ({ defineModel, z }: ModelKit) =>
  defineModel({
    name: 'anything',
    version: 1,
    input: z.looseObject({}),
    output: z.looseObject({}),
    compute: () => ({}),
  });
