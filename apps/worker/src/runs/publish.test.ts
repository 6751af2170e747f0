import type { PutOutcome, Tier } from '@deja/cache-core';
import type { Attempt } from '@deja/jobs';
import type { Model } from '@deja/models';
import { createLogger } from '@deja/runtime';
import { expect, test } from 'vitest';
import type { Computed } from './attempt.ts';
import { createPublish, digestOf, type Published } from './publish.ts';

const log = createLogger('test', 'silent');
const attempt = {
  ...{ run: 'R', attemptId: 'a', key: 'k'.repeat(64), model: 'm', version: 1, tags: [] },
  ...{ store: true, token: { epoch: 1, seq: 1, id: 'i' }, runSeq: 1, input: '{}' },
} as unknown as Attempt;
const model = {
  ...{ name: 'm', version: 1, group: () => 'g' },
  cache: { staleMs: 0, staleIfErrorMs: 0 },
} as unknown as Model;
const computed = {
  ...{ payload: '{}', computeMs: 1 },
  report: { kept: [], dismissed: [], counts: [] },
} as unknown as Computed;
const published: Published = { attempt, model, computed, sources: [] };

/** A tier that says when it is asked, and answers when it is told to. */
function slowTier(name: string, steps: string[]) {
  const answer = Promise.withResolvers<PutOutcome>();
  const tier: Pick<Tier, 'put'> & { name: string } = {
    name,
    put: () => {
      steps.push(name);
      return answer.promise;
    },
  };
  return { tier: tier as Tier, answer: answer.resolve, fail: answer.reject };
}

/** An answer that is being published to Redis and disk, and what has happened, in order. */
function publishing({
  fenced = false,
  more = {},
  together = false,
}: {
  fenced?: boolean;
  more?: object;
  together?: boolean;
} = {}) {
  const steps: string[] = [];
  const [redis, disk] = [slowTier('redis', steps), slowTier('disk', steps)];
  const life = { defaultTtlMs: 60_000, keepStaleMs: 0, jitter: 0 };
  const publish = createPublish({
    tiers: [redis.tier, disk.tier],
    ...life,
    ...(together && { storeArguments: async ({ header }) => [header.key] }),
    index: { add: async () => {}, used: async () => {} },
    runs: { join: () => expect.fail('no refresh'), newRunId: () => 'run' },
    queues: { add: () => expect.fail('no refresh') },
    ...{ counters: { add: () => {} }, log },
  });
  const ended = publish({ ...published, ...more }, async (entries) => {
    steps.push(entries.length > 0 ? `finalise with ${entries}` : 'finalise');
    return { outcome: 'ok', fenced, hand: [], evicted: 0 };
  });
  return { steps, redis, disk, ended };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('a run is finalised when Redis has its entry, and not before', async () => {
  const t = publishing();
  await turn();
  expect(t.steps).toEqual(['redis']);

  t.redis.answer('stored');
  await expect.poll(() => t.steps).toContain('finalise');

  t.disk.answer('stored');
  await t.ended;
});

test('a cache Redis that fails keeps nobody waiting', async () => {
  const t = publishing();
  t.redis.fail(new Error('away'));
  await expect.poll(() => t.steps).toContain('finalise');

  t.disk.answer('stored');
  await t.ended;
});

test('the other tiers are written while the run is finalised', async () => {
  const t = publishing();
  t.redis.answer('stored');

  await expect.poll(() => t.steps).toEqual(['redis', 'finalise', 'disk']);

  t.disk.answer('stored');
  await t.ended;
});

test('where FINALISE can store entries, only large artefacts are put before it', async () => {
  const { report } = computed;
  const withArtefact = (bytes: Buffer) => {
    const kept = [{ name: 'fit', bytes, keepMs: 1000 }];
    return { computed: { ...computed, report: { ...report, kept } } };
  };
  const alone = publishing({ together: true });
  const small = publishing({ together: true, more: withArtefact(Buffer.from('x')) });
  const large = publishing({ together: true, more: withArtefact(Buffer.alloc(70_000)) });

  await turn();
  expect(alone.steps).toEqual([`finalise with ${attempt.key}`, 'disk']);
  expect(small.steps[0]).toMatch(new RegExp(`^finalise with [0-9a-f]{64},${attempt.key}$`));
  expect(large.steps).toEqual(['redis']);
  large.redis.answer('stored');
  await expect.poll(() => large.steps[1]).toBe(`finalise with ${attempt.key}`);

  for (const { disk } of [alone, small, large]) disk.answer('stored');
  await Promise.all([alone.ended, small.ended, large.ended]);
});

test('what is not to be stored is written nowhere', async () => {
  const t = publishing({ more: { attempt: { ...attempt, store: false } } });

  await t.ended;

  expect(t.steps).toEqual(['finalise']);
});

test('two answers that differ in their times alone have one digest', () => {
  const answer = (more: object) => JSON.stringify({ yhat: [1, 2], ds: '2026-01-01', ...more });
  const first = answer({ generated_at: '2026-11-26T17:34:17.123Z', compute_ms: 12.3 });
  const later = answer({ generated_at: '2026-11-27T07:00:00.000Z', compute_ms: 1e-7 });

  expect(digestOf(later)).toBe(digestOf(first));
  expect(digestOf(answer({ yhat: [1, 3] }))).not.toBe(digestOf(answer({})));
  expect(digestOf(answer({ ds: '2026-01-02' }))).not.toBe(digestOf(answer({})));
});
