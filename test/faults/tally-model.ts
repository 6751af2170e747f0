/**
 * Answers the same for the same input, marks every computation with a nonce, and writes one line for
 * each that began into the file that the input's environment names: what was really computed.
 */
import { randomUUID } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { ModelKit } from '@deja/models';

export default ({ defineModel, z }: ModelKit) =>
  defineModel({
    name: 'tally',
    version: 1,
    input: z.strictObject({
      id: z.int(),
      ms: z.int().default(0),
      /** Characters of padding, for inputs and answers that take room. */
      chars: z.int().default(0),
      /** Computes for `ms` without a pause instead of waiting. */
      busy: z.boolean().default(false),
    }),
    output: z.strictObject({ value: z.number(), nonce: z.string(), padding: z.string() }),
    cache: { freshMs: Number(process.env.TALLY_FRESH_MS ?? 3_600_000), staleMs: 0 },
    timeoutMs: 60_000,
    permissions: process.env.TALLY_FILE ? [`fs-write=${process.env.TALLY_FILE}`] : [],
    async compute({ id, ms, chars, busy }, { signal }) {
      const nonce = randomUUID();
      if (process.env.TALLY_FILE) appendFileSync(process.env.TALLY_FILE, `${id} ${nonce}\n`);
      const until = performance.now() + ms;
      while (busy && performance.now() < until);
      if (!busy && ms > 0) await delay(ms, undefined, { signal });
      return { value: id * id, nonce, padding: 'x'.repeat(chars) };
    },
  });
