/** Clients that arrive around the very moment at which the run of their input ends. */
import { expect, test } from 'vitest';
import { openStage } from './stage.ts';

test('whoever arrives while a run ends joins it or is answered by it, and is never forgotten', async () => {
  await using stage = await openStage({ apis: 2 });
  const INPUTS = 40;
  const following: Promise<void>[] = [];

  for (let id = 0; id < INPUTS; id += 1) {
    const first = stage.ask({ id, ms: 10 });
    let over = false;
    const others = Array.from({ length: 4 }, async () => {
      while (!over) await stage.client().submit({ id, ms: 10 }).then(follow);
    });
    await first;
    over = true;
    await Promise.all(others);
  }
  await Promise.all(following);

  await stage.expectPromisesKept();
  expect(stage.computations()).toHaveLength(INPUTS);

  function follow(job: string | undefined) {
    if (job !== undefined) following.push(stage.client().follow(job));
  }
});
