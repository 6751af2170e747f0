import { fileURLToPath } from 'node:url';
import { createLogger } from '@deja/runtime';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SlotPool } from '../src/slots/slot-pool.ts';
import type { Computation } from '../src/slots/slot-process.ts';

const models = {
  modulePaths: [fileURLToPath(new URL('./behaviours.ts', import.meta.url))],
  cwd: process.cwd(),
};

let pool: SlotPool;
beforeAll(async () => {
  pool = new SlotPool({ size: 1, models, log: createLogger('test', 'silent') });
  await pool.ready();
}, 60_000);
afterAll(() => pool[Symbol.asyncDispose]());

const MB = 1024 * 1024;
const quiet = { size: 1, models, log: createLogger('test', 'silent') };

const computeIn =
  (slots: SlotPool) =>
  async (how: string, more: Partial<Computation> = {}) => {
    const { members } = await slots.run({
      model: 'behave',
      input: JSON.stringify({ how }),
      timeoutMs: 10_000,
      signal: new AbortController().signal,
      onProgress: () => {},
      ...more,
    });
    return members;
  };
const run = (how: string, more: Partial<Computation> = {}) => computeIn(pool)(how, more);
const pidOf = async () => JSON.parse(await run('well')).output.pid as number;

test('a slot is used again', async () => {
  expect(await pidOf()).toBe(await pidOf());
});

test('what the model throws is told apart, and the slot lives on', async () => {
  const before = await pidOf();

  await expect(run('refuse')).rejects.toMatchObject({
    failure: { code: 'INPUT_REFUSED', issues: [{ path: '/how', message: 'not like this' }] },
  });
  await expect(run('retry')).rejects.toMatchObject({ failure: { code: 'RETRYABLE' } });
  await expect(run('throw')).rejects.toMatchObject({
    failure: { code: 'MODEL_FAILED', message: 'a bug' },
  });
  expect(await pidOf()).toBe(before);
});

test('a computation that overruns its time is killed, and the slot is replaced', async () => {
  const before = await pidOf();

  await expect(run('loop', { timeoutMs: 200 })).rejects.toMatchObject({
    code: 'COMPUTE_TIMED_OUT',
  });

  expect(await pidOf()).not.toBe(before);
});

test('an aborted computation frees its slot even in an endless loop', async () => {
  const before = await pidOf();
  const abort = new AbortController();
  const reason = new Error('nobody wants it');

  const looping = run('loop', { signal: abort.signal, onProgress: () => abort.abort(reason) });

  await expect(looping).rejects.toBe(reason);
  expect(await pidOf()).not.toBe(before);
});

test('an abort that the model hears keeps the slot', async () => {
  const before = await pidOf();
  const abort = new AbortController();

  const reason = new Error('nobody wants it');

  const listening = run('listen', { signal: abort.signal, onProgress: () => abort.abort(reason) });

  await expect(listening).rejects.toBe(reason);
  expect(await pidOf()).toBe(before);
});

test('a slot that dies fails its own computation at once and no other', async () => {
  const dying = run('crash');
  const next = run('well');

  await expect(dying).rejects.toMatchObject({ code: 'SLOT_DIED', message: /SIGSEGV/ });
  expect(JSON.parse(await next)).toHaveProperty('output');
  await expect(run('exit')).rejects.toMatchObject({ code: 'SLOT_DIED', message: /exit code 7/ });
});

test('a slot whose engine trapped is replaced after it has answered', async () => {
  const before = await pidOf();

  await expect(run('trap')).rejects.toMatchObject({ failure: { code: 'ENGINE_TRAPPED' } });

  expect(await pidOf()).not.toBe(before);
});

test.each(['native', 'wasm', 'heap'])(
  'a computation that uses too much memory is killed, WASM and native memory counted: %s',
  async (how) => {
    await using small = new SlotPool({ ...quiet, maxMemoryBytes: 400 * MB });
    const compute = computeIn(small);
    const before = JSON.parse(await compute('well')).output.pid;

    await expect(compute(how)).rejects.toMatchObject({
      code: 'COMPUTE_OUT_OF_MEMORY',
      message: expect.stringMatching(/used \d{3,4} MB of memory; SLOT_MAX_MEMORY_MB allows 400 MB/),
      isLeftover: false,
    });

    expect(JSON.parse(await compute('well')).output.pid).not.toBe(before);
  },
);

