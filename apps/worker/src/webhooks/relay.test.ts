import type { Taken, Turn } from '@deja/jobs';
import { expect, test } from 'vitest';
import { startOutboxRelay } from './relay.ts';

const row = (n: number): Turn => ({ id: `d${n}`, turn: 0 });
const nothing: Taken = { rows: [], nextInMs: -1 };

/** An outbox that gives what it is told to, a queue that remembers, and a notifier that rings by hand. */
function setUp() {
  const due: Turn[][] = [];
  const added: string[] = [];
  const errors: unknown[] = [];
  let failures = 0;
  let ring = (_message: string) => {};
  const mover = startOutboxRelay({
    deliveries: {
      take: async () => {
        const rows = due.shift();
        return rows ? { rows, nextInMs: 0 } : nothing;
      },
    },
    queue: {
      add: async (rows) => {
        if (failures-- > 0) throw new Error('away');
        added.push(...rows.map(({ id }) => id));
      },
      [Symbol.asyncDispose]: async () => {},
    },
    notifier: {
      listen: (listener) => {
        ring = listener;
        return () => {};
      },
      onSubscribed: () => () => {},
      listenTo: () => () => {},
      [Symbol.asyncDispose]: async () => {},
    },
    onError: (error) => errors.push(error),
  });
  return {
    ...{ due, added, errors, mover },
    ring: (message: string) => ring(message),
    fail: (times: number) => {
      failures = times;
    },
    [Symbol.asyncDispose]: () => mover[Symbol.asyncDispose](),
  };
}

test('the notifier of the outbox makes it move at once, all there is', async () => {
  await using t = setUp();
  t.due.push([row(1)], [row(2)]);

  t.ring('run R succeeded');
  t.ring('out');

  await expect.poll(() => t.added, { timeout: 500 }).toEqual(['d1', 'd2']);
});

test('without a notifier it moves each second', async () => {
  await using t = setUp();
  await expect.poll(() => t.due.length).toBe(0);

  t.due.push([row(1)]);

  await expect.poll(() => t.added, { timeout: 3000 }).toEqual(['d1']);
});

test('what could not be handed over is handed over with the next round', async () => {
  await using t = setUp();
  t.fail(1);
  t.due.push([row(1)], [row(2)]);
  t.ring('out');
  await expect.poll(() => t.errors).toHaveLength(1);

  t.ring('out');

  await expect.poll(() => t.added).toEqual(['d1', 'd2']);
});

test('a row that will soon be due is not left until the next second', async () => {
  await using t = setUp();
  await expect.poll(() => t.errors).toEqual([]);
  t.due.push([row(1)]);
  const startedAt = performance.now();

  t.mover.dueIn(10);

  await expect.poll(() => t.added, { interval: 5 }).toEqual(['d1']);
  expect(performance.now() - startedAt).toBeLessThan(700);
});
