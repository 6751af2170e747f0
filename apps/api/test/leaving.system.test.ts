/** Clients that leave: no stream, wait or poll outlives its client, however many leave at once. */
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
