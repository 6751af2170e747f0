/** The checker finds what it is there to find: made-up histories, each with one fault. */
import { readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { type Event, History, violations } from './history.ts';

const promises = { endsWithinMs: 1000, answersWithinMs: 500 };
const asked = (job: string, more = {}): Event => ({
  at: 0,
  type: 'asked',
  request: `r-${job}`,
  input: 'a',
  outcome: 'acknowledged',
  ms: 10,
  job,
  ...more,
});
const ended = (job: string, more = {}): Event => ({
  at: 100,
  type: 'ended',
  job,
  status: 'succeeded',
  value: '1',
  digest: 'd',
  run: 'run',
  ...more,
});
const broken = (events: Event[], more = {}) =>
  violations(new History(events), { ...promises, ...more });

test('a history that keeps every promise has no violation', () => {
  const closed: Event = { at: 90, type: 'closed', run: 'run', state: 'succeeded' };

  expect(broken([asked('1'), asked('2'), closed, ended('1'), ended('2'), ended('1')])).toEqual([]);
});

test('I1 an acknowledged job that never ends, is late, or ends otherwise is found', () => {
  expect(broken([asked('1'), asked('2'), ended('1')])).toEqual(['I1 job 2 never ended']);
  expect(broken([asked('1'), ended('1', { at: 1001 })])).toEqual(['I1 job 1 ended after 1001 ms']);
  expect(broken([asked('1'), ended('1', { status: 'failed' })])).toEqual(['I1 job 1 ended failed']);
});

test('I1 a lost job is found, unless the queue may lose', () => {
  const events: Event[] = [asked('1'), { at: 5, type: 'lost', job: '1', status: 404 }];

  expect(broken(events)).toEqual(['I1 job 1 was lost: 404']);
  expect(broken(events, { mayLose: true })).toEqual([]);
});

test('I3 two results for one input are found, whether hit or computed', () => {
  const hit = asked('2', { outcome: 'answered', job: undefined, value: '2' });

  expect(broken([asked('1'), ended('1'), hit])).toEqual(['I3 input a has the results 2, 1']);
});

test('I4 a run that closes twice, and one with two results, are found', () => {
  const closed: Event = { at: 90, type: 'closed', run: 'run', state: 'succeeded' };
  const other = ended('2', { digest: 'e' });

  expect(broken([closed, { ...closed, state: 'failed' }])).toEqual([
    'I4 run run was closed succeeded, then failed',
  ]);
  expect(broken([asked('1'), asked('2'), ended('1'), other])).toEqual([
    'I4 run run has two results: d, e',
  ]);
});

test('I6 no answer, a late one and an undocumented status are found', () => {
  const no = { job: undefined };

  expect(broken([asked('1', { ...no, outcome: 'late', ms: 9000 })])).toHaveLength(1);
  expect(broken([asked('1', { ...no, ms: 501 })])).toHaveLength(1);
  expect(broken([asked('1', { ...no, outcome: 'refused', status: 500 })])).toEqual([
    'I6 request r-1 was answered 500',
  ]);
  expect(broken([asked('1', { ...no, outcome: 'unknown', ms: 9000 })])).toEqual([]);
});

test('a history is kept as JSON lines', () => {
  const path = new History([asked('1'), ended('1')]).save();
  const lines = readFileSync(path, 'utf8').trim().split('\n');
  rmSync(dirname(path), { recursive: true });

  expect(lines.map((line) => JSON.parse(line).type)).toEqual(['asked', 'ended']);
});
