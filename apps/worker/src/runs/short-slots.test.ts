import { expect, test } from 'vitest';
import type { Computation } from '../slots/slot-process.ts';
import { shortSlots } from './short-slots.ts';

const models = new Map([
  ['forecast', { lane: 'long' }],
  ['sentiment', { lane: 'short' }],
] as const);

/** Which slot a computation is given to. */
async function whereTo(model: string, { keptIsIdle = false, othersAreIdle = false }) {
  const pool = (payload: string, hasIdle: boolean) => ({
    hasIdle,
    run: async () => ({
      payload,
      report: { provisional: false, counts: [], kept: [], dismissed: [] },
    }),
  });
  const slots = shortSlots(pool('kept', keptIsIdle), pool('others', othersAreIdle), models);
  return (await slots.run({ model } as Computation)).payload;
}

test('short work goes to the slot kept for it, or to any other that is free', async () => {
  expect(await whereTo('forecast', { keptIsIdle: true, othersAreIdle: true })).toBe('kept');
  expect(await whereTo('forecast', { othersAreIdle: true })).toBe('others');
  expect(await whereTo('forecast', {})).toBe('kept');
});

test('a model that is short by itself stays where its engine is loaded', async () => {
  expect(await whereTo('sentiment', { othersAreIdle: true })).toBe('kept');
  expect(await whereTo('unknown', { othersAreIdle: true })).toBe('kept');
});
