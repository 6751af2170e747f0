/** Fails, or takes its slot with it. */
import type { ModelKit } from '@deja/models';

export default ({ defineModel, z }: ModelKit) =>
  defineModel({
    name: 'unlucky',
    version: 1,
    input: z.strictObject({ text: z.string(), dies: z.boolean() }),
    output: z.strictObject({}),
    cache: false,
    compute({ text, dies }) {
      if (dies) process.exit(7);
      throw new Error(`${text.length} characters are no luck`);
    },
  });
