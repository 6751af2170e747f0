/** Tenants that share a worker: JOIN, BullMQ, START and FINALISE, with slots that end one run after the other. */
import { createLogger } from '@deja/runtime';
import { Redis } from 'ioredis';
import { expect, inject, test } from 'vitest';
import {
  createRunQueues,
  type Delivery,
  LaneDeliveries,
  newJobId,
  newRunId,
  type PendingRun,
} from '../src/index.ts';
import { openStore, request, SHARD } from './harness.ts';

/** A worker whose slots all take equally long: the run that began first ends first. */
async function openWorker(slots: number) {
  const resources = new AsyncDisposableStack();
  const store = resources.use(openStore());
  const { runs, workers, shard } = store;
  const redis = new Redis(inject('redisUrl'), { maxRetriesPerRequest: null });
  resources.defer(async () => void (await redis.quit()));
  const queues = resources.use(createRunQueues(redis, shard));
  const log = createLogger('test', 'silent');
  const deliveries = resources.use(new LaneDeliveries({ lane: 'long', redis, shard, log }));
  const holds = { long: slots };
  await workers.announce('w', { slots, models: [], about: undefined, holds });
  const owners = new Map<string, string>();
  const held: Delivery[] = [];
  /** Who got a slot, in order. */
  const begun: string[] = [];
  let asked = 0;
  const add = async (hand: readonly PendingRun[]) => {
    for (const pending of hand) await queues.add(pending);
  };
  const take = async () => {
    while (held.length < slots) {
      const delivery = await deliveries.next();
      if (!delivery) return;
      await runs.start(delivery.run, 'attempt');
      held.push(delivery);
      begun.push(owners.get(delivery.run) ?? '');
    }
  };
  return {
    ...{ begun, held },
    async ask(tenant: string, weight = 1) {
      const [run, key] = [newRunId(), (asked++).toString(16).padStart(64, '0')];
      owners.set(run, tenant);
      const reply = await runs.join(
        request({ run, key, tenant, weight, job: newJobId(SHARD) }),
        '{}',
      );
      if (reply.outcome === 'created') await add(reply.hand);
      await take();
      return run;
    },
    /** The run that began first ends, and the next one begins. */
    async endOne() {
      const delivery = held.shift() ?? expect.fail('nothing is computed');
      const reply = await runs.finalise(delivery.run, 'attempt', 'succeeded', '{}');
      if (reply.outcome === 'ok') await add(reply.hand);
      await delivery.complete({ wantsNext: false });
      await take();
    },
    isRunning: (run: string) => held.some((delivery) => delivery.run === run),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

test.each([1, 4])(
  'G14 Fair: beside a flood, a run begins before every slot has ended one, and no slot is idle (%i slots)',
  async (slots) => {
    await using worker = await openWorker(slots);
    for (let n = 0; n < 80; n += 1) await worker.ask('a');
    await worker.endOne(); // the first turn of all goes by name

    // Alone it takes as long as a run. Twice as long means: no more runs end first than there are slots.
    for (let n = 0; n < 10; n += 1) {
      const run = await worker.ask('b');
      for (let ends = 0; !worker.isRunning(run); ends += 1) {
        expect(ends).toBeLessThan(slots);
        await worker.endOne();
        expect(worker.held).toHaveLength(slots);
      }
      for (let ends = 0; ends < slots; ends += 1) await worker.endOne();
    }
  },
);

test('the work done for tenants that always ask is in the ratio of their weights', async () => {
  await using worker = await openWorker(4);
  for (let n = 0; n < 60; n += 1) await worker.ask('a', 3);
  for (let n = 0; n < 30; n += 1) await worker.ask('b', 1);
  const before = worker.begun.length;

  for (let n = 0; n < 60; n += 1) await worker.endOne();

  const done = worker.begun.slice(before + 1);
  const ofA = done.filter((tenant) => tenant === 'a').length;
  expect(ofA / (done.length - ofA)).toBeGreaterThan(3 * 0.9);
  expect(ofA / (done.length - ofA)).toBeLessThan(3 * 1.1);
});
