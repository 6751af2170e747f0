/** The log's records of tenants: what stays of them, and what a loss of records does to them. */
import { startOwnRedis } from '@deja/local-redis';
import { Redis } from 'ioredis';
import { expect, inject, test } from 'vitest';
import { TooManyInvalidationsError } from '../src/index.ts';
import { createLogClient, createNotifier } from '../src/redis.ts';
import { KEY, logPrefixOf, newNamespace, openReplica } from './open-replica.ts';

const scopesIn = async (redis: { xrange: Redis['xrange'] }, namespace: string) =>
  (await redis.xrange(`${logPrefixOf(namespace)}log`, '-', '+')).map(([, fields]) => fields[3]);

test('a tenant has one record of each scope, and with a tenth of the log one of all (R36)', async () => {
  const namespace = newNamespace();
  await using replica = await openReplica({ namespace, logMax: 30 });
  const { log, logRedis } = replica;

  for (let n = 0; n < 5; n++) await log.invalidate('t:x', 'a');
  await log.invalidate('t:y', 'a');
  await log.invalidate('t:z', 'a');
  expect(await scopesIn(logRedis, namespace)).toEqual([
    ...['-', '-', 'T:a:t:x', 'T:a:t:y', 'T:a:t:z'],
  ]);
  await log.invalidate('t:z', 'a');
  await log.invalidate('t:more', 'a');
  await log.invalidate('t:x', 'b');

  expect(await scopesIn(logRedis, namespace)).toEqual(['-', '-', 'T:a', 'T:b:t:x']);
  const held = log.replica.snapshot().records.map(({ scope }) => scope);
  expect(held).toEqual(['-', '-', 'T:a', 'T:b:t:x']);
});

test('tenants together fill the log no further than its bound; then the oldest record goes', async () => {
  const namespace = newNamespace();
  await using replica = await openReplica({ namespace, logMax: 30 });
  const { log, logRedis } = replica;

  for (let n = 0; n < 60; n++) await log.invalidate(`t:${n % 3}`, `tenant${n % 20}`);

  expect(await logRedis.xlen(`${logPrefixOf(namespace)}log`)).toBe(30);
  await using late = await openReplica({ namespace, logMax: 30 });
  expect(late.log.replica.snapshot()).toEqual(log.replica.snapshot());
  await log.invalidate('*');
  expect(await logRedis.xlen(`${logPrefixOf(namespace)}log`)).toBe(1);
  await log.invalidate('t:x', 'tenant1');
  expect(await scopesIn(logRedis, namespace)).toEqual(['*', 'T:tenant1:t:x']);
});

test('the invalidations of a minute are counted for each tenant', async () => {
  const prefix = logPrefixOf(newNamespace());
  const redis = new Redis(inject('redisUrl'));
  const notifier = createNotifier(new Redis(inject('redisUrl')), `${prefix}notify`);
  await using log = createLogClient({
    ...{ redis, notifier, prefix, serveUnverifiedMs: 0, maxPerMinute: 3 },
  });
  for (let n = 0; n < 3; n++) await log.invalidate(`t:${n}`, 'a');

  await expect(log.invalidate('t:4', 'a')).rejects.toThrow(TooManyInvalidationsError);

  await log.invalidate('t:4', 'b');
  await log.invalidate('t:4');
  await notifier[Symbol.asyncDispose]();
  redis.disconnect();
});

test('after a loss of records no tenant is served what lies under a number that was given out again (R35)', async () => {
  await using server = await startOwnRedis();
  const url = server.url;
  const namespace = newNamespace();
  await using here = await openReplica({ namespace, logUrl: url });
  await here.log.invalidate('t:first', 'a');
  const names = ['meta', 'log', 'floor:a'].map((name) => `${logPrefixOf(namespace)}${name}`);
  const before = await Promise.all(names.map((name) => here.logRedis.dumpBuffer(name)));
  await here.log.invalidate('t:other', 'a');
  const lost = here.entry(); // its token is of a record that the server forgets
  const known = here.log.replica.position;
  await here[Symbol.asyncDispose]();
  const redis = new Redis(url);
  // As a failover to a replica that had not heard of it: the same keys, another history.
  await redis.call('REPLICAOF', '127.0.0.1', '1');
  await redis.call('REPLICAOF', 'NO', 'ONE');
  for (const [at, name] of names.entries())
    await redis.restore(name, 0, before[at] as Buffer, 'REPLACE');

  await using there = await openReplica({ namespace, logUrl: url });
  await there.log.invalidate(`k:${KEY}`, 'a');

  expect(there.log.replica.position?.seq).toBeGreaterThan(known?.seq ?? 0);
  expect(there.log.replica.judge(lost.header, 'a')).not.toBe('servable');
  expect(there.log.replica.judge(lost.header, 'b')).toBe('fenced');
  redis.disconnect();
});
