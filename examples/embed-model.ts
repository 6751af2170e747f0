/**
 * An inference server as a model. Set DEJA_MODELS=./examples/embed-model.ts, the server's address in
 * EMBED_URL and, if it needs one, its key in EMBED_KEY. SLOT_ENV=EMBED_URL,EMBED_KEY lets the model see
 * both. examples/inference-server.mjs is such a server.
 */
import type { ModelKit } from '@deja/models';

export default ({ httpModel, z }: ModelKit) =>
  httpModel({
    name: 'embed',
    version: 1,
    input: z.strictObject({ text: z.string().min(1).max(10_000) }),
    output: z.strictObject({ vector: z.array(z.number()) }),
    url: process.env.EMBED_URL ?? 'http://127.0.0.1:9000/embed',
    headers: () =>
      process.env.EMBED_KEY === undefined
        ? {}
        : { authorization: `Bearer ${process.env.EMBED_KEY}` },
    normalise: ({ text }) => ({ text: text.trim() }),
    timeoutMs: 30_000,
  });
