/** Event streams of jobs. */
import { call, post } from '@deja/testing';
import { expect, test } from 'vitest';
import { createListener } from '../src/app.ts';
import { echo, openApi } from './harness.ts';
import { bearer, memoryKeys } from './memory-keys.ts';

const run = '/models/echo/run';

interface Event {
  readonly event: string;
  readonly id: string;
  // biome-ignore lint/suspicious/noExplicitAny: what came over the wire is for the test to judge
  readonly data: any;
}

/** Reads a stream event by event. */
async function* read(url: string, init: RequestInit = {}): AsyncGenerator<Event> {
  const res = await fetch(url, init);
  expect(res.headers.get('content-type')).toMatch(/^text\/event-stream/);
  let rest = '';
  if (!res.body) return;
  for await (const chunk of res.body.pipeThrough(new TextDecoderStream())) {
    const blocks = (rest + chunk).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const fields = Object.fromEntries(block.split('\n').map((line) => line.split(/: (.*)/s)));
      if (fields.event) yield { event: fields.event, id: fields.id, data: JSON.parse(fields.data) };
    }
  }
}

async function all(events: AsyncGenerator<Event>): Promise<Event[]> {
  const list: Event[] = [];
  for await (const event of events) list.push(event);
  return list;
}

test('a job is followed from the queue to its result', async () => {
  await using api = await openApi();
  const { body } = await post(`${api.url}${run}`, { text: 'a' });
  const { runs } = api.context;
  const events = read(`${api.url}${body.urls.events}`);
  const seen: Event[] = [];
  const next = async () => {
    const { value } = await events.next();
    if (value) seen.push(value);
  };

  await next();
  const id = await api.runOf(body.job_id);
  await runs.start(id, 'attempt');
  await next();
  await runs.heartbeat(id, 'attempt', { fraction: 0.5, stage: 'half' });
  await next();
  await runs.finalise(id, 'attempt', 'succeeded', '{"output":{"text":"a"}}');
  await next();

  expect(seen.map(({ event }) => event)).toEqual(['status', 'status', 'progress', 'done']);
  expect(seen.map(({ data }) => data.status)).toEqual([
    'queued',
    'running',
    'running',
    'succeeded',
  ]);
  expect(seen[2]?.data.progress).toEqual({ fraction: 0.5, stage: 'half' });
  expect(seen[3]?.data).toMatchObject({ job_id: body.job_id, result: { output: { text: 'a' } } });
  const numbers = seen.map((event) => Number.parseInt(event.id, 10));
  expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
  expect(new Set(seen.map((event) => event.id)).size).toBe(4);
  expect((await events.next()).done).toBe(true);
});

test('who comes back gets what it missed, and nothing after done', async () => {
  await using api = await openApi();
  const { body } = await post(`${api.url}${run}`, { text: 'a' });
  const id = await api.runOf(body.job_id);
  const { runs } = api.context;
  await runs.start(id, 'attempt');
  for (const fraction of [0.2, 0.4, 0.6]) await runs.heartbeat(id, 'attempt', { fraction });
  await runs.finalise(id, 'attempt', 'succeeded', '{"output":{"text":"a"}}');
  const url = `${api.url}${body.urls.events}`;

  const whole = await all(read(url));
  const rest = await all(read(url, { headers: { 'Last-Event-ID': String(whole[2]?.id) } }));
  const last = String(whole.at(-1)?.id);
  const over = await fetch(url, { headers: { 'Last-Event-ID': last } });

  expect(whole.map(({ event }) => event)).toEqual([
    'status',
    'progress',
    'progress',
    'progress',
    'done',
  ]);
  expect(rest).toEqual(whole.slice(3));
  expect(over.status).toBe(204);
});

test('the submission itself may be followed; a HIT is one done', async () => {
  await using api = await openApi();
  const headers = { Accept: 'text/event-stream', 'Content-Type': 'application/json' };
  const init = { method: 'POST', headers, body: '{"text":"a"}' };
  const events = read(`${api.url}${run}`, init);
  const { value: queued } = await events.next();
  await api.finish(await api.runOf(queued?.data.job_id), 'succeeded', { output: { text: 'a' } });

  const rest = await all(events);
  const hit = await all(read(`${api.url}${run}`, init));

  expect(queued?.data.status).toBe('queued');
  expect(rest.at(-1)).toMatchObject({ event: 'done', data: { status: 'succeeded' } });
  expect(hit).toMatchObject([{ event: 'done', data: { cached: true, output: { text: 'a' } } }]);
});

test('a failed and a canceled job end their streams too', async () => {
  await using api = await openApi();
  const { body: one } = await post(`${api.url}${run}`, { text: 'a' });
  const { body: two } = await post(`${api.url}${run}`, { text: 'b' });
  const streams = [one, two].map(({ urls }) => all(read(`${api.url}${urls.events}`)));

  await api.finish(await api.runOf(one.job_id), 'failed', { code: 'MODEL_FAILED', message: 'why' });
  await call(`${api.url}/jobs/${two.job_id}`, { method: 'DELETE' });

  const [failed, canceled] = await Promise.all(streams);
  expect(failed?.at(-1)?.data).toMatchObject({ status: 'failed', error: { detail: 'why' } });
  expect(canceled?.at(-1)?.data).toMatchObject({ status: 'canceled' });
});

test('a stream of an unknown job is 404', async () => {
  await using api = await openApi();

  expect((await call(`${api.url}/jobs/nobody/events`)).status).toBe(404);
});

test('HEAD tells that there are events, and does not wait for any', async () => {
  await using api = await openApi();
  const { body } = await post(`${api.url}${run}`, { text: 'a' });

  const head = await fetch(`${api.url}${body.urls.events}`, { method: 'HEAD' });

  expect(head.status).toBe(200);
  expect(head.headers.get('content-type')).toMatch(/^text\/event-stream/);
  expect(api.context.waiter.size).toBe(0);
  expect((await fetch(`${api.url}/jobs/nobody/events`, { method: 'HEAD' })).status).toBe(404);
});

test.each(['/jobs', run])('a key that is revoked is told no further event (%s)', async (path) => {
  const keys = memoryKeys();
  await using api = await openApi({ AUTH: 'required' }, [echo], createListener, keys);
  const headers = bearer('key-ask');
  const { body } = await post(`${api.url}${run}`, { text: 'a' }, headers);
  const events =
    path === run
      ? read(`${api.url}${run}`, {
          method: 'POST',
          body: '{"text":"a"}',
          headers: { ...headers, 'Content-Type': 'application/json', Accept: 'text/event-stream' },
        })
      : read(`${api.url}${body.urls.events}`, { headers });
  const first = await events.next();

  keys.set('key-ask', { is: 'refused', why: 'revoked' });
  await api.finish(await api.runOf(body.job_id), 'succeeded', { text: 'a' });

  expect(first.value).toMatchObject({ event: 'status', data: { status: 'queued' } });
  expect(await all(events)).toEqual([]);
});
