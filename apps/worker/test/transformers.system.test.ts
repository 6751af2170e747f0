/** `npm run test:transformers` installs the engine first; without it, this is skipped. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createSentimentModel } from '@deja/models';
import { createLogger } from '@deja/runtime';
import { expect, test } from 'vitest';
import { writeTinyModel } from '../../../packages/models/test/tiny-onnx.ts';
import { SlotPool } from '../src/slots/slot-pool.ts';

const cwd = fileURLToPath(new URL('../../..', import.meta.url));
const isInstalled = existsSync(join(cwd, '.deja/engines/node_modules/@huggingface/transformers'));

test.skipIf(!isInstalled)('a transformer computes within its permissions', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'deja-onnx-'));
  writeTinyModel(dir, { labels: ['NEGATIVE', 'POSITIVE'], words: { good: [-1, 1] } });
  const settings = { revision: 'r1', temperature: 1, maxBatchSize: 4, maxLatencyMs: 5 };
  const sentiment = { name: 'transformers', model: dir, ...settings } as const;
  const { permissions = [] } = createSentimentModel({}, sentiment);
  await using pool = new SlotPool({
    ...{ size: 1, models: { cwd, sentiment }, permissions, log: createLogger('test', 'silent') },
  });

  const { payload } = await pool.run({
    ...{ model: 'sentiment', input: '{"text":"good"}', timeoutMs: 30_000 },
    ...{ perSlot: 1, alone: false, signal: new AbortController().signal, onProgress: () => {} },
  });

  expect(JSON.parse(payload).result).toEqual({ sentiment: 'positive', confidence: 0.8808 });
  rmSync(dir, { recursive: true });
});
