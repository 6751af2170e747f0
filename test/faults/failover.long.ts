/**
 * A failover of the queue Redis that loses acknowledged writes: a replica that lags takes the
 * primary's place, behind the address that all processes know (as Sentinel with a proxy before it, or
 * a managed Redis, does it).
 */

import { startOwnRedis } from '@deja/local-redis';
import { createFaultProxy, type FaultProxy } from '@deja/testing';
import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { openStage } from './stage.ts';

test('a failover that loses writes: what is lost is told, nothing hangs, all goes on', async () => {
  await using owned = new AsyncDisposableStack();
  let address: FaultProxy | undefined;
  await using stage = await openStage({
    via: async (url) => {
      address = owned.use(await createFaultProxy(url));
      return address.url;
    },
    looksVia: true,
  });
  const replication = owned.use(await createFaultProxy(stage.server.url));
  const args = ['--replicaof', '127.0.0.1', String(replication.port)];
  const { password } = new URL(stage.server.url);
  const replica = owned.use(await startOwnRedis({ appendOnly: true, args, password }));
  const next = owned.adopt(new Redis(replica.url), (redis) => redis.disconnect());
  const link = () => next.info('replication');
  await expect.poll(link, { timeout: 30_000 }).toContain('master_link_status:up');
  const { history } = stage;
  const load = stage.load(6, (id) => ({ id, ms: 300 }));
  await stage.moreEnd(6);

  stage.fault('the replica lags');
  replication.blackhole();
  await stage.moreEnd(12);
  await stage.killRedis();
  await next.replicaof('NO', 'ONE');
  address?.moveTo(replica.url);
  address?.reset();
  stage.fault('failover');
  const failedOver = Date.now();
  await stage.moreEnd(12);
  await load.stop();

  // What ended on the old primary alone may end again: the new one has never heard of it.
  const isOld = ({ at, type }: (typeof history.events)[number]) =>
    type === 'closed' && at < failedOver;
  history.events.splice(0, Infinity, ...history.events.filter((event) => !isOld(event)));
  await stage.expectPromisesKept({ mayLose: true, endsWithinMs: 45_000 });
  expect(history.all('lost').length).toBeGreaterThan(0);
  expect(history.all('lost').every(({ status }) => status === 404 || status === 410)).toBe(true);
});
