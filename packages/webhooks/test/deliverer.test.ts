/** One attempt of a delivery, with a real Redis, the real sender and a receiver on loopback. */
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { newJobId, QueueRedis, shardOf } from '@deja/jobs';
import { createLogger } from '@deja/runtime';
import { Redis } from 'ioredis';
import { expect, inject, test } from 'vitest';
import { Deliverer } from '../src/deliverer.ts';
import {
  DeliveryStore,
  type DeliveryVersion,
  HostGates,
  Outbox,
  WebhookSender,
} from '../src/index.ts';

interface Options {
  readonly answer?: RequestListener;
  readonly scheduleS?: readonly number[];
  readonly gates?: Pick<HostGates, 'waitToEnter'>;
}

async function setUp({ answer, scheduleS = [0, 60, 60], gates = new HostGates() }: Options = {}) {
  const resources = new AsyncDisposableStack();
  const redis = resources.adopt(new Redis(inject('redisUrl')), (client) => client.disconnect());
  const shard = shardOf(`t${randomUUID().slice(0, 8)}`);
  const queue = new QueueRedis(redis, shard);
  const [outbox, deliveries] = [new Outbox(queue), new DeliveryStore(queue)];
  let calls = 0;
  const server = createServer((req, res) => {
    calls += 1;
    if (answer) answer(req, res);
    else res.writeHead(204).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  resources.defer(() => {
    server.close();
    server.closeAllConnections();
  });
  const secret = `whsec_${randomBytes(32).toString('base64')}`;
  const policy = { allowHttp: true, allowedHosts: ['127.0.0.1'] };
  const sender = resources.use(new WebhookSender({ policy, secrets: [secret] }));
  const stopping = new AbortController();
  const shutdown = new AbortController();
  const deliverer = new Deliverer({
    ...{ outbox, sender, gates, scheduleS },
    payload: { retainMs: 1000, publicUrl: '' },
    log: createLogger('test', 'silent'),
    stopping: stopping.signal,
    shutdown: shutdown.signal,
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return {
    ...{ deliverer, deliveries, stopping, shutdown },
    get calls() {
      return calls;
    },
    /** A delivery that is due, taken from the outbox. */
    async taken(): Promise<DeliveryVersion> {
      const job = newJobId(shard);
      const asked = {
        job,
        key: 'k',
        model: 'm',
        version: 1,
        lane: 'long',
        deadlineMs: 1000,
      } as const;
      const webhook = { url, events: ['completed'] as const };
      await deliveries.answered({ ...asked, webhook }, Buffer.from('{"n":1}'));
      const { rows } = await outbox.take(1);
      if (!rows[0]) throw new Error('nothing is due');
      return rows[0];
    },
    async stateOf({ id }: DeliveryVersion) {
      const [delivery] = await deliveries.ofJob(id.slice(0, id.lastIndexOf('-')));
      if (!delivery) throw new Error(`no delivery ${id}`);
      return delivery;
    },
    [Symbol.asyncDispose]: () => resources[Symbol.asyncDispose](),
  };
}

const status =
  (code: number, headers = {}): RequestListener =>
  (_req, res) =>
    void res.writeHead(code, headers).end();

test('a 2xx ends it', async () => {
  await using t = await setUp();
  const row = await t.taken();

  await t.deliverer.deliver(row);

  expect(await t.stateOf(row)).toMatchObject({
    state: 'delivered',
    tries: 1,
    lastStatusCode: 204,
  });
});

test('410 ends it, and is no dead letter', async () => {
  await using t = await setUp({ answer: status(410) });
  const row = await t.taken();

  await t.deliverer.deliver(row);

  expect(await t.stateOf(row)).toMatchObject({ state: 'gone', tries: 1, lastStatusCode: 410 });
  expect(await t.deliveries.list('dead', { offset: 0, limit: 1 })).toEqual([]);
});

test('any other answer is tried again by the schedule, and given up at its end', async () => {
  await using t = await setUp({ answer: status(500), scheduleS: [0, 60] });
  const row = await t.taken();

  const againInMs = await t.deliverer.deliver(row);
  const first = await t.stateOf(row);
  await t.deliverer.deliver({ ...row, version: 1 });

  expect(first).toMatchObject({ state: 'pending', tries: 1, lastStatusCode: 500 });
  expect(first.nextAttemptAt).toBeGreaterThan(Date.now() + 50_000);
  expect(againInMs).toBeGreaterThanOrEqual(60_000);
  expect(await t.stateOf(row)).toMatchObject({ state: 'dead', tries: 2 });
});

test('Retry-After is honoured', async () => {
  await using t = await setUp({ answer: status(429, { 'Retry-After': '600' }) });
  const row = await t.taken();

  await t.deliverer.deliver(row);

  expect((await t.stateOf(row)).nextAttemptAt).toBeGreaterThan(Date.now() + 590_000);
});

test('a delivery that is over, or settled by somebody else, is not sent (R30)', async () => {
  await using t = await setUp();
  const row = await t.taken();
  await t.deliverer.deliver(row);

  await t.deliverer.deliver(row);
  await t.deliverer.deliver({ ...row, version: 1 });

  expect(t.calls).toBe(1);
});

test('a host that is to be left alone uses up no try', async () => {
  const permit = { isOpen: false, waitMs: 30_000, because: 'broken' } as const;
  const gates = { waitToEnter: async () => permit };
  await using t = await setUp({ gates });
  const row = await t.taken();

  await t.deliverer.deliver(row);

  const seen = await t.stateOf(row);
  expect(seen).toMatchObject({ state: 'pending', tries: 0 });
  expect(seen.nextAttemptAt).toBeGreaterThan(Date.now() + 25_000);
  expect(t.calls).toBe(0);
});

test('those for a busy host wait for its places, as many as it has', async () => {
  let inside = 0;
  let most = 0;
  await using t = await setUp({
    gates: new HostGates({ maxPerHost: 3 }),
    answer: (_req, res) => {
      inside += 1;
      most = Math.max(most, inside);
      setTimeout(() => {
        inside -= 1;
        res.writeHead(204).end();
      }, 20);
    },
  });
  await t.deliverer.deliver(await t.taken()); // it answers
  const rows: DeliveryVersion[] = [];
  for (let i = 0; i < 12; i += 1) rows.push(await t.taken());

  await Promise.all(rows.map((row) => t.deliverer.deliver(row)));

  expect(most).toBe(3);
  for (const row of rows) expect((await t.stateOf(row)).state).toBe('delivered');
});

test('those that find no place to wait are told different times to come again', async () => {
  const gates = { waitToEnter: async () => ({ isOpen: false, because: 'busy' }) as const };
  await using t = await setUp({ gates });
  const waits = new Set<number | undefined>();

  for (let i = 0; i < 20; i += 1) waits.add(await t.deliverer.deliver(await t.taken()));

  expect(waits.size).toBe(20);
  for (const waitMs of waits) expect(waitMs).toBeGreaterThanOrEqual(125);
});

test('a worker that stops gives back at once what waits, and in the end what is under way; nothing begins', async () => {
  await using t = await setUp({ answer: () => {} });
  const underWay = await t.taken();
  const waits = await t.taken();
  const late = await t.taken();
  const delivering = t.deliverer.deliver(underWay);
  await expect.poll(() => t.calls).toBe(1);
  const waiting = t.deliverer.deliver(waits);

  t.stopping.abort();
  await waiting;
  t.shutdown.abort();
  await delivering;

  await t.deliverer.deliver(late);

  expect(t.calls).toBe(1);
  for (const row of [underWay, waits, late]) {
    const seen = await t.stateOf(row);
    expect(seen).toMatchObject({ state: 'pending', tries: 0 });
    expect(seen.nextAttemptAt).toBeLessThanOrEqual(Date.now() + 1000);
  }
});
