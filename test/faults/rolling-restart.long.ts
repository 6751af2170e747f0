/** Everything is replaced, one after the other (SIGTERM), under load; and once while Redis is away. */
import { expect, test } from 'vitest';
import { openStage } from './stage.ts';

test('a rolling restart fails no request, loses no job and exits with 0', async () => {
  await using stage = await openStage({ apis: 2, workers: 2, env: { DRAIN_S: '1' } });
  const { random, history } = stage;
  const load = stage.load(8, (id) => ({ id, ms: random.pick([0, 100, 1500]) }));
  const exits = [];

  for (const group of [[...stage.apis], [...stage.workers]]) {
    for (const app of group) {
      if ('url' in app) await stage.addApi();
      else await stage.addWorker();
      exits.push(await stage.end(app, 'SIGTERM'));
    }
  }
  await load.stop();

  await stage.expectPromisesKept();
  expect(exits).toEqual([0, 0, 0, 0]);
  expect(history.count('unknown')).toBe(0);
  expect(history.count('rejected')).toBe(0);
});

test('stopped while Redis is away: each exits in time, and what was open ends later', async () => {
  await using stage = await openStage({ env: { DRAIN_S: '2' } });
  const jobs = Promise.all([1, 2, 3].map((id) => stage.ask({ id, ms: 1000 })));
  await stage.untilComputing(2);

  await stage.killRedis();
  const startedAt = performance.now();
  const exits = await Promise.all(
    [...stage.apis, ...stage.workers].map((app) => stage.end(app, 'SIGTERM')),
  );
  const tookMs = performance.now() - startedAt;
  await stage.startRedis();
  await Promise.all([stage.addApi(), stage.addWorker()]);
  await jobs;

  await stage.expectPromisesKept();
  expect(exits).toEqual([0, 0]);
  expect(tookMs).toBeLessThan(12_000);
});
