import type { PutOutcome, Tier } from '@deja/cache-core';
import type { Attempt } from '@deja/jobs';
import type { Model } from '@deja/models';
import { createLogger } from '@deja/runtime';
import { expect, test } from 'vitest';
import type { Computed } from './attempt.ts';
import { EntryWriter } from './entry-writer.ts';

const attempt = {
  ...{ run: 'R', aid: 'a', key: 'k'.repeat(64), model: 'm', version: 1, tags: [], store: true },
  ...{ token: { epoch: 1, seq: 1, id: 'i' }, runSeq: 1 },
} as unknown as Attempt;
const model = { name: 'm', cache: { staleMs: 0, staleIfErrorMs: 0 } } as unknown as Model;
const computed = {
  ...{ payload: '{}', computeMs: 1 },
  report: { kept: [], dismissed: [], counts: [] },
} as unknown as Computed;

/** A tier that says when it is asked, and answers when it is told to. */
function slowTier() {
  const asked = Promise.withResolvers<(() => void) | undefined>();
  const answer = Promise.withResolvers<PutOutcome>();
  const tier: Pick<Tier, 'name' | 'put'> = {
    name: 'redis',
    put: (_entry, onSent) => {
      asked.resolve(onSent);
      return answer.promise;
    },
  };
  return { tier: tier as Tier, asked: asked.promise, answer: answer.resolve, fail: answer.reject };
}

function writerTo(tiers: readonly Tier[], sharesConnection: boolean) {
  const log = createLogger('test', 'silent');
  const life = { defaultTtlMs: 60_000, keepStaleMs: 0, jitter: 0 };
  return new EntryWriter({ tiers, sharesConnection, ...life, log });
}

/** What has happened, in order. */
function follow(writing: Promise<() => Promise<void>>) {
  const steps: string[] = [];
  const ended = writing.then(async (writeTheRest) => {
    steps.push('may be finalised');
    await writeTheRest();
    steps.push('settled');
  });
  return { steps, ended };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('over one connection a run may be finalised as soon as its entry has been sent', async () => {
  const redis = slowTier();
  const { steps, ended } = follow(writerTo([redis.tier], true).write(attempt, model, computed, []));
  const onSent = await redis.asked;
  await turn();
  expect(steps).toEqual([]);

  onSent?.();
  await expect.poll(() => steps).toEqual(['may be finalised']);

  redis.answer('stored');
  await ended;
  expect(steps).toEqual(['may be finalised', 'settled']);
});

test('over two connections it may be finalised when the entry is stored', async () => {
  const redis = slowTier();
  const { steps, ended } = follow(
    writerTo([redis.tier], false).write(attempt, model, computed, []),
  );
  (await redis.asked)?.();
  await turn();
  expect(steps).toEqual([]);

  redis.answer('stored');
  await ended;
});

test('a cache Redis that fails before it has sent the entry keeps nobody waiting', async () => {
  const redis = slowTier();
  const { steps, ended } = follow(writerTo([redis.tier], true).write(attempt, model, computed, []));
  redis.fail(new Error('away'));
  await ended;
  expect(steps).toEqual(['may be finalised', 'settled']);
});

test('the other tiers are written while the run is finalised', async () => {
  const [redis, disk] = [slowTier(), slowTier()];
  let isAsked = false;
  void disk.asked.then(() => {
    isAsked = true;
  });
  const writing = writerTo([redis.tier, disk.tier], false).write(attempt, model, computed, []);
  redis.answer('stored');
  const writeTheRest = await writing;
  await turn();
  expect(isAsked).toBe(false);

  const rest = writeTheRest();
  await disk.asked;
  disk.answer('stored');
  await rest;
});
