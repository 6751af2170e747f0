/** Connections to a Redis that fails over, refuses, or is set up wrongly: real servers. */
import { once } from 'node:events';
import { createServer as createTcpServer } from 'node:net';
import { createServer } from 'node:tls';
import { startOwnRedis } from '@deja/local-redis';
import { createFaultProxy, pauseProcess, resumeProcess } from '@deja/testing';
import { Redis, ReplyError } from 'ioredis';
import { generate } from 'selfsigned';
import { expect, test } from 'vitest';
import { reasonOf } from '../src/errors.ts';
import { isRedisAway } from '../src/index.ts';
import { openTo, SOON } from './open.ts';

const PROFILES = ['request', 'cache', 'log', 'worker'] as const;

/** A primary and its replica, which is in step, and one name for the first of them. */
async function openPair(owned: AsyncDisposableStack) {
  const first = owned.use(await startOwnRedis());
  const { port, password } = new URL(first.url);
  const args = ['--replicaof', '127.0.0.1', port];
  const second = owned.use(await startOwnRedis({ args, password }));
  const [old, next] = [first, second].map(({ url }) =>
    owned.adopt(new Redis(url), (redis) => redis.disconnect()),
  ) as [Redis, Redis];
  await expect.poll(() => next.info('replication'), SOON).toContain('master_link_status:up');
  const name = owned.use(await createFaultProxy(first.url));
  return {
    name,
    old,
    next,
    /** The replica takes over; the old primary becomes its replica, and keeps its connections. */
    async failOver() {
      await next.replicaof('NO', 'ONE');
      await old.replicaof('127.0.0.1', new URL(second.url).port);
      name.moveTo(second.url);
    },
  };
}

test('after a failover behind one name, every connection finds the new primary by itself', async () => {
  await using owned = new AsyncDisposableStack();
  const pair = await openPair(owned);
  const t = openTo(pair.name.url);
  owned.use(t);
  const writers = PROFILES.map((profile) => t.connections.connect(profile));
  const subscriber = t.connections.connect('subscriber');
  await subscriber.subscribe('news');
  for (const redis of writers) await expect.poll(() => redis.status, SOON).toBe('ready');
  const duplicate = owned.adopt((writers[3] as Redis).duplicate(), (redis) => redis.disconnect());
  const pop = () => duplicate.bzpopmin('queue', 0); // as BullMQ waits for jobs
  let taken: unknown;
  pop()
    .catch(pop)
    .catch(pop)
    .then((job) => {
      taken = job;
    }, String);

  await pair.failOver();

  for (const [at, redis] of writers.entries())
    await expect.poll(() => redis.set(`key${at}`, 'new').catch(String), SOON).toBe('OK');
  expect(await pair.next.mget(...PROFILES.map((_, at) => `key${at}`))).toEqual(
    Array(4).fill('new'),
  );
  await expect.poll(() => pair.next.pubsub('NUMSUB', 'news'), SOON).toEqual(['news', 1]);
  await pair.next.zadd('queue', 1, 'job');
  await expect.poll(() => taken, SOON).toEqual(['queue', 'job', '1']);
  await expect.poll(() => t.connections.trouble, SOON).toBeUndefined();
});

test('who only reads and listens finds it, too, since another one met the replica', async () => {
  await using owned = new AsyncDisposableStack();
  const pair = await openPair(owned);
  const t = openTo(pair.name.url);
  owned.use(t);
  t.connections.connect('request'); // carries the probe, and nothing else
  const reader = t.connections.connect('cache');
  await expect.poll(() => reader.status, SOON).toBe('ready');

  await pair.failOver();
  await pair.next.set('key', 'new');
  await pair.old.replicaof('127.0.0.1', '1'); // it learns nothing any more

  await expect.poll(() => reader.get('key').catch(String), SOON).toBe('new');
});

test.each([
  ['full', 'OOM', (redis: Redis) => redis.config('SET', 'maxmemory', '1mb'), 'maxmemory', '0'],
  [
    'without replicas',
    'NOREPLICAS',
    (redis: Redis) => redis.config('SET', 'min-replicas-to-write', '1'),
    'min-replicas-to-write',
    '0',
  ],
] as const)(
  'a server that is %s is noticed without any request (%s), and so is its end',
  async (_, code, break_, name, well) => {
    await using server = await startOwnRedis();
    await using admin = new AsyncDisposableStack();
    const redis = admin.adopt(new Redis(server.url), (client) => client.disconnect());
    using t = openTo(server.url);
    const request = t.connections.connect('request');
    await expect.poll(() => t.connections.isUp, SOON).toBe(true);

    await break_(redis);

    await expect.poll(() => t.connections.trouble, SOON).toMatch(new RegExp(`^${code} `));
    const refused = await request.set('a', 'b').catch((error) => error);
    expect(isRedisAway(refused)).toBe(true);
    await redis.config('SET', name, well);
    await expect.poll(() => t.connections.trouble, SOON).toBeUndefined();
    await expect.poll(() => t.lines.map(({ level }) => level), SOON).toEqual(['warn', 'info']);
  },
);

