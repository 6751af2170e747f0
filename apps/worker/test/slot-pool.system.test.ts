import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createLogger } from '@deja/runtime';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SlotPool } from '../src/slots/slot-pool.ts';
import type { Computation } from '../src/slots/slot-process.ts';

const models = {
  modulePaths: [fileURLToPath(new URL('./behaviours.ts', import.meta.url))],
  cwd: process.cwd(),
};

let pool: SlotPool;
beforeAll(async () => {
  pool = new SlotPool({ ...quiet, warm: [], permissions });
  await pool.ready();
}, 60_000);
afterAll(() => pool[Symbol.asyncDispose]());

/** Of its models, one starts a process. */
const permissions = ['child-process'];
const MB = 1024 * 1024;
const single = { perSlot: 1, alone: false } as const;
const quiet = { size: 1, models, log: createLogger('test', 'silent') };

const computeIn =
  (slots: SlotPool) =>
  async (how: string, more: Partial<Computation> = {}) => {
    const { payload } = await slots.run({
      model: 'behave',
      input: JSON.stringify({ how }),
      timeoutMs: 10_000,
      signal: new AbortController().signal,
      onProgress: () => {},
      ...single,
      ...more,
    });
    return payload;
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
  await expect(run('trap')).rejects.toMatchObject({
    failure: { code: 'MODEL_FAILED', message: 'unreachable' },
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

  await compute('leak');
  await compute('leak');

  await expect(compute('leak')).rejects.toMatchObject({ isLeftover: true });
});

test('a slot is replaced after so many runs, between two of them', async () => {
  await using pool = new SlotPool({ ...quiet, maxRuns: 2 });
  const compute = computeIn(pool);
  const pids = [];
  for (let i = 0; i < 5; i += 1) pids.push(JSON.parse(await compute('well')).output.pid);

  expect(new Set(pids).size).toBe(3);
  expect([pids[0], pids[2]]).toEqual([pids[1], pids[3]]);
});

test('a slot that cannot start says why, and is retried with growing pauses', async () => {
  const lines: { err: Error; againInMs: number }[] = [];
  const log = createLogger('test', 'silent');
  log.error = ((fields: (typeof lines)[0]) => lines.push(fields)) as typeof log.error;
  const modulePaths = [fileURLToPath(new URL('./no-slot.ts', import.meta.url))];
  await using broken = new SlotPool({ size: 1, models: { ...models, modulePaths }, warm: [], log });

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
  const closing = new SlotPool({ size: 1, models, warm: [], log: createLogger('test', 'silent') });
  await closing.ready();
  const options = {
    ...single,
    model: 'behave',
    timeoutMs: 60_000,
    signal: new AbortController().signal,
  };
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
  await using printing = new SlotPool({ size: 1, models, warm: [], log });

  await printing.run({
    ...single,
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

const share = (how: string, more: Partial<Computation> = {}) =>
  run(how, { model: 'share', perSlot: 3, ...more });

test('a slot holds as many computations of one model as that allows, and of no other at the time', async () => {
  const sharing = ['well', 'well', 'well', 'well', 'well'].map((how) => share(how));
  const other = run('well');
  const last = share('well');

  const answers = (await Promise.all([...sharing, last])).map((json) => JSON.parse(json).output);
  expect(Math.max(...answers.map(({ most }) => most))).toBe(3);
  // Who asked before is not passed by one that would fit in.
  expect(answers.at(-1).most).toBe(1);
  expect(answers.at(-1).pid).toBe(JSON.parse(await other).output.pid);
});

test('one that is to be alone shares its slot with nobody', async () => {
  const answers = await Promise.all([share('well', { alone: true }), share('well'), share('well')]);

  expect(answers.map((json) => JSON.parse(json).output.most)).toEqual([1, 2, 2]);
});

test('a death that another computation caused is told apart', async () => {
  const crashed = await Promise.allSettled([share('crash'), share('listen')]);
  const late = await Promise.allSettled([share('hang', { timeoutMs: 200 }), share('listen')]);
  const alone = await Promise.allSettled([share('crash')]);

  const codes = [...crashed, ...late, ...alone].map((each) => 'reason' in each && each.reason.code);
  expect(codes).toEqual([
    ...['SLOT_SHARED', 'SLOT_SHARED'],
    ...['COMPUTE_TIMED_OUT', 'SLOT_SHARED'],
    'SLOT_DIED',
  ]);
});

test('computations that take turns are computed one after the other, in the emptiest slot', async () => {
  await using two = new SlotPool({ ...quiet, size: 2 });
  await two.ready();
  const turn = () => computeIn(two)('well', { model: 'share', perSlot: 4, inTurn: true });

  const answers = await Promise.all([turn(), turn(), turn(), turn()]);

  const outputs = answers.map((json) => JSON.parse(json).output);
  expect(outputs.map(({ most }) => most)).toEqual([1, 1, 1, 1]);
  expect(new Set(outputs.map(({ pid }) => pid)).size).toBe(2);
});

test('one that does not take turns waits for a slot of its own', async () => {
  const turns = [1, 2].map(() => share('well', { inTurn: true }));
  const other = share('well');

  const [most] = [...(await Promise.all(turns)), await other].map(
    (json) => JSON.parse(json).output.most,
  );

  expect(most).toBe(1);
  expect(JSON.parse(await other).output.most).toBe(1);
});

test('the time of one that takes turns counts from its turn', async () => {
  const turns = { perSlot: 2, inTurn: true, timeoutMs: 300 };

  const [first, second] = await Promise.allSettled([run('loop', turns), run('well', turns)]);

  expect(first).toMatchObject({ reason: { code: 'COMPUTE_TIMED_OUT' } });
  expect(second).toMatchObject({ reason: { code: 'SLOT_SHARED' } }); // it is retried alone
});

test('one that nobody wants any more takes no slot from others, and not its own when all have gone', async () => {
  const abort = new AbortController();
  const begun = Promise.withResolvers<void>();
  const before = JSON.parse(await share('well')).output.pid;
  const { signal } = abort;
  const hanging = share('hang', { signal, onProgress: () => begun.resolve() });
  await begun.promise;
  const other = share('well');

  abort.abort(new Error('over'));

  expect(JSON.parse(await other).output).toEqual({ pid: before, most: 2 });
  await expect(hanging).rejects.toThrow('over');
  expect(JSON.parse(await share('well')).output.pid).not.toBe(before);
});

describe('a slot ends with all that its models have started', () => {
  const family = async (how: string, more: Partial<Computation> = {}, slots = pool) => {
    let pids: number[] = [];
    const error = await computeIn(slots)(how, {
      model: 'family',
      onProgress: ({ stage }) => {
        pids = String(stage).split(' ').map(Number);
      },
      ...more,
    }).catch((thrown: unknown) => thrown);
    await expect.poll(() => pids.filter(isAlive), { timeout: 5000 }).toEqual([]);
    return { error, pids };
  };

  test.each([
    ['crash', 'the command node ended in the middle of a computation: SIGSEGV'],
    ['garbage', 'the command node wrote what is no answer to the request: garbage'],
  ])('after a %s, which is a failure that says so', async (how, message) => {
    const before = await pidOf();

    const { error, pids } = await family(how);

    expect(error).toMatchObject({ failure: { code: 'COMMAND_FAILED', message } });
    expect(pids).toHaveLength(2);
    expect(await pidOf()).not.toBe(before);
  });

  test('when its time is up', async () => {
    const { error, pids } = await family('hang', { timeoutMs: 1000 });

    expect(error).toMatchObject({ code: 'COMPUTE_TIMED_OUT' });
    expect(pids).toHaveLength(2);
  });

  test('when nobody wants it any more', async () => {
    const abort = new AbortController();
    const reason = new Error('over');
    let pids: number[] = [];
    const onProgress = ({ stage = '' }) => {
      pids = stage.split(' ').map(Number);
      abort.abort(reason);
    };

    await expect(run('hang', { model: 'family', signal: abort.signal, onProgress })).rejects.toBe(
      reason,
    );

    expect(pids).toHaveLength(2);
    await expect.poll(() => pids.filter(isAlive), { timeout: 5000 }).toEqual([]);
  });

  test.runIf(process.platform === 'linux')('when together they use too much memory', async () => {
    await using small = new SlotPool({ ...quiet, permissions, maxMemoryBytes: 600 * MB });
    await small.ready();

    const { error } = await family('memory', {}, small);

    expect(error).toMatchObject({ code: 'COMPUTE_OUT_OF_MEMORY' });
  });
});

function isAlive(pid: number): boolean {
  try {
    // A zombie that nobody has reaped yet has ended, too.
    return !/^State:\s*Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