test('a run that others left too little memory for is not blamed', async () => {
  await using small = new SlotPool({ ...quiet, maxMemoryBytes: 400 * MB });
  const compute = computeIn(small);

  const outcomes = [];
  for (let i = 0; i < 3 && outcomes.at(-1)?.status !== 'rejected'; i += 1)
    outcomes.push(...(await Promise.allSettled([compute('leak')])));

  expect(outcomes.length).toBeGreaterThan(1);
  expect(outcomes.at(-1)).toMatchObject({ reason: { isLeftover: true } });
});

test('a slot is replaced after so many runs, between two of them', async () => {
  await using pool = new SlotPool({ ...quiet, maxRuns: 2 });
  const compute = computeIn(pool);
  const pids = [];
  for (let i = 0; i < 5; i += 1) pids.push(JSON.parse(await compute('well')).output.pid);

  expect(new Set(pids).size).toBe(3);
  expect([pids[0], pids[2]]).toEqual([pids[1], pids[3]]);
});

test('a slot that can not start says why, and is tried again ever less often', async () => {
  const lines: { err: Error; againInMs: number }[] = [];
  const log = createLogger('test', 'silent');
  log.error = ((fields: (typeof lines)[0]) => lines.push(fields)) as typeof log.error;
  const modulePaths = [fileURLToPath(new URL('./no-slot.ts', import.meta.url))];
  await using broken = new SlotPool({ size: 1, models: { ...models, modulePaths }, log });

  await expect(broken.ready()).rejects.toMatchObject({
    code: 'SLOT_START',
    message: expect.stringContaining('not in a slot'),
  });

  await expect.poll(() => lines.length, { timeout: 15_000 }).toBe(2);
  expect(lines.map(({ againInMs }) => againInMs)).toEqual([1000, 2000]);
  expect(lines[0]?.err.message).toMatch(/no-slot\.ts: not in a slot/);
});

test('a computation that is aborted while it waits for a slot never begins', async () => {
  const abort = new AbortController();
  const begun = Promise.withResolvers<void>();
  const busy = run('listen', { signal: abort.signal, onProgress: () => begun.resolve() });
  const waiting = run('loop', { signal: abort.signal, onProgress: () => expect.fail('it began') });
  await begun.promise;

  const reason = new Error('over');
  abort.abort(reason);

  const over = { status: 'rejected', reason };
  expect(await Promise.allSettled([busy, waiting])).toEqual([over, over]);
  expect(await pidOf()).toBeGreaterThan(0);
});

test('progress is told as the model reports it', async () => {
  const seen: unknown[] = [];
  const abort = new AbortController();
  const listening = run('listen', {
    signal: abort.signal,
    onProgress: (progress) => {
      seen.push(progress);
      abort.abort();
    },
  });

  await expect(listening).rejects.toBeDefined();
  expect(seen).toMatchObject([{ fraction: 0.5, stage: 'listening' }]);
});

test('a closed pool ends its processes and refuses what waits', async () => {
  const closing = new SlotPool({ size: 1, models, log: createLogger('test', 'silent') });
  await closing.ready();
  const options = { model: 'behave', timeoutMs: 60_000, signal: new AbortController().signal };
  const input = JSON.stringify({ how: 'loop' });
  const begun = Promise.withResolvers<void>();
  const looping = closing.run({ ...options, input, onProgress: () => begun.resolve() });
  const waiting = closing.run({ ...options, input, onProgress: () => {} });
  const outcomes = Promise.allSettled([looping, waiting]);
  await begun.promise;

  await closing[Symbol.asyncDispose]();

  expect(await outcomes).toMatchObject([
    { status: 'rejected', reason: { code: 'SLOT_DIED' } },
    { status: 'rejected', reason: { code: 'POOL_CLOSED' } },
  ]);
});

test('what a model prints becomes lines of the log', async () => {
  const line = Promise.withResolvers<unknown>();
  const log = createLogger('test', 'silent');
  log.info = ((fields: unknown, text: string) => line.resolve([fields, text])) as typeof log.info;
  await using printing = new SlotPool({ size: 1, models, log });

  await printing.run({
    model: 'behave',
    input: JSON.stringify({ how: 'print' }),
    timeoutMs: 10_000,
    signal: new AbortController().signal,
    onProgress: () => {},
  });

  expect(await line.promise).toEqual([
    { slot: expect.any(Number), stream: 'stdout' },
    'a word from the model',
  ]);
});
