import { expect, test } from 'vitest';
import { jobIdTime, newJobId, newRunId } from './ids.ts';

test('a job id tells its shard and when it was made', () => {
  const id = newJobId({ index: 3 }, 1_700_000_000_123);

  expect(id).toMatch(/^3-[0-9A-Z]{36}$/);
  expect(jobIdTime(id)).toBe(1_700_000_000_123);
});

test('ids sort by the time they were made', () => {
  expect(newRunId({ index: 0 }, 1000) < newRunId({ index: 0 }, 2000)).toBe(true);
  expect(newJobId({ index: 0 }, 1000) < newJobId({ index: 0 }, 2000)).toBe(true);
});

test('no id is made twice', () => {
  const ids = Array.from({ length: 10_000 }, () => [
    newRunId({ index: 0 }, 1000),
    newJobId({ index: 0 }, 1000),
  ]).flat();

  expect(new Set(ids).size).toBe(ids.length);
});

test('what is no job id has no time', () => {
  for (const text of ['', '0-', 'x', `0-${'I'.repeat(36)}`, `${newJobId({ index: 0 })}0`])
    expect(jobIdTime(text)).toBeUndefined();
});
