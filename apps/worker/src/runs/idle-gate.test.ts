import { expect, test } from 'vitest';
import { IdleGate } from './idle-gate.ts';

const never = new AbortController().signal;
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A gate before slots of which one is idle whenever the test says so. */
function setUp() {
  let idle = Promise.withResolvers<void>();
  const passed: string[] = [];
  const gate = new IdleGate({
    room: async (signal) => {
      const aborted = new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        signal.addEventListener('abort', () => resolve());
      });
      await Promise.race([idle.promise, aborted]);
    },
  });
  return {
    passed,
    pass: async (name: string, rank: number, signal = never) => {
      const leave = await gate.pass(rank, signal);
      passed.push(name);
      return leave;
    },
    slotIsIdle: () => idle.resolve(),
    slotIsTaken: () => {
      idle = Promise.withResolvers();
    },
  };
}

test('nobody passes until a slot is idle', async () => {
  const t = setUp();
  void t.pass('a', 1);
  await turn();
  expect(t.passed).toEqual([]);

  t.slotIsIdle();

  await expect.poll(() => t.passed).toEqual(['a']);
});

test('one passes at a time, and the next one only when that has its slot', async () => {
  const t = setUp();
  t.slotIsIdle();
  const first = t.pass('a', 1);
  void t.pass('b', 1);
  const leave = await first;
  await turn();
  expect(t.passed).toEqual(['a']);

  t.slotIsTaken();
  leave();
  await turn();
  expect(t.passed).toEqual(['a']);

  t.slotIsIdle();
  await expect.poll(() => t.passed).toEqual(['a', 'b']);
});

test('the lowest rank passes first, however late it came', async () => {
  const t = setUp();
  for (const [name, rank] of [
    ['refresh', 3],
    ['bulk 1', 2],
    ['bulk 2', 2],
  ] as const)
    void t.pass(name, rank).then((leave) => leave());

  t.slotIsIdle();

  await expect.poll(() => t.passed).toEqual(['bulk 1', 'bulk 2', 'refresh']);
});

test('a worker that stops holds nobody up', async () => {
  const t = setUp();
  const stopping = new AbortController();
  for (const name of ['a', 'b']) void t.pass(name, 1, stopping.signal).then((leave) => leave());

  stopping.abort();

  await expect.poll(() => t.passed).toEqual(['a', 'b']);
});
