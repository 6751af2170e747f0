/** Clients that leave: no stream, wait or poll outlives its client. And those that find no room. */
import { openSocket, post, requestText } from '@deja/testing';
import { describe, expect, test, vi } from 'vitest';
import { openApi } from './harness.ts';

const run = '/models/echo/run';

const host = { Host: 'localhost' };

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
