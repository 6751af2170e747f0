import { randomUUID } from 'node:crypto';
import { startOwnRedis } from '@deja/local-redis';
import { Redis } from 'ioredis';
import { expect, inject, test } from 'vitest';
import { LogUnavailableError, TooManyInvalidationsError } from '../src/index.ts';
import type { ReplicaStore } from '../src/log/invalidation-log.ts';
import {
  createLogClient,
  createNotifier,
  type LogClientOptions,
  shardPrefixOf,
} from '../src/redis.ts';

const KEY = 'a'.repeat(64);

/** A replica that follows the log of `prefix`; it hears no notifier where `deaf`. */
async function openReplica(
  prefix: string,
  {
    deaf = false,
    url = inject('redisUrl'),
    ...options
  }: Partial<LogClientOptions> & { deaf?: boolean; url?: string } = {},
) {
  const redis = new Redis(url, { enableOfflineQueue: false });
  await new Promise((resolve) => redis.once('ready', resolve));
  const notifier = createNotifier(new Redis(url), deaf ? randomUUID() : `${prefix}notify`);
  const subscribed = new Promise<void>((resolve) => notifier.onSubscribed(resolve));
  const log = createLogClient({ redis, notifier, prefix, serveUnverifiedMs: 60_000, ...options });
  await subscribed; // it catches up, too: none of that may be under way when a test begins
  await log.catchUp();
  return {
    log,
    redis,
    /** An entry computed now. */
    entry: () => {
      const { position } = log.replica;
      if (!position) throw new Error('this replica has not seen the log');
      return { key: KEY, tags: ['model:m'], log: position.log, token: position };
    },
    async [Symbol.asyncDispose]() {
      await log[Symbol.asyncDispose]();
      await notifier[Symbol.asyncDispose]();
      redis.disconnect();
    },
  };
}

/** Holds back the replies of scripts that are sent from now on, until `open` is called. */
function holdReplies(redis: Redis) {
  const { promise, resolve } = Promise.withResolvers<void>();
  const send = redis.evalsha.bind(redis) as (...args: unknown[]) => Promise<unknown>;
  let sent = 0;
  Object.assign(redis, {
    evalsha: async (...args: unknown[]) => {
      sent += 1;
      const reply = await send(...args);
      await promise;
      return reply;
    },
  });
  return { open: resolve, sent: () => sent };
}

const newPrefix = () => shardPrefixOf(`t${randomUUID().slice(0, 8)}`);

test('an invalidation that was acknowledged fences what was computed before it', async () => {
  await using replica = await openReplica(newPrefix());
  const before = replica.entry();

  await replica.log.invalidate('t:model:m');

  expect(replica.log.replica.judge(before)).toBe('fenced'); // R7: without another message
  expect(replica.log.replica.judge(replica.entry())).toBe('servable');
});

test('another replica learns of it even when its subscription is deaf', async () => {
  const prefix = newPrefix();
  await using here = await openReplica(prefix);
  await using there = await openReplica(prefix, { deaf: true, pollMs: 20 });
  const before = there.entry();

  const seq = await here.log.invalidate(`k:${KEY}`);

  await expect.poll(() => there.log.replica.position?.seq).toBe(seq);
  expect(there.log.replica.judge(before)).toBe('fenced');
});

test('the notifier is enough where nobody polls', async () => {
  const prefix = newPrefix();
  await using here = await openReplica(prefix);
  await using there = await openReplica(prefix, { pollMs: 3_600_000 });

  const seq = await here.log.invalidate('*');

  await expect.poll(() => there.log.replica.position?.seq).toBe(seq);
});

test('the lease is over when nothing has confirmed the view for long enough', async () => {
  await using replica = await openReplica(newPrefix(), { pollMs: 3_600_000, leaseMs: 0 });

  const trust = replica.log.trust();

  expect(trust).toBeInstanceOf(Promise); // it asks again
});

test('a replica that cannot reach the log says since when, and then serves nothing', async () => {
  const prefix = newPrefix();
  await using patient = await openReplica(prefix, { pollMs: 3_600_000, leaseMs: 0 });
  await using strict = await openReplica(prefix, { leaseMs: 0, serveUnverifiedMs: 0 });

  patient.redis.disconnect();
  strict.redis.disconnect();

  expect(await patient.log.trust()).toMatchObject({ mode: 'unverified' });
  expect(await strict.log.trust()).toEqual({ mode: 'none' });
});

test('an invalidation that cannot get into the log is not acknowledged', async () => {
  await using replica = await openReplica(newPrefix());

  replica.redis.disconnect();

  await expect(replica.log.invalidate('*')).rejects.toThrow(LogUnavailableError);
});

