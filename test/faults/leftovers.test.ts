import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { expect, inject, test } from 'vitest';
import { leftovers } from './leftovers.ts';
import { namesOf } from './names.ts';

test('I5 whatever is still open is found, each thing by itself', async () => {
  await using resources = new AsyncDisposableStack();
  const redis = resources.adopt(new Redis(inject('redisUrl')), (each) => each.disconnect());
  const names = namesOf(`i5-${randomUUID().slice(0, 8)}`);
  const { prefix, queuePrefix } = names;
  const set = (key: string) => redis.zadd(key, 1, 'x');
  const open: [string, () => Promise<unknown>][] = [
    ...['recheck', 'deadlines', 'out', 'q:short', 'q:long', 'q:refresh'].map(
      (name): [string, () => Promise<unknown>] => [`${name}: 1`, () => set(prefix + name)],
    ),
    ['w:*: 1', () => redis.sadd(`${prefix}w:run`, 'job')],
    ['i:*: 1', () => redis.set(`${prefix}i:run`, '{}')],
    ['long wait: 1', () => redis.lpush(`${queuePrefix}:runs-long:wait`, 'job')],
    ['short active: 1', () => redis.lpush(`${queuePrefix}:runs-short:active`, 'job')],
    ['refresh failed: 1', () => set(`${queuePrefix}:runs-refresh:failed`)],
    ['k:abcdefg n=1 cur=run: 1', () => redis.hset(`${prefix}k:abcdefg`, { n: 1, cur: 'run' })],
  ];
  expect(await leftovers(redis, names)).toEqual([]);

  for (const [name, leave] of open) {
    await leave();
    expect(await leftovers(redis, names)).toEqual([expect.stringContaining(name)]);
    await redis.del(await redis.keys(`${queuePrefix.split('{')[0]}*`));
  }
});
