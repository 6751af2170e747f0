/** A Python script and an HTTP server (TALLY_URL) that count what they compute. */
import { fileURLToPath } from 'node:url';
import type { ModelKit } from '@deja/models';

export default ({ commandModel, httpModel, z }: ModelKit) => {
  const common = {
    version: 1,
    input: z.strictObject({ n: z.int(), how: z.string().default('well') }),
    output: z.strictObject({ square: z.int() }),
    timeoutMs: 10_000, // a busy machine may take seconds to start Python
  };
  const script = fileURLToPath(new URL('./tally.py', import.meta.url));
  return [
    commandModel({ ...common, name: 'python', command: ['python3', script] }),
    httpModel({
      ...common,
      name: 'http',
      url: process.env.TALLY_URL ?? 'http://127.0.0.1:9/',
      retries: 1,
    }),
  ];
};
