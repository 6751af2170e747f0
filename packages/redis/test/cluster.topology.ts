/** Connections to a Cluster of three primaries and their replicas. */
import { defineScript } from '@deja/cache-core/redis';
import { type LocalCluster, startCluster } from '@deja/local-redis/topologies';
import { pauseProcess, resumeProcess } from '@deja/testing';
import type { Cluster } from 'ioredis';
import { expect, test } from 'vitest';
import { isRedisAway } from '../src/index.ts';
import { openTo, SOON } from './open.ts';

const PROFILES = ['request', 'cache', 'log', 'worker'] as const;
/** The nodes are looked up every 15 s. */
const PATIENTLY = { timeout: 40_000, interval: 100 };
const TAG = 'deja:{d0}:';

async function openCluster(owned: AsyncDisposableStack) {
  const cluster = owned.use(await startCluster());
  return { ...cluster, primary: await cluster.primaryOf(TAG) };
}

/** A node that holds another slot, so can be given this one. */
async function otherPrimary({ nodes, primaryOf }: Omit<LocalCluster, keyof AsyncDisposable>) {
  const here = await primaryOf(TAG);
  for (const node of nodes)
    if (node !== here && (await node.redis.role())[0] === 'master') return node;
  throw new Error('there is one primary only');
}

test('after a failover in a Cluster, every connection finds the new primary by itself', async () => {
  await using owned = new AsyncDisposableStack();
  const { url, nodes, primary } = await openCluster(owned);
  const t = owned.use(openTo(url, 'queue', `${TAG}none`));
  const writers = PROFILES.map((profile) => t.connections.connect(profile) as Cluster);
  const subscriber = t.connections.connect('subscriber');
  const heard: string[] = [];
  subscriber.on('message', (_channel, message) => heard.push(message));
  await subscriber.subscribe('news');
  for (const redis of writers) await expect.poll(() => redis.status, SOON).toBe('ready');
  await expect.poll(() => t.connections.isUp, SOON).toBe(true);
  const script = defineScript("return redis.call('SET', KEYS[1], ARGV[1]) and ARGV[1]");
  for (const redis of writers) expect(await script(redis, `${TAG}script`, 'known')).toBe('known');
  const duplicate = (writers[3] as Cluster).duplicate();
  let taken: unknown;
  duplicate.bzpopmin(`${TAG}queue`, 0).then((job) => {
    taken = job; // as BullMQ waits for jobs; a worker's connection sends it again
  }, String);

  await primary.kill();

  const first = await writers[2]?.set(`${TAG}key`, 'lost').catch((error) => error);
  expect(first === 'OK' || isRedisAway(first)).toBe(true);
  await expect.poll(() => t.connections.trouble, SOON).toBeDefined();
  for (const [at, redis] of writers.entries()) {
    const set = () => redis.set(`${TAG}key${at}`, 'new').catch(String);
    await expect.poll(set, SOON).toBe('OK');
    // The replica that was promoted has never seen the script.
    expect(await script(redis, `${TAG}script`, 'again')).toBe('again');
  }
  await writers[0]?.zadd(`${TAG}queue`, 1, 'job');
  await expect.poll(() => taken, SOON).toEqual([`${TAG}queue`, 'job', '1']);
  const others = nodes.filter((node) => node !== primary);
  await expect
    .poll(async () => {
      for (const [at, { redis }] of others.entries()) await redis.publish('news', String(at));
      return new Set(heard).size;
    }, SOON)
    .toBe(others.length);
  await expect.poll(() => t.connections.trouble, SOON).toBeUndefined();
  expect(t.connections.isUp).toBe(true);
});

test('a subscriber goes to another node when its own is killed, and is ready again', async () => {
  await using owned = new AsyncDisposableStack();
  const { url, nodes } = await openCluster(owned);
  const t = owned.use(openTo(url, 'queue', `${TAG}none`));
  t.connections.connect('request');
  const subscriber = t.connections.connect('subscriber');
  await subscriber.subscribe('news');
  const listened = async () => {
    for (const node of nodes)
      if (node.redis.status === 'ready') {
        const [, count] = await node.redis.pubsub('NUMSUB', 'news');
        if (Number(count) > 0) return node;
      }
    return undefined;
  };
  const first = await listened();
  const ready = new Promise((resolve) => subscriber.once('ready', resolve));

  await first?.kill();

  await ready;
  await expect.poll(async () => [undefined, first].includes(await listened()), SOON).toBe(false);
});

