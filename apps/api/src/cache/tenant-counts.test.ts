import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { expect, inject, test } from 'vitest';
import { TenantCounts } from './tenant-counts.ts';

test('what a tenant had is added before it is forgotten here, and goes on from there', async () => {
  const redis = new Redis(inject('redisUrl'));
  const prefix = `t${randomUUID().slice(0, 8)}:`;
  await using counts = new TenantCounts(redis, prefix, 1);
  const missesOf = async (tenant: string) =>
    (await counts.of(tenant).counters.read()).totals.get('model:echo:miss');

  counts.of('acme').requests('echo').miss.n += 2;
  counts.of('other').requests('echo').miss.n += 1;
  counts.of('acme').requests('echo').miss.n += 1;

  expect([await missesOf('acme'), await missesOf('other')]).toEqual([3, 1]);
  expect(await redis.pttl(`${prefix}stats:acme`)).toBeGreaterThan(0);
  redis.disconnect();
});
