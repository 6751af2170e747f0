/** A model that leaves an artefact under a name, and answers with what it finds there. */
import type { ModelKit } from '@deja/models';

export default ({ defineModel, z }: ModelKit) =>
  defineModel({
    name: 'keeping',
    version: 1,
    input: z.strictObject({ name: z.string(), how: z.string().default('plainly') }),
    output: z.strictObject({ text: z.string(), from: z.string() }),
    modelId: ({ name }) => name,
    artefacts: ({ name }) => [name],
    async compute({ name, how }, { artefacts, beginLongWork, freshFor, count }) {
      const found = await artefacts.read(name);
      if (found && how !== 'dismissing') {
        count('reused');
        if (how === 'standing in') freshFor(600_000, { provisional: true });
        return { text: Buffer.from(found.bytes).toString(), from: found.tier };
      }
      found?.dismiss();
      beginLongWork();
      count('made');
      const text = `made at ${process.hrtime()}`;
      artefacts.write(name, Buffer.from(text), { keepMs: 60_000, facts: { size: text.length } });
      return { text, from: 'none' };
    },
  });
