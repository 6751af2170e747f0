import { expect, test } from 'vitest';
import { HostLine } from './host-line.ts';

const never = new AbortController().signal;
const patience = { isNew: true, timeoutMs: 60_000, signal: never };

test('who waits for a host goes in the order in which he came', async () => {
  const line = new HostLine({ maxPerHost: 10, max: 10 });
  const went: number[] = [];
  const waiting = [1, 2, 3].map((n) => line.wait('a', patience).then(() => went.push(n)));

  for (const _ of waiting) line.next('a');
  await Promise.all(waiting);

  expect(went).toEqual([1, 2, 3]);
});

test('who went in vain is the next one all the same', async () => {
  const line = new HostLine({ maxPerHost: 10, max: 10 });
  const went: string[] = [];
  const second = line.wait('a', patience).then(() => went.push('second'));
  const first = line.wait('a', { ...patience, isNew: false }).then(() => went.push('first'));

  line.next('a');
  line.next('a');
  await Promise.all([first, second]);

  expect(went).toEqual(['first', 'second']);
});

test('many wait for a host that answers, a few for any other, and so many in all', async () => {
  const line = new HostLine({ maxPerHost: 20, max: 25 });
  const isFull = async (host: string, places: number) => {
    for (let i = 0; i < places; i += 1) void line.wait(host, patience);
    return !(await line.wait(host, patience));
  };

  expect(await isFull('silent', 8)).toBe(true);
  line.learn('good', true);
  expect(await isFull('good', 17)).toBe(true);
  line.learn('good', false);
  for (let i = 0; i < 25; i += 1) line.next(i < 8 ? 'silent' : 'good');
  await Promise.resolve();
  expect(await isFull('good', 8)).toBe(true);
});

test('nobody waits longer than he may, nor when the worker stops', async () => {
  const line = new HostLine({ maxPerHost: 10, max: 10 });
  const stopping = new AbortController();

  const brief = line.wait('a', { ...patience, timeoutMs: 1 });
  const stopped = line.wait('a', { ...patience, signal: stopping.signal });
  stopping.abort();

  expect(await Promise.all([brief, stopped])).toEqual([true, true]);
});
