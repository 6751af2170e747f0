/** G13: what a model prints, sends, throws or returns by mistake hurts its own run and nothing else. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '@deja/runtime';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { SlotPool } from '../src/slots/slot-pool.ts';
import { modelPath, openQueue, spawnWorker } from './worker-process.ts';

const lines: unknown[] = [];
const log = createLogger('test', 'silent');
log.info = ((_fields: unknown, text: string) => void lines.push(text)) as typeof log.info;
const models = { modulePaths: [modelPath('wrong-models.ts')], cwd: process.cwd() };

let pool: SlotPool;
beforeAll(async () => {
  pool = new SlotPool({ size: 1, models, warm: [], log });
  await pool.ready();
}, 60_000);
afterAll(() => pool[Symbol.asyncDispose]());

const progress: unknown[] = [];
const run = (how: string, model = 'wrong') =>
  pool.run({
    ...{ model, timeoutMs: 10_000, perSlot: 1, alone: false },
    input: JSON.stringify({ how }),
    signal: new AbortController().signal,
    onProgress: (each) => progress.push(each),
  });
const outputOf = async (how: string) => JSON.parse((await run(how)).payload).output;

describe('what it sends', () => {
  test.each(['sends ready', 'sends null', 'sends done'])('%s: reaches nobody', async (how) => {
    expect(await outputOf(how)).toBe('well');
  });

  test.each([
    ['calls send', 'MODEL_FAILED', /not a function/],
    ['disconnects', 'MODEL_FAILED', /not a function/],
    ['stops its worker', 'MODEL_FAILED', /its own process only/],
    ['stops everybody', 'MODEL_FAILED', /its own process only/],
  ])('%s: an error of its own', async (how, code, message) => {
    await expect(run(how)).rejects.toMatchObject({
      failure: { code, message: expect.stringMatching(message) },
    });
  });

  test('a forged answer for a run that nobody has is dropped', async () => {
    expect(await outputOf('writes an answer to the channel')).toBe('well');
    expect(await outputOf('writes text to the reports')).toBe('well');
  });

  test.each([
    ['writes text to the channel', 'SLOT_DIED'],
    ['writes null to the channel', 'SLOT_DIED'],
    ['writes that it is ready, wrongly', 'SLOT_DIED'],
    ['writes a long frame to the channel', 'SLOT_DIED'],
    ['writes a size to the reports', 'COMPUTE_OUT_OF_MEMORY'],
  ])('%s: its slot ends', async (how, code) => {
    const [broken, next] = await Promise.allSettled([run(`${how}`), outputOf('waits')]);

    expect(broken).toMatchObject({ reason: { code } });
    expect(next).toMatchObject({ value: 'well' });
  });
});

describe('what it throws', () => {
  test.each([
    ['throws null', 'null'],
    ['throws a BigInt', '10'],
    ['throws what cannot be told', 'it cannot be told as text'],
    ['throws later', 'later'],
    [
      'reads what it may not',
      expect.stringContaining('(FileSystemRead /etc/passwd: docs/models.md'),
    ],
    ['counts no word', expect.any(String)],
    ['is fresh for NaN', expect.any(String)],
    ['keeps text', expect.any(String)],
    ['keeps for ever', expect.any(String)],
  ])('%s: plain text', async (how, message) => {
    await expect(run(how)).rejects.toMatchObject({ failure: { code: 'MODEL_FAILED', message } });
  });

  test('20 MiB are cut', async () => {
    const { failure } = await run('throws 20 MiB').catch((error) => error);

    expect(failure.message).toMatch(/^x{1000,2000}$/);
  });

  test('issues are plain text, cut, and 20 at most', async () => {
    const { failure } = await run('refuses with odd issues').catch((error) => error);

    expect(failure).toMatchObject({ code: 'INPUT_REFUSED', issues: { length: 20 } });
    expect(failure.issues[0]).toEqual({
      path: '10',
      message: expect.stringMatching(/^x{1,2000}$/),
    });
    await expect(run('refuses with no issues')).rejects.toMatchObject({
      failure: { code: 'MODEL_FAILED', message: 'x' },
    });
  });

  test('an error that comes when its run is over hurts no other run of the slot', async () => {
    expect(await outputOf('throws when it is over')).toBe('well');
    expect(await outputOf('waits')).toBe('well');
    expect(lines).toContain('thrown outside of a computation: too late');
    expect(lines).toContain('thrown outside of a computation: nobody waits for this');
  });
});

describe('what it returns', () => {
  test.each(['array', 'null', 'text', 'map', 'date', 'toJSON', 'bigint'])(
    'members that are no plain JSON object fail the run: %s',
    async (how) => {
      await expect(run(how, 'members')).rejects.toMatchObject({
        failure: { code: 'MODEL_FAILED', message: expect.stringMatching(/plain object|BigInt/) },
      });
    },
  );

  test.each(['cached', 'cache_hit', 'cache_key', 'job_id'])(
    'a reserved member fails the run: %s',
    async (how) => {
      await expect(run(how, 'members')).rejects.toMatchObject({
        failure: { message: `the member "${how}" of an answer is reserved` },
      });
    },
  );

  test('an answer that is too long fails the run and says the bound', async () => {
    await expect(run('too much', 'members')).rejects.toMatchObject({
      failure: { message: 'more than 67108864 bytes at once' },
    });
  });
});

test('a progress that is none is dropped, and a stage is cut', async () => {
  progress.length = 0;

  const { report } = await run('reports');

  expect(progress).toMatchObject([{ fraction: 1, stage: 'x'.repeat(200) }, { fraction: 0.5 }]);
  expect(report.counts).toHaveLength(100);
});

describe('G13 A wrong model hurts only itself', () => {
  const secrets = { WEBHOOK_SECRET: `whsec_${'S'.repeat(44)}`, ADMIN_PASSWORD: 'hunter2-of-admin' };
  const dir = mkdtempSync(join(tmpdir(), 'deja-wrong-'));
  const file = join(dir, 'secret');
  afterAll(() => rmSync(dir, { recursive: true }));
  writeFileSync(file, 'a secret in a file');

  async function setUp(env: Readonly<Record<string, string>> = {}) {
    const queue = openQueue(inject('redisUrl'));
    const worker = spawnWorker({
      ...{ REDIS_URL: inject('redisUrl'), REDIS_PREFIX: queue.prefix },
      ...{ DEJA_MODELS: modelPath('wrong-models.ts'), MODEL_KEY: 'for the model' },
      ...{ ...secrets, ...env },
    });
    await worker.ready;
    const ask = async (how: string, model = 'wrong') => {
      const { job, run } = await queue.submit(how, 'long', model);
      await expect.poll(() => queue.status(job), { timeout: 20_000 }).toMatch(/succeeded|failed/);
      const [body] = await queue.results([{ run }], (payload) => payload);
      return { status: await queue.status(job), body, run };
    };
    return {
      ...{ queue, worker, ask },
      async [Symbol.asyncDispose]() {
        await worker[Symbol.asyncDispose]();
        await queue[Symbol.asyncDispose]();
      },
    };
  }

  test('G13 A wrong model hurts only itself: the worker stays, and a bystander gets its answer', async () => {
    await using t = await setUp({ WORKER_CONCURRENCY: '2' });
    const bystander = t.ask('waits');

    const ends = [];
    for (const how of [
      'sends null',
      'writes text to the channel',
      'throws a BigInt',
      'stops its worker',
    ])
      ends.push((await t.ask(how)).status);
    ends.push((await t.ask('text', 'members')).status);

    expect(ends).toEqual(['succeeded', 'failed', 'failed', 'failed', 'failed']);
    expect((await bystander).body?.output).toBe('well');
    expect(t.worker.kill(0 as never)).toBe(true);
  });

  test('G13 A wrong model hurts only itself: it finds no secret', async () => {
    await using t = await setUp();

    const { output } = (await t.ask(`look ${file}`)).body ?? {};

    const text = JSON.stringify(output);
    for (const secret of [...Object.values(secrets), 'a secret in a file', inject('redisUrl')])
      expect(text).not.toContain(secret);
    expect(output).toMatchObject({
      child: 'ERR_ACCESS_DENIED',
      write: 'ERR_ACCESS_DENIED',
      sqlite: 'no sqlite',
      '/proc/self/environ': 'ERR_ACCESS_DENIED',
      [file]: 'ERR_ACCESS_DENIED',
    });
    expect(JSON.parse(output.env)).toMatchObject({ MODEL_KEY: 'for the model' });
  });

  test('SLOT_SANDBOX=off allows files and processes, and SLOT_ENV says what a model sees', async () => {
    await using t = await setUp({ SLOT_SANDBOX: 'off', SLOT_ENV: 'MODEL_KEY,ADMIN_PASS*' });

    const { output } = (await t.ask(`look ${file}`)).body ?? {};

    expect(output[file]).toBe('a secret in a file');
    const { WEBHOOK_SECRET, ADMIN_PASSWORD } = JSON.parse(output.env);
    expect({ WEBHOOK_SECRET, ADMIN_PASSWORD }).toEqual({ ADMIN_PASSWORD: secrets.ADMIN_PASSWORD });
  });

  test('what a model throws is told to nobody but the log, under the id that the client gets', async () => {
    await using t = await setUp();

    const { body, run } = await t.ask('throws a password');

    expect(body).toEqual({ code: 'MODEL_FAILED', message: expect.stringContaining(run) });
    expect(t.worker.lines).toContainEqual(
      expect.objectContaining({ run, message: expect.stringContaining('hunter2') }),
    );
  });

  test('700 MB on one line, and 100,000 lines, cost the worker no memory and few lines of its log', async () => {
    await using t = await setUp();
    const peak = () => {
      const status = readFileSync(`/proc/${t.worker.lines[0]?.pid}/status`, 'utf8');
      return Number(/^VmHWM:\s*(\d+)/m.exec(status)?.[1]) / 1024;
    };
    await t.ask('well');
    const before = peak();

    const ends = [await t.ask('prints'), await t.ask('prints lines'), await t.ask('well')];

    expect(ends.map(({ status }) => status)).toEqual(['succeeded', 'succeeded', 'succeeded']);
    expect(peak() - before).toBeLessThan(64);
    expect(t.worker.lines.filter(({ stream }) => stream === 'stdout')).toHaveLength(1);
    // What is still in the pipe when the next run begins counts as that run's.
    const printed = t.worker.lines.filter(({ stream }) => stream === 'stderr');
    expect(printed.length).toBeGreaterThanOrEqual(200);
    expect(printed.length).toBeLessThanOrEqual(400);
  });
});
