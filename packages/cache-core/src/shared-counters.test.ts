import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterAll, expect, inject, test } from 'vitest';
import { createSharedCounters } from './shared-counters.ts';

const redis = new Redis(inject('redisUrl'));
afterAll(() => redis.disconnect());

test('counts of all replicas add up, and each knows its own', async () => {
  const key = `t${randomUUID().slice(0, 8)}`;
  await using one = createSharedCounters(redis, key);
  await using other = createSharedCounters(redis, key);
  const hits = one.count('hits');

  hits.n += 2;
  one.add('saved', 1.5);
  other.add('hits');
  await other.read();
  hits.n += 1;

  expect((await one.read()).totals.get('hits')).toBe(4);
  expect((await one.read()).totals.get('hits')).toBe(4);
  expect(Object.fromEntries(one.own())).toEqual({ hits: 3, saved: 1.5 });
  expect(one.count('hits')).toBe(hits);
});

test('what could not be added is added later', async () => {
  const key = `t${randomUUID().slice(0, 8)}`;
  const away = new Redis(inject('redisUrl'), { lazyConnect: true, enableOfflineQueue: false });
  await using counters = createSharedCounters(away, key);
  counters.add('hits', 3);

  expect((await counters.read()).totals.get('hits')).toBe(3); // its own
  await expect.poll(() => away.status).toBe('ready'); // the first command connected it
  counters.add('hits');

  expect((await counters.read()).totals.get('hits')).toBe(4);
  expect(await redis.hget(key, 'hits')).toBe('4');
  away.disconnect();
});