test('a subscriber leaves a node that has left the Cluster, though it still answers', async () => {
  await using owned = new AsyncDisposableStack();
  const { url, nodes } = await openCluster(owned);
  const replica = nodes.at(-1);
  const hosts = nodes.map(({ port }) => `127.0.0.1:${port}`);
  const replicaFirst = url.replace(hosts.join(','), hosts.toReversed().join(','));
  const t = owned.use(openTo(replicaFirst, 'queue', `${TAG}none`));
  t.connections.connect('request');
  const subscriber = t.connections.connect('subscriber');
  await subscriber.subscribe('news');
  const listeners = async (redis = replica?.redis) =>
    Number((await redis?.pubsub('NUMSUB', 'news'))?.[1]);
  expect(await listeners()).toBe(1);

  const id = String(await replica?.redis.call('CLUSTER', 'MYID'));
  await replica?.redis.call('CLUSTER', 'RESET', 'HARD');
  for (const { redis } of nodes.slice(0, -1)) await redis.call('CLUSTER', 'FORGET', id);

  await expect.poll(() => listeners(), PATIENTLY).toBe(0);
  const others = () => Promise.all(nodes.slice(0, -1).map(({ redis }) => listeners(redis)));
  await expect.poll(async () => (await others()).reduce((sum, each) => sum + each), SOON).toBe(1);
});

test('while a slot is moved in a Cluster, its scripts wait or are refused, and each runs whole and once', async () => {
  await using owned = new AsyncDisposableStack();
  const cluster = await openCluster(owned);
  const t = owned.use(openTo(cluster.url, 'queue', `${TAG}none`));
  const request = t.connections.connect('request') as Cluster;
  await expect.poll(() => t.connections.isUp, SOON).toBe(true);
  // Finds and makes keys that it does not name, as ours and BullMQ's do.
  const lua = `
    local key = '${TAG}item:' .. ARGV[1]
    if redis.call('EXISTS', key) == 1 then return 0 end
    redis.call('SET', key, 1)
    redis.call('INCR', '${TAG}count')
    return redis.call('INCR', KEYS[1])`;
  const script = defineScript(lua);
  request.defineCommand('add', { numberOfKeys: 1, lua });
  const add = (request as unknown as Record<'add', (...args: string[]) => Promise<number>>).add;
  const both = [
    (id: string) => script(request, `${TAG}meta`, id),
    (id: string) => add.call(request, `${TAG}meta`, id),
  ];
  const filler = Array.from({ length: 2000 }, (_, n) =>
    cluster.primary.redis.set(`${TAG}filler:${n}`, 'x'),
  );
  await Promise.all(filler);
  await script(request, `${TAG}meta`, 'first');
  const errors = new Set<string>();
  let isOver = false;
  let done = 1;
  const load = both.map(async (send, at) => {
    for (let n = 0; !isOver; n += 1) {
      const id = `${at}:${n}`;
      for (;;) {
        try {
          await send(id);
          break;
        } catch (error) {
          errors.add(String(error));
          if (!isRedisAway(error)) throw error;
        }
      }
      done += 1;
    }
  });

  const target = await otherPrimary(cluster);
  await cluster.moveSlot(TAG, target, 5);
  const moved = done;
  await expect.poll(() => done, SOON).toBeGreaterThan(moved + 20);
  isOver = true;
  await Promise.all(load);

  expect(await cluster.primaryOf(TAG)).toBe(target);
  const figures = await target.redis.mget(`${TAG}count`, `${TAG}meta`);
  expect(figures).toEqual([String(done), String(done)]);
  expect((await target.redis.keys(`${TAG}item:*`)).length).toBe(done);
  expect([...errors].filter((text) => /non local/.test(text))).toEqual([]);
});

