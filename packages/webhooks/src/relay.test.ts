import { createLogger } from '@deja/runtime';
import { expect, test } from 'vitest';
import type { DeliveryVersion } from './delivery.ts';
import type { Taken } from './outbox.ts';
import { startRelay } from './relay.ts';

const row = (n: number): DeliveryVersion => ({ id: `d${n}`, version: 0 });

/** An outbox that gives what it is told to, deliveries that end by hand, and a notifier rung by hand. */
function setUp({ concurrency = 100, isSlow = false } = {}) {
  const due: DeliveryVersion[] = [];
  const limits: number[] = [];
  const begun: string[] = [];
  const ends: ((againInMs?: number) => void)[] = [];
  let failures = 0;
  let ring = (_message: string) => {};
  const relay = startRelay({
    concurrency,
    outbox: {
      leaseMs: 60_000,
      renew: async () => {},
      take: async (limit): Promise<Taken> => {
        limits.push(limit);
        if (failures-- > 0) throw new Error('away');
        const rows = due.splice(0, limit).map((each) => ({ ...each, tenant: undefined }));
        return { rows, isHeldBack: false, nextInMs: -1 };
      },
    },
    deliver: async ({ id }) => {
      begun.push(id);
      const { promise, resolve } = Promise.withResolvers<number | undefined>();
      ends.push(resolve);
      if (!isSlow) resolve(undefined);
      return await promise;
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
    log: createLogger('test', 'silent'),
  });
  return {
    ...{ due, limits, begun, ends },
    ring: (message: string) => ring(message),
    fail: (times: number) => {
      failures = times;
    },
    async [Symbol.asyncDispose]() {
      const disposed = relay[Symbol.asyncDispose]();
      for (const end of ends) end();
      await disposed;
    },
  };
}

test('the notifier of the outbox makes it take at once, all there is', async () => {
  await using t = setUp();
  await expect.poll(() => t.limits).toHaveLength(1);
  t.due.push(...Array.from({ length: 120 }, (_, n) => row(n)));

  t.ring('run R succeeded');
  expect(t.limits).toHaveLength(1);
  t.ring('out');

  await expect.poll(() => t.begun, { timeout: 500 }).toHaveLength(120);
});

test('without a notifier it takes each second', async () => {
  await using t = setUp();
  await expect.poll(() => t.limits).toHaveLength(1);

  t.due.push(row(1));

  await expect.poll(() => t.begun, { timeout: 3000 }).toEqual(['d1']);
});

test('a round that fails is followed by the next one', async () => {
  await using t = setUp();
  await expect.poll(() => t.limits).toHaveLength(1);
  t.due.push(row(1));
  t.fail(1);
  t.ring('out');
  await expect.poll(() => t.limits).toHaveLength(2);
  expect(t.begun).toEqual([]);

  await expect.poll(() => t.begun, { timeout: 3000 }).toEqual(['d1']);
});

test('a row that will soon be due is not left until the next second', async () => {
  await using t = setUp({ isSlow: true });
  await expect.poll(() => t.limits).toHaveLength(1);
  t.due.push(row(1));
  t.ring('out');
  await expect.poll(() => t.begun).toEqual(['d1']);
  t.due.push({ id: 'd1', version: 1 });
  const startedAt = performance.now();

  t.ends[0]?.(10);

  await expect.poll(() => t.begun, { interval: 5 }).toEqual(['d1', 'd1']);
  expect(performance.now() - startedAt).toBeLessThan(700);
});

test('a worker takes no more rows than it has free places for: the rest is there for the others', async () => {
  await using t = setUp({ concurrency: 3, isSlow: true });
  await expect.poll(() => t.limits).toHaveLength(1);
  t.due.push(...[1, 2, 3, 4, 5].map(row));
  t.ring('out');
  await expect.poll(() => t.begun).toEqual(['d1', 'd2', 'd3']);
  expect(t.due).toEqual([row(4), row(5)]);
  const startedAt = performance.now();

  t.ends[1]?.();

  await expect.poll(() => t.begun, { interval: 5 }).toEqual(['d1', 'd2', 'd3', 'd4']);
  expect(performance.now() - startedAt).toBeLessThan(500); // not the next second
  expect(t.limits.slice(1)).toEqual([3, 1]);
});

test('a row that comes again while it is still being delivered is not delivered twice at a time', async () => {
  await using t = setUp({ isSlow: true });
  await expect.poll(() => t.limits).toHaveLength(1);
  t.due.push(row(1));
  t.ring('out');
  await expect.poll(() => t.begun).toEqual(['d1']);

  t.due.push(row(1), row(2));
  t.ring('out');

  await expect.poll(() => t.begun).toEqual(['d1', 'd2']);
});

test('what is in hand when it stops is waited for, and nothing more is taken', async () => {
  const t = setUp({ isSlow: true });
  t.due.push(row(1));
  t.ring('out');
  await expect.poll(() => t.begun).toEqual(['d1']);

  const disposed = t[Symbol.asyncDispose]();
  t.due.push(row(2));
  t.ring('out');
  await disposed;

  expect(t.begun).toEqual(['d1']);
});