test('a log that was lost starts a new epoch, and nothing from before is served (R2)', async () => {
  const prefix = newPrefix();
  await using replica = await openReplica(prefix);
  await replica.log.invalidate('t:x');
  const before = replica.entry();

  await replica.redis.del(`${prefix}meta`, `${prefix}log`, `${prefix}floor`);
  await replica.log.catchUp();

  expect(replica.log.replica.judge(before)).toBe('foreign');
});

test('a record that was written over is found out by its id (R3)', async () => {
  const prefix = newPrefix();
  await using replica = await openReplica(prefix, { pollMs: 3_600_000 });
  await replica.log.invalidate('t:x');
  const before = replica.entry();

  const { seq } = before.token;
  await replica.redis
    .multi() // at once: a catch-up in between would find the log empty
    .del(`${prefix}log`)
    .hset(`${prefix}meta`, 'id', 'other')
    .xadd(`${prefix}log`, `${seq}-0`, 'i', 'other', 's', 't:y')
    .exec();
  await replica.log.catchUp();

  expect(replica.log.replica.judge(before)).toBe('fenced');
});

test('a log keeps its birth id over a loss, and is born with another after FLUSHALL', async () => {
  const prefix = newPrefix();
  await using replica = await openReplica(prefix);
  const birth = replica.entry().log;
  const { epoch } = replica.entry().token;

  await replica.redis.hset(`${prefix}meta`, 'epoch', epoch - 1); // as an older dump would
  await replica.log.catchUp();
  expect(replica.entry()).toMatchObject({ log: birth });
  expect(replica.entry().token.epoch).toBeGreaterThan(epoch);

  await replica.redis.del(['meta', 'log', 'floor'].map((name) => prefix + name));
  await replica.log.catchUp();
  expect(replica.entry().log).not.toBe(birth);
});

// Guard: another log may come back, in a state from before invalidations that this replica has seen.
test('a replica of another log moves the log past all that it remembers', async () => {
  const prefix = newPrefix();
  await using replica = await openReplica(prefix);
  const { token } = replica.entry();
  const later = { log: 'another', epoch: token.epoch + 5, seq: token.seq + 5, first: 1 };
  const records = [{ seq: later.seq, id: 'record', scope: '*' }];
  replica.log.replica.apply({ ...later, reset: true, more: false, records });

  await replica.log.catchUp();

  expect(replica.entry().token.epoch).toBeGreaterThan(later.epoch);
});

test('a token from beyond the head makes the log start anew', async () => {
  await using replica = await openReplica(newPrefix());
  const { log, token } = replica.entry();
  const lost = { ...token, seq: token.seq + 5, id: 'of a record that was lost' };

  await replica.log.suspect(lost);

  expect(replica.log.replica.judge({ key: KEY, tags: [], log, token: lost })).toBe('fenced');
  expect(replica.log.replica.judge({ key: KEY, tags: [], log, token })).toBe('fenced');
});

test('a replica that is further behind than the log is long starts over (R4)', async () => {
  const prefix = newPrefix();
  await using away = await openReplica(prefix, { deaf: true, pollMs: 3_600_000 });
  await using here = await openReplica(prefix, { logMax: 3 });
  const before = away.entry();

  await here.log.invalidate('t:model:m');
  for (let i = 0; i < 5; i += 1) await here.log.invalidate(`t:${i}`);
  await away.log.catchUp();

  expect(away.log.replica.position).toEqual(here.log.replica.position);
  expect(away.log.replica.judge(before)).toBe('fenced');
});

test('invalidations of made-up names beyond the bound push nothing out of the log', async () => {
  const prefix = newPrefix();
  await using replica = await openReplica(prefix, { logMax: 10, maxPerMinute: 5 });
  const before = replica.entry();

  const made = [];
  for (let i = 0; i < 50; i += 1)
    made.push(await replica.log.invalidate(`t:${i}`).catch((error: unknown) => error));

  const refused = made.filter((outcome) => outcome instanceof TooManyInvalidationsError);
  expect(made.slice(0, 5).every(Number.isInteger)).toBe(true);
  expect(refused).toHaveLength(45);
  expect(refused[0]?.retryAfterMs).toBeGreaterThan(50_000);
  expect(replica.log.replica.judge(before)).toBe('servable');
  await replica.redis.del(`${prefix}invalidations`); // the minute is over
  expect(await replica.log.invalidate('t:0')).toBe(Number(made[4]) + 1);
});

test('a server that has become a replica confirms nothing, though this process writes nothing', async () => {
  await using server = await startOwnRedis();
  const admin = new Redis(server.url);
  await using replica = await openReplica(newPrefix(), { url: server.url, leaseMs: 100 });
  expect(await replica.log.catchUp()).toBe(true);

  await admin.replicaof('127.0.0.1', '1'); // no invalidation reaches it any more
  admin.disconnect();

  expect(await replica.log.catchUp()).toBe(false);
  await expect.poll(() => replica.log.trust()).toMatchObject({ mode: 'unverified' });
});

