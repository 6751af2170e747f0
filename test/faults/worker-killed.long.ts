/** A worker that is killed (-9) at random points, again and again, under load. */
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { openStage } from './stage.ts';

test('workers are killed before, in and after a run: every job ends, once', async () => {
  await using stage = await openStage({ workers: 2 });
  const { random } = stage;
  const load = stage.load(8, (n) => ({ id: n, ms: random.pick([0, 50, 500, 1500]) }));

  for (let round = 0; round < 5; round += 1) {
    await delay(random.between(200, 3000)); // any point of a run may be the one
    await stage.end(random.pick(stage.workers), 'SIGKILL');
    await stage.addWorker();
  }
  await load.stop();

  await stage.expectPromisesKept();
  expect(stage.history.all('ended').length).toBeGreaterThan(8);
});
