import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { defineModel } from '@deja/models';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { openApi } from './harness.ts';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

test('one of many questions that waits for its answer keeps nothing of its body', async () => {
  const bodies: WeakRef<object>[] = [];
  const model = defineModel({
    name: 'noted',
    version: 1,
    input: z.unknown(),
    output: z.unknown(),
    normalise(body) {
      bodies.push(new WeakRef(body as object));
      return { length: JSON.stringify(body).length };
    },
    compute: () => ({}),
  });
  await using api = await openApi({}, [model]);
  const gone = new AbortController();
  const body = [1, 2, 3].map((n) => `${JSON.stringify({ text: 'x'.repeat(n) })}\n`).join('');
  const headers = { 'Content-Type': 'application/x-ndjson' };
  const asked = fetch(`${api.url}/models/noted/many`, {
    ...{ method: 'POST', headers, body, signal: gone.signal },
  });
  await asked;
  await expect.poll(() => api.context.waiter.waits).toBe(3);

  const isHeld = () => {
    collectGarbage();
    return bodies.some((ref) => ref.deref() !== undefined);
  };

  await expect.poll(isHeld).toBe(false);
  expect(bodies).toHaveLength(3);
  gone.abort();
});
