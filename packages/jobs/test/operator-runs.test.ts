import { expect, test } from 'vitest';
import { CRASHED, openStore, request } from './harness.ts';

type Store = ReturnType<typeof openStore>;

/** Opens a run of its own key. */
async function open({ runs }: Store, at: number, more: Parameters<typeof request>[0] = {}) {
  const run = `01M8S0${String(at).padStart(6, '0')}`;
  const asked = request({ run, key: String(at).padStart(64, '0'), ...more });
  await runs.join(asked, '{}');
  return { run, job: asked.job };
}

async function end({ runs }: Store, run: string, state: 'succeeded' | 'failed' = 'succeeded') {
  await runs.start(run, 'attempt');
  const body = state === 'failed' ? JSON.stringify(CRASHED) : '{}';
  await runs.finalise(run, 'attempt', state, body);
}

test('runs are listed in every state, the newest first', async () => {
  await using store = openStore();
  const runs = [];
  for (let at = 0; at < 6; at += 1) runs.push(await open(store, at));
  const [waits, again, computed, done, failed, canceled] = runs.map(({ run }) => run) as string[];
  await store.runs.start(again as string, 'a');
  await store.runs.release(again as string, 'a', { failure: CRASHED });
  await store.runs.start(computed as string, 'a');
  await end(store, done as string);
  await end(store, failed as string, 'failed');
  await store.jobs.cancel(runs[5]?.job as string);

  const page = await store.operatorRuns.list({}, { limit: 10 });

  expect(page.runs.map(({ run, state, tries }) => [run, state, tries])).toEqual([
    [canceled, 'canceled', 0],
    [failed, 'failed', 1],
    [done, 'succeeded', 1],
    [computed, 'running', 1],
    [again, 'retrying', 1],
    [waits, 'queued', 0],
  ]);
  expect(page.cursor).toBeUndefined();
  expect(page.runs[2]).toMatchObject({ model: 'sleep', lane: 'long', jobs: 1, stored: true });
  expect(page.runs[2]?.finishedAt).toBeGreaterThan(0);
  const listed = async (filter: object) =>
    (await store.operatorRuns.list(filter, { limit: 10 })).runs.map(({ run }) => run);
  expect(await listed({ states: ['failed', 'queued'] })).toEqual([failed, waits]);
  expect(await listed({ model: 'other' })).toEqual([]);
  expect(await listed({ lane: 'short' })).toEqual([]);
  expect(await listed({ olderThanMs: 60_000 })).toEqual([]);
  expect(await listed({ olderThanMs: -1, states: ['running'] })).toEqual([computed]);
});

test('a run and its jobs tell who asked, and a list is of one tenant', async () => {
  await using store = openStore();
  const first = await open(store, 1, { tenant: 'acme', askedBy: 'ci' });
  const without = await open(store, 2);
  await store.runs.join(request({ key: '1'.padStart(64, '0'), tenant: 'other' }), '{}');
  const listed = async (tenant: string) =>
    (await store.operatorRuns.list({ tenant }, { limit: 10 })).runs.map(({ run }) => run);

  expect(await listed('acme')).toEqual([first.run]);
  expect(await listed('other')).toEqual([]);
  expect(await listed('default')).toEqual([without.run]);
  const run = await store.operatorRuns.read(first.run);
  expect(run?.tenant).toBe('acme');
  expect(new Set(run?.askedBy.map(({ tenant, askedBy }) => `${tenant} ${askedBy}`))).toEqual(
    new Set(['acme ci', 'other undefined']),
  );
});

test('a list is stable: pages neither repeat nor leave out a run while others come and end', async () => {
  await using store = openStore();
  for (let at = 0; at < 25; at += 1) await open(store, at);
  const seen: string[] = [];
  let cursor: string | undefined;
  let at = 100;
  do {
    const page = await store.operatorRuns.list({}, { limit: 10, ...(cursor && { cursor }) });
    seen.push(...page.runs.map(({ run }) => run));
    ({ cursor } = page);
    await end(store, (await open(store, at)).run);
    at += 1;
  } while (cursor);

  expect(seen).toHaveLength(25);
  expect(new Set(seen).size).toBe(25);
});

test('the list holds what is kept, and no more', async () => {
  await using store = openStore({ retainMs: 1 });
  for (let at = 0; at < 10; at += 1) await end(store, (await open(store, at)).run);
  await expect
    .poll(async () => (await store.operatorRuns.list({}, { limit: 10 })).runs)
    .toEqual([]);
  const index = `${store.shard.prefix}runs`;
  expect(await store.redis.zcard(index)).toBeLessThanOrEqual(10);
  for (let at = 10; at < 20; at += 1) await end(store, (await open(store, at)).run);

  expect(await store.redis.zcard(index)).toBeLessThanOrEqual(3);
});