test('a replica that is more than a page of records behind catches up page by page', async () => {
  const prefix = newPrefix();
  await using away = await openReplica(prefix, { deaf: true, pollMs: 3_600_000 });
  await using here = await openReplica(prefix);
  for (let i = 0; i < 1200; i += 1) await here.log.invalidate(`t:${i}`);

  await away.log.catchUp();

  expect(away.log.replica.position).toEqual(here.log.replica.position);
});

test('the view is on the disk before an invalidation is acknowledged (R8)', async () => {
  const saved: { seq: number | undefined; durable: boolean }[] = [];
  const store: ReplicaStore = {
    load: () => undefined,
    save: ({ records }, { durable }) => void saved.push({ seq: records.at(-1)?.seq, durable }),
    saveConfirmed: () => {},
  };
  await using replica = await openReplica(newPrefix(), { store });

  const seq = await replica.log.invalidate('*');

  expect(saved).toContainEqual({ seq, durable: true });
});

test('an older dump of the log that came back starts a new epoch (R1)', async () => {
  const prefix = newPrefix();
  await using replica = await openReplica(prefix, { pollMs: 3_600_000 });
  const before = replica.entry();

  await replica.redis.hset(`${prefix}meta`, 'epoch', before.token.epoch - 1);
  await replica.log.catchUp();

  expect(replica.log.replica.judge(before)).toBe('fenced');
});

test('a log whose end is missing starts a new epoch (R2)', async () => {
  const prefix = newPrefix();
  await using replica = await openReplica(prefix, { pollMs: 3_600_000, deaf: true });
  const { token: kept } = replica.entry();
  await replica.log.invalidate('t:x');
  const lost = replica.entry();

  await replica.redis
    .multi()
    .xdel(`${prefix}log`, `${lost.token.seq}-0`)
    .hset(`${prefix}meta`, 'seq', kept.seq, 'id', kept.id)
    .exec();
  await replica.log.catchUp();

  expect(replica.log.replica.judge(lost)).toBe('fenced');
});

test('the lease counts from when the question was sent, not from its answer (R5)', async () => {
  await using replica = await openReplica(newPrefix(), {
    pollMs: 3_600_000,
    leaseMs: 50,
    deaf: true,
  });
  const held = holdReplies(replica.redis);
  const sentAt = performance.now();

  const asked = replica.log.catchUp();
  await expect.poll(() => performance.now() - sentAt).toBeGreaterThan(100);
  held.open();
  await asked;

  expect(replica.log.trust()).toBeInstanceOf(Promise);
});

test('the reply of a connection that has been replaced is dropped (R6)', async () => {
  const prefix = newPrefix();
  await using replica = await openReplica(prefix, { pollMs: 3_600_000, deaf: true });
  await using other = await openReplica(prefix);
  const before = replica.log.replica.position;
  await other.log.invalidate('t:x');
  const held = holdReplies(replica.redis);

  const asked = replica.log.catchUp();
  await expect.poll(held.sent).toBe(1);
  await replica.redis.ping(); // the script's reply has arrived, and is held back
  replica.redis.emit('close');
  held.open();

  expect(await asked).toBe(false);
  expect(replica.log.replica.position).toEqual(before);
});

test('a reply that a later one overtook is dropped, and an invalidation is sent again (R6)', async () => {
  const prefix = newPrefix();
  await using replica = await openReplica(prefix, { pollMs: 3_600_000, deaf: true });
  await using other = await openReplica(prefix);
  const before = replica.log.replica.position;
  await other.log.invalidate('t:x');
  const unheld = replica.redis.evalsha;
  const held = holdReplies(replica.redis);

  const asked = replica.log.catchUp();
  const invalidated = replica.log.invalidate('t:y');
  await expect.poll(held.sent).toBe(2);
  Object.assign(replica.redis, { evalsha: unheld });
  const seq = await replica.log.invalidate('t:z'); // as if another node had answered
  held.open();

  expect(await asked).toBe(false);
  expect(seq).toBe((before?.seq ?? 0) + 3);
  expect(await invalidated).toBeGreaterThan(seq);
});

test('an invalidation that the view does not cover is sent again (R9)', async () => {
  const prefix = newPrefix();
  await using replica = await openReplica(prefix, { pollMs: 3_600_000, deaf: true });
  const held = holdReplies(replica.redis);

  const invalidated = replica.log.invalidate('t:x');
  await expect.poll(held.sent).toBe(1);
  const { log, token } = replica.entry();
  const epoch = token.epoch + 1000;
  const records = [{ seq: 5000, id: 'of a newer epoch', scope: '-' }];
  const newer = { log, epoch, seq: 5000, first: 5000, reset: true, more: false, records };
  replica.log.replica.apply(newer);
  held.open();

  const seq = await invalidated;
  const { position } = replica.log.replica;
  expect(position?.seq).toBe(seq);
  expect(position?.epoch).toBeGreaterThan(epoch);
});
