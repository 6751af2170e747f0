import { expect, test } from 'vitest';
import type { FromSlot, GivenArtefact } from '../isolation/messages.ts';
import { createSlotContext } from './slot-context.ts';

const found = { bytes: Buffer.from('x'), tier: 'redis', createdAt: 1 } as const;

function open(run: string, mayTakeLong = true, artefacts: readonly GivenArtefact[] = []) {
  const sent: FromSlot[] = [];
  const { signal } = new AbortController();
  const slot = createSlotContext({
    run,
    signal,
    mayTakeLong,
    artefacts,
    send: (m) => sent.push(m),
  });
  return { ...slot, sent };
}

test('what an earlier computation asked for is not handed to the next', async () => {
  const { context, found: hand, sent } = open('2');
  const reading = context.artefacts.read('model');

  hand({ type: 'artefact', run: '1', name: 'model', found });
  hand({ type: 'artefact', run: '2', name: 'model' });

  expect(await reading).toBeUndefined();
  expect(sent).toEqual([{ type: 'read', run: '2', name: 'model' }]);
});

test('a name is read once, however often it is asked for', async () => {
  const { context, found: hand, sent } = open('1');
  const twice = [context.artefacts.read('model'), context.artefacts.read('model')];

  hand({ type: 'artefact', run: '1', name: 'model', found });

  expect(await Promise.all(twice)).toMatchObject([found, found]);
  expect(sent).toHaveLength(1);
});

test('what came with the computation is not asked for, and counts as used only if it was', async () => {
  const given = [{ name: 'used', found }, { name: 'spare', found }, { name: 'none' }];
  const { context, report, sent } = open('1', true, given);

  const [used, none] = await Promise.all(['used', 'none'].map(context.artefacts.read));

  expect(used).toMatchObject(found);
  expect(none).toBeUndefined();
  expect(sent).toEqual([]);
  expect(report().dismissed).toEqual(['spare']);
});

test('of the times of freshness the shortest counts, and none is below 0', () => {
  const { context, report } = open('1');
  expect(report()).not.toHaveProperty('freshMs');

  context.freshFor(5000);
  context.freshFor(9000, { provisional: true });
  expect(report()).toMatchObject({ freshMs: 5000, provisional: true });
  context.freshFor(-1);
  expect(report()).toMatchObject({ freshMs: 0, provisional: true });
});

test('in the short lane there is no long work', () => {
  expect(() => open('1', false).context.beginLongWork()).toThrow(
    expect.objectContaining({ code: 'TAKES_LONG' }),
  );
  expect(open('1').context.beginLongWork()).toBeUndefined();
});

test('of the notes the last counts, and one that is too long is refused', () => {
  const { context, report } = open('1');
  expect(report()).not.toHaveProperty('note');

  context.note({ reason: 'first' });
  context.note({ reason: 'last', errors: [1, 2] });

  expect(report()).toMatchObject({ note: { reason: 'last', errors: [1, 2] } });
  expect(() => context.note({ text: 'x'.repeat(9000) })).toThrow('longer than 8192 characters');
  expect(() => context.note({ at: () => 1 })).toThrow();
});
