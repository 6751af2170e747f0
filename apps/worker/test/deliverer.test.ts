/** One turn of a delivery, with a real Redis, the real sender and a receiver on loopback. */
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DeliveryStore, newJobId, shardOf, type Turn } from '@deja/jobs';
import { createLogger } from '@deja/runtime';
import { HostGates, WebhookSender } from '@deja/webhooks';
import { Redis } from 'ioredis';
import { expect, inject, test } from 'vitest';
import { Deliverer } from '../src/webhooks/deliverer.ts';

interface Options {
  readonly answer?: RequestListener;
  readonly scheduleS?: readonly number[];
  readonly gates?: Pick<HostGates, 'waitToEnter'>;
}

async function setUp({ answer, scheduleS = [0, 60, 60], gates = new HostGates() }: Options = {}) {
  const resources = new AsyncDisposableStack();
  const redis = resources.adopt(new Redis(inject('redisUrl')), (client) => client.disconnect());
  const shard = shardOf(`t${randomUUID().slice(0, 8)}`);
  const deliveries = new DeliveryStore(redis, shard);
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
  const due: number[] = [];
  const deliverer = new Deliverer({
    ...{ deliveries, sender, gates, scheduleS },
    body: { retainMs: 1000, publicUrl: '' },
    onDue: (inMs) => due.push(inMs),
    log: createLogger('test', 'silent'),
    stopping: stopping.signal,
    shutdown: shutdown.signal,
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return {
    ...{ deliverer, deliveries, stopping, shutdown, due },
    get calls() {
      return calls;
    },
    /** A delivery that is due, taken from the outbox. */
    async taken(): Promise<Turn> {
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
      const { rows } = await deliveries.take(1);
      if (!rows[0]) throw new Error('nothing is due');
      return rows[0];
    },
    async stateOf({ id }: Turn) {
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
  const turn = await t.taken();

  await t.deliverer.deliver(turn);

  expect(await t.stateOf(turn)).toMatchObject({
    state: 'delivered',
    tries: 1,
    lastStatusCode: 204,
  });
});

test('410 ends it, and is no dead letter', async () => {
  await using t = await setUp({ answer: status(410) });
  const turn = await t.taken();

  await t.deliverer.deliver(turn);

  expect(await t.stateOf(turn)).toMatchObject({ state: 'gone', tries: 1, lastStatusCode: 410 });
  expect(await t.deliveries.list('dead', { offset: 0, limit: 1 })).toEqual([]);
});

test('any other answer is tried again by the schedule, and given up at its end', async () => {
  await using t = await setUp({ answer: status(500), scheduleS: [0, 60] });
  const turn = await t.taken();

  await t.deliverer.deliver(turn);
  const first = await t.stateOf(turn);
  await t.deliverer.deliver({ ...turn, turn: 1 });

  expect(first).toMatchObject({ state: 'pending', tries: 1, lastStatusCode: 500 });
  expect(first.nextAttemptAt).toBeGreaterThan(Date.now() + 50_000);
  expect(t.due).toHaveLength(1);
  expect(await t.stateOf(turn)).toMatchObject({ state: 'dead', tries: 2 });
});

test('Retry-After is honoured', async () => {
  await using t = await setUp({ answer: status(429, { 'Retry-After': '600' }) });
  const turn = await t.taken();

  await t.deliverer.deliver(turn);

  expect((await t.stateOf(turn)).nextAttemptAt).toBeGreaterThan(Date.now() + 590_000);
});

test('a delivery that is over, or settled by somebody else, is not sent (R30)', async () => {
  await using t = await setUp();
  const turn = await t.taken();
  await t.deliverer.deliver(turn);

  await t.deliverer.deliver(turn);
  await t.deliverer.deliver({ ...turn, turn: 1 });

  expect(t.calls).toBe(1);
});

test('a host that is to be left alone uses up no try', async () => {
  const permit = { isOpen: false, waitMs: 30_000, because: 'broken' } as const;
  const gates = { waitToEnter: async () => permit };
  await using t = await setUp({ gates });
  const turn = await t.taken();

  await t.deliverer.deliver(turn);

  const seen = await t.stateOf(turn);
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
  const turns: Turn[] = [];
  for (let i = 0; i < 12; i += 1) turns.push(await t.taken());

  await Promise.all(turns.map((turn) => t.deliverer.deliver(turn)));

  expect(most).toBe(3);
  for (const turn of turns) expect((await t.stateOf(turn)).state).toBe('delivered');
});

test('a worker that stops gives back at once what waits, and in the end what is under way', async () => {
  await using t = await setUp({ answer: () => {} });
  const underWay = await t.taken();
  const waits = await t.taken();
  const delivering = t.deliverer.deliver(underWay);
  await expect.poll(() => t.calls).toBe(1);
  const waiting = t.deliverer.deliver(waits);

  t.stopping.abort();
  await waiting;
  t.shutdown.abort();
  await delivering;

  for (const turn of [underWay, waits]) {
    const seen = await t.stateOf(turn);
    expect(seen).toMatchObject({ state: 'pending', tries: 0 });
    expect(seen.nextAttemptAt).toBeLessThanOrEqual(Date.now() + 1000);
  }
});
