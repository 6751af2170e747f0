import { expect, test } from 'vitest';
import { fromSlot } from './messages.ts';

const report = { provisional: false, counts: [], kept: [], dismissed: [] };
const done = { type: 'done', run: 'a', payload: '{}', report, usedBytes: 1 };
const failed = { type: 'failed', run: 'a', usedBytes: 1 };
const failure = { code: 'MODEL_FAILED', message: 'why' };
const keep = (kept: object) => ({ ...done, report: { ...report, kept: [kept] } });

test('what a slot says is taken', () => {
  const kept = { name: 'a', bytes: 'eA==', keepMs: 1, facts: { points: 1 } };
  for (const message of [
    ...[{ type: 'ready', usedBytes: 1 }, done, keep(kept), { ...failed, failure }],
    { type: 'progress', run: 'a', fraction: 1, stage: 'x'.repeat(200) },
  ])
    expect(fromSlot.safeParse(message)).toMatchObject({ success: true });
});

test.each([
  ['no message', 'ready'],
  ['nothing', null],
  ['a type of its own', { type: 'hello' }],
  ['a size that is text', { type: 'ready', usedBytes: 'much' }],
  ['a fraction that is text', { type: 'progress', run: 'a', fraction: 'abc' }],
  ['a fraction above 1', { type: 'progress', run: 'a', fraction: 7 }],
  ['a long stage', { type: 'progress', run: 'a', fraction: 1, stage: 'x'.repeat(201) }],
  ['an answer that is no object', { ...done, payload: '[]' }],
  ['an answer that is no text', { ...done, payload: {} }],
  ['a time that is no number', { ...done, report: { ...report, freshMs: Number.NaN } }],
  ['a count of two words', { ...done, report: { ...report, counts: ['two words'] } }],
  ['an artefact that is no text', keep({ name: 'a', bytes: [120], keepMs: 1 })],
  ['an artefact for ever', keep({ name: 'a', bytes: 'eA==', keepMs: Infinity })],
  [
    'facts that JSON has not',
    keep({ ...{ name: 'a', bytes: 'eA==', keepMs: 1 }, facts: { n: 1n } }),
  ],
  ['a long error', { ...failed, failure: { ...failure, message: 'x'.repeat(2001) } }],
  ['an error that is no text', { ...failed, failure: { ...failure, message: 10n } }],
  ['a code of its own', { ...failed, failure: { ...failure, code: 'RUN_POISONED' } }],
  [
    '21 issues',
    { ...failed, failure: { ...failure, issues: Array(21).fill({ path: '', message: '' }) } },
  ],
])('a message with %s is none', (_, message) => {
  expect(fromSlot.safeParse(message)).toMatchObject({ success: false });
});
