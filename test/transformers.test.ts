/**
 * A transformer in the worker's slots, through the real API: a tiny ONNX model that is made here. Its
 * package is not installed with the project; `npm run test:transformers` gets it and runs this.
 */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { call, post } from '@deja/testing';
import { expect, inject, test } from 'vitest';
import { writeTinyModel } from '../packages/models/test/tiny-onnx.ts';
import { startApi, startWorker, temporaryDir } from './processes.ts';

const ENGINES = fileURLToPath(new URL('../.deja/engines/node_modules', import.meta.url));
const isInstalled = existsSync(join(ENGINES, '@huggingface', 'transformers'));
const WAIT = { Prefer: 'wait=60' };

test.runIf(isInstalled)(
  'texts are classified by the model that is set, its revision is part of the key (skipped without the package)',
  async () => {
    using dir = temporaryDir();
    const model = join(dir.path, 'tiny');
    const words = { good: [-2, 2], bad: [2, -2] };
    writeTinyModel(model, { labels: ['NEGATIVE', 'POSITIVE'], words });
    const env = {
      REDIS_URL: inject('redisUrl'),
      REDIS_PREFIX: `t${randomUUID().slice(0, 8)}`,
      CACHE_DIR: 'off',
      SENTIMENT_ENGINE: 'transformers',
      SENTIMENT_MODEL: model,
      SENTIMENT_REVISION: 'r1',
      SENTIMENT_MAX_LATENCY_MS: '20',
    };
    await using api = await startApi(env);
    await using _worker = await startWorker(env);

    const texts = Array.from({ length: 40 }, (_, at) => `${at % 2 ? 'good' : 'bad'} number ${at}`);
    const answers = await Promise.all(
      texts.map((text) => post(`${api.url}/predict`, { text }, WAIT)),
    );

    for (const [at, { status, body }] of answers.entries())
      expect([status, body.result, body.model]).toEqual([
        200,
        { sentiment: at % 2 ? 'positive' : 'negative', confidence: 0.982 },
        { name: 'sentiment', version: 3, engine: 'transformers:tiny@r1' },
      ]);
    const again = await post(`${api.url}/predict`, { text: texts[0] });
    expect(again.body.cached).toBe(true);
    expect((await call(`${api.url}/models/sentiment`)).body).toMatchObject({
      engine: 'transformers:tiny@r1',
      per_slot: 8,
    });
    await using other = await startApi({ ...env, SENTIMENT_REVISION: 'r2' });
    const fresh = await post(`${other.url}/predict`, { text: texts[0] });
    expect([fresh.status, fresh.body.cache_key === again.body.cache_key]).toEqual([202, false]);
  },
);