test('a cause is reported once, however often and by however many connections it is met', async () => {
  await using server = await startOwnRedis();
  const wrong = new URL(server.url);
  wrong.password = 'wrong';
  using t = openTo(wrong.href);
  const connections = PROFILES.map((profile) => t.connections.connect(profile));
  let errors = 0;
  for (const redis of connections) redis.on('error', () => (errors += 1));

  await expect.poll(() => errors, SOON).toBeGreaterThan(10);

  expect(t.lines).toEqual([
    {
      ...{ level: 'warn', role: 'queue', help: expect.stringContaining('docs/operations.md') },
      reason: 'WRONGPASS invalid username-password pair or user is disabled.',
    },
  ]);
  expect(t.connections.isUp).toBe(false);
  expect(t.connections.trouble).toContain('WRONGPASS');
});

test('an authority that is not trusted, a closed port: the code, and no host', async () => {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }]);
  const server = createServer({ key, cert }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  using tls = openTo(`rediss://127.0.0.1:${port}`);
  tls.connections.connect('request');
  await expect.poll(tls.reasons, SOON).toEqual(['no connection: DEPTH_ZERO_SELF_SIGNED_CERT']);
  server.close();

  using closed = openTo(`redis://127.0.0.1:${port}`);
  closed.connections.connect('request');
  await expect.poll(closed.reasons, SOON).toEqual(['no connection: ECONNREFUSED']);
});

test.each([
  ['INFO', ['-info'], 'info'],
  ['writing', ['-@write'], 'zadd'],
  ['its keys', ['resetkeys'], 'keys'],
] as const)(
  'a user without the right to %s is told, and is no mistake of ours',
  async (_, rules, named) => {
    await using server = await startOwnRedis();
    await using owned = new AsyncDisposableStack();
    const admin = owned.adopt(new Redis(server.url), (redis) => redis.disconnect());
    await admin.call('ACL', 'SETUSER', 'deja', 'on', '>pw', '~*', '&*', '+@all', ...rules);
    const url = new URL(server.url);
    Object.assign(url, { username: 'deja', password: 'pw' });
    using t = openTo(url.href);
    const request = t.connections.connect('request');

    await expect.poll(() => t.connections.trouble ?? '', SOON).toMatch(/^NOPERM /);
    expect(t.reasons()).toHaveLength(1);
    expect(t.reasons()[0]?.toLowerCase()).toContain(named);
    if (named !== 'info') {
      const refused = await request.zadd('a', 1, 'b').catch((error) => error);
      expect(isRedisAway(refused)).toBe(true);
    }
  },
);

test('a server that closes every connection without a word is reported', async () => {
  const server = createTcpServer((socket) => socket.end()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  using t = openTo(`redis://127.0.0.1:${port}`);
  t.connections.connect('request');

  await expect.poll(t.reasons, SOON).toEqual([expect.stringContaining('closes connections')]);
  server.close();
});

test('a server that stands still is no connection, and is reported as that', async () => {
  await using server = await startOwnRedis();
  using t = openTo(server.url);
  t.connections.connect('request');
  await expect.poll(() => t.connections.isUp, SOON).toBe(true);

  await pauseProcess(Number(server.pid));
  await expect.poll(() => t.connections.trouble, SOON).toBe('it does not answer');
  await expect.poll(() => t.connections.isUp, SOON).toBe(false);
  resumeProcess(Number(server.pid));

  await expect.poll(() => t.connections.trouble, SOON).toBeUndefined();
});

test('a mistake of ours is none of the server', async () => {
  await using server = await startOwnRedis();
  using t = openTo(server.url);
  const redis = t.connections.connect('request');
  await expect.poll(() => t.connections.isUp, SOON).toBe(true);
  await redis.set('text', 'READONLY OOM');

  const mistake = await redis.lpush('text', 'x').catch((error) => error);

  expect(isRedisAway(mistake)).toBe(false);
  expect(t.connections.trouble).toBeUndefined();
});

test.each([
  [
    "ERR Error running script (call to f_abc): @user_script:1: @user_script: 1: -OOM command not allowed when used memory > 'maxmemory'.",
    true,
  ],
  ["OOM command not allowed when used memory > 'maxmemory'. script: abc, on @user_script:3.", true],
  ['ERR Error running script (call to f_abc): @user_script:1: attempt to index a nil value', false],
])('replies of Redis 6.2 and 7 from within a script: %s', (message, isAway) => {
  const error = new ReplyError(message);

  expect(isRedisAway(error)).toBe(isAway);
  if (isAway) expect(reasonOf(error)).toMatch(/^OOM .*'maxmemory'\.$/);
});
