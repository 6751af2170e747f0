/** Models that hurt themselves: their run fails, and nothing else does. */
import { isAlive, post } from '@deja/testing';
import { expect, test } from 'vitest';
import { openStage } from './stage.ts';

test('an abort, a loop and a throw fail their own runs; other runs and the worker go on', async () => {
  await using stage = await openStage();
  const [api] = stage.apis;
  const [worker] = stage.workers;
  const bystanders = stage.load(1, (n) => ({ id: n, ms: 20 }));

  const poison = async (how: string) => {
    const wait = { Prefer: 'wait=60' };
    const { status, body } = await post(`${api?.url}/models/poison/run`, { how }, wait);
    return [how, status, body.type];
  };
  const answers = await Promise.all([poison('abort'), poison('loop'), poison('throw')]);
  await bystanders.stop();

  expect(answers).toEqual([
    ['abort', 500, 'urn:deja:problem:run-poisoned'],
    ['loop', 504, 'urn:deja:problem:model-timed-out'],
    ['throw', 500, 'urn:deja:problem:model-failed'],
  ]);
  expect(isAlive(Number(worker?.child.pid))).toBe(true);
  await stage.expectPromisesKept();
});
