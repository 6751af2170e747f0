import type { Entry, Tier } from '@deja/cache-core';
import type { Attempt } from '@deja/jobs';
import { defineModel } from '@deja/models';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { artefactKeyOf, createReader } from './artefact-reader.ts';

const NOW = 1_000_000;
const identity = { name: 'm', version: 1, input: z.any(), output: z.any() };
const model = defineModel({ ...identity, compute: () => 1 });
const attempt: Attempt = {
  ...{
    run: 'r',
    attemptId: 'a',
    key: 'f'.repeat(64),
    engine: undefined,
    model: 'm',
    version: 1,
    tags: [],
    store: true,
  },
  ...{
    log: 'l',
    token: { epoch: 1, seq: 5, id: 'i' },
    runSeq: 9,
    tries: 1,
    input: '{}',
    bypassArtefacts: false,
  },
};

function entryOf(body: string, more: Partial<Entry['header']> = {}): Entry {
  const times = { createdAt: NOW - 10, freshUntil: NOW + 10, staleUntil: NOW + 10, computeMs: 1 };
  const { log, token } = attempt;
  const identity = { model: 'm', tenant: 'default', tags: [], digest: '' };
  const key = artefactKeyOf(attempt, model, 'fit');
  return {
    header: { key, ...identity, ...times, log, token, runSeq: 1, ...more },
    body: Buffer.from(body),
  };
}

const tier = (name: Tier['name'], get: () => Promise<Entry | undefined>) => ({ name, get });
const holding = (name: Tier['name'], entry: Entry) => tier(name, async () => entry);
const failing = tier('redis', () => Promise.reject(new Error('away')));

function open(
  tiers: Parameters<typeof createReader>[2]['tiers'],
  inheritScopes = async () => true,
) {
  return createReader(attempt, model, { tiers, runs: { inheritScopes }, now: () => NOW });
}

test('a tier that fails is passed over', async () => {
  const reader = open([failing, holding('disk', entryOf('kept'))]);

  expect(await reader.read('fit')).toMatchObject({ tier: 'disk', createdAt: NOW - 10 });
  expect(reader.sources([]).map(({ key }) => key)).toEqual([artefactKeyOf(attempt, model, 'fit')]);
  expect(reader.sources(['fit'])).toEqual([]);
});

test('one that may not be used is passed over, in whichever tier it lies (R28)', async () => {
  const old = holding('redis', entryOf('old', { runSeq: 1 }));
  const good = holding('disk', entryOf('good', { runSeq: 2 }));
  const reader = open(
    [old, good],
    async (...args: unknown[]) => (args[2] as Entry['header']).runSeq === 2,
  );

  expect((await reader.read('fit'))?.bytes.toString()).toBe('good');
});

test('one that is past its time is none, nor one that nobody can judge', async () => {
  const past = holding('redis', entryOf('past', { freshUntil: NOW }));
  const held = holding('redis', entryOf('kept'));

  expect(await open([past]).read('fit')).toBeUndefined();
  const away = open([held], () => Promise.reject(new Error('redis is away')));
  expect(await away.read('fit')).toBeUndefined();
  expect(away.sources([])).toEqual([]);
});

test('a computation reads so many and no more', async () => {
  const reader = open([holding('redis', entryOf('kept'))]);
  const reads = [];
  for (let at = 0; at < 20; at += 1) reads.push(await reader.read(`name ${at}`));

  expect(reads.filter((found) => found !== undefined)).toHaveLength(16);
});

test('what a model names for a small input is read ahead', async () => {
  const naming = defineModel({ ...identity, compute: () => 1, artefacts: () => ['fit', 'none'] });
  const held = tier('redis', async () => undefined);
  const fit = entryOf('kept');
  held.get = (async (key: string) => (key === fit.header.key ? fit : undefined)) as typeof held.get;
  const ahead = (given: Partial<Attempt>) =>
    createReader({ ...attempt, ...given }, naming, {
      ...{ tiers: [held], runs: { inheritScopes: async () => true }, now: () => NOW },
    }).readAhead();

  expect(await ahead({})).toEqual([
    { name: 'fit', found: { bytes: fit.body, tier: 'redis', createdAt: NOW - 10 } },
    { name: 'none', found: undefined },
  ]);
  expect(await ahead({ bypassArtefacts: true })).toEqual([]);
  expect(await ahead({ input: JSON.stringify('x'.repeat(70_000)) })).toEqual([]);
  expect(await ahead({ input: 'no JSON' })).toEqual([]);
});
