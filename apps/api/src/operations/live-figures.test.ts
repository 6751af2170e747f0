import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openSocket } from '@deja/testing';
import { expect, test } from 'vitest';
import { LiveFigures } from './live-figures.ts';

/** However busy the machine. */
const SOON = { timeout: 15_000 };

/** A server whose every answer is a live stream. */
async function open(size = 10) {
  let reads = 0;
  const stop = new AbortController();
  /** Who asks at this path may read no longer. */
  const barred = new Set<string>();
  const live = new LiveFigures({
    read: async () => {
      reads += 1;
      return { reads, filler: 'x'.repeat(size) };
    },
    onError: () => {},
    everyMs: 20,
  });
  const responses: ServerResponse[] = [];
  const server = createServer((req, res) => {
    const left = new AbortController();
    res.once('close', () => left.abort());
    responses.push(res);
    res.writeHead(200, { 'Content-Type': 'text/event-stream' });
    const signal = AbortSignal.any([left.signal, stop.signal]);
    const mayRead = async () => !barred.has(String(req.url));
    live.add(res as Parameters<LiveFigures['add']>[0], signal, mayRead);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    live,
    url,
    stop,
    barred,
    responses,
    reads: () => reads,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** The snapshots that a viewer has seen, as they come. */
function look(url: string) {
  const seen: number[] = [];
  const leave = new AbortController();
  const over = (async () => {
    const { body } = await fetch(url, { signal: leave.signal });
    let text = '';
    for await (const chunk of body ?? []) {
      text += Buffer.from(chunk).toString();
      const events = text.split('\n\n');
      text = events.pop() ?? '';
      for (const event of events)
        seen.push(JSON.parse(event.split('\n')[2]?.slice('data: '.length) ?? '').reads);
    }
  })().catch(() => undefined);
  return { seen, leave, over };
}

test('one computation a second for all viewers, and none while nobody looks', async () => {
  await using t = await open();
  const viewers = [look(t.url), look(t.url), look(t.url)];
  await expect.poll(() => viewers.every(({ seen }) => seen.length >= 5), SOON).toBe(true);

  const [one, other] = viewers.map(({ seen }) => seen) as [number[], number[]];
  const common = one.filter((reads) => other.includes(reads));
  expect(common.length).toBeGreaterThanOrEqual(4);
  expect(new Set(one).size).toBe(one.length);
  for (const { leave, over } of viewers) {
    leave.abort();
    await over;
  }
  await expect.poll(() => t.live.viewers, SOON).toBe(0);
  const before = t.reads();
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(t.reads()).toBe(before);

  const again = look(t.url);
  await expect.poll(() => again.seen.length, SOON).toBeGreaterThan(0);
  expect(again.seen[0]).toBe(before + 1); // nothing of what was
  again.leave.abort();
});

test('a viewer that reads slowly misses snapshots, and delays nobody', async () => {
  await using t = await open(200_000);
  const slow = await openSocket(t.url); // reads nothing
  slow.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await expect.poll(() => t.responses.length, SOON).toBe(1);
  const quick = look(t.url);
  const pending = () => t.responses[0]?.writableLength ?? 0;
  await expect.poll(() => t.responses[0]?.writableNeedDrain, SOON).toBe(true);
  const held = pending();
  const from = quick.seen.length;

  await expect.poll(() => quick.seen.length, SOON).toBeGreaterThan(from + 20);

  expect(pending()).toBeLessThanOrEqual(held);
  slow.destroy();
  quick.leave.abort();
});

test('it ends when the process stops', async () => {
  await using t = await open();
  const viewer = look(t.url);
  await expect.poll(() => viewer.seen.length).toBeGreaterThan(0);

  t.stop.abort();

  await viewer.over;
  expect(t.live.viewers).toBe(0);
});

test('a viewer that may read them no longer is left within a snapshot', async () => {
  await using t = await open();
  const [one, other] = [look(`${t.url}/one`), look(`${t.url}/other`)];
  await expect.poll(() => one.seen.length, SOON).toBeGreaterThan(0);

  t.barred.add('/one');

  await one.over;
  const from = other.seen.length;
  await expect.poll(() => other.seen.length, SOON).toBeGreaterThan(from);
  expect(t.live.viewers).toBe(1);
  other.leave.abort();
});
