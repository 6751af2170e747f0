import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterAll, expect, inject, test } from 'vitest';
import { createArtefactIndex } from './artefact-index.ts';

const redis = new Redis(inject('redisUrl'));
afterAll(() => redis.disconnect());
const open = (maxArtefacts?: number) => {
  const namespace = `t${randomUUID().slice(0, 8)}`;
  return { namespace, index: createArtefactIndex(redis, namespace, { maxArtefacts }) };
};
const artefact = (key: string, group = 'sales') => ({
  group,
  key,
  facts: { of: key },
  keepMs: 60_000,
});

test('a group lists its artefacts, the newest first, with how often they were used', async () => {
  const { index } = open();
  await index.add(artefact('a'));
  await index.add(artefact('other', 'stock'));
  await index.used('a');
  await index.used('a');

  expect(await index.list('sales')).toEqual([
    { key: 'a', facts: { of: 'a' }, uses: 2, lastUsedAt: expect.any(Number) },
  ]);
  expect(await index.list('stock')).toMatchObject([
    { key: 'other', uses: 0, lastUsedAt: undefined },
  ]);
  expect(await index.list('nobody')).toEqual([]);
});

test('one that is made again counts from the start', async () => {
  const { index } = open();
  await index.add(artefact('a'));
  await index.used('a');
  await index.add(artefact('a'));

  expect(await index.list('sales')).toMatchObject([{ key: 'a', uses: 0 }]);
});

test('a use of what is not listed leaves nothing behind', async () => {
  const { index, namespace } = open();

  await index.used('nobody');

  expect(await redis.keys(`${namespace}*`)).toEqual([]);
});

test('it is bounded, over all and for each group, and what is gone leaves nothing behind', async () => {
  const { index, namespace } = open(60);
  for (let at = 0; at < 100; at += 1) await index.add(artefact(`b${at}`, 'busy'));
  await index.used('b99');
  expect(await index.list('busy')).toHaveLength(50);
  for (let at = 0; at < 60; at += 1)
    await index.add({ ...artefact(`q${at}`, `g${at}`), keepMs: 90_000 });

  expect(await index.list('busy')).toEqual([]);
  const keys = await redis.keys(`${namespace}*`);
  expect(keys).toHaveLength(62); // ids, facts, and a group each
  for (const key of keys) expect(await redis.pttl(key)).toBeGreaterThan(0);
});