test('a node that is asked while a slot moves, and does not answer, ends no process', async () => {
  await using owned = new AsyncDisposableStack();
  const cluster = owned.use(await startCluster({ replicas: 0, nodeTimeoutMs: 60_000 }));
  const [from, to] = [await cluster.primaryOf(TAG), await otherPrimary(cluster)];
  const t = owned.use(openTo(cluster.url, 'queue', `${TAG}none`));
  const cache = t.connections.connect('cache');
  await expect.poll(() => t.connections.isUp, SOON).toBe(true);
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => void unhandled.push(reason);
  process.on('unhandledRejection', note);
  owned.defer(() => void process.off('unhandledRejection', note));
  const slot = await from.redis.cluster('KEYSLOT', TAG);
  const idOf = async ({ redis }: typeof from) => String(await redis.call('CLUSTER', 'MYID'));
  const [source, target] = [await idOf(from), await idOf(to)];
  await to.redis.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', source);
  await from.redis.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', target);
  expect(await cache.get(`${TAG}absent`)).toBeNull(); // asks the other node

  await pauseProcess(to.pid);
  const late = await cache.get(`${TAG}absent`).catch((error) => error);
  await new Promise(setImmediate);

  expect(isRedisAway(late)).toBe(true);
  expect(unhandled).toEqual([]);
});

test('entries lie on every primary, so each of them is watched; keys of one slot, on one', async () => {
  await using owned = new AsyncDisposableStack();
  const cluster = await openCluster(owned);
  const cache = owned.use(openTo(cluster.url, 'cache', `${TAG}none`));
  const queue = owned.use(openTo(cluster.url, 'queue', `${TAG}none`));
  for (const { connections } of [cache, queue]) {
    connections.connect('request');
    await expect.poll(() => connections.isUp, SOON).toBe(true);
  }
  const other = await otherPrimary(cluster);

  await other.redis.config('SET', 'maxmemory', '1mb');

  await expect.poll(() => cache.connections.trouble, SOON).toMatch(/^OOM /);
  // Not at once: on a busy machine its own primary may have been late to answer, too.
  await expect.poll(() => queue.connections.trouble, SOON).toBeUndefined();
  await other.redis.config('SET', 'maxmemory', '0');
  await expect.poll(() => cache.connections.trouble, SOON).toBeUndefined();
});

test('a primary that stands still is no connection, and its requests end in time', async () => {
  await using owned = new AsyncDisposableStack();
  const cluster = owned.use(await startCluster({ nodeTimeoutMs: 60_000 })); // nobody is promoted
  const primary = await cluster.primaryOf(TAG);
  const t = owned.use(openTo(cluster.url, 'queue', `${TAG}none`));
  const cache = t.connections.connect('cache');
  await expect.poll(() => t.connections.isUp, SOON).toBe(true);
  await cache.set(`${TAG}key`, 'value');

  await pauseProcess(primary.pid);

  const startedAt = performance.now();
  const late = await cache.get(`${TAG}key`).catch((error) => error);
  expect(isRedisAway(late)).toBe(true);
  expect(performance.now() - startedAt).toBeLessThan(1000);
  await expect.poll(() => t.connections.isUp, SOON).toBe(false);
  resumeProcess(primary.pid);
  await expect.poll(() => cache.get(`${TAG}key`).catch(String), SOON).toBe('value');
  await expect.poll(() => t.connections.trouble, SOON).toBeUndefined();
});

test('a user without the right to CLUSTER SLOTS is told, and needs no restart', async () => {
  await using owned = new AsyncDisposableStack();
  const cluster = await openCluster(owned);
  const setUser = (...rules: string[]) =>
    Promise.all(cluster.nodes.map(({ redis }) => redis.call('ACL', 'SETUSER', 'deja', ...rules)));
  const known = ['+auth', '+ping', '+select', '+info', '+zadd']; // docs/operations.md lists all
  await setUser('on', '>pw', '~*', '&*', '-@all', ...known);
  const url = cluster.url.replace(/\/\/:[^@]*@/, '//deja:pw@');
  const t = owned.use(openTo(url, 'queue', `${TAG}none`));
  t.connections.connect('request');

  await expect.poll(() => t.connections.trouble, SOON).toMatch(/^NOPERM .*cluster/);
  await setUser('+cluster|slots', '+cluster|info', '+asking', '+readonly', '+readwrite');

  await expect.poll(() => t.connections.isUp, SOON).toBe(true);
});
