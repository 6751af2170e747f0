import { randomUUID } from 'node:crypto';
import { QueueRedis, shardOf } from '@deja/jobs';
import { Redis } from 'ioredis';
import { afterAll, expect, inject, test } from 'vitest';
import { Lease } from './lease.ts';

const redis = new Redis(inject('redisUrl'));
afterAll(() => redis.disconnect());

function open() {
  const shard = shardOf(`t${randomUUID().slice(0, 8)}`);
  const queue = new QueueRedis(redis, shard);
  const lease = (replica: string) => new Lease(queue, 'figures', replica);
  return { lease, key: `${shard.prefix}lease:figures` };
}

test('at most one replica holds it at a time', async () => {
  const { lease } = open();
  const replicas = ['a', 'b', 'c'].map(lease);

  for (let round = 0; round < 3; round += 1) {
    await Promise.all(replicas.map((replica) => replica.renew()));
    expect(replicas.map(({ isHeld }) => isHeld).filter(Boolean)).toHaveLength(1);
  }
});

test('when its holder falls silent, another one has it within seconds', async () => {
  const { lease, key } = open();
  const [holder, other] = [lease('a'), lease('b')];
  await holder.renew();
  expect(await other.renew()).toBe(false);
  const leftMs = await redis.pttl(key);
  expect(leftMs).toBeGreaterThan(4000);
  expect(leftMs).toBeLessThanOrEqual(5000);

  await redis.pexpire(key, 1);
  await expect.poll(() => other.renew()).toBe(true);

  expect(await holder.renew()).toBe(false);
  expect(holder.isHeld).toBe(false);
});

test('a holder that stops gives it up at once', async () => {
  const { lease } = open();
  const [holder, other] = [lease('a'), lease('b')];
  await holder.renew();

  await other.giveUp(); // it is not theirs
  expect(await other.renew()).toBe(false);
  await holder.giveUp();

  expect(holder.isHeld).toBe(false);
  expect(await other.renew()).toBe(true);
});
