import { describe, expect, test, vi } from 'vitest';
import { createBatcher } from './batcher.ts';

function setUp({ maxBatchSize = 3, maxLatencyMs = 1000 } = {}) {
  const batches: string[][] = [];
  const ends: PromiseWithResolvers<void>[] = [];
  const call = createBatcher(
    async (inputs: readonly string[]) => {
      batches.push([...inputs]);
      const end = Promise.withResolvers<void>();
      ends.push(end);
      await end.promise;
      return inputs.map((input) => input.toUpperCase());
    },
    { maxBatchSize, maxLatencyMs },
  );
  return { batches, ends, call };
}

describe('a batch', () => {
  test('begins at once when it is full, and each gets its own answer', async () => {
    const { batches, ends, call } = setUp();
    const calls = ['a', 'b', 'c'].map(call);

    ends[0]?.resolve();

    expect(await Promise.all(calls)).toEqual(['A', 'B', 'C']);
    expect(batches).toEqual([['a', 'b', 'c']]);
  });

  test('begins when the first has waited for long enough', async () => {
    vi.useFakeTimers();
    const { batches, call } = setUp();
    void call('a');
    vi.advanceTimersByTime(600);
    void call('b');

    vi.advanceTimersByTime(399);
    expect(batches).toEqual([]);
    vi.advanceTimersByTime(1);

    expect(batches).toEqual([['a', 'b']]);
    vi.useRealTimers();
  });

  test('waits for the one under way; then whoever came meanwhile goes, as many as may', async () => {
    const { batches, ends, call } = setUp({ maxBatchSize: 2 });
    const calls = ['a', 'b', 'c', 'd', 'e'].map(call);
    expect(batches).toEqual([['a', 'b']]);

    for (let at = 0; at < 3; at += 1) {
      await expect.poll(() => ends.length).toBe(at + 1);
      ends[at]?.resolve();
    }

    expect(await Promise.all(calls)).toHaveLength(5);
    expect(batches).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
  });

  test('that fails fails for all in it, and the next one goes on', async () => {
    const { ends, call } = setUp({ maxBatchSize: 1 });
    const [first, second] = [call('a'), call('b')];

    ends[0]?.reject(new Error('broken'));

    await expect(first).rejects.toThrow('broken');
    await expect.poll(() => ends.length).toBe(2);
    ends[1]?.resolve();
    expect(await second).toBe('B');
  });
});

test('an engine that gives too few answers has failed', async () => {
  const call = createBatcher(async () => [], { maxBatchSize: 1, maxLatencyMs: 1 });

  await expect(call('a')).rejects.toThrow('0 answers to 1 inputs');
});
