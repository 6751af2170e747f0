import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { HostGates, WebhookSender } from '../src/index.ts';
import { type Receiver, SECRET, startReceiver } from './receiver.ts';

const BUSY_MS = 20;
const POLICY = { allowHttp: true, allowedHosts: ['127.0.0.1'] };

interface Delivery {
  readonly id: string;
  readonly url: string;
  dueAt: number;
}

/** What a worker does, without its queue: some deliverers, and deliveries that can be put back. */
async function deliver(
  ports: readonly number[],
  deps: { deliverers: number; gates: HostGates; sender: WebhookSender; signal: AbortSignal },
) {
  const open = new Set<Delivery>(
    ports.map((port, index) => ({
      id: `msg_${index}`,
      url: `http://127.0.0.1:${port}/`,
      dueAt: 0,
    })),
  );
  const deliverer = async () => {
    while (!deps.signal.aborted) {
      const due = [...open].find(({ dueAt }) => dueAt <= Date.now());
      if (due === undefined) {
        await wait(5);
        continue;
      }
      open.delete(due);
      const permit = deps.gates.enter(due.url);
      if (permit.isOpen) {
        const attempt = { ...due, body: '{}', attempt: 1, signal: deps.signal };
        permit.leave(await deps.sender.send(attempt));
      } else {
        due.dueAt = Date.now() + (permit.because === 'broken' ? permit.waitMs : BUSY_MS);
        open.add(due);
      }
    }
  };
  await Promise.all(Array.from({ length: deps.deliverers }, deliverer));
}

/** A receiver that stops the deliverers with its last delivery, and others that never answer. */
async function setUp(healthyCount: number, hangingCount: number) {
  const stack = new AsyncDisposableStack();
  const stop = new AbortController();
  const healthy: Receiver = stack.use(
    await startReceiver({
      answer(_req, res) {
        res.end();
        if (healthy.received.length === healthyCount) stop.abort();
      },
    }),
  );
  const hanging: Receiver[] = [];
  for (let i = 0; i < hangingCount; i += 1) {
    hanging.push(stack.use(await startReceiver({ answer: () => {} })));
  }
  const sender = stack.use(new WebhookSender({ policy: POLICY, secrets: [SECRET] }));
  const dead = hanging.flatMap(({ port }) => [port, port]);
  return {
    healthy,
    hanging,
    sender,
    signal: stop.signal,
    /** The dead come first. */
    ports: [...dead, ...Array<number>(healthyCount).fill(healthy.port)],
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

test('500 deliveries to one host arrive while others hang', async () => {
  await using t = await setUp(500, 20);
  const gates = new HostGates({ maxPerHost: 4, maxUnproven: 32 });

  await deliver(t.ports, { ...t, gates, deliverers: 64 });

  const ids = t.healthy.received.map(({ headers }) => headers['webhook-id']);
  expect([ids.length, new Set(ids).size]).toEqual([500, 500]);
  expect(t.healthy.connections).toBeLessThanOrEqual(4);
  expect(t.hanging.every(({ received }) => received.length === 1)).toBe(true);
});

test('also while more hosts hang than there are deliverers', async () => {
  await using t = await setUp(500, 40);
  const gates = new HostGates({ maxPerHost: 4, maxUnproven: 4 });
  const url = `http://127.0.0.1:${t.healthy.port}/`;
  const permit = gates.enter(url);
  if (permit.isOpen) permit.leave({ kind: 'delivered', statusCode: 200 });

  await deliver(t.ports, { ...t, gates, deliverers: 8 });

  expect(t.healthy.received).toHaveLength(500);
  expect(t.hanging.flatMap(({ received }) => received)).toHaveLength(4);
});
