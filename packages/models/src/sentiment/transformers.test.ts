/**
 * A real ONNX model, made here, through the real package. It takes half a gigabyte, so it is not
 * installed with the project: `npm run test:transformers` gets it first.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeTinyModel } from '../../test/tiny-onnx.ts';
import type { TransformersEngine } from './engine.ts';
import { openTransformer } from './transformers.ts';

const ROOT = fileURLToPath(new URL('../../../..', import.meta.url));
const PACKAGE = '@huggingface/transformers';
const isInstalled = existsSync(join(ROOT, '.deja', 'engines', 'node_modules', PACKAGE));

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'deja-onnx-'));
});
afterAll(() => rmSync(dir, { recursive: true }));

const settings = { revision: 'r1', temperature: 1, maxBatchSize: 4, maxLatencyMs: 5 };
const engineOf = (name: string, more: Partial<TransformersEngine> = {}): TransformersEngine => ({
  name: 'transformers',
  model: join(dir, name),
  ...settings,
  ...more,
});
const polar = { good: [-1, 1], bad: [1, -1] };

test('without the package it is said how to install it', async () => {
  await expect(openTransformer(engineOf('any'), dir)).rejects.toMatchObject({
    code: 'ENGINE_MISSING',
    message: expect.stringMatching(/npm install .* --prefix .deja\/engines @huggingface/),
  });
});

describe.skipIf(!isInstalled)(`with ${PACKAGE} below .deja/engines (else skipped)`, () => {
  const open = (name: string, more: Partial<TransformersEngine> = {}) =>
    openTransformer(engineOf(name, more), ROOT);

  test('the probability of the likelier side is the confidence; an unclear text is neutral', async () => {
    writeTinyModel(join(dir, 'two'), { labels: ['NEGATIVE', 'POSITIVE'], words: polar });
    const compute = await open('two');

    const texts = ['good', 'a bad day', 'good bad', 'good good good', 'unknown words'];
    expect(await Promise.all(texts.map((text) => compute({ text })))).toEqual([
      { sentiment: 'positive', confidence: 0.8808 }, // 1 / (1 + e^-2)
      { sentiment: 'negative', confidence: 0.8808 },
      { sentiment: 'neutral', confidence: 0.5 },
      { sentiment: 'positive', confidence: 0.9975 },
      { sentiment: 'neutral', confidence: 0.5 },
    ]);
  });

  test('a temperature above 1 makes it less sure', async () => {
    writeTinyModel(join(dir, 'two'), { labels: ['NEGATIVE', 'POSITIVE'], words: polar });
    const compute = await open('two', { temperature: 2 });

    expect(await compute({ text: 'good' })).toEqual({ sentiment: 'positive', confidence: 0.7311 });
  });

  test('a label neutral is the model’s own, and stars are added up', async () => {
    const words = { fine: [0, 3, 0] };
    writeTinyModel(join(dir, 'three'), { labels: ['neg', 'neutral', 'pos'], words });
    const stars = ['1 star', '2 stars', '3 stars', '4 stars', '5 stars'];
    writeTinyModel(join(dir, 'stars'), { labels: stars, words: { good: [0, 0, 0, 2, 2] } });

    expect(await (await open('three'))({ text: 'fine' })).toEqual({
      sentiment: 'neutral',
      confidence: 0.9094,
    });
    expect(await (await open('stars'))({ text: 'good' })).toEqual({
      sentiment: 'positive',
      confidence: 0.8313,
    });
  });

  test('labels that are not of sentiment are refused before it answers', async () => {
    writeTinyModel(join(dir, 'odd'), { labels: ['cat', 'dog'], words: {} });

    await expect(open('odd')).rejects.toThrow('has the labels cat, dog');
  });

  test('a model that is not there says where it was looked for', async () => {
    await expect(open('nowhere')).rejects.toThrow(join(dir, 'nowhere'));
  });
});
