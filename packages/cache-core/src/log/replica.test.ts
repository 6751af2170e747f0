import { expect, test } from 'vitest';
import type { LogRecord } from './records.ts';
import { LogReplica, type LogReply } from './replica.ts';

const KEY = 'a'.repeat(64);
const record = (seq: number, scope: string, id = `id${seq}`): LogRecord => ({ seq, id, scope });
const reply = (records: LogRecord[], more: Partial<LogReply> = {}): LogReply => ({
  log: 'log',
  epoch: 1,
  seq: records.at(-1)?.seq ?? 0,
  first: 1,
  reset: false,
  more: false,
  records,
  ...more,
});
const entryAt = (seq: number, more: { id?: string; epoch?: number; tags?: string[] } = {}) => ({
  key: KEY,
  tags: more.tags ?? ['model:m'],
  log: 'log',
  token: { epoch: more.epoch ?? 1, seq, id: more.id ?? `id${seq}` },
});

function viewOf(...records: LogRecord[]): LogReplica {
  const view = new LogReplica();
  view.apply(reply(records, { reset: true }));
  return view;
}

test('an entry is fenced by a later invalidation of its key, of a tag, or of all (R12)', () => {
  for (const scope of [`k:${KEY}`, 't:model:m', '*']) {
    const view = viewOf(record(1, '-'), record(2, scope));
    expect([scope, view.judge(entryAt(1))]).toEqual([scope, 'fenced']);
    expect([scope, view.judge(entryAt(2))]).toEqual([scope, 'servable']);
  }
});

test('an entry is fenced by an invalidation of what it was made of (R28)', () => {
  const source = 'b'.repeat(64);
  const view = viewOf(record(1, '-'), record(2, `k:${source}`));

  expect(view.judge({ ...entryAt(1), derivedFrom: [source] })).toBe('fenced');
  expect(view.judge({ ...entryAt(2), derivedFrom: [source] })).toBe('servable');
});

test('an invalidation of something else concerns nobody', () => {
  const view = viewOf(record(1, '-'), record(2, `k:${'b'.repeat(64)}`), record(3, 't:other'));

  expect(view.judge(entryAt(1))).toBe('servable');
});

test("a token whose record is not the log's is fenced (R11)", () => {
  expect(viewOf(record(1, '-')).judge(entryAt(1, { id: 'of a lost log' }))).toBe('fenced');
});

test('an entry of another log is foreign, wherever its token stands', () => {
  const view = viewOf(record(1, '-'), record(2, 't:x'));

  for (const epoch of [0, 1, 9])
    expect(view.judge({ ...entryAt(2, { epoch }), log: 'another' })).toBe('foreign');
  expect(new LogReplica().judge(entryAt(1))).toBe('foreign');
});

test('a token from before the log begins is fenced (R10)', () => {
  const view = viewOf(record(1, '-'), record(2, 't:x'), record(3, 't:y'));
  view.apply(reply([record(4, 't:z')], { first: 3 }));

  expect(view.judge(entryAt(2))).toBe('fenced');
  expect(view.judge(entryAt(3))).toBe('servable');
});

test('a token of an older epoch is fenced, one of a newer epoch or seq is ahead', () => {
  const view = viewOf(record(1, '-'));

  expect(view.judge(entryAt(1, { epoch: 0 }))).toBe('fenced');
  expect(view.judge(entryAt(1, { epoch: 2 }))).toBe('ahead');
  expect(view.judge(entryAt(2))).toBe('ahead');
});

test('a reply never moves the view back', () => {
  const view = viewOf(record(1, '-'), record(2, '*'));

  expect(view.apply(reply([record(1, '-')], { reset: true }))).toBe(false);
  expect(view.apply(reply([record(9, '-')], { epoch: 0, reset: true }))).toBe(false);
  expect(view.position).toEqual({ log: 'log', epoch: 1, seq: 2, id: 'id2' });
  expect(view.judge(entryAt(1))).toBe('fenced');
});

test('a new epoch replaces everything', () => {
  const view = viewOf(record(1, '-'), record(2, '-'));

  view.apply(reply([record(7, '-')], { epoch: 5, first: 7, reset: true }));

  expect(view.judge(entryAt(2))).toBe('fenced');
  expect(view.judge(entryAt(7, { epoch: 5 }))).toBe('servable');
});

test('records that come twice count once', () => {
  const view = viewOf(record(1, '-'), record(2, 't:x'));

  view.apply(reply([record(2, 't:x'), record(3, 't:y')]));

  expect(view.position?.seq).toBe(3);
});

test('a view that was kept judges as before', () => {
  const view = viewOf(record(1, '-'), record(2, 't:model:m'));
  const again = new LogReplica();

  again.restore(view.snapshot());

  expect(again.position).toEqual(view.position);
  expect(again.judge(entryAt(1))).toBe('fenced');
});