test('a run tells all jobs that share it, also those that left it', async () => {
  await using store = openStore();
  const { run, job } = await open(store, 1);
  const key = '1'.padStart(64, '0');
  const waits = request({ key, replyChannel: 'here' });
  const leaves = request({ key });
  for (const asked of [waits, leaves]) await store.runs.join(asked, '{}');
  await store.jobs.cancel(leaves.job);
  const jobsOf = async () =>
    (await store.operatorRuns.read(run))?.askedBy.map(({ job, status, how, deduplicated }) => [
      ...[job, status, how, deduplicated],
    ]);

  expect(await jobsOf()).toHaveLength(3);
  await end(store, run);

  expect(new Set(await jobsOf())).toEqual(
    new Set([
      [job, 'succeeded', 'poll', false],
      [waits.job, 'succeeded', 'wait', true],
      [leaves.job, 'canceled', 'poll', true],
    ]),
  );
  expect(await store.redis.exists(`${store.shard.prefix}w:${run}`)).toBe(0);
  expect(await store.redis.pttl(`${store.shard.prefix}a:${run}`)).toBeGreaterThan(0);
});

test('a run tells its attempts and their steps, its progress and its failure', async () => {
  await using store = openStore();
  const { run } = await open(store, 1);
  expect((await store.operatorRuns.read(run))?.position).toBe(0);
  const attempt = { worker: 'w', host: 'h', lane: 'long', number: 1, outcome: 'failed' } as const;
  await store.runs.start(run, 'attempt');
  await store.runs.heartbeat(run, 'attempt', { fraction: 0.5, stage: 'half' });
  await store.operatorRuns.record(run, 30, {
    ...{ ...attempt, code: 'RUN_POISONED' },
    steps: [{ step: 'compute', ms: 30 }],
  });
  for (let at = 0; at < 40; at += 1)
    await store.operatorRuns.record(run, 1, { ...attempt, number: at, steps: [] });
  await store.runs.finalise(run, 'attempt', 'failed', JSON.stringify(CRASHED));
  await store.operatorRuns.record('unknown', 1, { ...attempt, steps: [] });

  const seen = await store.operatorRuns.read(run);

  expect(seen).toMatchObject({ state: 'failed', failure: CRASHED, tries: 1, position: undefined });
  expect(seen?.attempts).toHaveLength(32);
  expect(seen?.lastHost).toBe('h');
  const { runs } = await store.operatorRuns.list({}, { limit: 1 });
  expect(runs[0]).toMatchObject({ run, lastHost: 'h' });
  expect(seen?.attempts.at(-1)).toMatchObject({ ...attempt, number: 39 });
  expect(Number(seen?.attempts[0]?.at)).toBeLessThanOrEqual(Number(seen?.finishedAt));
  expect(seen?.steps).toEqual([
    { at: expect.any(Number), progress: { fraction: 0.5, stage: 'half' } },
  ]);
  expect(await store.operatorRuns.read('unknown')).toBeUndefined();
});

test('canceling a run cancels all its jobs, and stops it', async () => {
  await using store = openStore();
  const { run } = await open(store, 1);
  await store.runs.join(request({ key: '1'.padStart(64, '0') }), '{}');
  await store.runs.start(run, 'attempt');

  expect(await store.operatorRuns.cancel(run)).toEqual({ outcome: 'ok', canceled: 2 });

  expect(await store.operatorRuns.read(run)).toMatchObject({ state: 'canceled', jobs: 2 });
  expect(await store.runs.heartbeat(run, 'attempt')).toBe(false);
  expect(await store.operatorRuns.cancel(run)).toEqual({ outcome: 'ended', canceled: 0 });
  expect(await store.operatorRuns.cancel('none')).toEqual({ outcome: 'unknown', canceled: 0 });
});

test('a worker says what it has and does with its heartbeat', async () => {
  await using store = openStore();
  const about = {
    ...{ host: 'h', pid: 7, startedAt: 1, memoryBytes: 2 },
    running: [{ run: 'r', model: 'sleep', lane: 'long', forMs: 5 }],
    receivers: [],
  } as const;
  await store.workers.announce('w', { slots: 4, models: [{ name: 'sleep', version: 1 }], about });
  await store.workers.announce('old', { slots: 1, models: [], about: undefined });

  const found = await store.workers.list();

  expect(found.find(({ id }) => id === 'w')).toEqual({
    ...{ id: 'w', slots: 4, about, silentMs: expect.any(Number) },
    models: [{ name: 'sleep', version: 1 }],
  });
  expect(found.find(({ id }) => id === 'old')?.about).toBeUndefined();
});

test('what is rare is found among many, in pages that go on', async () => {
  await using store = openStore();
  const { run } = await open(store, 0, { model: 'rare' });
  for (let at = 1; at <= 2100; at += 100)
    await Promise.all(Array.from({ length: 100 }, (_, i) => open(store, at + i)));

  const page = await store.operatorRuns.list({ model: 'rare' }, { limit: 10 });

  expect(page.runs.map(({ run }) => run)).toEqual([run]);
  expect(page.cursor).toBeUndefined();
  const some = await store.operatorRuns.list({}, { limit: 1200 });
  expect(some.runs).toHaveLength(1200);
  expect(some.cursor).toBe(some.runs.at(-1)?.run);
});
