/** Connections to a primary that Sentinel names: three sentinels, a primary and its replica. */
import { startSentinels } from '@deja/local-redis/topologies';
import { pauseProcess } from '@deja/testing';
import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { openTo, SOON } from './open.ts';

const PROFILES = ['request', 'cache', 'log', 'worker'] as const;

async function openSentinels(owned: AsyncDisposableStack) {
  const sentinels = owned.use(await startSentinels());
  const old = await sentinels.primary();
  const next = sentinels.servers.find((server) => server !== old);
  const admin = owned.adopt(new Redis(String(next?.url)), (redis) => redis.disconnect());
  return { ...sentinels, old, admin };
}

test('after a failover by Sentinel, every connection finds the new primary by itself', async () => {
  await using owned = new AsyncDisposableStack();
  const { url, old, admin } = await openSentinels(owned);
  const t = owned.use(openTo(url));
  const writers = PROFILES.map((profile) => t.connections.connect(profile));
  const subscriber = t.connections.connect('subscriber');
  await subscriber.subscribe('news');
  for (const redis of writers) await expect.poll(() => redis.status, SOON).toBe('ready');
  const duplicate = (writers[3] as Redis).duplicate();
  let taken: unknown;
  const pop = () => duplicate.bzpopmin('queue', 0); // as BullMQ waits for jobs
  pop()
    .catch(pop)
    .then((job) => {
      taken = job;
    }, String);

  await old.kill();

  await expect.poll(() => t.connections.trouble, SOON).toBe('no connection: ECONNREFUSED');
  for (const [at, redis] of writers.entries())
    await expect.poll(() => redis.set(`key${at}`, 'new').catch(String), SOON).toBe('OK');
  expect(await admin.mget(...PROFILES.map((_, at) => `key${at}`))).toEqual(Array(4).fill('new'));
  await expect.poll(() => admin.pubsub('NUMSUB', 'news'), SOON).toEqual(['news', 1]);
  await admin.zadd('queue', 1, 'job');
  await expect.poll(() => taken, SOON).toEqual(['queue', 'job', '1']);
  await expect.poll(() => t.connections.trouble, SOON).toBeUndefined();
});

test('a failover that sentinels tell of while a connection is made ends no client', async () => {
  await using owned = new AsyncDisposableStack();
  const { url } = await openSentinels(owned);
  const t = owned.use(openTo(url));
  const redis = t.connections.connect('request') as Redis;
  await expect.poll(() => redis.status, SOON).toBe('ready');
  const { connector } = redis as unknown as { connector: { disconnect(): void } };

  let times = 0;
  redis.on('connecting', () => {
    times += 1;
    if (times === 1) connector.disconnect(); // as the detector of the last connection does
  });
  redis.disconnect(true);

  await expect.poll(() => redis.ping().catch(String), SOON).toBe('PONG');
  expect(times).toBeGreaterThan(1);
  redis.disconnect();
  await expect.poll(() => redis.status, SOON).toBe('end');
});

test('who only listens leaves an old primary that stands still, since the sentinels say so', async () => {
  await using owned = new AsyncDisposableStack();
  const { url, old, admin } = await openSentinels(owned);
  const t = owned.use(openTo(url));
  t.connections.connect('request'); // carries the probe
  const subscriber = t.connections.connect('subscriber');
  await subscriber.subscribe('news');

  await pauseProcess(old.pid);

  await expect.poll(() => admin.pubsub('NUMSUB', 'news'), SOON).toEqual(['news', 1]);
});

test('sentinels that are away, or know no such primary: one cause, and no host', async () => {
  await using owned = new AsyncDisposableStack();
  const { url } = await openSentinels(owned);
  const t = owned.use(openTo(url.replace('mymaster', 'another')));
  t.connections.connect('request');

  await expect.poll(t.reasons, SOON).toEqual(['no sentinel answers and knows the primary']);
  expect(t.connections.isUp).toBe(false);
});
