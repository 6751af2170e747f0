/** The two figures that sum it all up: many equal requests, and many jobs under constant killing. */
import { post } from '@deja/testing';
import { expect, test } from 'vitest';
import { jobOf } from '../client.ts';
import { openStage } from './stage.ts';

test('10,000 equal requests over 4 API processes: one computation, 10,000 equal answers', async () => {
  await using stage = await openStage({ apis: 4 });
  const wait = { Prefer: 'wait=60' };
  const counts = { broken: 0, later: 0 };
  const output = async (url: string): Promise<unknown> => {
    for (;;) {
      try {
        const { status, body } = await post(`${url}/models/tally/run`, { id: 1, ms: 2000 }, wait);
        if (status === 200) return body.output;
        expect(status).toBe(202); // held for as long as Redis answered within its second
        counts.later += 1;
        return (await jobOf(url, body.job_id)).result.output;
      } catch (error) {
        if (!(error instanceof TypeError)) throw error;
        counts.broken += 1; // an idle connection that its server closed just then
      }
    }
  };
  const startedAt = performance.now();

  const outputs = await Promise.all(
    Array.from({ length: 10_000 }, (_, n) => output(stage.apis[n % 4]?.url ?? '')),
  );
  const tookMs = Math.round(performance.now() - startedAt);

  expect(new Set(outputs.map((each) => JSON.stringify(each))).size).toBe(1);
  expect(stage.computations()).toHaveLength(1);
  console.log(JSON.stringify({ answers: outputs.length, tookMs, ...counts, computations: 1 }));
  await stage.expectPromisesKept();
});

test('2,000 jobs while workers and APIs are killed all the time: each ends once', async () => {
  const JOBS = 2000;
  const CLIENTS = 50;
  await using stage = await openStage({ apis: 2, workers: 4 });
  const { random, history } = stage;
  const killed = { workers: 0, apis: 0 };
  const kill = {
    workers: async () => {
      if (stage.workers.length < 2) return; // its successors have not begun yet
      await stage.end(random.pick(stage.workers), 'SIGKILL');
      killed.workers += 1;
      await stage.addWorker();
    },
    apis: async () => {
      if (stage.apis.length < 2) return;
      await stage.end(random.pick(stage.apis), 'SIGKILL');
      killed.apis += 1;
      await stage.addApi();
    },
  };
  const killing = new Set<Promise<void>>();
  const every = (ms: number, what: () => Promise<void>) =>
    setInterval(() => {
      const one = what();
      killing.add(one);
      one.finally(() => killing.delete(one)).catch(() => undefined); // awaited below
    }, ms);
  const startedAt = performance.now();
  const timers = [every(2000, kill.workers), every(5000, kill.apis)];

  let next = 0;
  await Promise.all(
    Array.from({ length: CLIENTS }, async () => {
      while (next < JOBS) await stage.ask({ id: next++, ms: random.pick([20, 50, 100, 400]) });
    }),
  );
  for (const timer of timers) clearInterval(timer);
  await Promise.all(killing);
  const tookS = Math.round((performance.now() - startedAt) / 1000);

  await stage.expectPromisesKept({ endsWithinMs: 180_000 });
  expect(history.all('ended').length + history.count('answered')).toBeGreaterThanOrEqual(JOBS);
  const acknowledged = history.count('acknowledged');
  const computed = stage.computations().length;
  const waits = history.all('ended').map(({ job, at }) => {
    const asked = history.all('asked').find((event) => event.job === job);
    return at - (asked?.at ?? at);
  });
  waits.sort((a, b) => a - b);
  console.log(
    JSON.stringify({
      ...{ tookS, acknowledged, computed, killed, ended: history.all('ended').length },
      ...{ unknown: history.count('unknown'), rejected: history.count('rejected') },
      ...{ p50Ms: waits[waits.length >> 1], maxMs: waits.at(-1) },
    }),
  );
});
