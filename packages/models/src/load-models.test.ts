import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { context } from '../test/series.ts';
import type { Model } from './define-model.ts';
import { ModelLoadError } from './errors.ts';
import { checkForTenants, loadModels } from './load-models.ts';

const example = new URL('../../../examples/sleep-model.ts', import.meta.url);
let cwd: string;
let files = 0;

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'deja-models-'));
});
afterAll(() => rm(cwd, { recursive: true }));

async function load(...sources: string[]) {
  const modulePaths: string[] = [];
  for (const source of sources) {
    files += 1;
    modulePaths.push(`./m${files}.mjs`);
    await writeFile(join(cwd, `m${files}.mjs`), source);
  }
  return loadModels({ modulePaths, cwd });
}

const definition = (name: string) =>
  `({ name: '${name}', version: 1, input: z.any(), output: z.any(), compute: () => 1 })`;

test('without modules there are the two built-in models', async () => {
  const models = await loadModels({ cwd });

  expect([...models.keys()]).toEqual(['forecast', 'sentiment']);
});

test('limits reach the built-in models', async () => {
  const models = await loadModels({ cwd, limits: { maxTextChars: 2 } });

  expect(() => models.get('sentiment')?.prepare({ text: 'abc' })).toThrow('longer than the 2');
});

test('the example runs from a .ts file anywhere on disk', async () => {
  await copyFile(example, join(cwd, 'sleep.ts'));
  const models = await loadModels({ modulePaths: ['./sleep.ts'], cwd });
  const sleep = models.get('sleep') as Model;

  const { input, tags } = sleep.prepare({ ms: 60, label: 'x' });
  const fractions: number[] = [];
  const result = await sleep.run(input, { ...context, progress: (f) => fractions.push(f) });

  expect(tags).toEqual(['model:sleep', 'label:x']);
  expect(result).toMatchObject({ output: { slept_ms: 60 }, model: { name: 'sleep', version: 1 } });
  expect(fractions).toHaveLength(2);
});

test('a module may give one model, several, or a promise of either', async () => {
  const models = await load(
    `export default ({ defineModel, z }) => defineModel(${definition('one')})`,
    `export default async ({ defineModel, z }) => [defineModel(${definition('two')}), defineModel(${definition('three')})]`,
  );

  expect([...models.keys()].slice(2)).toEqual(['one', 'two', 'three']);
});

test('a model of another copy of the package is known by its shape', async () => {
  const models = await load(`export default {
    name: 'foreign', version: 3, engine: undefined, input: {}, output: {}, cache: false,
    scope: 'shared', lane: 'long', timeoutMs: 1, prepare() {}, async run() {} }`);

  expect(models.get('foreign')?.version).toBe(3);
});

describe('a ModelLoadError names the module and the reason', () => {
  test.each([
    ['export const x = 1', 'no model: its default export is missing'],
    ['export default () => undefined', 'no model'],
    ['export default { name: "x" }', 'gave no model made by defineModel'],
    ['export default []', 'gave no model made by defineModel'],
    ['export default 7', 'gave no model made by defineModel'],
    [
      `export default ({ defineModel, z }) => defineModel(${definition('forecast')})`,
      'a model named "forecast" exists',
    ],
    [
      `export default ({ defineModel, z }) => defineModel(${definition('Bad')})`,
      'model name "Bad"',
    ],
    [
      `export default { name: 'foreign', version: 3, input: {}, output: {}, lane: 'long',
        cache: { freshMs: 9007199254740991 }, timeoutMs: 1, prepare() {}, async run() {} }`,
      'cache.freshMs must be a number of 0 to 3153600000000',
    ],
  ])('%s', async (source, reason) => {
    const error = await load(source).catch((thrown: unknown) => thrown);

    expect(error).toBeInstanceOf(ModelLoadError);
    expect((error as Error).message).toContain(`./m${files}.mjs: `);
    expect((error as Error).message).toContain(reason);
  });
});

test('what a module throws is kept as the cause', async () => {
  const error = await load('throw new RangeError("no licence")').catch((thrown: unknown) => thrown);

  expect(error).toMatchObject({ code: 'MODEL_LOAD', cause: { message: 'no licence' } });
  await expect(loadModels({ modulePaths: ['./gone.ts'], cwd })).rejects.toThrow('./gone.ts: ');
});

test('forecasts are a tenant’s own; without shared answers every model is', async () => {
  const scopes = (models: ReadonlyMap<string, Model>) => [...models.values()].map((m) => m.scope);

  expect(scopes(await loadModels({ cwd }))).toEqual(['tenant', 'shared']);
  expect(scopes(await loadModels({ cwd, sharesAnswers: false }))).toEqual(['tenant', 'tenant']);
});

test('a model with artefacts that is shared, or has no group, is refused where there are tenants', async () => {
  const made = (members: string) =>
    load(
      `export default ({ defineModel, z }) => defineModel({ name: 'keeping', version: 1, input: z.any(),
         output: z.any(), compute: () => 1, artefacts: () => ['fit'], ${members} })`,
    );

  expect(() => checkForTenants(new Map())).not.toThrow();
  const [shared, alone, right] = [
    await made("group: () => 'g'"),
    await made("scope: 'tenant'"),
    await made("scope: 'tenant', group: () => 'g'"),
  ];

  expect(() => checkForTenants(shared)).toThrow(/"keeping".*scope: 'tenant'/);
  expect(() => checkForTenants(alone)).toThrow(/"keeping".*`group`/);
  expect(() => checkForTenants(right)).not.toThrow();
});
