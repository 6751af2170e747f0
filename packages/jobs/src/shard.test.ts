import { artefactKeyFor, cacheKeyFor } from '@deja/cache-core';
import { expect, test } from 'vitest';
import { newJobId, newRunId, refreshJobId } from './ids.ts';
import { shardOf, shardsOf } from './shard.ts';

const keyOf = (input: unknown, group?: string, version = 1) =>
  cacheKeyFor({ model: 'forecast', version, group, input });

test('keys of one series, and of its artefacts, share a shard', () => {
  const shards = shardsOf('t', 7);
  for (let series = 0; series < 200; series += 1) {
    const group = `series ${series}`;
    const keys = [
      ...[1, 2, 3].map((days) => keyOf({ days }, group)),
      keyOf({}, group, 2),
      artefactKeyFor({ model: 'forecast', version: 1, group, name: 'fit' }),
    ];

    expect(new Set(keys.map((key) => shards.ofKey(key).index)).size).toBe(1);
  }
});

test('10,000 keys spread within 10 % of even over 4 shards', () => {
  const shards = shardsOf('t', 4);
  for (const groupOf of [(n: number) => `m${n}`, () => undefined]) {
    const counts = [0, 0, 0, 0];
    for (let n = 0; n < 10_000; n += 1) {
      const { index } = shards.ofKey(keyOf({ n }, groupOf(n)));
      counts[index] = (counts[index] ?? 0) + 1;
    }

    expect(Math.min(...counts)).toBeGreaterThan(2250);
    expect(Math.max(...counts)).toBeLessThan(2750);
  }
});

test('ids of runs and jobs tell their shard, whatever the number of shards is by then', () => {
  for (const index of [0, 1, 5, 31, 32, 63]) {
    const run = newRunId({ index });
    for (const shards of [shardsOf('t', 2), shardsOf('t', 64)]) {
      expect(shards.ofRun(run)).toEqual(shardOf('t', index));
      expect(shards.ofJob(newJobId({ index }))).toEqual(shardOf('t', index));
      expect(shards.ofJob(`${newJobId({ index })}-completed`)).toEqual(shardOf('t', index));
      expect(shards.ofJob(refreshJobId(run))).toEqual(shardOf('t', index));
    }
  }
});

test('what is no id of a job has no shard', () => {
  const shards = shardsOf('t', 64);
  for (const id of [
    '',
    '0-',
    'x',
    '0-1',
    newJobId({ index: 64 }),
    'sys-',
    `-${newJobId({ index: 1 })}`,
  ])
    expect(shards.ofJob(id)).toBeUndefined();
});

test('shards from which the number was lowered are served on, and take nothing new', () => {
  const shards = shardsOf('t', 2);
  const names = shards.map(({ prefix }) => prefix);

  shards.hold(3);

  expect(names.all).toEqual(['t:f2:{d0}:', 't:f2:{d1}:']);
  expect(names.served()).toEqual(['t:f2:{d0}:', 't:f2:{d1}:', 't:f2:{d2}:']);
  expect(names.ofText('any')).toBe(names.ofText('any'));
});
