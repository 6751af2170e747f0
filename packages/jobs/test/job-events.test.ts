import { expect, test } from 'vitest';
import { followJob, type JobRecord } from '../src/index.ts';

const AT = 1_700_000_000_000;
const queued = { id: 'j', run: 'r', status: 'queued', createdAt: AT } as JobRecord;

/** The events of a job that was made, begun and got on within one ms, and has ended since. */
async function eventsOf(first: JobRecord, after?: string) {
  const ended = { ...queued, status: 'succeeded', startedAt: AT, finishedAt: AT + 5 } as JobRecord;
  const steps = [0, 1].map((n) => ({ id: `${AT}-${n}`, progress: { fraction: n / 2 } }));
  const isAfter = (id: string) => after === undefined || id > after;
  const following = followJob(first, {
    jobs: {
      read: async () => ({ outcome: 'found', job: ended }),
      readProgress: async () => steps.filter(({ id }) => isAfter(id)),
    },
    waiter: { follow: () => () => {} },
    after,
    signal: new AbortController().signal,
  });
  const events = [];
  for await (const { type, id } of following) events.push({ type, id });
  return events;
}

test('ids grow, also when all happens within one ms, and each tells where a client left off', async () => {
  const whole = await eventsOf(queued);

  expect(whole.map(({ type }) => type)).toEqual([
    ...['status', 'status', 'progress', 'progress', 'done'],
  ]);
  expect(whole.map(({ id }) => id)).toEqual(whole.map(({ id }) => id).toSorted());
  expect(new Set(whole.map(({ id }) => id)).size).toBe(whole.length);
  for (const [i, { id }] of whole.slice(0, -1).entries())
    expect(await eventsOf(queued, id)).toEqual(whole.slice(i + 1));
});
