/** Clients that leave: no stream, wait or poll outlives its client. And those that find no room. */
import { once } from 'node:events';
import { createFaultProxy, openSocket, post, requestText } from '@deja/testing';
import { describe, expect, inject, test, vi } from 'vitest';
import { openApi } from './harness.ts';

const run = '/models/echo/run';

const host = { Host: 'localhost' };
const asked = (headers: Readonly<Record<string, string>>) => {
  const body = '{"text":"left"}';
  const length = { 'Content-Type': 'application/json', 'Content-Length': body.length };
  return requestText(`POST ${run}`, { ...host, ...length, ...headers }, body);
};

const REQUESTS: Readonly<Record<string, (job: string) => string>> = {
  'event streams': (job) => requestText(`GET /jobs/${job}/events`, host),
  'long polls': (job) => requestText(`GET /jobs/${job}`, { ...host, Prefer: 'wait=60' }),
  'long polls for a result': (job) =>
    requestText(`GET /jobs/${job}/result`, { ...host, Prefer: 'wait=60' }),
  'streams of a submission': () => asked({ Accept: 'text/event-stream' }),
  'waiting submissions': () => asked({ Prefer: 'wait=60' }),
};

describe.each(['FIN', 'RST'] as const)('by %s', (how) => {
  test.each(Object.keys(REQUESTS))('1000 %s of clients that left at once', async (what) => {
    await using proxy = await createFaultProxy(inject('redisUrl'));
    await using api = await openApi({ REDIS_URL: proxy.url });
    const { jobs, runs, waiter } = api.context;
    const { body } = await post(`${api.url}${run}`, { text: 'open' });
    const text = REQUESTS[what]?.(body.job_id) ?? '';
    const begun = text.startsWith('POST') ? vi.spyOn(runs, 'join') : vi.spyOn(jobs, 'read');

    for (let round = 0; round < 10; round += 1) {
      const sockets = await Promise.all(Array.from({ length: 100 }, () => openSocket(api.url)));
      begun.mockClear();
      proxy.blackhole();
      for (const socket of sockets) socket.resume().write(text);
      await vi.waitFor(() => expect(begun.mock.calls).toHaveLength(sockets.length), 5000);
      for (const socket of sockets) {
        if (how === 'FIN') socket.end();
        else socket.resetAndDestroy();
      }
      await Promise.all(sockets.map((socket) => socket.closed || once(socket, 'close')));
      proxy.heal();
    }

    // Redis answers in order: after these, every handler has gone on to its wait.
    for (let i = 0; i < 5; i += 1) await jobs.read(body.job_id);
    await expect.poll(() => waiter.size, { timeout: 2000 }).toBe(0);
  });
});

test('requests that a client sent ahead on one connection end with it, too', async () => {
  await using api = await openApi();
  const { body } = await post(`${api.url}${run}`, { text: 'open' });
  const socket = await openSocket(api.url);
  const stream = requestText(`GET /jobs/${body.job_id}/events`, host);
  const poll = requestText(`GET /jobs/${body.job_id}`, { ...host, Prefer: 'wait=60' });
  socket.write(stream + poll + stream);
  await expect.poll(() => api.context.waiter.size).toBe(3);

  socket.destroy();

  await expect.poll(() => api.context.waiter.size).toBe(0);
});

test('a client that keeps its connection for the next request leaves no listener behind', async () => {
  await using api = await openApi();
  const warned = vi.fn();
  process.on('warning', warned);

  for (let i = 0; i < 50; i += 1) await post(`${api.url}${run}`, { text: 'a' });
  await new Promise(setImmediate);

  process.off('warning', warned);
  expect(warned).not.toHaveBeenCalled();
});

describe('when there is no room', () => {
  test('event streams have a bound of their own, and take no room from waits', async () => {
    await using api = await openApi({ MAX_WAITERS: '1', MAX_EVENT_STREAMS: '2' });
    const { body } = await post(`${api.url}${run}`, { text: 'a' });
    const events = `${api.url}${body.urls.events}`;
    const leave = new AbortController();
    const follow = () => fetch(events, { signal: leave.signal });
    const streams = [await follow(), await follow()];

    const refused = await fetch(events);
    const submitted = await post(
      `${api.url}${run}`,
      { text: 'b' },
      { Accept: 'text/event-stream' },
    );
    const waiting = post(`${api.url}${run}`, { text: 'a' }, { Prefer: 'wait=1' });
    await expect.poll(() => api.context.waiter.waits).toBe(1);

    expect(streams.map(({ status }) => status)).toEqual([200, 200]);
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(await refused.json()).toMatchObject({
      ...{ type: 'urn:deja:problem:streams-full', detail: 'MAX_EVENT_STREAMS (2) are open' },
    });
    expect(submitted).toMatchObject({ status: 202, body: { status: 'queued' } });
    expect((await waiting).headers.get('preference-applied')).toBe('wait=1');
    leave.abort();
    await expect.poll(() => api.context.waiter.streams).toBe(0);
    expect((await fetch(events, { method: 'HEAD' })).status).toBe(200);
  });

  test('a wait that is not granted is not claimed', async () => {
    await using api = await openApi({ MAX_WAITERS: '1' });
    const { body } = await post(`${api.url}${run}`, { text: 'a' });
    const leave = new AbortController();
    const headers = { Prefer: 'wait=60' };
    fetch(`${api.url}/jobs/${body.job_id}`, { headers, signal: leave.signal }).catch(() => {});
    await expect.poll(() => api.context.waiter.waits).toBe(1);

    const submitted = await post(`${api.url}${run}`, { text: 'b' }, headers);
    const polled = await fetch(`${api.url}/jobs/${body.job_id}`, { headers });
    const result = await fetch(`${api.url}/jobs/${body.job_id}/result`, { headers });
    leave.abort();
    await expect.poll(() => api.context.waiter.waits).toBe(0);
    api.stop();
    const stopping = await post(`${api.url}${run}`, { text: 'c' }, headers);

    for (const { status, headers } of [submitted, polled, result, stopping]) {
      expect(status).toBeLessThan(203);
      expect(headers.has('preference-applied')).toBe(false);
    }
  });
});
