/** A thousand equal requests: at once, with no-cache, and when their answer has just expired. */
import { expect, test } from 'vitest';
import { openStage } from './stage.ts';

const HERD = 1000;

test('a thundering herd causes one computation for each moment that needs one', async () => {
  await using stage = await openStage({
    apis: 2,
    env: { TALLY_FRESH_MS: '4000', CACHE_TTL_JITTER: '0' },
  });
  const herd = (headers: Readonly<Record<string, string>>) =>
    Promise.all(Array.from({ length: HERD }, () => stage.ask({ id: 1, ms: 300 }, headers)));
  const wait = { Prefer: 'wait=60' };

  await herd(wait);
  expect(stage.computations()).toHaveLength(1);

  await herd({ ...wait, 'Cache-Control': 'no-cache' });
  const anew = stage.computations().length;
  // Each computation that has begun is too old for those who come after: a few, never a thousand.
  expect(anew).toBeGreaterThan(1);
  expect(anew).toBeLessThan(30);

  const patience = { timeout: 10_000 };
  const hit = stage.client({ 'Cache-Control': 'only-if-cached' });
  await expect
    .poll(async () => (await hit.once({ id: 1, ms: 300 })).outcome, patience)
    .toBe('answered');
  await expect
    .poll(async () => (await hit.once({ id: 1, ms: 300 })).outcome, patience)
    .toBe('rejected');
  await herd(wait);
  expect(stage.computations()).toHaveLength(anew + 1);
  await stage.expectPromisesKept();
});
