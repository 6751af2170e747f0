/** A Python script as a model: DEJA_MODELS=./examples/readability-model.ts */
import { fileURLToPath } from 'node:url';
import type { ModelKit } from '@deja/models';

export default ({ commandModel, z }: ModelKit) =>
  commandModel({
    name: 'readability',
    version: 1,
    input: z.strictObject({ text: z.string().min(1).max(100_000) }),
    output: z.strictObject({
      words: z.int(),
      sentences: z.int(),
      syllables: z.int(),
      ease: z.number(),
    }),
    command: ['python3', fileURLToPath(new URL('./readability.py', import.meta.url))],
    timeoutMs: 30_000,
  });
