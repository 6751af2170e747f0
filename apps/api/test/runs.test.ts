import { call, post } from '@deja/testing';
import { expect, test } from 'vitest';
import { canceledRun, runDetail, runList } from '../src/operations/runs-schema.ts';
import { openApi } from './harness.ts';

type Api = Awaited<ReturnType<typeof openApi>>;
const run = '/models/echo/run';

const read = async ({ url }: Api, path: string) => (await call(`${url}${path}`)).body;
async function ask(api: Api, text: string, headers = {}) {
  const { body } = await post(`${api.url}${run}`, { text }, headers);
  return { job: body.job_id as string, run: await api.runOf(body.job_id) };
}

test('runs are listed with what people want to know of them', async () => {
  await using api = await openApi();
  const waits = await ask(api, 'waits');
  await ask(api, 'waits');
  const computed = await ask(api, 'computed');
  await api.context.runs.start(computed.run, 'a');
  const done = await ask(api, 'done');
  await api.finish(done.run, 'succeeded', { output: { text: 'done' } });
  const failed = await ask(api, 'failed');
  await api.finish(failed.run, 'failed', { code: 'MODEL_FAILED', message: 'it is broken' });

  const all = await read(api, '/admin/runs');

  expect(runList.strict().parse(all)).toEqual(all);
  const states = (list: { runs: { run: string; state: string }[] }) =>
    new Set(list.runs.map(({ run, state }) => `${run} ${state}`));
  expect(states(all)).toEqual(
    new Set([
      `${failed.run} failed`,
      `${done.run} succeeded`,
      `${computed.run} running`,
      `${waits.run} queued`,
    ]),
  );
  const of = (id: string) => all.runs.find(({ run }: { run: string }) => run === id);
  expect(of(waits.run)).toMatchObject({
    job_count: 2,
    miss_reason: 'never_seen',
    tries: 0,
    max_tries: 3,
    tenant: 'default',
  });
  expect(of(waits.run).computed_s).toBeUndefined();
  expect(of(done.run)).toMatchObject({ computed_s: expect.any(Number), stored: true });
  expect(states(await read(api, '/admin/runs?state=open'))).toEqual(
    new Set([`${computed.run} running`, `${waits.run} queued`]),
  );
  expect(states(await read(api, '/admin/runs?state=failed,succeeded')).size).toBe(2);
  expect((await read(api, '/admin/runs?lane=short')).runs).toEqual([]);
  expect((await read(api, '/admin/runs?model=other')).runs).toEqual([]);
  expect((await read(api, '/admin/runs?older_than_s=60')).runs).toEqual([]);
  expect((await read(api, '/admin/runs?tenant=acme')).runs).toEqual([]);
});

test('a list goes on where its page ended', async () => {
  await using api = await openApi();
  for (let at = 0; at < 5; at += 1) await ask(api, `${at}`);

  const first = await read(api, '/admin/runs?limit=3');
  const second = await read(api, `/admin/runs?limit=3&cursor=${first.next_cursor}`);

  const ids = [...first.runs, ...second.runs].map(({ run }) => run);
  expect(ids).toEqual([...ids].sort().reverse());
  expect(new Set(ids).size).toBe(5);
  expect(second.next_cursor).toBeUndefined();
});

test('one run tells its jobs, its attempts and the times of their steps', async () => {
  await using api = await openApi();
  const first = await ask(api, 'a');
  const second = await ask(api, 'a');
  const waiting = post(`${api.url}${run}`, { text: 'a' }, { Prefer: 'wait=30' });
  await expect.poll(() => api.context.waiter.size).toBe(1);
  await api.context.runs.start(first.run, 'a');
  const attempt = { worker: 'w', host: 'fra-1', lane: 'long', number: 1 } as const;
  const record = { ...attempt, outcome: 'answered', steps: [{ step: 'compute', ms: 20 }] };
  await api.context.runs.finalise(first.run, 'a', 'succeeded', '{"output":{"text":"a"}}', {
    record,
  });
  expect((await waiting).status).toBe(200);

  const seen = await read(api, `/admin/runs/${first.run}`);

  expect(runDetail.strict().parse(seen)).toEqual(seen);
  expect(seen).toMatchObject({ run: first.run, state: 'succeeded', job_count: 3, worker: 'fra-1' });
  expect(seen.jobs.map(({ job_id }: { job_id: string }) => job_id)).toEqual(
    expect.arrayContaining([first.job, second.job]),
  );
  const ways = seen.jobs.map(({ how, told_at, finished_at }: Record<string, string>) => [
    ...[how, told_at === undefined ? undefined : told_at === finished_at],
  ]);
  expect(ways).toContainEqual(['wait', true]);
  expect(ways).toContainEqual(['poll', undefined]);
  expect(seen.attempts).toMatchObject([
    {
      ...{ try: 1, worker: 'w', outcome: 'answered' },
      steps: [
        { step: 'compute', took_s: 0.02 },
        { step: 'publish', took_s: expect.any(Number) },
      ],
    },
  ]);
});

test('a failed run tells its problem, one that waits its place', async () => {
  await using api = await openApi();
  const failed = await ask(api, 'failed');
  await api.finish(failed.run, 'failed', { code: 'MODEL_FAILED', message: 'it is broken' });
  await ask(api, 'waits');
  const behind = await ask(api, 'behind');

  expect((await read(api, `/admin/runs/${failed.run}`)).error).toMatchObject({
    ...{ type: 'urn:deja:problem:model-failed', detail: 'it is broken' },
  });
  expect(await read(api, `/admin/runs/${behind.run}`)).toMatchObject({ queue_position: 1 });
});

test('canceling a run cancels all its jobs', async () => {
  await using api = await openApi();
  const { run: id, job } = await ask(api, 'a');
  await ask(api, 'a');
  const cancel = async () => await call(`${api.url}/admin/runs/${id}/cancel`, { method: 'POST' });

  const { status, body } = await cancel();

  expect(status).toBe(200);
  expect(canceledRun.strict().parse(body)).toEqual({
    run: id,
    state: 'canceled',
    jobs_canceled: 2,
  });
  expect(await read(api, `/jobs/${job}`)).toMatchObject({ status: 'canceled' });
  expect(await read(api, `/admin/runs/${id}`)).toMatchObject({ state: 'canceled', job_count: 2 });
  expect((await cancel()).body.type).toBe('urn:deja:problem:run-ended');
});

test('what is not there is 404, what is malformed is 400', async () => {
  await using api = await openApi();

  expect((await call(`${api.url}/admin/runs/none`)).body.type).toBe('urn:deja:problem:run-unknown');
  const cancel = await call(`${api.url}/admin/runs/none/cancel`, { method: 'POST' });
  expect(cancel.body.type).toBe('urn:deja:problem:run-unknown');
  for (const query of ['state=lost', 'lane=slow', 'limit=0', 'limit=201', 'cursor=%2B', 'q=a'])
    expect((await call(`${api.url}/admin/runs?${query}`)).status).toBe(400);
});

test('runs are for operators', async () => {
  await using api = await openApi({ ADMIN_PASSWORD: 'a good one' });

  expect((await fetch(`${api.url}/admin/runs`)).status).toBe(401);
  expect((await fetch(`${api.url}/admin/runs/none`)).status).toBe(401);
  expect((await fetch(`${api.url}/admin/runs/none/cancel`, { method: 'POST' })).status).toBe(401);
});
