/** A queue Redis that is killed (-9) under load and starts again on its append-only file. */
import { setTimeout as delay } from 'node:timers/promises';
import { test } from 'vitest';
import { openStage } from './stage.ts';

test.for(['everysec', 'always'])('killed with appendfsync %s: no job is lost', async (fsync) => {
  await using stage = await openStage({ redisArgs: ['--appendfsync', fsync] });
  const { random } = stage;
  const load = stage.load(6, (id) => ({ id, ms: random.pick([0, 100, 1000]) }));

  for (let round = 0; round < 3; round += 1) {
    await delay(random.between(500, 2500));
    await stage.killRedis();
    await delay(random.between(0, 2000));
    await stage.startRedis();
    await stage.moreEnd(6);
  }
  await load.stop();

  // The process is killed, not the machine: what it has written is there, whatever fsync says.
  await stage.expectPromisesKept();
});
