/** Four times as many busy computations as there are cores: beats and locks must not suffer. */
import { availableParallelism } from 'node:os';
import { expect, test } from 'vitest';
import { openStage } from './stage.ts';

test('a machine that computes on all cores loses no run and computes none twice', async () => {
  const slots = availableParallelism() * 4;
  await using stage = await openStage({ env: { WORKER_CONCURRENCY: String(slots) } });
  const inputs = Array.from({ length: slots * 2 }, (_, id) => ({ id, ms: 4000, busy: true }));

  await Promise.all(inputs.map((input) => stage.ask(input)));

  await stage.expectPromisesKept();
  expect(stage.computations()).toHaveLength(inputs.length);
});
