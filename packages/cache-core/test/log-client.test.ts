import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { expect, inject, test } from 'vitest';
import { LogUnavailableError } from '../src/index.ts';
import type { ViewStore } from '../src/log/invalidation-log.ts';
import { createBell, createLogClient, type LogClientOptions } from '../src/redis/index.ts';

const KEY = 'a'.repeat(64);

/** A replica that follows the log of `prefix`; it hears no bell where `deaf`. */
async function openReplica(
  prefix: string,
  { deaf = false, ...options }: Partial<LogClientOptions> & { deaf?: boolean } = {},
) {
  const redis = new Redis(inject('redisUrl'), { enableOfflineQueue: false });
  await new Promise((resolve) => redis.once('ready', resolve));
  const bell = createBell(new Redis(inject('redisUrl')), deaf ? randomUUID() : `${prefix}bell`);
  const log = createLogClient({ redis, bell, prefix, serveUnverifiedMs: 60_000, ...options });
  await log.catchUp();
  return {
    log,
    redis,
    /** An entry computed now. */
    entry: () => {
      const { position } = log.view;
      if (!position) throw new Error('this replica has not seen the log');
      return { key: KEY, tags: ['model:m'], token: position };
    },
    async [Symbol.asyncDispose]() {
      await log[Symbol.asyncDispose]();
      await bell[Symbol.asyncDispose]();
      redis.disconnect();
    },
  };
}

const newPrefix = () => `t${randomUUID().slice(0, 8)}:{d0}:`;

test('an invalidation that was acknowledged fences what was computed before it', async () => {
  await using replica = await openReplica(newPrefix());
  const before = replica.entry();

  await replica.log.invalidate('t:model:m');

  expect(replica.log.view.judge(before)).toBe('fenced');
  expect(replica.log.view.judge(replica.entry())).toBe('servable');
});

test('another replica learns of it even when its subscription is deaf', async () => {
  const prefix = newPrefix();
  await using here = await openReplica(prefix);
  await using there = await openReplica(prefix, { deaf: true, pollMs: 20 });
  const before = there.entry();

  const seq = await here.log.invalidate(`k:${KEY}`);

  await expect.poll(() => there.log.view.position?.seq).toBe(seq);
  expect(there.log.view.judge(before)).toBe('fenced');
});

test('the bell is enough where nobody polls', async () => {
  const prefix = newPrefix();
  await using here = await openReplica(prefix);
  await using there = await openReplica(prefix, { pollMs: 3_600_000 });

  const seq = await here.log.invalidate('*');

  await expect.poll(() => there.log.view.position?.seq).toBe(seq);
});

test('the lease is over when nothing has confirmed the view for long enough', async () => {
  await using replica = await openReplica(newPrefix(), { pollMs: 3_600_000, leaseMs: 0 });

  const trust = replica.log.trust();

  expect(trust).toBeInstanceOf(Promise); // it asks again
});

test('a replica that can not reach the log says since when, and then serves nothing', async () => {
  const prefix = newPrefix();
  await using patient = await openReplica(prefix, { pollMs: 3_600_000, leaseMs: 0 });
  await using strict = await openReplica(prefix, { leaseMs: 0, serveUnverifiedMs: 0 });

  patient.redis.disconnect();
  strict.redis.disconnect();

  expect(await patient.log.trust()).toMatchObject({ mode: 'unverified' });
  expect(await strict.log.trust()).toEqual({ mode: 'none' });
});

test('an invalidation that can not get into the log is not acknowledged', async () => {
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

  expect(replica.log.view.judge(before)).toBe('fenced');
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

  expect(replica.log.view.judge(before)).toBe('fenced');
});

test('a token from beyond the head makes the log start anew', async () => {
  await using replica = await openReplica(newPrefix());
  const { token } = replica.entry();
  const lost = { ...token, seq: token.seq + 5, id: 'of a record that was lost' };

  await replica.log.suspect(lost);

  expect(replica.log.view.judge({ key: KEY, tags: [], token: lost })).toBe('fenced');
  expect(replica.log.view.judge({ key: KEY, tags: [], token })).toBe('fenced');
});

test('a replica that is further behind than the log is long starts over (R4)', async () => {
  const prefix = newPrefix();
  await using away = await openReplica(prefix, { deaf: true, pollMs: 3_600_000 });
  await using here = await openReplica(prefix, { logMax: 3 });
  const before = away.entry();

  await here.log.invalidate('t:model:m');
  for (let i = 0; i < 5; i += 1) await here.log.invalidate(`t:${i}`);
  await away.log.catchUp();

  expect(away.log.view.position).toEqual(here.log.view.position);
  expect(away.log.view.judge(before)).toBe('fenced');
});

test('a replica that is more than a page of records behind catches up page by page', async () => {
  const prefix = newPrefix();
  await using away = await openReplica(prefix, { deaf: true, pollMs: 3_600_000 });
  await using here = await openReplica(prefix);
  for (let i = 0; i < 1200; i += 1) await here.log.invalidate(`t:${i}`);

  await away.log.catchUp();

  expect(away.log.view.position).toEqual(here.log.view.position);
});

test('the view is on the disk before an invalidation is acknowledged (R8)', async () => {
  const saved: { seq: number | undefined; durable: boolean }[] = [];
  const store: ViewStore = {
    load: () => undefined,
    save: ({ records }, { durable }) => void saved.push({ seq: records.at(-1)?.seq, durable }),
    saveConfirmed: () => {},
  };
  await using replica = await openReplica(newPrefix(), { store });

  const seq = await replica.log.invalidate('*');

  expect(saved).toContainEqual({ seq, durable: true });
});
