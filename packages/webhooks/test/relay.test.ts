/** The relay over a real outbox: leases, and workers that die. */
import { createLogger } from '@deja/runtime';
import { expect, test } from 'vitest';
import { type DeliveryVersion, Outbox } from '../src/index.ts';
import { startRelay } from '../src/relay.ts';
import { delivered, openOutbox } from './open-outbox.ts';

const LEASE_MS = 300;

const deaf = {
  listen: () => () => {},
  onSubscribed: () => () => {},
  listenTo: () => () => {},
  [Symbol.asyncDispose]: async () => {},
};
const common = { notifier: deaf, concurrency: 10, log: createLogger('test', 'silent') };

test('a delivery that takes longer than the lease stays this worker’s', async () => {
  await using t = openOutbox();
  const outbox = new Outbox(t.queue, { leaseMs: LEASE_MS });
  const id = await t.ended();
  const begun: DeliveryVersion[] = [];
  const receiver = Promise.withResolvers<void>();
  const deliver = async (row: DeliveryVersion) => {
    begun.push(row);
    await receiver.promise;
    await outbox.settle(row, delivered);
    return undefined;
  };
  await using _slow = startRelay({ ...common, outbox, deliver });
  await expect.poll(() => begun).toHaveLength(1);
  await using _other = startRelay({ ...common, outbox, deliver });

  const startedAt = performance.now();
  while (performance.now() < startedAt + 4 * LEASE_MS)
    expect((await t.outbox.take(1)).rows).toEqual([]);
  receiver.resolve();

  await expect.poll(() => t.rows()).toEqual([]);
  expect(begun).toEqual([{ id, version: 0 }]);
});

test('what a dead worker had in hand is delivered by another one', async () => {
  await using t = openOutbox();
  const outbox = new Outbox(t.queue, { leaseMs: LEASE_MS });
  const id = await t.ended();
  await outbox.take(1); // and is not heard of again
  const begun: DeliveryVersion[] = [];

  await using _relay = startRelay({
    ...{ ...common, outbox },
    deliver: async (row) => {
      begun.push(row);
      await outbox.settle(row, delivered);
      return undefined;
    },
  });

  await expect.poll(() => t.rows(), { timeout: 5000 }).toEqual([]);
  expect(begun).toEqual([{ id, version: 0 }]);
});

test('many workers deliver every row once', async () => {
  await using t = openOutbox();
  for (let i = 0; i < 120; i += 1) await t.ended();
  const begun: string[] = [];
  const deliver = async (row: DeliveryVersion) => {
    begun.push(row.id);
    await t.outbox.settle(row, delivered);
    return undefined;
  };
  await using relays = new AsyncDisposableStack();

  for (let i = 0; i < 4; i += 1) relays.use(startRelay({ ...common, outbox: t.outbox, deliver }));

  await expect.poll(() => t.rows(), { timeout: 5000 }).toEqual([]);
  expect(new Set(begun).size).toBe(120);
  expect(begun).toHaveLength(120);
});
